"""mvimage check: each finding with an image that is broken in just this way, and sound ones without any."""

import re

import builder
import elf
import newc
from broken_illumos import GLOBAL, ILLUMOS, NET0, SHIM, STATIC, ZONE
from broken_linux import APP, DEBIAN, LINUX, LONG_NAME, MODULES, NETWORK, ROW, SOUND, VERSIONED, WITH_MODULES, WWW, cache
from builder import REPOSITORY, case, check, equal
from checking import changed, folder, found, layout, run
from newc import entry


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
    fine |= {"bin/cut": f"#!/bin/sh {LONG_NAME}\n", "bin/long": f"#!/{LONG_NAME[:-1]}\n", LONG_NAME[:-1]: SOUND["bin/sh"],
             "bin/split": "#!/usr/bin/env -S sh -e\n", "usr/bin/env": SOUND["bin/sh"]}
    setups = "".join(f'[[setup]]\ncommand = ["/bin/{name}"]\n' for name in ("cut", "long", "split"))
    log = '[[sink]]\nto = "file"\npath = "/var/log/new/x"\n[control]\nenabled = false\ngroup = "staff"\n'
    sparse = {path: what for path, what in ZONE.items() if path.split("/")[0] not in ("sbin", "lib", "usr")}
    sparse |= {"sbin": entry(None), "lib": entry(None), "usr": entry(None), "opt/mvinit": STATIC}
    with folder() as base:
        for tree, config, words in ((SOUND, WWW, ["--machine"]), (SOUND | fine, WWW + setups + log, ["--machine"]),
                                    (SOUND | busy | WITH_MODULES | modules, many, ["--machine"]),
                                    (ZONE, NET0, ["-p", "illumos"]), (GLOBAL, NET0, ["-p", "illumos"]), (ZONE, NET0, []),
                                    (ZONE | {"etc/inittab": SHIM}, NET0, []), (sparse, NET0, [])):
            newc.tar(changed(tree, {}, config), base / "image.tar")
            equal(found(base / "image.tar", *words), [], config)


@case
def sound_libraries():
    """libraries that are found where their linker looks, with the versions that are needed of them"""
    app, lib = elf.program("liba.so"), elf.library("liba.so")
    fedora = elf.library("ld-linux-x86-64.so.2", versions=["/lib64/", "/usr/lib64/"])
    # Versions that are there, of a library without any, weak; a name in the cache; the linker itself; its own directories.
    with folder() as base:
        for change in (VERSIONED | {"lib/libf.so": elf.library("libf.so", defines=["V1", "V2"])},
                       VERSIONED | {"lib/libf.so": elf.library("libf.so")},
                       {"bin/app": elf.program("libf.so", weak=[("libf.so", "V2")]),
                        "lib/libf.so": elf.library("libf.so", defines=["V1"])},
                       {"bin/app": app, "opt/liba.so": lib, "etc/ld.so.cache": cache(liba_so="/opt/liba.so")},
                       DEBIAN | {"bin/app": elf.program("ld-linux-x86-64.so.2")},
                       {"bin/app": app, "lib64/liba.so": lib, "lib64/ld-linux-x86-64.so.2": fedora}):
            newc.tar(changed(SOUND, change, APP), base / "image.tar")
            equal(found(base / "image.tar", "--machine"), [], f"{list(change)}")


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


@case
def variables():
    """PATH and LD_LIBRARY_PATH of env_files are those that mvinit would give: the later file wins, and env over both"""
    app = '[app]\ncommand = ["app"]\nenv_files = ["/etc/one", "/etc/two"]\n'
    wants = {"bin/app": None, "opt/app": elf.program("liba.so"), "srv/liba.so": elf.library("liba.so")}
    good = "# where\r\n PATH = '/opt'\r\n\nLD_LIBRARY_PATH=\"/nowhere:/srv\""
    for one, two, more, ids in ((good, "", "", []), ("", good, "", []), ("PATH=/bin", good, "", []),
                                (good, "PATH=/bin", "", ["command-missing"]),
                                (good, "LD_LIBRARY_PATH=", "", ["library-missing"]),
                                (good, "", 'env = { PATH = "/bin" }', ["command-missing"]),
                                ("PATH=/bin", "", 'env = { PATH = "/opt", LD_LIBRARY_PATH = "/srv" }', []),
                                ("", good, '[[setup]]\ncommand = ["app"]', ["command-missing"])):
        with folder() as base:
            newc.tar(changed(SOUND, wants | {"etc/one": one, "etc/two": two}, app + more), base / "image.tar")
            equal([each["id"] for each in found(base / "image.tar", "--machine")], ids, f"{one!r}, {two!r}, {more}")


@case
def started_by_a_runtime():
    """what an OCI image tells its runtime of variables, user and working directory holds for mvinit and what it starts"""
    config = '[app]\ncommand = ["app"]\n{}\n[[setup]]\ncommand = ["tool", "-x"]\n'
    tree = {"bin/app": None, "opt/app": elf.program("liba.so"), "opt/tool": "#!/bin/sh\n", "srv/liba.so": elf.library("liba.so")}
    env = ["PATH=/opt", "LD_LIBRARY_PATH=/srv", "EMPTY="]
    closed = entry("#!/bin/sh\n", 0o700)
    rows = (
        (config.format(""), {}, {"Env": env}, [], []),
        (config.format(""), {}, {"Env": env[:1]}, [], ["library-missing"]),
        (config.format(""), {}, {}, [], ["command-missing"] * 2),
        (config.format(""), {}, {"Env": env}, ["--machine"], ["command-missing"] * 2),
        (config.format("clear_env = true"), {}, {"Env": env}, [], ["command-missing"]),
        (config.format('env = { PATH = "/bin" }'), {}, {"Env": env}, [], ["command-missing"]),
        (APP, {"bin/app": closed}, {"User": "root"}, [], []),
        (APP, {"bin/app": closed}, {"User": "www"}, [], ["command-not-executable"]),
        (APP, {"bin/app": closed}, {"User": "4000"}, ["--machine"], []),
        (APP, {"bin/app": closed}, {"User": "4000"}, [], ["command-not-executable"]),
        (APP, {"bin/app": entry("#!/bin/sh\n", 0o750)}, {"User": "4000"}, [], []),
        (APP, {"bin/app": entry("#!/bin/sh\n", 0o750)}, {"User": "4000:33"}, [], ["command-not-executable"]),
        (APP + '[[setup]]\ncommand = ["/opt/own"]\n', {"opt/own": closed, "bin/app": "#!/bin/sh\n"}, {"User": "www"}, [],
         ["command-not-executable"]),
        (APP, {"bin/app": "#!/bin/sh\n"}, {"User": "gone"}, [], ["user-missing"]),
        (APP.replace("/bin/app", "./app"), {}, {"WorkingDir": "/opt", "Env": env}, [], []),
        (APP.replace("/bin/app", "./app"), {}, {"Env": env}, [], ["command-missing"]),
    )
    for config_, change, started, words, ids in rows:
        with folder() as base:
            layout(base / "oci", [changed(SOUND, tree | change, config_)], ["/sbin/mvinit"], **started)
            equal([each["id"] for each in found(base / "oci", *words)], ids, f"{config_}, {started}")
    with folder() as base:
        layout(base / "oci", [changed(SOUND, {}, APP)], ["mvinit"], Env=["PATH=/sbin"])
        equal(found(base / "oci"), [], "an entrypoint on PATH")
        layout(base / "none", [changed(SOUND, {}, APP)], ["mvinit"], Env=["PATH=/bin"])
        equal([each["id"] for each in found(base / "none")], ["command-missing"])


@case
def remedies():
    """a missing library is to be found by the environment of the command that wants it: app.env, setup.env, or none"""
    base_of = APP.replace('"/bin/app"', '"/bin/sh"')
    for table, variable in ((APP, "app.env"), (base_of + '[health]\ncommand = ["/bin/app"]\n', "app.env"),
                            (base_of + '[[setup]]\ncommand = ["/bin/app"]\n', "setup.env"),
                            (base_of + '[[hook]]\nwhen = "before_start"\ncommand = ["/bin/app"]\n', "hook.env"),
                            (base_of + '[rescue]\ncommand = ["/bin/app"]\n', None)):
        with folder() as base:
            newc.tar(changed(SOUND, {"bin/app": elf.program("liba.so")}, table), base / "image.tar")
            list_ = found(base / "image.tar", "--machine")
            equal([each["id"] for each in list_], ["library-missing"], table)
            more = f", or its directory to LD_LIBRARY_PATH in {variable}" if variable else ""
            equal(list_[0]["remedy"], "add the library to the image" + more, table)


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
