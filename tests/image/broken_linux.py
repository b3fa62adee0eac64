"""Images for Linux that are broken in one way each, and what mvimage check is to find there."""

import struct

import elf
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

VERSIONED = {"bin/app": elf.program("libf.so", needs=[("libf.so", "V1"), ("libf.so", "V2")])}
# As Debian's linker is: it does not look into /lib64.
DEBIAN = {"lib64/ld-linux-x86-64.so.2": elf.library("ld-linux-x86-64.so.2", versions=[
    "/lib/x86_64-linux-gnu/", "/usr/lib/x86_64-linux-gnu/", "/lib/", "/usr/lib/", "glibc-hwcaps"])}
PROCESSOR = "lib/glibc-hwcaps/x86-64-v3"


def cache(**libraries):
    """/etc/ld.so.cache of glibc: NAME is PATH, with an underscore for each dot of the name."""
    strings, entries, at = b"", b"", 48 + 24 * len(libraries)
    for name, path in libraries.items():
        words = name.replace("_", ".").encode() + b"\0", path.encode() + b"\0"
        key = at + len(strings)
        entries += struct.pack("<iIIIQ", 0x303, key, key + len(words[0]), 0, 0)
        strings += b"".join(words)
    return b"glibc-ld.so.cache1.1" + struct.pack("<II20x", len(libraries), len(strings)) + entries + strings


LONG_NAME = "/".join(["x" * 100] * 2) + "/" + "y" * 51  # behind "#!/" one more than Linux takes

# Each is the interpreter of the next.
ROW = {f"bin/row{number}": f"#!/bin/{f'row{number - 1}' if number else 'sh'}\n" for number in range(6)}

# id, severity, the text in the configuration where it is (None: nowhere), configuration, what differs from SOUND (None:
# it is taken out), a part of what is said.
LINUX = [
    ("command-missing", "error", '"/bin/app"', APP, {"bin/app": None}, "/bin/app is not in the image"),
    ("command-missing", "error", '"app"', PATH_APP, {"bin/app": None}, "app is in no directory of its PATH"),
    ("command-missing", "error", '"/bin/app"', APP, {"bin/app": ("link", "../opt/app")}, "/opt/app, to which /bin/app"),
    ("command-missing", "error", '"/bin/app"', APP, {"bin/app": ("link", "app")}, "/bin/app leads through more than 40 links"),
    ("command-missing", "error", '"/opt/a/app"', APP.replace("/bin/app", "/opt/a/app"), {"opt/a": ("link", "a")},
     "/opt/a/app leads through more than 40 links"),
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
    ("command-damaged", "error", '"/bin/app"', APP, {"bin/app": entry(SOUND["bin/app"][:200], 0o755)},
     "it is cut off: 200 bytes of "),
    ("command-damaged", "error", '"/bin/app"', APP, {"bin/app": entry(SOUND["bin/app"][:-1], 0o755)}, "it is cut off: "),
    ("command-damaged", "error", '"/bin/app"', APP, {"bin/app": entry(SOUND["bin/app"][:40], 0o755)}, "it is cut off, or no"),
    ("architecture", "error", '"/bin/app"', APP, {"bin/app": elf.program("libc.so.1", interpreter="/lib/amd64/ld.so.1")},
     "/bin/app is for illumos, and the image is one of Linux"),
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
    ("library-missing", "error", '"/bin/tool"', APP + '[[setup]]\ncommand = ["/bin/tool"]\n',
     {"bin/tool": elf.program("liba.so")}, "liba.so, needed by /bin/tool, is in no directory"),
    ("library-missing", "error", '"/bin/app"', APP,
     DEBIAN | {"bin/app": elf.program("liba.so"), "lib64/liba.so": elf.library("liba.so")}, "liba.so, needed by /bin/app"),
    ("library-missing", "error", '"/bin/app"', APP,
     {"bin/app": elf.program("liba.so"), "opt/liba.so": elf.library("liba.so"), "opt/libb.so": elf.library("libb.so"),
      "etc/ld.so.cache": cache(libb_so="/opt/libb.so")}, "liba.so, needed by /bin/app"),
    ("library-processor", "warning", '"/bin/app"', APP,
     DEBIAN | {"bin/app": elf.program("liba.so"), f"{PROCESSOR}/liba.so": elf.library("liba.so")},
     f"/{PROCESSOR}/liba.so, needed by /bin/app, is there for some processors only"),
    ("library-missing", "error", '"/bin/app"', APP,
     {"bin/app": elf.program("liba.so"), f"{PROCESSOR}/liba.so": elf.library("liba.so")}, "liba.so, needed by /bin/app"),
    ("library-version", "error", '"/bin/app"', APP,
     VERSIONED | {"lib/libf.so": elf.library("libf.so", defines=["libf.so", "V1"])},
     "/lib/libf.so, needed by /bin/app, has no version V2"),
    ("library-version", "error", '"/bin/app"', APP,
     {"bin/app": elf.program("liba.so", "libc.so.6"),
      "lib/liba.so": elf.library("liba.so", "libc.so.6", needs=[("libc.so.6", "GLIBC_2.38")]),
      "lib/x86_64-linux-gnu/libc.so.6": elf.library("libc.so.6", defines=["libc.so.6", "GLIBC_2.36"])},
     "libc.so.6, needed by /lib/liba.so, for /bin/app, has no version GLIBC_2.38"),
    ("library-version", "error", '"/bin/app"', APP,
     {"bin/app": elf.program("ld-linux-x86-64.so.2", needs=[("ld-linux-x86-64.so.2", "GLIBC_2.38")]),
      "lib64/ld-linux-x86-64.so.2": elf.library("ld-linux-x86-64.so.2", defines=["GLIBC_2.35"])},
     "/lib64/ld-linux-x86-64.so.2, needed by /bin/app, has no version GLIBC_2.38"),
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
    ("env-program-missing", "error", '"/bin/script"', APP.replace("app\"", "script\""),
     {"bin/script": "#!/usr/bin/env sh\t-e \n", "usr/bin/env": SOUND["bin/sh"]}, "sh -e (for /bin/script) is in no"),
    ("command-damaged", "error", '"/bin/script"', APP.replace("app\"", "script\""),
     {"bin/script": f"#!/{LONG_NAME}\n", LONG_NAME: SOUND["bin/sh"]}, "longer than 255 bytes"),
    ("user-missing", "error", '"wwww"', WWW.replace('"www"', '"wwww"'), {}, "www"),
    ("group-missing", "error", '"staff"', APP + 'group = "staff"\n', {}, "staff"),
    ("group-missing", "warning", '"staff"', APP + '[control]\ngroup = "staff"\n', {}, "staff"),
    ("cwd-missing", "error", '"/srv"', APP + 'cwd = "/srv"\n', {}, "/srv is not in the image"),
    ("cwd-missing", "warning", '"/srv"', APP + 'cwd = "/srv"\n[[setup]]\ncommand = ["/bin/script"]\n', {}, "/srv"),
    ("cwd-denied", "warning", '"/srv"', WWW + 'cwd = "/srv"\n', {"srv": entry(None, 0o700)}, "may not search /srv"),
    ("env-file-missing", "error", '"/etc/env"', APP + 'env_files = ["/etc/env"]\n', {}, "/etc/env is not in the image"),
    ("env-file-damaged", "error", '"/etc/env"', APP + 'env_files = ["/etc/env"]\n', {"etc/env": "A=1\nexport B=2\n"},
     "/etc/env:2: a line must be NAME=value"),
    ("preload-missing", "warning", '"/etc/env"', APP + 'env_files = ["/etc/env"]\n', {"etc/env": "LD_PRELOAD=/lib/own.so\n"},
     "/lib/own.so"),
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
    ("resolv-conf", "warning", None, APP, {"etc/resolv.conf": " nameserver 10.0.0.1\n"}, "names no name server"),
    ("hosts", "warning", '"localhost"', APP.replace("app\"", 'app", "localhost"'), {"etc/hosts": None}, "localhost"),
    ("hosts", "warning", None, APP, {"etc/hosts": "localhost 127.0.0.1\n"}, "'localhost' is no address"),
    ("hosts", "warning", None, APP, {"etc/hosts": "127.0.0.1 localhost\n10.1.2.3 # server\n"}, "'10.1.2.3' has no name"),
    ("init-missing", "error", None, APP, {"init": None, "sbin/mvinit": None}, "neither /init nor /sbin/init nor"),
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
