#!/usr/bin/env python3
"""What mvinit.toml names is in the image: commands, files and patterns, accounts, directories, lazily loaded files."""

import os
import shutil
import tarfile

from builder import Tree, case, check, equal, has, lacks, refused, run
from elf import library, program

LIB = "usr/lib/x86_64-linux-gnu/"


@case
def commands():
    """every command of the file is wanted, with the files among its arguments; an unwritten rescue shell is not"""
    more = """
[[setup]]
command = ["/bin/setup", "/etc/setup.conf", "/etc/absent.conf"]
[[hook]]
when = "before_start"
command = ["/bin/hook"]
[ready]
command = ["/bin/ready"]
[health]
command = ["/usr/bin/env", "-u", "X", "A=b", "/bin/health"]
"""
    names = ("setup", "hook", "ready", "health", "sh")
    files = {f"bin/{name}": program("libc.so.6") for name in names}
    files |= {"etc/setup.conf": "x\n", "usr/bin/env": program("libc.so.6")}
    with Tree(files, more=more) as tree:
        has(tree, "/bin/setup", "/bin/hook", "/bin/ready", "/bin/health", "/usr/bin/env", "/etc/setup.conf")
        lacks(tree, "/bin/sh", "/etc/absent.conf")
        tree.remove("bin/hook")
        refused(tree, "mvinit.toml:8:12: hook.command: /bin/hook is not in root")
    with Tree(files, more='[rescue]\non_app_failure = true') as tree:
        equal(tree.why("/bin/sh")[1], "  mvinit.toml: rescue.command", "why the shell")


@case
def name_on_path():
    """a command without a slash is looked for on PATH; what cannot be executed is passed over"""
    with Tree({"usr/sbin/app": program("libc.so.6")}, app='command = ["app"]') as tree:
        has(tree, "/usr/sbin/app")
        lacks(tree, "/bin/app")
        tree.put(tree.root / "usr/bin/tool", "text", 0o644)
        tree.configure('command = ["tool"]')
        refused(tree, "mvinit.toml:2:12: app.command: tool is in no directory of PATH")


@case
def name_as_mvinit_has_it():
    """hooks and setup have a PATH of their own, not the application's; relative names are meant from its cwd"""
    more = '[[setup]]\ncommand = ["one"]\n[[hook]]\nwhen = "before_start"\ncommand = ["two"]\nenv = { PATH = "/two" }\n'
    files = {name: program("libc.so.6") for name in ("opt/bin/app", "opt/bin/one", "usr/bin/one", "two/two", "bin/bin/app")}
    with Tree(files, app='command = ["bin/app"]\ncwd = "/opt"\nenv = { PATH = "/opt/bin" }',
              more=more + '[health]\ncommand = ["app"]') as tree:
        has(tree, "/opt/bin/app", "/usr/bin/one", "/two/two")
        lacks(tree, "/bin/app", "/opt/bin/one")


@case
def files():
    """paths, patterns and directories, with what is in them; what fits nothing is an error"""
    tree_files = {"srv/a.txt": "a", "srv/b.html": "b", "srv/deep/er/c.html": "c", "etc/x/y": "y", "srv/tool": program("libc.so.6")}
    with Tree(tree_files, image='files = ["/srv/**/*.html", "/etc/x"]') as tree:
        has(tree, "/srv/b.html", "/srv/deep/er/c.html", "/etc/x/y")
        lacks(tree, "/srv/a.txt", "/srv/tool")
        tree.configure(image='files = ["/srv/?.txt", "/srv/*.xml"]')
        refused(tree, "mvinit.toml:7:24: image.files: /srv/*.xml fits nothing in root")
        tree.configure(image='files = ["/srv"]\nexclude = ["/srv/deep", "/srv/*.txt"]')
        has(tree, "/srv/b.html", "/srv/tool")
        lacks(tree, "/srv/a.txt", "/srv/deep", "/srv/deep/er/c.html")


@case
def dot_files():
    """* and ? match no name that begins with a dot, as in a shell; a directory comes with such names all the same"""
    with Tree({"srv/a/.hidden": "x", "srv/a/shown": "x", "srv/b/.too": "x"}, image='files = ["/srv/a/*", "/srv/b"]') as tree:
        has(tree, "/srv/a/shown", "/srv/b/.too")
        lacks(tree, "/srv/a/.hidden")
        tree.configure(image='files = ["/srv/a/.h*"]')
        has(tree, "/srv/a/.hidden")


@case
def sockets():
    """what is neither file, directory nor link is told of with the line that wants it"""
    with Tree({"srv/x": "x"}, image='files = ["/srv"]') as tree:
        os.mkfifo(tree.root / "srv/pipe")
        refused(tree, "mvinit.toml:7:10: image.files: ", "root/srv/pipe is neither file, directory nor symbolic link",
                "put it into image.exclude")
        tree.configure(image='files = ["/srv"]\nexclude = ["/srv/pipe"]')
        has(tree, "/srv/x")


@case
def excluded():
    """a library that is excluded stays out, and who needs it is told"""
    with Tree({"bin/app": program("liba.so.1"), LIB + "liba.so.1": library("liba.so.1")},
              image='exclude = ["/**/liba.so.*"]') as tree:
        lacks(tree, f"/{LIB}liba.so.1")
        check("warning: " in tree.said and "/bin/app: needed library liba.so.1" in tree.said, f"said: {tree.said}")


@case
def excluded_directory():
    """what a pattern leaves out of a directory, and others want, is one warning"""
    files = {f"usr/x/{name}": "x" for name in ("a", "b", "c")}
    with Tree(files, image='exclude = ["/usr/x"]\nlazy = { "libc.so.*" = ["/usr/x/*"] }') as tree:
        lacks(tree, "/usr/x/a")
        said = ("/usr/x/a is left out by image.exclude, but wanted by /lib/x86_64-linux-gnu/libc.so.6: loads it while it runs "
                "(libc.so.*); so are 2 others that fit /usr/x")
        equal(tree.said.splitlines(), [f"mvimage: warning: {said}"], "said")


@case
def overlays():
    """an overlay is copied whole, over the roots; the last one wins; its programs bring their libraries"""
    with Tree({"etc/x": "root", "etc/y": "root", "etc/z": "root"}, image='overlays = ["one", "two"]\nfiles = ["/etc/*"]') as tree:
        tree.add({"etc/x": "one", "etc/y": "one", "bin/tool": program("libc.so.6")}, "one")
        tree.add({"etc/x": "two", "var/empty/.keep": "", "etc/dangling": ("link", "/run/later")}, "two")
        tree.run("build", "-o", "image", "-t", "tar")
        check("/etc/dangling" in tree.paths() and "/var/empty/.keep" in tree.paths(), "not whole")
        equal({path: entry["size"] for path, entry in tree.paths().items() if path in ("/etc/x", "/etc/y", "/etc/z")},
              {"/etc/x": 3, "/etc/y": 3, "/etc/z": 4}, "who won")
        equal(tree.why("/etc/x")[1:], ["  mvinit.toml:7:20: image.overlays"], "why")
        (tree.base / "two/root").mkdir(mode=0o750)
        equal([tree.paths()[path]["mode"] for path in ("/root", "/tmp")], ["0750", "1777"], "modes")


@case
def accounts():
    """passwd and group hold root and who is named, of the roots' own; a name that is not there is an error"""
    passwd = "root:x:0:0::/root:/bin/bash\nweb:x:33:44::/srv:/bin/false\nother:x:7:7::/:/bin/false\n"
    group = "root:x:0:\nweb:x:44:\nlogs:x:5:web\ncontrol:x:6:\nother:x:7:\n"
    with Tree({"etc/passwd": passwd, "etc/group": group}, app='command = ["/bin/app"]\nuser = "web"',
              more='[control]\ngroup = "control"') as tree:
        tree.run("build", "-o", "image.tar", "-t", "tar")
        with tarfile.open(tree.base / "image.tar") as tar:
            read = lambda name: tar.extractfile(name).read().decode()
            equal(read("etc/passwd"), "root:x:0:0::/root:/bin/bash\nweb:x:33:44::/srv:/bin/false\n", "passwd")
            equal(read("etc/group"), "root:x:0:\nweb:x:44:\nlogs:x:5:web\ncontrol:x:6:\n", "group")
        tree.configure('command = ["/bin/app"]\nuser = "wob"')
        refused(tree, "mvinit.toml:3:8: app.user", "wob", "image.overlays")
        tree.configure('command = ["/bin/app"]\nuser = "33"\ngroup = "logs"')
        tree.run("build", "-n")


@case
def places():
    """the working directory, mount points and directories of logs are made, with the roots' modes where they have them"""
    with Tree(app='command = ["/bin/app"]\ncwd = "/srv/work"\nstdout = "/var/log/out/app.log"',
              more='[[mount]]\ntarget = "/data/x"\ntype = "tmpfs"\n[[sink]]\nto = "file"\npath = "/logs/a"') as tree:
        (tree.root / "srv/work").mkdir(parents=True)
        (tree.root / "srv/work").chmod(0o2770)
        there = tree.paths()
        equal({path: there[path]["mode"] for path in ("/srv/work", "/var/log/out", "/data/x", "/logs", "/tmp", "/root")},
              {"/srv/work": "2770", "/var/log/out": "0755", "/data/x": "0755", "/logs": "0755", "/tmp": "1777",
               "/root": "0700"}, "modes")
        equal(there["/dev/console"]["kind"], "device", "/dev/console")


@case
def linked_places():
    """a /tmp that is a link comes as one, with what it leads to; a working directory of links without end is an error"""
    with Tree({"tmp": ("link", "var/tmp"), "var/tmp/x": "x", "srv": ("link", "srv")}, image='files = ["/tmp/x"]') as tree:
        there = tree.paths()
        equal((there["/tmp"]["target"], there["/var/tmp"]["mode"]), ("var/tmp", "1777"), "/tmp")
        has(tree, "/var/tmp/x")
        tree.configure('command = ["/bin/app"]\ncwd = "/srv"')
        refused(tree, "mvinit.toml:3:7: app.cwd: /srv leads through more than 40 links")


@case
def lazy():
    """what is loaded at run time: the unwinder, OpenSSL's providers, NSS modules where the libc is an old one"""
    old = {"lib/x86_64-linux-gnu/libc.so.6": library("libc.so.6"), "lib/x86_64-linux-gnu/libnss_files.so.2": library("n"),
           "lib/x86_64-linux-gnu/libgcc_s.so.1": library("libgcc_s.so.1"), LIB + "libcrypto.so.3": library("libcrypto.so.3"),
           LIB + "ossl-modules/legacy.so": library("legacy"), "bin/app": program("libc.so.6")}
    nss, unwinder = "/lib/x86_64-linux-gnu/libnss_files.so.2", "/lib/x86_64-linux-gnu/libgcc_s.so.1"
    with Tree(old) as tree:
        lacks(tree, nss, unwinder, f"/{LIB}ossl-modules/legacy.so", "/etc/nsswitch.conf")
        tree.put(tree.root / "bin/app", program("libc.so.6", "libcrypto.so.3", imports=["pthread_exit", "getaddrinfo"]))
        has(tree, nss, unwinder, f"/{LIB}ossl-modules/legacy.so", "/etc/nsswitch.conf")
        tree.configure(image="slim = true")
        has(tree, unwinder)
        lacks(tree, f"/{LIB}ossl-modules/legacy.so")
        tree.put(tree.root / "lib/x86_64-linux-gnu/libc.so.6", library("libc.so.6", versions=["GLIBC_2.34"]))
        has(tree, "/etc/nsswitch.conf")
        lacks(tree, nss)


@case
def interpreted_languages():
    """Python's and Perl's own libraries come along, those of the version alone; what can be executed of them is a module"""
    files = {"usr/bin/python3": ("link", "python3.11"), "usr/bin/python3.11": program("libc.so.6"), "usr/bin/perl": program(),
             "usr/lib/python3.11/encodings/a.py": "", "usr/lib/python3.11/cgi.py": "#!/usr/local/bin/python\n",
             "usr/lib/python3.11/lib-dynload/x.so": library("x", "libq.so"), LIB + "libq.so": library("libq.so"),
             "usr/lib/python3/dist-packages/yaml/a.py": "", "usr/lib/python3.9/old.py": "",
             "usr/local/lib/python3.11/dist-packages/own.py": "", LIB + "perl-base/strict.pm": "",
             LIB + "perl/5.36/POSIX.pm": "", LIB + "perl5/5.36/DBI.pm": "", "usr/share/perl/5.36.0/CPAN.pm": "",
             "usr/share/perl/5.36": ("link", "5.36.0"), "usr/share/perl5/JSON.pm": "", "etc/perl/x.pm": ""}
    python = [f"/{path}" for path in files if "python3.11/" in path or path.startswith("usr/lib/python3/")] + [f"/{LIB}libq.so"]
    perl = [f"/{path}" for path in files if "perl" in path and path.startswith(("usr/lib/x", "usr/share", "etc"))]
    for slim in ("", "slim = true"):
        with Tree(files, app='command = ["/usr/bin/python3", "-c", ""]', image=slim) as tree:
            has(tree, *python)
            lacks(tree, "/usr/lib/python3.9", "/usr/local/bin/python", *perl)
            tree.configure('command = ["/usr/bin/perl"]', slim)
            has(tree, *perl)
            lacks(tree, *python)


@case
def lazy_of_the_file():
    """the file adds to the table; a pattern that fits nothing, or is none, is an error"""
    files = {"bin/app": program("liba.so.1"), LIB + "liba.so.1": library("liba.so.1"), LIB + "a/plugin.so": library("p", "libq.so"),
             LIB + "libq.so": library("libq.so")}
    with Tree(files, image='lazy = { "liba.so.*" = ["{lib}/a/*.so"] }') as tree:
        equal(tree.why(f"/{LIB}libq.so")[1:3], [f"  /{LIB}a/plugin.so: needed library libq.so",
              f"  /{LIB}liba.so.1: loads it while it runs (liba.so.*)"], "why")
        tree.configure(image='lazy = { "/bin/app" = ["/etc/gone"] }')
        refused(tree, "mvinit.toml:7:8: image.lazy: /etc/gone fits nothing in root, and /bin/app is to load it")
        tree.configure(image='lazy = { "liba.so.*" = ["a/*.so"] }')
        refused(tree, "image.lazy: 'a/*.so' is no pattern of a path", code=1)


@case
def slim():
    """slim leaves documents, locales and static libraries out; report says how much that is"""
    files = {"usr/share/doc/a/b": "x" * 1000, "usr/share/locale/de/a.mo": "x" * 500, "usr/lib/x/liba.a": "x" * 300,
             "usr/share/a": "y"}
    with Tree(files, image='files = ["/usr/**"]') as tree:
        report = tree.run("report")
        check("image.slim would leave out 1.8 kB" in report and "documents" in report, report)
        tree.configure(image='files = ["/usr/**"]\nslim = true')
        has(tree, "/usr/share/a")
        lacks(tree, "/usr/share/doc/a/b", "/usr/share/locale/de/a.mo", "/usr/lib/x/liba.a")
        equal(tree.said, "", "said of a pattern")
        tree.configure(image='files = ["/usr/share/doc/a"]\nslim = true')
        lacks(tree, "/usr/share/doc/a")
        check("warning: mvinit.toml:7:10: image.files: /usr/share/doc/a is left out by image.slim" in tree.said, tree.said)


@case
def excluded_command():
    """a command that is excluded is warned of"""
    with Tree(image='exclude = ["/bin"]') as tree:
        lacks(tree, "/bin/app")
        check("warning: mvinit.toml:2:12: app.command: /bin/app is left out by image.exclude" in tree.said, tree.said)


@case
def made_by_mvimage():
    """what an overlay has of the files that mvimage makes is told to be left out"""
    with Tree(image='overlays = ["one"]') as tree:
        tree.add({"init": "#!/bin/sh\n", "etc/mvinit.toml": tree.config.read_text()}, "one")
        (tree.base / "one/tmp").mkdir()
        equal(tree.paths()["/init"]["target"], "sbin/mvinit", "/init")
        equal(tree.said.splitlines(), ["mvimage: warning: mvinit.toml:7:13: image.overlays: /init is left out: mvimage makes it"],
              "said")


@case
def whole_root():
    """the root itself is a directory as others are"""
    with Tree({"srv/x/y": "y"}, image='files = ["/"]') as tree:
        has(tree, "/srv/x/y")


@case
def unreadable():
    """a file that cannot be read is told with who wants it, by the exit code that is for it"""
    if os.getuid() != 0 or not shutil.which("setpriv"):
        print("      LEFT OUT: another user, as there is no setpriv or this is not root")
        return
    with Tree({"srv/a": "x"}, image='files = ["/srv/a"]') as tree:
        (tree.root / "srv/a").chmod(0o600)
        said = tree.run("build", "-n", code=4, wrap=["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"])
        check("mvinit.toml:7:10: image.files: open root/srv/a: Permission denied" in said, said)


@case
def missing_directories():
    """a root, an overlay or a kernel that is not there is told with its place"""
    for text, place in (('overlays = ["over", "gone"]', "7:21: image.overlays"), ('kernel = "gone"', "7:10: image.kernel")):
        with Tree({}, image=text) as tree:
            tree.put(tree.base / "over/file", "")
            refused(tree, f"mvinit.toml:{place}: gone: No such file or directory: correct the path, or make what is to be "
                    "there first", code=4)
    with Tree() as tree:
        tree.root.rename(tree.base / "elsewhere")
        refused(tree, "mvinit.toml:5:10: image.roots: root: No such file or directory: correct the path", code=4)


run()
