"""What test_check.py shows to be true: files that are broken, configurations that trip over them, and what a console then
says."""

import json
import lzma
import pathlib
import struct
import sys

from guest import CACHE, REPOSITORY, check

sys.path.append(str(REPOSITORY / "tests/image"))
from newc import entry  # noqa: E402  (its folder is known only now)

AARCH64, ARM = 183, 40
LINKER = b"/lib64/ld-linux-x86-64.so."  # and one digit
LONG = "/".join(["c", "x" * 198, "y" * 52])  # behind "#!/" one more than Linux takes
LIBRARY, FURTHER = b"libselinux.so.", b"libpcre2-8.so."

KERNEL = next((CACHE / "kernel/lib/modules").glob("*")).name if (CACHE / "kernel/lib/modules").is_dir() else ""
MODULES = f"lib/modules/{KERNEL}"
E1000, SQUASHFS = "kernel/drivers/net/ethernet/intel/e1000/e1000.ko", "kernel/fs/squashfs/squashfs.ko"

# What each configuration has beside this: it ends once, and leaves the first mvinit's socket alone.
FRAME = '[app]\n{app}\nrestart = "never"\n{more}\n[control]\n{control}\n[console]\n{console}\n'


def for_arm(data):
    return data[:18] + AARCH64.to_bytes(2, "little") + data[20:]


def unsigned(module):
    """Without its signature, which would be looked at before all else: struct module_signature ends in its length."""
    mark = b"~Module signature appended~\n"
    if not module.endswith(mark):
        return module
    end = len(module) - len(mark)
    return module[:end - 12 - int.from_bytes(module[end - 4:end], "big")]


def of_other_kernel(module):
    return module.replace(f"vermagic={KERNEL}".encode(), f"vermagic=9{KERNEL[1:]}".encode())


def of_other_symbol(module):
    """struct modversion_info of the kernel begins with a symbol's checksum, its name follows."""
    at = module.index(b"module_layout\0") - 8
    return module[:at] + bytes([module[at] ^ 1]) + module[at + 1:]


def programs():
    """Of this machine, each made wrong in one way."""
    program = pathlib.Path("/usr/bin/id").read_bytes()
    linker = pathlib.Path("/lib64/ld-linux-x86-64.so.2").read_bytes()
    library = pathlib.Path("/lib/x86_64-linux-gnu/libselinux.so.1").read_bytes()
    check(LINKER + b"2" in program and LIBRARY + b"1" in program and FURTHER + b"0" in library,
          "/usr/bin/id is not linked as this test takes it to be")

    def linked(part, digit, other):
        return program.replace(part + digit, part + other)

    small = struct.pack("<4s12BHHIIIIIHHHHHH", b"\x7fELF", 1, 1, 1, *bytes(9), 2, ARM, 1, 52, 0, 0, 0, 52, 32, 0, 40, 0, 0)
    return {
        "c/damaged": entry(program[:200], 0o755), "c/arm": for_arm(program), "c/arm32": entry(small, 0o755),
        "c/mode-elf": entry(program, 0o644),
        "c/ld-gone": linked(LINKER, b"2", b"7"),
        "c/ld-arm": linked(LINKER, b"2", b"8"), "lib64/ld-linux-x86-64.so.8": for_arm(linker),
        "c/ld-mode": linked(LINKER, b"2", b"6"), "lib64/ld-linux-x86-64.so.6": entry(linker, 0o644),
        "c/ld-text": linked(LINKER, b"2", b"5"), "lib64/ld-linux-x86-64.so.5": entry("#!/bin/busybox sh\n" * 9, 0o755),
        "c/lib-gone": linked(LIBRARY, b"1", b"7"),
        "c/lib-closed": linked(LIBRARY, b"1", b"8"), "lib/libselinux.so.8": entry(library, 0o600),
        "c/lib-chain": linked(LIBRARY, b"1", b"9"), "lib/libselinux.so.9": library.replace(FURTHER + b"0", FURTHER + b"7"),
        "c/lib64": linked(LIBRARY, b"1", b"6"), "lib64/libselinux.so.6": library,
        "c/lib-some": linked(LIBRARY, b"1", b"5"), "lib/glibc-hwcaps/x86-64-v3/libselinux.so.5": library,
        "c/lib-cached": linked(LIBRARY, b"1", b"4"), "opt/lib/libselinux.so.4": library,
        "c/version": program.replace(b"\0GLIBC_2.34\0", b"\0GLIBC_2.94\0"),
        "c/illumos": program.replace(LINKER + b"2", b"/lib64/ld.so.1".ljust(len(LINKER) + 1, b"\0")),
        "c/cut": entry(program[:len(program) // 2], 0o755),
        "c/setuid": entry(program, 0o4755), "c/setgid": entry(program, 0o2755, (0, 1)),
        "c/both": entry(program, 0o6755, (33, 1)), "c/marked": entry(program, 0o2705, (0, 1)),
        "c/setuid-www": entry(program, 0o4755, (33, 33)),
    }


def scripts():
    shell = "#!/bin/busybox sh\n"
    row = {f"c/script-{number}": f"#!/c/script-{number - 1}\n" for number in range(2, 7)}
    return row | {
        "c/script-1": shell + "echo the first of $#\n", "c/mode": entry(shell, 0o644), "c/owner": entry(shell, 0o750),
        "c/closed": entry(None, 0o700), "c/closed/app": shell, "c/format": entry("echo\n", 0o755), "run/app": shell,
        "c/script": "#!/bin/gone\n", "c/script-mode": "#!/c/mode-elf\n", "c/cr": "#!/bin/busybox\r\n",
        "c/loop": ("link", "loop"), "c/link": ("link", "elsewhere/app"), "c/script-link": "#!/c/link\n", "c/env-path": "#!/bin/env /c/gone\n",
        "c/script-closed": entry(shell, 0o711), "c/env": "#!/bin/env gone\n", "bin/env": ("link", "busybox"),
        "c/env-words": "#!/bin/env busybox sh\n", "c/env-split": "#!/usr/bin/env -S busybox sh\necho split\n",
        "c/long": f"#!/{LONG}\n", LONG: shell, "c/long-words": f"#!/{LONG[:-1]} {LONG}\n", LONG[:-1]: shell + "echo $# word\n",
        "c/own": entry(None, 0o700), "c/own-app": shell + "ls .\n", "run/data": entry(None), "bin/fine": shell,
        "c/everybodys": entry("", 0o666), "c/open": entry(None, 0o777), "c/open/roots": entry("", 0o600),
        "c/use": shell + "for each in setuid setgid both; do echo by $each: $(/c/$each); done\n",
        # What mvinit says, too, may come later than the end of one that does not wait for it.
        "c/told": "", "c/hear": shell + "until grep \"$1\" /c/told >/dev/console; do sleep 0.01; done\n",
        "c/wait": shell + "while [ ! -f /srv/new/log ]; do sleep 0.01; done\nls /srv/new\n",
        "c/write": shell + "echo written >/c/everybodys && cat /c/everybodys\nmv /c/open/roots /c/open/taken; ls /c/open\n",
    }


def modules():
    module = unsigned((CACHE / "kernel" / MODULES / E1000).read_bytes())
    lines = [f"{E1000}:", f"{SQUASHFS}:", "kernel/x/gone.ko:", "kernel/x/wants.ko: kernel/x/gone.ko"]
    lines += [f"kernel/x/{name}:" for name in ("other.ko", "symbols.ko", "text.ko", "packed.ko.xz", "arm.ko")]
    files = {
        E1000: module, SQUASHFS: (CACHE / "kernel" / MODULES / SQUASHFS).read_bytes(),
        "modules.dep": "\n".join(lines) + "\n", "modules.builtin": "kernel/fs/x.ko\n",
        "kernel/x/wants.ko": module, "kernel/x/text.ko": "text",
        "kernel/x/other.ko": of_other_kernel(module).replace(b"\0__versions\0", b"\0__gone____\0"),
        "kernel/x/symbols.ko": of_other_symbol(of_other_kernel(module)),
        "kernel/x/packed.ko.xz": lzma.compress(module, preset=0), "kernel/x/arm.ko": for_arm(module),
    }
    return {f"{MODULES}/{name}": what for name, what in files.items()}


def broken_files():
    accounts = {"etc/passwd": "root:x:0:0:root:/root:/bin/sh\ndaemon:x:1:1::/:/bin/false\n"
                              "www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin\n",
                "etc/group": "root:x:0:\ndaemon:x:1:\nwww-data:x:33:\n"}
    return programs() | scripts() | modules() | accounts | {"bin/id": ("link", "../usr/bin/id")}


def app(words, more="", after="", control="enabled = false", console='level = "info"'):
    """words: the command, or all of them in a list."""
    command = json.dumps([words] if isinstance(words, str) else words)
    return FRAME.format(app=f"command = {command}\n{more}", more=after, control=control, console=console)


def heard(word, **more):
    """An application that waits for a word of mvinit's, and shows what it said."""
    return app(["/c/hear", word], console='device = "/c/told"', **more)


def setup(path, more=""):
    return app("/bin/fine", more, f'[[setup]]\ncommand = ["{path}"]')


def module(name):
    return app("/bin/fine", after=f'[system]\nmodules = ["{name}"]')


def mount(source, target, kind, more=""):
    return app("/bin/fine", after=f'[[mount]]\nsource = "{source}"\ntarget = "{target}"\ntype = "{kind}"\n{more}')


def sink(path):
    return f'[[sink]]\nto = "file"\npath = "{path}"\n[[sink]]\nto = "console"'


def interface(more):
    return app("/bin/fine", after=f'[[interface]]\nname = "lo"\n{more}')


def look_up(name, after=""):
    return app(["/usr/bin/getent", "ahostsv4", name], after=after)


WWW = 'user = "www-data"'
DENIED, ABSENT, FORMAT = "Permission denied", "No such file or directory", "Exec format error"
NO_DIRECTORY, IS_DIRECTORY = "Not a directory", "Is a directory"
ALONE = r"^uid=33\(www-data\) gid=33\(www-data\) groups="
# getent(1) says so of a name that it does not find. 10.1.2.3 is what name_server.py answers with, and only over TCP.
NO_NAME, NAME = "application exited with code 2", r"^10\.1\.2\.3 +STREAM"
SERVER = "10.0.2.100"
LO = '[[interface]]\nname = "lo"\noptional = true\naddresses = ["10.7.7.7/24"]\ngateway = "10.7.7.1"'


NO_LIBRARY = "cannot open shared object file: No such file"


def cached(name, path):
    """/etc/ld.so.cache of glibc, with one library."""
    at = 48 + 24
    entry_ = struct.pack("<iIIIQ", 0x303, at, at + len(name) + 1, 0, 0)  # FLAG_X8664_LIB64 | FLAG_ELF_LIBC6
    text = f"{name}\0{path}\0".encode()
    return {"etc/ld.so.cache": b"glibc-ld.so.cache1.1" + struct.pack("<II20x", 1, len(text)) + entry_ + text}


def resolver(text):
    return {"etc/resolv.conf": text + "\noptions use-vc\n"}


# The finding, a part of what is said, the configuration, what the console then shows; files that are so for it alone, None:
# that are not there.
TRUE = [
    ("command-missing", "/bin/gone is not in the image", app("/bin/gone"), f"exec /bin/gone: {ABSENT}"),
    ("command-missing", "/bin/gone is not", setup("/bin/gone"), f"/bin/gone.*{ABSENT}"),
    ("command-missing", "gone is in no directory", app("gone"), f"exec gone: {ABSENT}"),
    ("command-missing", "/c/elsewhere/app, to which /c/link leads,", app("/c/link"), f"exec /c/link: {ABSENT}"),
    ("command-missing", "/c/loop leads through more than 40", app("/c/loop"),
     "exec /c/loop: Too many levels of symbolic links"),
    ("command-hidden", "", app("/run/app"), f"exec /run/app: {ABSENT}"),
    ("command-not-executable", "its mode does not", app("/c/mode"), f"exec /c/mode: {DENIED}"),
    ("command-not-executable", "let user www-data", app("/c/owner", WWW), f"exec /c/owner: {DENIED}"),
    ("command-not-executable", "may not search", app("/c/closed/app", WWW), f"exec /c/closed/app: {DENIED}"),
    ("command-not-executable", "it is no file", app("/c/own"), f"exec /c/own: {DENIED}"),
    ("command-not-executable", "", app("/c/owner", "capabilities = []\nuser = \"daemon\""), f"exec /c/owner: {DENIED}"),
    ("command-format", "neither an ELF file", app("/c/format"), f"exec /c/format: {FORMAT}"),
    ("command-format", "/c/script-1 is the sixth", app("/c/script-6"),
     "exec /c/script-6: Too many levels of symbolic links"),
    ("command-damaged", "/c/damaged", app("/c/damaged"), "error: exec /c/damaged: "),
    ("command-damaged", "it is cut off", app("/c/cut"), "SIG(BUS|SEGV)|error: exec /c/cut: "),
    ("command-damaged", "carriage return", app("/c/cr"), f"exec /c/cr: {ABSENT}"),
    ("architecture", "/c/arm is for aarch64", app("/c/arm"), f"exec /c/arm: {FORMAT}"),
    ("architecture", "is for illumos, and", app("/c/illumos"), f"exec /c/illumos: {ABSENT}"),
    ("architecture", "32 bits", app("/c/arm32"), f"exec /c/arm32: {FORMAT}"),
    ("interpreter-missing", "", app("/c/ld-gone"), f"exec /c/ld-gone: {ABSENT}"),
    ("interpreter-unusable", "is for aarch64", app("/c/ld-arm"),
     r"exec /c/ld-arm: .*its interpreter \(ld.so\) is not for this architecture"),
    ("interpreter-unusable", "its mode", app("/c/ld-mode"), f"exec /c/ld-mode: {DENIED}"),
    ("interpreter-unusable", "no ELF file", app("/c/ld-text"), "error: exec /c/ld-text: "),
    ("library-missing", "needed by /c/lib-gone,", app("/c/lib-gone"),
     "libselinux.so.7: cannot open shared object file: No such file"),
    ("library-missing", "libselinux.so.9, for /c/lib-chain", app("/c/lib-chain"),
     "libpcre2-8.so.7: cannot open shared object file: No such file"),
    ("library-missing", "libselinux.so.6, needed by /c/lib64,", app("/c/lib64"), f"libselinux.so.6: {NO_LIBRARY}"),
    ("library-missing", "libselinux.so.4, needed by /c/lib-cached,", app("/c/lib-cached"),
     f"libselinux.so.4: {NO_LIBRARY}", cached("libselinux.so.3", "/opt/lib/libselinux.so.3")),
    ("library-processor", "for some processors only", app("/c/lib-some"), f"libselinux.so.5: {NO_LIBRARY}"),
    ("library-version", "has no version GLIBC_2.94", app("/c/version"), "version .GLIBC_2.94. not found"),
    ("library-unreadable", "", app("/c/lib-closed", WWW), "libselinux.so.8: cannot open shared object file"),
    ("preload-missing", "is not in", app("/bin/id", 'env = { LD_PRELOAD = "/lib/own.so" }'),
     "/lib/own.so.*cannot be preloaded"),
    ("preload-missing", "is no file", app("/bin/id", 'env = { LD_PRELOAD = "/c/own" }'), "/c/own.*cannot be preloaded"),
    ("script-interpreter-missing", "/bin/gone (for", app("/c/script"), f"exec /c/script: {ABSENT}"),
    ("script-interpreter-missing", "to which /c/link", app("/c/script-link"), f"exec /c/script-link: {ABSENT}"),
    ("script-interpreter-denied", "", app("/c/script-mode"), f"exec /c/script-mode: {DENIED}"),
    ("script-unreadable", "", app("/c/script-closed", WWW), f"/c/script-closed.*{DENIED}"),
    ("env-program-missing", "no directory", app("/c/env"), "env: .*gone"),
    ("env-program-missing", "/c/gone (for", app("/c/env-path"), "env: .*/c/gone"),
    ("env-program-missing", "busybox sh (for /c/env-words)", app("/c/env-words"), "env: .*busybox sh"),
    ("command-damaged", "longer than 255 bytes", app("/c/long"), f"exec /c/long: {FORMAT}"),
    ("user-missing", "", app("/bin/fine", 'user = "gone"'), "error: .*gone"),
    ("group-missing", "", app("/bin/fine", 'group = "gone"'), "error: .*gone"),
    ("group-missing", "", heard("root alone", control='path = "/run/other.sock"\ngroup = "gone"'),
     "warning: control socket /run/other.sock: .*gone.*: root alone may use it"),
    ("cwd-missing", "is not in", app("/bin/fine", 'cwd = "/srv/gone"'), r"\(chdir\).*No such file"),
    ("cwd-missing", "is no directory", app("/bin/fine", 'cwd = "/c/use"'), rf"\(chdir\).*{NO_DIRECTORY}"),
    ("cwd-denied", "", app("/c/own-app", WWW + '\ncwd = "/c/own"'), f"ls: .*{DENIED}"),
    ("env-file-missing", "is not in", app("/bin/fine", 'env_files = ["/etc/gone"]'), f"/etc/gone.*{ABSENT}"),
    ("env-file-missing", "is no file", app("/bin/fine", 'env_files = ["/c/own"]'), f"/c/own.*{IS_DIRECTORY}"),
    ("env-file-damaged", "/etc/env:2: a line", app("/bin/fine", 'env_files = ["/etc/env"]'), "/etc/env:2.*a line must be NAME=value",
     {"etc/env": "A=1\nexport B=2\n"}),
    ("command-missing", "fine is in no", app("fine", 'env_files = ["/etc/env"]'), f"exec fine: {ABSENT}",
     {"etc/env": "PATH=/c\n"}),
    ("library-missing", "needed by /c/lib-gone,", setup("/c/lib-gone", 'env = { LD_LIBRARY_PATH = "/c/gone" }'),
     "libselinux.so.7: cannot open shared object file: No such file"),
    ("log-directory-missing", "is not in", app("/bin/fine", 'stdout = "/srv/gone/out"'), r"\(stdout\).*No such file"),
    ("log-directory-missing", "no directory", app("/bin/fine", 'stderr = "/c/use/out"'), rf"\(stderr\).*{NO_DIRECTORY}"),
    ("log-directory-missing", "no directory", heard("further", after=sink("/c/use/further/log")),
     f"log to /c/use/further/log.*{NO_DIRECTORY}"),
    ("mount-point-missing", "is not there", mount("x", "/srv/gone", "tmpfs"), "mount /srv/gone: .*the mount point is missing"),
    ("mount-point-missing", "once what is above", mount("x", "/run/data", "tmpfs"),
     "mount /run/data: .*the mount point is missing"),
    ("mount-point-not-directory", "", mount("x", "/etc/passwd", "tmpfs"), f"mount /etc/passwd: {NO_DIRECTORY}"),
    ("mount-point-not-directory", "", mount("x", "/etc/passwd/x", "tmpfs", "mkdir = true"),
     "/etc/passwd is there and is no directory"),
    ("mount-source-missing", "", mount("/srv/gone", "/c", "none", 'options = "bind"'), f"mount /c: {ABSENT}"),
    ("file-system-unknown", "ext4", mount("/c/format", "/c", "ext4"), "mount /c: No such device: .*no file system ext4"),
    ("file-system-unknown", "squashfs", mount("/c/format", "/c", "squashfs"),
     "mount /c: No such device: .*no file system squashfs"),
    ("module-missing", "has no module", module("nothing"), "load module nothing: No such file"),
    ("module-missing", "gone.ko is in modules.dep", module("gone"), "load module gone: No such file"),
    ("module-missing", "by which modules are found", module("text"), f"load module text: {ABSENT}: .*modules.dep",
     {f"{MODULES}/modules.dep": None}),
    ("module-dependency-missing", "", module("wants"), r"load module gone \(which wants needs\)"),
    ("module-version", "those of " + KERNEL, module("other"), f"load module other: {FORMAT}"),
    ("module-version", "only where all its symbols", module("symbols"), "load module symbols: (Exec format|Invalid arg)"),
    ("module-damaged", "", module("text"), f"load module text: {FORMAT}"),
    ("module-compressed", "", module("packed"), "load module packed: .*cannot unpack packed.ko.xz"),
    ("architecture", "arm.ko", module("arm"), f"load module arm: {FORMAT}"),
    ("setuid-file", "/c/setuid is", app("/c/use", WWW), r"^by setuid: uid=33\(www-data\) gid=33\(www-data\) euid=0\(root\)"),
    ("setuid-file", "gets gid 1", app("/c/use", WWW), r"^by setgid: uid=33\(www-data\) gid=33\(www-data\) egid=1\(daemon\)"),
    ("setuid-file", "/c/both is setuid or setgid: user www-data, who runs the application, gets gid 1 by it",
     app("/c/use", WWW), r"^by both: uid=33\(www-data\) gid=33\(www-data\) egid=1\(daemon\)"),
    ("setuid-command", "as its owner, uid 0", app("/c/setuid", WWW), r"euid=0\(root\)"),
    ("setuid-command", "with its group, gid 1", app("/c/setgid", WWW), r"^uid=33\(www-data\) gid=33\(www-data\) egid=1\("),
    ("setuid-command", "that does nothing", app("/c/setuid", WWW + "\nno_new_privs = true"), ALONE),
    ("setuid-command", "as its owner, uid 33, not as root", setup("/c/setuid-www", "no_new_privs = true"),
     r"^uid=0\(root\) gid=0\(root\) euid=33\(www-data\)"),
    ("world-writable", "/c/everybodys", app("/c/write", WWW), "^written"),
    ("world-writable", "/c/open can", app("/c/write", WWW), "^taken"),
    ("hosts", "localhost is named here", look_up("localhost"), NO_NAME),
    ("hosts", "'server' is no address", look_up("server"), NO_NAME, {"etc/hosts": "server 10.1.2.3\n"}),
    ("hosts", "'10.1.2.3' has no name", look_up("server"), NO_NAME, {"etc/hosts": "10.1.2.3\n"}),
    ("resolv-conf", "leads to /run/stub.conf", look_up("web.example"), NO_NAME,
     {"etc/resolv.conf": ("link", "../run/stub.conf")}),
    ("resolv-conf", "neither dns.servers nor", look_up("web.example", LO), NO_NAME),
    ("resolv-conf", "'dns.example' is no address", look_up("web.example"), NO_NAME, resolver("nameserver dns.example")),
    ("resolv-conf", "systemd-resolved", look_up("web.example"), NO_NAME, resolver("nameserver 127.0.0.53")),
    ("resolv-conf", "names no name server", look_up("web.example"), NO_NAME, resolver(f"# nameserver {SERVER}")),
    ("resolv-conf", "names no name server", look_up("web.example"), NO_NAME, resolver(f" nameserver {SERVER}")),
    ("plan", "gateway 10.0.0.1", interface('addresses = ["fec0::1/64"]\ngateway = "10.0.0.1"'),
     "gateway 10.0.0.1 cannot be reached"),
    ("configuration", "no DHCP client", interface("dhcp = true"), "no DHCP client on Linux"),
    ("plan", "[inittab] honour", app("/bin/fine", after="[inittab]\nhonour = true"), "honour is for illumos only"),
    ("configuration", "umaks", app("/bin/fine", 'umaks = "022"'), "umaks"),
]

# What is not found, and is not so.
FALSE = [
    ("command-missing", app("fine-too", 'env_files = ["/etc/env"]'), "^found by a file",
     {"etc/env": "# more\nPATH = '/c:/bin'\n", "c/fine-too": "#!/bin/busybox sh\necho found by a file\n"}),
    ("command-format", app("/c/script-5"), "^the first of 4"),
    ("library-missing", app("/c/lib-cached"), "^uid=0", cached("libselinux.so.4", "/opt/lib/libselinux.so.4")),
    ("env-program-missing", app("/c/env-split"), "^split"),
    ("command-damaged", app("/c/long-words"), "^1 word"),
    ("setuid-command", app("/c/marked", WWW), ALONE),
    ("log-directory-missing", app("/c/wait", after=sink("/srv/new/log")), "^log$"),
    ("setuid-file", app("/c/use", WWW + "\nno_new_privs = true"),
     "(?s:" + ".*".join(f"^by {each}: {ALONE[1:]}" for each in ("setuid", "setgid", "both")) + ")"),
    ("hosts", look_up("server"), NAME, {"etc/hosts": "10.1.2.3 server\n"}),
    ("hosts", look_up("localhost"), r"^127\.0\.0\.1 +STREAM", {"etc/hosts": "127.0.0.1 localhost\n"}),
    ("resolv-conf", look_up("web.example"), NAME, resolver(f"nameserver {SERVER}")),
]
