"""What mvimage check finds is true: the very image that it was found in is booted, and fails that way.

One guest runs them all: its application starts an mvinit for each configuration, as the init of a machine would be, and
the console shows what becomes of it.
"""

import json
import lzma
import os
import pathlib
import re
import subprocess
import sys

import images
from guest import CACHE, REPOSITORY, Guest, check, run

sys.path.append(str(REPOSITORY / "tests/image"))
import newc  # noqa: E402  (its folder is known only now)
from newc import entry  # noqa: E402

MVIMAGE = pathlib.Path(os.environ.get("MVIMAGE") or REPOSITORY / "build/release/mvimage")
AARCH64 = 183
LINKER = b"/lib64/ld-linux-x86-64.so.2"
LIBRARY = b"libselinux.so.1"

KERNEL = next((CACHE / "kernel/lib/modules").glob("*")).name if (CACHE / "kernel/lib/modules").is_dir() else ""
MODULES = f"lib/modules/{KERNEL}"
E1000 = "kernel/drivers/net/ethernet/intel/e1000/e1000.ko"

# What each configuration has beside this: it ends once, and leaves the first mvinit's socket alone.
FRAME = '[app]\n{app}\nrestart = "never"\n{more}\n[control]\nenabled = false\n[console]\nlevel = "info"\n'


def for_arm(data):
    return data[:18] + AARCH64.to_bytes(2, "little") + data[20:]


def broken_files():
    """Programs and modules of this machine, each made wrong in one way."""
    program, module = pathlib.Path("/usr/bin/id").read_bytes(), (CACHE / "kernel" / MODULES / E1000).read_bytes()
    linker = pathlib.Path("/lib64/ld-linux-x86-64.so.2").read_bytes()
    check(LINKER in program and LIBRARY in program, "/usr/bin/id is not linked as this test takes it to be")
    library = pathlib.Path("/lib/x86_64-linux-gnu/libselinux.so.1").read_bytes()
    lines = [f"{E1000}:", "kernel/x/gone.ko:", "kernel/x/wants.ko: kernel/x/gone.ko", "kernel/x/other.ko:",
             "kernel/x/text.ko:", "kernel/x/packed.ko.xz:", "kernel/x/arm.ko:"]
    return {
        "c/mode": entry("#!/bin/busybox sh\n", 0o644), "c/owner": entry("#!/bin/busybox sh\n", 0o750),
        "c/closed": entry(None, 0o700), "c/closed/app": "#!/bin/busybox sh\n", "c/format": entry("echo\n", 0o755),
        "c/damaged": entry(program[:200], 0o755), "c/arm": for_arm(program), "run/app": "#!/bin/busybox sh\n",
        "c/ld-gone": program.replace(LINKER, b"/lib64/ld-linux-x86-64.so.7"),
        "c/ld-arm": program.replace(LINKER, b"/lib64/ld-linux-x86-64.so.8"), "lib64/ld-linux-x86-64.so.8": for_arm(linker),
        "c/lib-gone": program.replace(LIBRARY, b"libselinux.so.7"), "lib/libselinux.so.8": entry(library, 0o600),
        "c/lib-closed": program.replace(LIBRARY, b"libselinux.so.8"), "c/script": "#!/bin/gone\n",
        "c/script-mode": "#!/c/mode-elf\n", "c/mode-elf": entry(program, 0o644), "c/cr": "#!/bin/busybox sh\r\n",
        "c/script-closed": entry("#!/bin/busybox sh\n", 0o711), "c/env": "#!/bin/env gone\n",
        "bin/env": ("link", "busybox"), "c/own": entry(None, 0o700), "c/own-app": "#!/bin/busybox sh\nls .\n",
        "c/setuid": entry(program, 0o4755), "c/everybodys": entry("", 0o666),
        "c/use": "#!/bin/busybox sh\n/c/setuid\necho written >/c/everybodys && busybox cat /c/everybodys\n",
        "c/ask": "#!/bin/busybox sh\nbusybox wget -q -O - http://$1/\n", "etc/resolv.conf": ("link", "../run/stub.conf"),
        f"{MODULES}/modules.dep": "\n".join(lines) + "\n", f"{MODULES}/modules.builtin": "kernel/fs/x.ko\n",
        f"{MODULES}/kernel/x/wants.ko": module, f"{MODULES}/kernel/x/text.ko": "text",
        f"{MODULES}/kernel/x/other.ko": module.replace(f"vermagic={KERNEL}".encode(), f"vermagic=9{KERNEL[1:]}".encode()),
        f"{MODULES}/kernel/x/packed.ko.xz": lzma.compress(module, preset=0), f"{MODULES}/kernel/x/arm.ko": for_arm(module),
    }


def app(path, more="", after=""):
    return FRAME.format(app=f'command = ["{path}"]\n{more}', more=after)


def setup(path):
    return app("/bin/fine", after=f'[[setup]]\ncommand = ["{path}"]')


def module(name):
    return app("/bin/fine", after=f'[system]\nmodules = ["{name}"]')


def mount(source, target, kind, more=""):
    return app("/bin/fine", after=f'[[mount]]\nsource = "{source}"\ntarget = "{target}"\ntype = "{kind}"\n{more}')


WWW = 'user = "www-data"'
DENIED, ABSENT, FORMAT = "Permission denied", "No such file or directory", "Exec format error"

# The finding, the configuration, and what the console then shows.
TRUE = [
    ("command-missing", app("/bin/gone"), f"exec /bin/gone: {ABSENT}"),
    ("command-missing", setup("/bin/gone"), f"/bin/gone.*{ABSENT}"),
    ("command-missing", app("gone"), f"exec gone: {ABSENT}"),
    ("command-hidden", app("/run/app"), f"exec /run/app: {ABSENT}"),
    ("command-not-executable", app("/c/mode"), f"exec /c/mode: {DENIED}"),
    ("command-not-executable", app("/c/owner", WWW), f"exec /c/owner: {DENIED}"),
    ("command-not-executable", app("/c/closed/app", WWW), f"exec /c/closed/app: {DENIED}"),
    ("command-not-executable", app("/c/owner", "capabilities = []\nuser = \"daemon\""), f"exec /c/owner: {DENIED}"),
    ("command-format", app("/c/format"), f"exec /c/format: {FORMAT}"),
    ("command-damaged", app("/c/damaged"), "error: exec /c/damaged: "),
    ("command-damaged", app("/c/cr"), f"exec /c/cr: {ABSENT}"),
    ("architecture", app("/c/arm"), f"exec /c/arm: {FORMAT}"),
    ("interpreter-missing", app("/c/ld-gone"), f"exec /c/ld-gone: {ABSENT}"),
    ("interpreter-unusable", app("/c/ld-arm"), "exec /c/ld-arm: Accessing a corrupted shared library"),
    ("library-missing", app("/c/lib-gone"), "libselinux.so.7: cannot open shared object file: No such file"),
    ("library-unreadable", app("/c/lib-closed", WWW), "libselinux.so.8: cannot open shared object file"),
    ("preload-missing", app("/bin/id", 'env = { LD_PRELOAD = "/lib/own.so" }'), "/lib/own.so.*cannot be preloaded"),
    ("script-interpreter-missing", app("/c/script"), f"exec /c/script: {ABSENT}"),
    ("script-interpreter-denied", app("/c/script-mode"), f"exec /c/script-mode: {DENIED}"),
    ("script-unreadable", app("/c/script-closed", WWW), f"/c/script-closed.*{DENIED}"),
    ("env-program-missing", app("/c/env"), "env: .*gone"),
    ("user-missing", app("/bin/fine", 'user = "gone"'), "error: .*gone"),
    ("group-missing", app("/bin/fine", 'group = "gone"'), "error: .*gone"),
    ("cwd-missing", app("/bin/fine", 'cwd = "/srv/gone"'), r"\(chdir\).*No such file"),
    ("cwd-denied", app("/c/own-app", WWW + '\ncwd = "/c/own"'), f"ls: .*{DENIED}"),
    ("env-file-missing", app("/bin/fine", 'env_files = ["/etc/gone"]'), "/etc/gone"),
    ("log-directory-missing", app("/bin/fine", 'stdout = "/srv/gone/out"'), r"\(stdout\).*No such file"),
    ("mount-point-missing", mount("x", "/srv/gone", "tmpfs"), "mount /srv/gone: .*the mount point is missing"),
    ("mount-point-not-directory", mount("x", "/etc/passwd", "tmpfs"), "mount /etc/passwd: Not a directory"),
    ("mount-source-missing", mount("/srv/gone", "/c", "none", 'options = "bind"'), f"mount /c: {ABSENT}"),
    ("file-system-unknown", mount("/c/format", "/c", "ext4"), "mount /c: No such device: .*no file system ext4"),
    ("module-missing", module("nothing"), "load module nothing: No such file"),
    ("module-missing", module("gone"), "load module gone: No such file"),
    ("module-dependency-missing", module("wants"), r"load module gone \(which wants needs\)"),
    ("module-version", module("other"), f"load module other: {FORMAT}"),
    ("module-damaged", module("text"), f"load module text: {FORMAT}"),
    ("module-compressed", module("packed"), "load module packed: .*cannot unpack packed.ko.xz"),
    ("architecture", module("arm"), f"load module arm: {FORMAT}"),
    ("setuid-file", app("/c/use", WWW), r"uid=33\(www-data\) gid=33\(www-data\) euid=0\(root\)"),
    ("setuid-command", app("/c/setuid", WWW), r"euid=0\(root\)"),
    ("world-writable", app("/c/use", WWW), "^written"),
    ("hosts", FRAME.format(app='command = ["/c/ask", "localhost"]', more=""), "bad address 'localhost'"),
    ("resolv-conf", FRAME.format(app='command = ["/c/ask", "example.invalid"]', more=""), "bad address 'example.invalid'"),
    ("plan", app("/bin/fine", after='[[interface]]\nname = "lo"\naddresses = ["fec0::1/64"]\ngateway = "10.0.0.1"'),
     "gateway 10.0.0.1 cannot be reached"),
    ("configuration", app("/bin/fine", 'umaks = "022"'), "umaks"),
]
SCRIPT = """for case in /cases/*.toml; do
    echo "== $case =="
    /sbin/mvinit --machine -c $case
    echo "== ended =="
done
echo "== all =="
exit 1
"""
END = '[rescue]\ncommand = ["/bin/gone"]\non_app_failure = true\n'


def case_file(number):
    return f"cases/{number:02}.toml"


def findings(path, *words):
    done = subprocess.run([MVIMAGE, "check", path, "--json", *words], capture_output=True, text=True, check=False)
    check(done.returncode in (0, 1), f"mvimage check: {done.stderr}")
    return json.loads(done.stdout)


def append(path, tree):
    with path.open("ab") as image:
        image.write(newc.newc(tree))


def are_found(folder, path):
    """Each finding is among those of the image and its configuration; what else there is, it has with all of them."""
    for number, (name, config, _) in enumerate(TRUE):
        file = folder / "case.toml"
        file.write_text(config)
        list_ = findings(path, "--machine", "-c", file)
        check(name in {each["id"] for each in list_}, f"{name} is not found in {path} with\n{config}\nbut {list_}")
        errors = {each["id"] for each in list_ if each["severity"] == "error"}
        check(errors <= {name}, f"{name}: more errors are found: {errors}")
    own = findings(path)
    check([each["id"] for each in own if each["severity"] == "error"] == ["command-missing"], f"of the image's own: {own}")


def true():
    """errors and warnings of mvimage check, each one seen on the console of the image that it was found in"""
    tree = broken_files() | {"bin/fine": "#!/bin/busybox sh\n"}
    tree |= {case_file(number): config for number, (_, config, _) in enumerate(TRUE)}
    options = {"app": 'restart = "never"', "files": {"etc/passwd": "root:x:0:0:root:/root:/bin/sh\n"
               "daemon:x:1:1::/:/bin/false\nwww-data:x:33:33:www-data:/var/www:/usr/sbin/nologin\n",
               "etc/group": "root:x:0:\ndaemon:x:1:\nwww-data:x:33:\n"}}
    with images.shell(SCRIPT, END, copy=["/usr/bin/id"], modules="e1000", **options) as path:
        append(path, tree | {"bin/id": ("link", "../usr/bin/id")})
        are_found(path.parent, path)
        with Guest(path, nic=None, memory=256) as guest:
            guest.expect("== all ==", deadline=180)
            guest.expect(r"/bin/gone.*No such file")
            guest.expect_end("poweroff")
            missed = []
            for number, (name, config, shown) in enumerate(TRUE):
                begin = guest.text.index(f"== /{case_file(number)} ==")
                text = guest.text[begin:guest.text.index("== ended ==", begin)]
                if not re.search(shown, text, re.MULTILINE):
                    missed.append(f"{name}: /{shown}/ is not in\n{text}")
            check(not missed, "\n".join(missed))


def init():
    """an initramfs without /init: the kernel says that it looks elsewhere"""
    with images.shell("", modules="") as path:
        data = newc.newc({"init": ("link", "sbin/gone")})
        with path.open("ab") as image:
            image.write(data)
        check([each["id"] for each in findings(path)] == ["init-missing"], f"{findings(path)}")
        with Guest(path, nic=None, append="rdinit=/init") as guest:
            guest.expect(r"check access for rdinit=/init failed: -2, ignoring")


if not MVIMAGE.exists():
    print(f"SKIPPED: {MVIMAGE} is not there: packaging/setup image, then build the preset release")
    sys.exit(77)
run(true, init)
