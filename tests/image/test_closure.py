#!/usr/bin/env python3
"""What a program needs is found where its dynamic linker would find it, and nowhere else."""

from builder import Tree, case, check, equal, has, lacks, refused, run
from elf import AARCH64, SOLARIS, elf, library, program

MULTIARCH = "usr/lib/x86_64-linux-gnu/"


@case
def needed():
    """libraries and the linker of a program come along, with theirs; what nobody needs does not"""
    with Tree({"bin/app": program("liba.so.1", "libc.so.6"), MULTIARCH + "liba.so.1": library("liba.so.1", "libb.so.2"),
               MULTIARCH + "libb.so.2": library("libb.so.2"), MULTIARCH + "libz.so.1": library("libz.so.1")}) as tree:
        has(tree, "/bin/app", "/lib64/ld-linux-x86-64.so.2", "/lib/x86_64-linux-gnu/libc.so.6", f"/{MULTIARCH}liba.so.1",
            f"/{MULTIARCH}libb.so.2", "/sbin/mvinit", "/sbin/init", "/init", "/etc/mvinit.toml")
        lacks(tree, f"/{MULTIARCH}libz.so.1")


@case
def links():
    """symbolic links are followed inside the root, also absolute ones, through a /lib that is one (usrmerge)"""
    with Tree() as tree:
        tree.remove("lib/x86_64-linux-gnu/libc.so.6", "lib64/ld-linux-x86-64.so.2")
        for name in ("lib/x86_64-linux-gnu", "lib", "lib64"):
            (tree.root / name).rmdir()
        tree.add({"usr/lib/x86_64-linux-gnu/libc.so.6": library("libc.so.6"), "lib": ("link", "usr/lib"),
                  "lib64": ("link", "usr/lib64"), "bin/app": program("liba.so.1", "libc.so.6"),
                  "usr/lib64/ld-linux-x86-64.so.2": ("link", "/opt/ld-2.36.so"), "opt/ld-2.36.so": library("ld"),
                  MULTIARCH + "liba.so.1": ("link", "liba.so.1.2"), MULTIARCH + "liba.so.1.2": library("liba.so.1")})
        there = tree.paths()
        equal(there["/lib"]["target"], "usr/lib", "/lib")
        equal(there["/usr/lib64/ld-linux-x86-64.so.2"]["target"], "/opt/ld-2.36.so", "the linker")
        for path in ("/opt/ld-2.36.so", f"/{MULTIARCH}liba.so.1", f"/{MULTIARCH}liba.so.1.2", f"/{MULTIARCH}libc.so.6"):
            check(path in there, f"{path} is missing")
        check(not any(path.startswith("/lib/") for path in there), "something is below a link")


@case
def no_way_out():
    """no link leads out of the root: /etc/passwd of this machine is not found through it"""
    with Tree({"etc/out": ("link", "../../../../../../etc/hostname")}, image='files = ["/etc/out"]') as tree:
        equal(sorted(path for path in tree.paths() if path.startswith("/etc/host")), [], "from outside")
    with Tree({"bin/app": ("link", "/bin/app")}) as tree:
        refused(tree, "mvinit.toml:2:12: app.command: /bin/app leads through more than 40 links")


@case
def run_paths():
    """RUNPATH holds for the file itself, RPATH for what it loads too, $ORIGIN is the file's directory"""
    files = {"opt/x/bin/app": program("liba.so.1", runpath="$ORIGIN/../lib"),
             "opt/x/lib/liba.so.1": library("liba.so.1", "libb.so.1"), "opt/x/lib/libb.so.1": library("libb.so.1")}
    with Tree(files, app='command = ["/opt/x/bin/app"]') as tree:
        refused(tree, "libb.so.1, a library for x86_64, is not in root", "/opt/x/lib/liba.so.1: needed library libb.so.1",
                "/opt/x/bin/app: needed library liba.so.1", "mvinit.toml:2:12: app.command")
    files["opt/x/bin/app"] = program("liba.so.1", rpath="${ORIGIN}/../lib")
    with Tree(files, app='command = ["/opt/x/bin/app"]') as tree:
        has(tree, "/opt/x/lib/liba.so.1", "/opt/x/lib/libb.so.1")


@case
def library_path():
    """LD_LIBRARY_PATH of the application's environment is looked at"""
    with Tree({"bin/app": program("liba.so.1"), "srv/lib/liba.so.1": library("liba.so.1")},
              app='command = ["/bin/app"]\nenv = { LD_LIBRARY_PATH = "/nowhere:/srv/lib" }') as tree:
        has(tree, "/srv/lib/liba.so.1")


@case
def library_path_of_each_command():
    """LD_LIBRARY_PATH of a setup's or hook's own environment is looked at for it alone, and app.env's not for them"""
    tool = '[[{}]]\n{}command = ["/bin/{}"]\nenv = {{ LD_LIBRARY_PATH = "{}" }}\n'
    before = 'when = "before_start"\n'
    files = {"bin/tool": program("liba.so.1", "libc.so.6"), "bin/script": "#!/bin/sh\n", "bin/sh": program("libb.so.1"),
             "srv/a/liba.so.1": library("liba.so.1", "libc.so.1"), "srv/a/libc.so.1": library("libc.so.1"),
             "srv/b/libb.so.1": library("libb.so.1")}
    with Tree(files, more=tool.format("setup", "", "tool", "/srv/a") + tool.format("hook", before, "script", "/srv/b")) as tree:
        has(tree, "/srv/a/liba.so.1", "/srv/a/libc.so.1", "/srv/b/libb.so.1")
    for more in (tool.format("setup", "", "tool", "/srv/b"), '[[setup]]\ncommand = ["/bin/tool"]\n'):
        with Tree(files, app='command = ["/bin/app"]\nenv = { LD_LIBRARY_PATH = "/srv/a" }', more=more) as tree:
            refused(tree, "liba.so.1, a library for x86_64, is not in root")
    with Tree(files | {"opt/bin/lua": program("libb.so.1"), "bin/script": "#!/usr/bin/env lua\n", "usr/bin/env": program()},
              more=tool.format("setup", "", "script", "/srv/b").replace("{ ", '{ PATH = "/opt/bin", ')) as tree:
        has(tree, "/opt/bin/lua", "/srv/b/libb.so.1")


@case
def variables_of_files():
    """PATH, LD_LIBRARY_PATH and LD_PRELOAD of env_files count as they do for mvinit; a line of another kind is an error"""
    with Tree({"opt/tool": program("liba.so.1"), "srv/lib/liba.so.1": library("liba.so.1"), "opt/own.so": library("own.so"),
               "etc/one": "PATH=/nowhere\nLD_PRELOAD=/opt/own.so\n",
               "etc/two": "# here\nPATH = '/opt'\nLD_LIBRARY_PATH=/srv/lib\n"},
              app='command = ["tool"]\nenv_files = ["/etc/one", "/etc/two"]') as tree:
        has(tree, "/opt/tool", "/srv/lib/liba.so.1", "/etc/one", "/etc/two")
        equal(tree.why("/opt/own.so")[1:], ["  mvinit.toml:3:13: app.env_files"], "why")
        tree.put(tree.root / "etc/two", "PATH=/opt\nexport LD_LIBRARY_PATH=/srv/lib\n")
        refused(tree, "mvinit.toml:3:26: app.env_files: /etc/two:2: a line must be NAME=value: mend the line")


@case
def preloaded():
    """paths in LD_PRELOAD of the application's environment come along"""
    with Tree({"opt/libp.so": library("libp.so", "libc.so.6")},
              app='command = ["/bin/app"]\nenv = { LD_PRELOAD = "libc.so.6 /opt/libp.so" }') as tree:
        equal(tree.why("/opt/libp.so")[1:], ["  mvinit.toml:3:7: app.env"], "why")
        tree.remove("opt/libp.so")
        refused(tree, "mvinit.toml:3:7: app.env: /opt/libp.so is not in root")


@case
def ld_so_conf():
    """what only ld.so.conf leads to gets a link where a linker without ldconfig's cache looks"""
    with Tree({"bin/app": program("liba.so.1"), "opt/lib/liba.so.1": library("liba.so.1"),
               "etc/ld.so.conf": "include /etc/ld.so.conf.d/*.conf\n", "etc/ld.so.conf.d/o.conf": "# o\n/opt/lib\n"}) as tree:
        equal(tree.paths()["/lib/x86_64-linux-gnu/liba.so.1"]["target"], "/opt/lib/liba.so.1", "the link")
        has(tree, "/opt/lib/liba.so.1")


@case
def other_machine():
    """a library of another machine is passed over, as the linker does; so is one that is no ELF file"""
    files = {"bin/app": program("liba.so.1"), "lib/x86_64-linux-gnu/liba.so.1": library("liba.so.1", machine=AARCH64)}
    with Tree(files) as tree:
        refused(tree, "liba.so.1, a library for x86_64, is not in root")
        tree.add({MULTIARCH + "liba.so.1": library("liba.so.1")})
        has(tree, f"/{MULTIARCH}liba.so.1")
        lacks(tree, "/lib/x86_64-linux-gnu/liba.so.1")


@case
def aarch64():
    """an aarch64 image: its own multiarch directories, its mvinit's architecture"""
    with Tree({"bin/app": program("libc.so.6", interpreter="/lib/ld-linux-aarch64.so.1", machine=AARCH64),
               "lib/ld-linux-aarch64.so.1": library("ld", machine=AARCH64),
               "usr/lib/aarch64-linux-gnu/libc.so.6": library("libc.so.6", machine=AARCH64)}) as tree:
        refused(tree, "/bin/app is for aarch64", "for x86_64", "image.init")
        tree.put(tree.base / "mvinit", elf(machine=AARCH64))
        has(tree, "/usr/lib/aarch64-linux-gnu/libc.so.6", "/lib/ld-linux-aarch64.so.1")
        lacks(tree, "/lib/x86_64-linux-gnu/libc.so.6")


@case
def illumos():
    """an illumos image: /lib/64 and /usr/lib/64, ld.so.1, and the file's [platform.illumos]"""
    files = {"opt/app": program("libsocket.so.1", "libc.so.1", interpreter="/usr/lib/amd64/ld.so.1", osabi=SOLARIS),
             "lib/amd64/ld.so.1": library("ld.so.1"), "usr/lib/amd64/ld.so.1": ("link", "../../../lib/amd64/ld.so.1"),
             "lib/64": ("link", "amd64"), "lib/amd64/libc.so.1": library("libc.so.1"),
             "usr/lib/64": ("link", "amd64"), "usr/lib/amd64/libsocket.so.1": library("libsocket.so.1", "libnsl.so.1"),
             "lib/amd64/libnsl.so.1": library("libnsl.so.1", "libc.so.1")}
    with Tree(files, more='[platform.illumos.app]\ncommand = ["/opt/app"]') as tree:
        tree.put(tree.base / "mvinit", program("libc.so.1", interpreter="/lib/amd64/ld.so.1", osabi=SOLARIS))
        has(tree, "/opt/app", "/lib/64", "/lib/amd64/libc.so.1", "/lib/amd64/libnsl.so.1", "/usr/lib/amd64/libsocket.so.1",
            "/usr/lib/amd64/ld.so.1", "/lib/amd64/ld.so.1")
        lacks(tree, "/bin/app")


@case
def musl():
    """musl's linker is its libc"""
    with Tree({"bin/app": program("libc.musl-x86_64.so.1", "liba.so.1", interpreter="/lib/ld-musl-x86_64.so.1"),
               "lib/ld-musl-x86_64.so.1": library("libc.so"), "usr/local/lib/liba.so.1": library("liba.so.1")}) as tree:
        has(tree, "/lib/ld-musl-x86_64.so.1", "/usr/local/lib/liba.so.1")
        lacks(tree, "/lib/x86_64-linux-gnu/libc.so.6")


@case
def scripts():
    """the interpreter of a script comes along, and behind env(1) the program on the application's PATH"""
    with Tree({"bin/app": "#!/usr/bin/env -S A=b lua -x\n", "usr/bin/env": program("libc.so.6"),
               "opt/bin/lua": program("libc.so.6", "liblua.so.5"), MULTIARCH + "liblua.so.5": library("liblua.so.5")},
              app='command = ["/bin/app"]\nenv = { PATH = "/bin:/opt/bin" }') as tree:
        has(tree, "/usr/bin/env", "/opt/bin/lua", f"/{MULTIARCH}liblua.so.5")
        equal(tree.why(f"/{MULTIARCH}liblua.so.5")[1:], ["  /opt/bin/lua: needed library liblua.so.5",
              "  /bin/app: run by env(1)", "  mvinit.toml:2:12: app.command"], "why")
        for words in ("-Slua -x", "-iS lua", "--split-string=lua -x"):
            tree.put(tree.root / "bin/app", f"#!/usr/bin/env {words}\n")
            has(tree, "/opt/bin/lua")
        tree.configure('command = ["/usr/bin/env", "-S", "lua -x"]\nenv = { PATH = "/bin:/opt/bin" }')
        has(tree, "/opt/bin/lua")
        tree.configure('command = ["/bin/app"]\nenv = { PATH = "/bin:/opt/bin" }')
        tree.remove("opt/bin/lua")
        refused(tree, "lua is in no directory of PATH", "/bin/app: run by env(1)")
        tree.put(tree.root / "bin/app", "#! /bin/gone  -e\n")
        refused(tree, "/bin/gone is not in root", "/bin/app: interpreter of the script")


@case
def damaged():
    """an ELF file that was cut off is an error that names it"""
    with Tree({"bin/app": program("libc.so.6")[:200]}) as tree:
        refused(tree, "/bin/app", "it is cut off: 200 bytes of", "get a whole copy")


@case
def loaded_already():
    """a library that is loaded by then is not looked for: RUNPATH of the program finds it for all"""
    files = {"opt/app": program("liba.so.1", "libb.so.1", runpath="$ORIGIN/lib"),
             "opt/lib/liba.so.1": library("liba.so.1", "libb.so.1", "libc.so.6"), "opt/lib/libb.so.1": library("libb.so.1")}
    with Tree(files, app='command = ["/opt/app"]') as tree:
        has(tree, "/opt/lib/liba.so.1", "/opt/lib/libb.so.1")


@case
def ld_so_conf_without_multiarch():
    """the link for a library of ld.so.conf is made where the libc is, into whose directory the linker does look"""
    files = {"bin/app": program("liba.so.1", "libc.so.6"), "usr/lib64/libc.so.6": library("libc.so.6"),
             "usr/lib64/ld-linux-x86-64.so.2": library("ld"), "opt/lib/liba.so.1": library("liba.so.1"),
             "etc/ld.so.conf": "/opt/lib\n"}
    with Tree(files) as tree:
        tree.remove("lib/x86_64-linux-gnu/libc.so.6", "lib64/ld-linux-x86-64.so.2")
        (tree.root / "lib64").rmdir()
        (tree.root / "lib64").symlink_to("usr/lib64")
        equal(tree.paths()["/usr/lib64/liba.so.1"]["target"], "/opt/lib/liba.so.1", "the link")
        lacks(tree, "/lib/x86_64-linux-gnu")


@case
def musl_path():
    """musl's path file, named as its linker is, replaces the default directories, and comes along"""
    with Tree({"bin/app": program("liba.so.1", interpreter="/lib/ld-musl-armhf.so.1"), "opt/lib/liba.so.1": library("liba.so.1"),
               "lib/ld-musl-armhf.so.1": library("libc.so"), "usr/lib/liba.so.1": library("liba.so.1")}) as tree:
        has(tree, "/usr/lib/liba.so.1")
        tree.add({"etc/ld-musl-armhf.path": "/lib\n/opt/lib\n"})
        has(tree, "/opt/lib/liba.so.1", "/etc/ld-musl-armhf.path")
        lacks(tree, "/usr/lib/liba.so.1")


@case
def not_executable():
    """a command that is a directory, or has no mode to be executed with, is an error"""
    with Tree() as tree:
        (tree.root / "bin/app").chmod(0o644)
        refused(tree, "mvinit.toml:2:12: app.command: root/bin/app is no file that can be executed")
        tree.configure('command = ["/bin"]')
        refused(tree, "mvinit.toml:2:12: app.command: root/bin is no file that can be executed")


@case
def neither_program_nor_script():
    """a command that the kernel does not execute, as it is neither ELF file nor script, is an error"""
    with Tree({"bin/app": "echo\n"}) as tree:
        (tree.root / "bin/app").chmod(0o755)
        refused(tree, "mvinit.toml:2:12: app.command: root/bin/app is neither an ELF file nor a script with a #! line")


@case
def machine_of_an_interpreter():
    """what runs a script is for mvinit's machine too"""
    with Tree({"bin/app": "#!/bin/sh\n", "bin/sh": elf(machine=AARCH64)}) as tree:
        refused(tree, "mvinit.toml:2:12: app.command: /bin/sh is for aarch64, mvinit for x86_64", "interpreter of the script")


@case
def carriage_return():
    """a script with line ends of Windows is an error: the kernel looks for an interpreter of another name"""
    with Tree({"bin/app": "#!/bin/sh\r\nexit\r\n", "bin/sh": program("libc.so.6")}) as tree:
        refused(tree, "read root/bin/app: its first line ends in a carriage return", "(for /bin/app):")
        tree.put(tree.root / "bin/app", "#!/usr/bin/env sh\r\n")
        refused(tree, "carriage return")


@case
def versions():
    """a library without the version that a program needs of it is an error, where it has versions at all"""
    with Tree({"bin/app": program("libf.so", needs=[("libf.so", "V2")]), "lib/libf.so": library("libf.so", defines=["V1"])}) as tree:
        refused(tree, "root/lib/libf.so has no version V2", "/bin/app: needed library libf.so")
        for known in (["V1", "V2"], []):
            tree.put(tree.root / "lib/libf.so", library("libf.so", defines=known))
            has(tree, "/lib/libf.so")
        tree.put(tree.root / "lib/libf.so", library("libf.so", defines=["V1"]))
        tree.put(tree.root / "bin/app", program("libf.so", weak=[("libf.so", "V2")]))
        has(tree, "/lib/libf.so")


@case
def directories_of_a_linker():
    """glibc's linker looks where it was built to look, and below that for the processor's"""
    linker = "lib64/ld-linux-x86-64.so.2"
    debian = library("ld-linux-x86-64.so.2", versions=["/lib/x86_64-linux-gnu/", "/lib/", "glibc-hwcaps"])
    with Tree({"bin/app": program("liba.so", "ld-linux-x86-64.so.2"), "lib64/liba.so": library("liba.so"), linker: debian}) as tree:
        refused(tree, "liba.so, a library for x86_64, is not in root")
        tree.put(tree.root / linker, library("ld-linux-x86-64.so.2", versions=["/lib64/"]))
        has(tree, "/lib64/liba.so", f"/{linker}")
        tree.remove("lib64/liba.so")
        tree.add({linker: debian, "lib/glibc-hwcaps/x86-64-v3/liba.so": library("liba.so")})
        has(tree, "/lib/glibc-hwcaps/x86-64-v3/liba.so")
        check("liba.so is for some processors only" in tree.said, tree.said)
        tree.add({"lib/liba.so": library("liba.so")})
        lacks(tree, "/lib/glibc-hwcaps/x86-64-v3/liba.so")


@case
def system():
    """a program of illumos in an image of Linux is an error, and the other way round"""
    with Tree({"bin/app": elf(osabi=SOLARIS)}) as tree:
        refused(tree, "/bin/app is for illumos, mvinit for Linux")
        tree.put(tree.base / "mvinit", elf(osabi=SOLARIS))
        has(tree, "/bin/app")
        tree.put(tree.root / "bin/app", elf(linux=True))
        refused(tree, "/bin/app is for Linux, mvinit for illumos")


@case
def words_of_a_script():
    """Linux makes one word of all that is behind the interpreter, and executes none whose path is too long for it"""
    with Tree({"bin/app": "#!/usr/bin/env sh -e\n", "usr/bin/env": program("libc.so.6"), "bin/sh": program("libc.so.6")}) as tree:
        refused(tree, "sh -e is in no directory of PATH", "write env -S sh -e", "/bin/app: run by env(1)")
        tree.put(tree.root / "bin/app", f"#!/{'x' * 253}\n")
        refused(tree, "its first line is longer than 255 bytes", "(for /bin/app)")
        tree.put(tree.root / "bin/app", f"#!/bin/sh {'x' * 253}\n")
        has(tree, "/bin/sh")


@case
def machine_of_a_name():
    """a command that is found on PATH is for mvinit's machine too"""
    with Tree({"usr/bin/tool": elf(machine=AARCH64)}, app='command = ["tool"]') as tree:
        refused(tree, "/usr/bin/tool is for aarch64")


run()
