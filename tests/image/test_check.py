"""mvimage check: each finding with an image that is broken in just this way, and sound ones without any."""

import contextlib
import gzip
import json
import os
import pathlib
import re
import shutil
import struct
import subprocess
import tempfile

import builder
import elf
import newc
from builder import REPOSITORY, case, check, equal
from newc import entry

APP = '[app]\ncommand = ["/bin/app"]\n'
WWW = '[app]\ncommand = ["/bin/app"]\nuser = "www"\n'
ONE, OTHER = "6.1.0-13-amd64", "6.1.0-14-amd64"
MODULES = f"lib/modules/{ONE}"


def module(version=ONE, machine=elf.X86_64):
    return elf.elf(machine=machine) + b"\0vermagic=" + version.encode() + b" SMP preempt\0"


SOUND = {
    "init": ("link", "sbin/mvinit"),
    "sbin/mvinit": elf.elf(),
    "bin/app": elf.program("libc.so.6"),
    "bin/sh": elf.program("libc.so.6"),
    "bin/script": "#!/bin/sh\n",
    "lib/x86_64-linux-gnu/libc.so.6": elf.library("libc.so.6"),
    "lib64/ld-linux-x86-64.so.2": elf.library("ld-linux-x86-64.so.2"),
    "etc/passwd": "root:x:0:0:root:/root:/bin/sh\nwww:x:33:33:www:/var/www:/bin/false\n",
    "etc/group": "root:x:0:\nwww:x:33:\n",
    "etc/hosts": "127.0.0.1 localhost\n",
    "var/www": entry(None, owner=(33, 33)),
    "tmp": entry(None, 0o1777),
}
WITH_MODULES = {
    f"{MODULES}/modules.dep": "kernel/e1000.ko: kernel/mii.ko\nkernel/mii.ko:\nkernel/ext4.ko:\n",
    f"{MODULES}/modules.builtin": "kernel/fs/tmpfs.ko\n",
    f"{MODULES}/kernel/e1000.ko": module(),
    f"{MODULES}/kernel/mii.ko": module(),
}
E1000 = APP + '[system]\nmodules = ["e1000"]\n'
PATH_APP = APP.replace("/bin/app", "app")
MOUNT = APP + '[[mount]]\nsource = "{}"\ntarget = "{}"\ntype = "{}"\noptions = "{}"\n'
NETWORK = APP + '[[interface]]\nname = "eth0"\naddresses = ["10.0.0.2/24"]\ngateway = "10.0.0.1"\n'
BUSY = {"bin/app": elf.program("libc.so.6", imports=["getaddrinfo"])}

# Each is the interpreter of the next.
ROW = {f"bin/row{number}": f"#!/bin/{f'row{number - 1}' if number else 'sh'}\n" for number in range(6)}

# id, severity, the text in the configuration where it is (None: nowhere), configuration, what differs from SOUND (None:
# it is taken out), a part of what is said.
LINUX = [
    ("command-missing", "error", '"/bin/app"', APP, {"bin/app": None}, "/bin/app is not in the image"),
    ("command-missing", "error", '"app"', PATH_APP, {"bin/app": None}, "app is in no directory of its PATH"),
    ("command-missing", "error", '"/bin/app"', APP, {"bin/app": ("link", "../opt/app")}, "/opt/app, to which /bin/app"),
    ("command-missing", "warning", '"/x"', APP + '[[setup]]\ncommand = ["/x"]\noptional = true\n', {}, "/x is not in"),
    ("command-missing", "error", '"/y"', APP + '[health]\ncommand = ["/y"]\n', {}, "/y is not in the image"),
    ("command-missing", "error", "on_boot_failure", APP + "[rescue]\non_boot_failure = true\n",
     {"bin/sh": None, "bin/script": None}, "/bin/sh is not in the image"),
    ("command-hidden", "error", '"/run/app"', APP.replace("/bin/app", "/run/app"),
     {"run/app": SOUND["bin/app"], "bin/app": None}, "a tmpfs is mounted over it"),
    ("command-not-executable", "error", '"/bin/app"', APP, {"bin/app": entry(SOUND["bin/app"], 0o644)}, "its mode"),
    ("command-not-executable", "error", '"/bin/app"', WWW, {"bin/app": entry(SOUND["bin/app"], 0o750)}, "user www"),
    ("command-not-executable", "error", '"app"', WWW.replace("/bin/app", "app"),
     {"bin/app": entry(SOUND["bin/app"], 0o700)}, "does not let user www execute it"),
    ("command-not-executable", "error", '"/opt/app"', WWW.replace("/bin/app", "/opt/app"),
     {"opt": entry(None, 0o700), "opt/app": SOUND["bin/app"]}, "may not search /opt"),
    ("command-not-executable", "error", '"/bin/app"', APP, {"bin/app": None, "bin/app/x": "x"}, "it is no file"),
    ("command-format", "error", '"/bin/app"', APP, {"bin/app": entry("echo\n", 0o755)}, "neither an ELF file nor"),
    ("command-format", "error", '"/bin/row5"', APP.replace("app\"", "row5\""), ROW, "/bin/row0 is the sixth script in a row"),
    ("command-damaged", "error", '"/bin/app"', APP, {"bin/app": entry(SOUND["bin/app"][:200], 0o755)}, "/bin/app"),
    ("architecture", "error", '"/bin/app"', APP, {"bin/app": elf.program("libc.so.6", machine=elf.AARCH64)},
     "/bin/app is for aarch64, the image's mvinit for x86_64"),
    ("interpreter-missing", "error", '"/bin/app"', APP, {"bin/app": elf.program("libc.so.6", interpreter="/lib/ld.so")},
     "/lib/ld.so, the ELF interpreter of /bin/app, is not in the image"),
    ("interpreter-unusable", "error", '"/bin/app"', APP,
     {"bin/app": elf.program("libc.so.6", interpreter="/lib/ld.so"),
      "lib/ld.so": elf.library("ld.so", machine=elf.AARCH64)}, "is for aarch64"),
    ("interpreter-unusable", "error", '"/bin/app"', APP,
     {"bin/app": elf.program("libc.so.6", interpreter="/lib/ld.so"), "lib/ld.so": entry(elf.elf(), 0o644)}, "its mode"),
    ("library-missing", "error", '"/bin/app"', APP, {"bin/app": elf.program("libc.so.6", "liba.so")},
     "liba.so, needed by /bin/app, is in no directory"),
    ("library-missing", "error", '"/bin/app"', APP,
     {"bin/app": elf.program("liba.so"), "usr/lib/liba.so": elf.library("liba.so", "libb.so")},
     "libb.so, needed by /usr/lib/liba.so, for /bin/app, is in"),
    ("library-missing", "error", '"/bin/app"', APP,
     {"bin/app": elf.program("liba.so"), "usr/lib/liba.so": elf.library("liba.so", machine=elf.AARCH64)}, "liba.so"),
    ("library-unreadable", "error", '"/bin/app"', WWW,
     {"bin/app": elf.program("liba.so"), "usr/lib/liba.so": entry(elf.library("liba.so"), 0o600)},
     "may not be read by user www"),
    ("script-interpreter-missing", "error", '"/bin/script"', APP.replace("app\"", "script\""), {"bin/sh": None},
     "/bin/sh (for /bin/script) is not in the image"),
    ("script-interpreter-denied", "error", '"/bin/script"', APP.replace("app\"", "script\""),
     {"bin/sh": entry(SOUND["bin/sh"], 0o644)}, "/bin/sh (for /bin/script) cannot be executed"),
    ("script-unreadable", "error", '"/bin/script"', WWW.replace("bin/app", "bin/script"),
     {"bin/script": entry("#!/bin/sh\n", 0o711)}, "its interpreter may not read it"),
    ("command-damaged", "error", '"/bin/script"', APP.replace("app\"", "script\""), {"bin/script": "#!/bin/sh\r\n"},
     "carriage return"),
    ("env-program-missing", "error", '"/bin/script"', APP.replace("app\"", "script\""),
     {"bin/script": "#!/usr/bin/env node\n", "usr/bin/env": SOUND["bin/sh"]}, "node (for /bin/script) is in no"),
    ("user-missing", "error", '"wwww"', WWW.replace('"www"', '"wwww"'), {}, "www"),
    ("group-missing", "error", '"staff"', APP + 'group = "staff"\n', {}, "staff"),
    ("group-missing", "warning", '"staff"', APP + '[control]\ngroup = "staff"\n', {}, "staff"),
    ("cwd-missing", "error", '"/srv"', APP + 'cwd = "/srv"\n', {}, "/srv is not in the image"),
    ("cwd-missing", "warning", '"/srv"', APP + 'cwd = "/srv"\n[[setup]]\ncommand = ["/bin/script"]\n', {}, "/srv"),
    ("cwd-denied", "warning", '"/srv"', WWW + 'cwd = "/srv"\n', {"srv": entry(None, 0o700)}, "may not search /srv"),
    ("env-file-missing", "error", '"/etc/env"', APP + 'env_files = ["/etc/env"]\n', {}, "/etc/env is not in the image"),
    ("log-directory-missing", "error", '"/var/log/out"', APP + 'stdout = "/var/log/out"\n', {}, "/var/log is not in"),
    ("log-directory-missing", "warning", '"/bin/sh/a/x"', APP + '[[sink]]\nto = "file"\npath = "/bin/sh/a/x"\n', {},
     "/bin/sh is no directory"),
    ("preload-missing", "warning", "LD_PRELOAD", APP + 'env = { LD_PRELOAD = "/lib/own.so" }\n', {}, "/lib/own.so"),
    ("mount-point-missing", "error", '"/data"', MOUNT.format("tmpfs", "/data", "tmpfs", "size=1m"), {}, "/data is not there"),
    ("mount-point-missing", "error", '"/run/data"', MOUNT.format("tmpfs", "/run/data", "tmpfs", "size=1m"),
     {"run/data": None}, "/run/data is not there"),
    ("mount-point-missing", "error", '"/run/data"', MOUNT.format("tmpfs", "/run/data", "tmpfs", "size=1m"),
     {"run/data": entry(None)}, "once what is above it is mounted"),
    ("mount-point-missing", "warning", '"/data"', MOUNT.format("tmpfs", "/data", "tmpfs", "size=1m") + "optional = true\n",
     {}, "/data is not there"),
    ("mount-point-not-directory", "error", '"/etc/hosts"', MOUNT.format("tmpfs", "/etc/hosts", "tmpfs", "size=1m"), {},
     "/etc/hosts is no directory"),
    ("mount-point-not-directory", "error", '"/etc/hosts/x"',
     MOUNT.format("tmpfs", "/etc/hosts/x", "tmpfs", "size=1m") + "mkdir = true\n", {}, "/etc/hosts is no directory"),
    ("mount-source-missing", "error", '"/srv"', MOUNT.format("/srv", "/var/www", "none", "bind"), {}, "/srv is not there"),
    ("file-system-unknown", "error", '"ext4"', MOUNT.format("/dev/sda", "/var/www", "ext4", "ro"), WITH_MODULES,
     "file system ext4 is in a module"),
    ("modules-absent", "warning", '"e1000"', E1000, {}, "the kernel must have e1000 built in"),
    ("module-missing", "error", '"e1001"', E1000.replace("e1000", "e1001"), WITH_MODULES, f"{ONE} has no module e1001"),
    ("module-missing", "error", '"e1000"', E1000, WITH_MODULES | {f"{MODULES}/kernel/e1000.ko": None}, "e1000.ko"),
    ("module-missing", "error", '"e1000"', E1000, WITH_MODULES | {f"{MODULES}/modules.dep": None}, "modules.dep, by which"),
    ("module-dependency-missing", "error", '"e1000"', E1000, WITH_MODULES | {f"{MODULES}/kernel/mii.ko": None},
     "mii.ko, which e1000 needs,"),
    ("module-compressed", "warning", '"e1000"', E1000,
     WITH_MODULES | {f"{MODULES}/modules.dep": "kernel/e1000.ko.xz:\n", f"{MODULES}/kernel/e1000.ko.xz": "xz"}, "compressed"),
    ("module-version", "error", '"e1000"', E1000, WITH_MODULES | {f"{MODULES}/kernel/mii.ko": module(OTHER)}, OTHER),
    ("module-version", "warning", '"e1000"', E1000,
     WITH_MODULES | {f"{MODULES}/kernel/mii.ko": module(OTHER) + b"\0__versions\0"}, "only where all its symbols"),
    ("module-damaged", "error", '"e1000"', E1000, WITH_MODULES | {f"{MODULES}/kernel/mii.ko": "text"}, "no kernel module"),
    ("architecture", "error", '"e1000"', E1000,
     WITH_MODULES | {f"{MODULES}/kernel/mii.ko": module(machine=elf.AARCH64)}, "mii.ko is for aarch64"),
    ("resolv-conf", "warning", '"10.0.0.1"', NETWORK, BUSY, "neither dns.servers nor"),
    ("resolv-conf", "warning", None, APP, {"etc/resolv.conf": ("link", "../run/systemd/resolve/stub-resolv.conf")}, "leads to"),
    ("resolv-conf", "warning", None, APP, {"etc/resolv.conf": "nameserver 127.0.0.53\n"}, "systemd-resolved"),
    ("resolv-conf", "warning", None, APP, {"etc/resolv.conf": "nameserver dns.example\n"}, "no address"),
    ("resolv-conf", "warning", None, APP, {"etc/resolv.conf": "# nameserver 10.0.0.1\n"}, "names no name server"),
    ("hosts", "warning", '"localhost"', APP.replace("app\"", 'app", "localhost"'), {"etc/hosts": None}, "localhost"),
    ("hosts", "warning", None, APP, {"etc/hosts": "localhost 127.0.0.1\n"}, "'localhost' is no address"),
    ("setuid-command", "warning", '"/bin/app"', WWW, {"bin/app": entry(SOUND["bin/app"], 0o4750, (0, 33))}, "not as www"),
    ("setuid-command", "warning", '"/bin/app"', WWW, {"bin/app": entry(SOUND["bin/app"], 0o2755)}, "its group, gid 0, not"),
    ("setuid-command", "warning", '"/bin/app"', WWW + "no_new_privs = true\n", {"bin/app": entry(SOUND["bin/app"], 0o6755)},
     "with no_new_privs that does nothing"),
    ("setuid-command", "warning", '"/bin/su"', APP + 'no_new_privs = true\n[[setup]]\ncommand = ["/bin/su"]\n',
     {"bin/su": entry(SOUND["bin/sh"], 0o4755, (33, 33))}, "its owner, uid 33, not as root"),
    ("setuid-file", "warning", None, WWW, {"bin/sh": entry(SOUND["bin/sh"], 0o4755)}, "becomes uid 0 by it"),
    ("setuid-file", "warning", None, WWW, {"bin/sh": entry(SOUND["bin/sh"], 0o6755, (33, 0))}, "gets gid 0 by it"),
    ("world-writable", "warning", None, APP, {"etc/hosts": entry("127.0.0.1 localhost\n", 0o666)}, "/etc/hosts can be"),
    ("world-writable", "warning", None, APP, {"srv": entry(None, 0o777)}, "no sticky bit"),
    ("plan", "error", '"10.0.0.1"', NETWORK.replace('"10.0.0.2/24"', '"fec0::2/64"'), {}, "cannot be reached"),
    ("configuration", "error", "comand", APP.replace("command", "comand"), {}, "command"),
]

STATIC = elf.elf(osabi=elf.SOLARIS)
SHIM = "smf::sysinit:/sbin/mvinit\nmv0:0:once:/sbin/mvinit halt\nmv5:5:once:/sbin/mvinit poweroff\nmv6:6:once:/sbin/mvinit reboot\n"
ZONE = {
    "sbin/mvinit": STATIC, "sbin/sh": STATIC, "opt/app": STATIC, "lib/inet/ipmgmtd": STATIC, "sbin/ifconfig": STATIC,
    "sbin/route": STATIC, "etc/ipadm/ipadm.conf": "", "etc/nsswitch.conf": "hosts: files dns\n", "tmp": entry(None, 0o1777),
    "etc/passwd": "root:x:0:0::/root:/sbin/sh\n", "etc/group": "root::0:\n",
}
GLOBAL = ZONE | {
    "kernel/x": "", "sbin/soconfig": STATIC, "etc/sock2path.d/x": "x", "usr/sbin/devfsadm": STATIC, "sbin/dlmgmtd": STATIC,
    "etc/dladm/datalink.conf": "", "devices": None, "dev": None, "proc": None, "system/contract": None,
    "system/object": None, "etc/svc/volatile": None, "etc/mnttab": "", "etc/fs/ufs/mount": STATIC, "sbin/autopush": STATIC,
    "etc/iu.ap": "",
}
GLOBAL = {path: entry(None) if what is None else what for path, what in GLOBAL.items()}
NET0 = '[app]\ncommand = ["/opt/app"]\n[[interface]]\nname = "net0"\naddresses = ["10.0.0.2/24"]\ngateway = "10.0.0.1"\n'
BARE = '[app]\ncommand = ["/opt/app"]\n'
LONG = "opt/local/machine/of/ours/sbin/mvinit"

ILLUMOS = [
    ("illumos-file-missing", "error", '"net0"', NET0, (ZONE, {"lib/inet/ipmgmtd": None}), "/lib/inet/ipmgmtd is not in"),
    ("illumos-file-missing", "error", '"net0"', NET0, (ZONE, {"sbin/ifconfig": None}), "/sbin/ifconfig is not in"),
    ("illumos-file-missing", "error", '"net0"', NET0, (GLOBAL, {"sbin/soconfig": None}), "/sbin/soconfig is not in"),
    ("illumos-data-missing", "error", None, NET0, (GLOBAL, {"etc/sock2path.d/x": None, "etc/sock2path.d": entry(None)}),
     "/etc/sock2path.d is empty"),
    ("illumos-data-missing", "error", None, NET0, (GLOBAL, {"etc/sock2path.d/x": None}), "is not in the image"),
    ("illumos-data-missing", "warning", None, NET0, (ZONE, {"etc/ipadm/ipadm.conf": None}), "ipadm.conf"),
    ("illumos-mount-point-missing", "error", None, NET0, (GLOBAL, {"devices": None}), "the kernel panics"),
    ("illumos-mount-point-missing", "warning", None, NET0, (GLOBAL, {"etc/mnttab": None}), "leaves it unmounted"),
    ("command-not-executable", "error", None, NET0, (ZONE, {"sbin/ifconfig": entry(STATIC, 0o644)}), "/sbin/ifconfig"),
    ("init-missing", "error", None, BARE, (ZONE, {"sbin/mvinit": None}), "there is no mvinit in the image"),
    ("init-path-long", "error", None, BARE, (ZONE, {"sbin/mvinit": None, LONG: STATIC}), "has 38 bytes"),
    ("init-link", "error", None, BARE, (ZONE, {"sbin/mvinit": ("link", "/opt/own"), "opt/own": STATIC}), "absolute link"),
    ("inittab", "error", None, BARE, (ZONE, {"etc/inittab": SHIM + "x:3:once:/bin/x"}), "no newline"),
    ("inittab", "error", None, BARE, (ZONE, {"etc/inittab": SHIM, "sbin/sh": None}), "init starts everything with /sbin/sh"),
    ("inittab", "error", "honour", BARE + "[inittab]\nhonour = true\n", (ZONE, {}), "/etc/inittab is not in the image"),
    ("inittab-entry", "error", None, BARE, (ZONE, {"etc/inittab": SHIM + "mvinit:5:once:/sbin/mvinit halt\n"}),
     "/etc/inittab:5: "),
]


def run(image, *words, code=None):
    done = subprocess.run([builder.BINARY, "check", str(image), *words], capture_output=True, text=True, check=False,
                          timeout=builder.DEADLINE)
    check(code is None or done.returncode == code, f"exit code {done.returncode}, not {code}: {done.stdout}{done.stderr}")
    return done


def found(image, *words):
    """The findings; the exit code tells whether one of them is an error."""
    done = run(image, "--json", *words)
    check(done.returncode in (0, 1), f"exit code {done.returncode}: {done.stderr}")
    list_ = json.loads(done.stdout)
    equal(done.returncode, 1 if any(each["severity"] == "error" for each in list_) else 0, "exit code")
    return list_


def changed(base, change, config=None):
    tree = {path: what for path, what in (base | change).items() if what is not None}
    return tree if config is None else tree | {"etc/mvinit.toml": config}


@contextlib.contextmanager
def folder():
    with tempfile.TemporaryDirectory(prefix="mvimage-test-") as name:
        yield pathlib.Path(name)


def is_the_one(row, list_, config):
    name, severity, where, _, _, said = row
    title = f"{name}, {said!r}"
    equal([each["id"] for each in list_], [name], f"{title}: findings {list_}")
    one = list_[0]
    equal(one["severity"], severity, title)
    check(said in one["what"], f"{title}: is not said: {one}")
    check(one["remedy"] or name in ("configuration", "command-damaged"), f"{title}: no remedy: {one}")
    if where is None:
        equal((one["file"], one["line"]), (None, None), title)
    else:
        line = next(number for number, text in enumerate(config.splitlines(), 1) if where in text)
        equal((one["file"], one["line"]), ("/etc/mvinit.toml", line), title)
        check(one["column"] >= 1, f"{title}: no column")


def look_at_all(base, rows, *words):
    wrong = []
    for row, tree in rows:
        newc.tar(tree, base / "image.tar")
        try:
            is_the_one(row, found(base / "image.tar", *words), row[3])
        except builder.Failure as failure:
            wrong.append(str(failure))
    check(not wrong, "\n".join(wrong))


@case
def linux():
    """each finding of Linux, with an image that is broken in this way alone"""
    with folder() as base:
        look_at_all(base, [(row, changed(SOUND, row[4], row[3])) for row in LINUX], "--machine")


@case
def illumos():
    """each finding of illumos, with a zone or an image that is broken in this way alone"""
    with folder() as base:
        look_at_all(base, [(row, changed(*row[4], row[3])) for row in ILLUMOS], "-p", "illumos")


@case
def sound():
    """images that nothing is wrong with: of all kinds of commands, of a zone, a sparse zone and a machine of illumos"""
    many = (NETWORK.replace('"/bin/app"', '"env", "A=1", "app", "/etc/hosts"') + 'driver = "e1000"\n[dns]\nservers = ["10.0.0.1"]\n'
            '[system]\nmodules = ["e1000"]\n[[setup]]\ncommand = ["/data/prepare"]\n[rescue]\non_boot_failure = true\n'
            '[[mount]]\nsource = "/dev/sda"\ntarget = "/data"\ntype = "ext4"\nmkdir = true\n')
    modules = {f"{MODULES}/modules.builtin": "kernel/fs/ext4/ext4.ko\n"}
    busy = {"bin/env": SOUND["bin/sh"], "usr/lib/liba.so": elf.library("liba.so", "libc.so.6"),
            "bin/app": elf.program("liba.so", "libc.so.6", imports=["getaddrinfo"]),
            "usr/bin/su": entry(SOUND["bin/sh"], 0o4755), "etc/resolv.conf": ("link", "../run/resolv.conf")}
    # What kernel and mvinit put up with: see tests/boot/check_cases.py.
    fine = {**ROW, "bin/marked": entry(SOUND["bin/sh"], 0o2705), "bin/app": ("link", "row4"), "srv/open": entry(None, 0o1777)}
    log = '[[sink]]\nto = "file"\npath = "/var/log/new/x"\n[control]\nenabled = false\ngroup = "staff"\n'
    sparse = {path: what for path, what in ZONE.items() if path.split("/")[0] not in ("sbin", "lib", "usr")}
    sparse |= {"sbin": entry(None), "lib": entry(None), "usr": entry(None), "opt/mvinit": STATIC}
    with folder() as base:
        for tree, config, words in ((SOUND, WWW, ["--machine"]), (SOUND | fine, WWW + log, ["--machine"]),
                                    (SOUND | busy | WITH_MODULES | modules, many, ["--machine"]),
                                    (ZONE, NET0, ["-p", "illumos"]), (GLOBAL, NET0, ["-p", "illumos"]), (ZONE, NET0, []),
                                    (ZONE | {"etc/inittab": SHIM}, NET0, []), (sparse, NET0, [])):
            newc.tar(changed(tree, {}, config), base / "image.tar")
            equal(found(base / "image.tar", *words), [], config)


@case
def init():
    """an initramfs without /init, and an OCI image whose entrypoint is not there"""
    with folder() as base:
        for change, severity in (({"init": None}, "error"),
                                 ({"init": None, "sbin/init": ("link", "mvinit")}, "warning")):
            (base / "image").write_bytes(newc.newc(changed(SOUND, change, APP)))
            equal([(each["id"], each["severity"]) for each in found(base / "image")], [("init-missing", severity)])
        layout(base / "oci", [changed(SOUND, {}, APP)], ["/sbin/absent"])
        equal([(each["id"], each["path"]) for each in found(base / "oci")], [("command-missing", "/sbin/absent")])
        layout(base / "none", [changed(SOUND, {}, APP)], [])
        equal([each["id"] for each in found(base / "none")], ["init-missing"])


def layout(path, layers, entrypoint):
    """An OCI image layout of these trees: the files of its layers."""
    path.mkdir()
    packed = []
    for tree in layers:
        newc.tar(tree, path / "layer")
        packed.append(gzip.compress((path / "layer").read_bytes(), 1))
    return newc.oci(path, packed, entrypoint)


@case
def kinds():
    """the same finding in a directory, an initramfs however compressed and joined, a tar, an OCI layout, ext4, squashfs"""
    broken = changed(SOUND, {"bin/sh": None, "sbin/init": ("link", "mvinit")}, APP.replace("bin/app", "bin/script"))
    parts = [{path: what for path, what in broken.items() if path.startswith("etc") == first} for first in (True, False)]
    plain = newc.newc(broken)
    early = newc.newc({"kernel/x86/microcode/x.bin": "x" * 999})
    whole = {"plain": plain, "gzip": gzip.compress(plain, 1), "early": early + gzip.compress(plain, 1),
             "parts": gzip.compress(newc.newc(parts[0]), 1) + newc.newc(parts[1]),
             "inside": gzip.compress(newc.newc(parts[0]) + bytes(512) + newc.newc(parts[1]), 1)}
    def zstd(data):
        return subprocess.run(["zstd", "-q", "-c"], input=data, capture_output=True, check=True).stdout

    whole |= {"zstd": zstd(plain), "zstd-parts": zstd(newc.newc(parts[0])) + newc.newc(parts[1]),
              "zstd-two": zstd(newc.newc(parts[0])) + zstd(newc.newc(parts[1])),
              "zstd-gzip": zstd(newc.newc(parts[0])) + bytes(7) + gzip.compress(newc.newc(parts[1]), 1)}
    with folder() as base:
        for name, data in whole.items():
            (base / name).write_bytes(data)
        newc.tar(broken, base / "tar")
        (base / "tar.gz").write_bytes(gzip.compress((base / "tar").read_bytes(), 1))
        upper = {"bin/.wh.sh": "", "etc/.wh..wh..opq": "", "etc/mvinit.toml": broken["etc/mvinit.toml"]}
        layout(base / "oci", [changed(SOUND, {}, APP), upper], ["/sbin/mvinit"])
        newc.ext4(broken, base / "ext4")
        newc.squashfs(broken, base / "squashfs")
        subprocess.run(["tar", "-xf", base / "tar", "--one-top-level=" + str(base / "dir")], check=True)
        for name in (*whole, "tar", "tar.gz", "oci", "ext4", "squashfs", "dir"):
            list_ = found(base / name, "--machine")
            equal([each["id"] for each in list_], ["script-interpreter-missing"], name)
            equal(list_[0]["file"], str(base / "dir/etc/mvinit.toml") if name == "dir" else "/etc/mvinit.toml", name)


@case
def refusals():
    """what is no image, has no configuration or cannot be read is refused: what, why, what to do"""
    with folder() as base:
        for name, data, code, texts in (
                ("squashfs", b"hsqs" + bytes(96), 4, ("/unsquashfs: ", "get a whole copy of it")),
                ("ext4", bytes(0x438) + b"\x53\xef" + bytes(1024), 4, ("open ", "/ext4: ", "get a whole copy of it")),
                ("qcow2", b"QFI\xfb" + bytes(96), 2, ("a qcow2 disk", "mount or unpack it first")),
                ("text", b"text\n" * 9, 2, ("no initramfs, tar, ext4, squashfs or OCI image layout",)),
                ("short", newc.newc(SOUND)[:3000], 4, ("breaks off",)),
                ("short.gz", gzip.compress(newc.newc(SOUND))[:-300], 4, ("get a whole copy",)),
                ("config", newc.newc(SOUND), 2, ("no /etc/mvinit.toml", "-c FILE"))):
            (base / name).write_bytes(data)
            said = run(base / name, code=code).stderr
            check(all(text in said for text in texts), f"{name}: {said}")
        run(base / "absent", code=4)
        layout(base / "cut", [changed(SOUND, {}, APP)], ["/sbin/mvinit"])
        (base / "cut/index.json").unlink()
        said = run(base / "cut", code=4).stderr
        check("an OCI image layout without index.json, not made to its end: build it again" in said, said)
        one, two = layout(base / "bad", [changed(SOUND, {}, APP), {"etc/x": "x"}], ["/sbin/mvinit"])
        equal(found(base / "bad"), [], "whole")
        two.write_bytes(one.read_bytes())
        said = run(base / "bad", code=4).stderr
        check(f"read blob {two}: it is damaged: the SHA-256 of its bytes is {one.name}: build the image again" in said, said)
        check("takes a root directory" in subprocess.run([builder.BINARY, "check"], capture_output=True, text=True,
                                                         check=False).stderr, "check without an image")
        check("belongs to" in run(base, "--target", "oci", code=2).stderr, "--target of check")


# Of owners beyond 16 bits, modes, links of all lengths, devices, and modules: several findings at once.
MIXED = changed(SOUND | WITH_MODULES, {
    "bin/su": entry(SOUND["bin/sh"], 0o4755), "bin/staff": entry(SOUND["bin/sh"], 0o2711, (0, 100000)),
    "srv/open": entry(None, 0o777, (70000, 70000)), "srv/data": entry("x" * 200000, 0o666),
    "srv/long": ("link", "../" * 40 + "etc/hosts"), "srv/short": ("link", "data"), "srv/empty": "",
    "bin/app": ("link", "../srv/long-app"), "srv/long-app": entry(elf.program("libc.so.6", "libx.so"), 0o750, (70001, 70000)),
    f"{MODULES}/kernel/mii.ko": module(OTHER), "sbin/init": ("link", "mvinit"),
    "dev/console": newc.device(5, 1),
}, WWW + '[system]\nmodules = ["e1000", "absent"]\n')


@case
def disks():
    """ext4 and squashfs, however compressed: all that is found in a tar of the same, owners, modes, links and modules too"""
    with folder() as base:
        newc.tar(MIXED, base / "image")
        wanted = found(base / "image", "--machine")
        equal({each["id"] for each in wanted}, {"command-not-executable", "module-missing", "module-version", "setuid-file",
                                                "world-writable"}, "in a tar")
        for name, words in (("gzip", []), ("zstd", ["-comp", "zstd"]), ("none", ["-noI", "-noD", "-noF"])):
            newc.squashfs(MIXED, base / name, *words)
            equal(found(base / name), wanted, name)
            (base / name).unlink()
        newc.ext4(MIXED, base / "ext4")
        equal(found(base / "ext4"), wanted, "ext4")
        if os.getuid() == 0 and shutil.which("setpriv"):
            newc.squashfs(MIXED, base / "squashfs")
            base.chmod(0o755)
            for name in ("ext4", "squashfs"):
                done = subprocess.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", builder.BINARY, "check",
                                       "--json", "--machine", base / name], capture_output=True, text=True, check=False)
                equal(json.loads(done.stdout or "[]"), wanted, f"{name}, as nobody: {done.stderr}")
        bare = changed(SOUND, {}, APP)
        newc.ext4(bare, base / "init")
        equal([(each["id"], each["severity"]) for each in found(base / "init")], [("init-missing", "warning")])


@case
def built():
    """what mvimage builds for a disk is sound; with a file in it that is not, the finding is that of the unpacked tar"""
    accounts = {"etc/passwd": SOUND["etc/passwd"], "etc/group": SOUND["etc/group"]}
    files = {"srv/data": "x", "srv/su": elf.program("libc.so.6")} | accounts
    with builder.Tree(files, app='command = ["/bin/app"]\nuser = "www"', image='files = ["/srv"]') as tree:
        for target in ("ext4", "squashfs"):
            tree.run("build", "-t", target, "-o", "disk")
            equal(found(tree.base / "disk"), [], target)
        (tree.root / "srv/data").chmod(0o666)
        (tree.root / "srv/su").chmod(0o4755)
        tree.run("build", "-t", "tar", "-o", "root.tar")
        (tree.base / "dir").mkdir()
        subprocess.run(["tar", "-xpf", "root.tar", "-C", "dir"], check=True, cwd=tree.base)
        wanted = [(each["id"], each["path"]) for each in found(tree.base / "dir", "--machine")]
        check(("world-writable", "/srv/data") in wanted, wanted)
        for target in ("ext4", "squashfs"):
            tree.run("build", "-t", target, "-o", "disk")
            list_ = [(each["id"], each["path"]) for each in found(tree.base / "disk")]
            equal(sorted(list_), [("setuid-file", "/srv/su"), ("world-writable", "/srv/data")], target)
            check(set(wanted) <= set(list_), f"{target}: in the directory {wanted}")


@case
def damaged():
    """a disk that is cut off, has bytes changed or was not unmounted: an error with what to do, or findings; no crash"""
    with folder() as base:
        newc.ext4(MIXED, base / "ext4", "2M")
        newc.squashfs(MIXED, base / "squashfs")
        for name in ("ext4", "squashfs"):
            data = (base / name).read_bytes()
            # A squashfs is padded, an ext4 has room behind its files.
            used = struct.unpack_from("<Q", data, 40)[0] if name == "squashfs" else len(data) // 2
            for length in (1100, used // 3, used - 8):
                (base / "cut").write_bytes(data[:length])
                said = run(base / "cut", code=4).stderr
                check("whole copy of it" in said, f"{name} of {length} bytes: {said}")
            for at in range(1080, len(data) - 64, len(data) // 24):
                (base / "changed").write_bytes(data[:at] + bytes([each ^ 0x55 for each in data[at:at + 64]]) + data[at + 64:])
                done = run(base / "changed")
                check(done.returncode in (0, 1, 2, 4), f"{name}, at {at}: {done.returncode}: {done.stderr}")
                check("Sanitizer" not in done.stderr, done.stderr)
        subprocess.run(["debugfs", "-w", "-R", "feature needs_recovery has_journal", base / "ext4"], check=True,
                       capture_output=True, env=newc.ENVIRONMENT)
        check(pathlib.Path("/dev/stdout").is_symlink(), "/dev/stdout is no link any more")
        said = run(base / "ext4", code=4).stderr
        check("it was not unmounted" in said and "e2fsck -p" in said, said)
        subprocess.run(["debugfs", "-w", "-R", "feature FEATURE_I20", base / "ext4"], check=True, capture_output=True,
                       env=newc.ENVIRONMENT)
        check(": mount it, and give the directory" in run(base / "ext4", code=4).stderr, "a feature that is not known")


@case
def output():
    """text: FILE:LINE:COLUMN: severity: what: remedy [id], sorted, control characters escaped; -c takes another file"""
    with folder() as base:
        evil = "bin/a\nb\x1b[31m"
        (base / "image").write_bytes(newc.newc(changed(SOUND, {evil: entry("", 0o666), "bin/app": None}, APP)))
        done = run(base / "image", code=1)
        lines = done.stdout.splitlines()
        check(re.fullmatch(r"/etc/mvinit\.toml:2:12: error: /bin/app is not in the image: add it .* \[command-missing\]",
                           lines[0]), f"{lines}")
        equal(lines[1].split(": warning: ")[0], f"{base}/image: /bin/a\\x0ab\\x1b[31m", "escaped")
        equal(done.stderr, f"mvimage: {base}/image: 1 error, 1 warning\n")
        equal(run(base / "image", code=1).stdout, done.stdout, "again")
        (base / "own.toml").write_text("\n\n" + APP)
        check(run(base / "image", "-c", str(base / "own.toml"), code=1).stdout.startswith(f"{base}/own.toml:4:12: error"), "-c")


@case
def root():
    """links lead nowhere out of a root directory"""
    with folder() as base:
        (base / "dir/bin").mkdir(parents=True)
        (base / "dir/etc").mkdir()
        (base / "dir/etc/mvinit.toml").write_text(APP)
        (base / "dir/bin/app").symlink_to("/bin/sh")
        equal([each["id"] for each in found(base / "dir")], ["command-missing"])
        (base / "dir/bin/sh").symlink_to("../../../../../bin/sh")
        equal([each["id"] for each in found(base / "dir")], ["command-missing"])


@case
def identifiers():
    """every id has a broken image here and a line in mvimage(1), and the sources know no other"""
    tested = {row[0] for row in LINUX + ILLUMOS}
    sources = "".join(path.read_text() for glob in ("check*.cpp", "runnable*.cpp", "subject*.cpp")
                      for path in (REPOSITORY / "packaging/image").glob(glob))
    words = set(re.findall(r'"([a-z]+(?:-[a-z]+)+)"', sources))
    equal(tested - {"configuration", "architecture", "hosts", "inittab", "plan"}, words, "in the sources")
    page = (REPOSITORY / "packaging/man/mvimage.1").read_text()
    section = page[page.index(".SH FINDINGS"):page.index(".SH TARGETS")].replace("\\-", "-")
    equal(set(re.findall(r"^\.B ([a-z0-9-]+)$", section, re.M)), tested, "in mvimage(1)")


builder.run()
