"""mvinit inittab check, install and remove on the root of a zone, as the global zone sees it."""

import json
import os
import resource
import signal
import stat
import subprocess

import harness as h

BLANK = b"ap::sysinit:/sbin/autopush -f /etc/iu.ap\nsmf::sysinit:/usr/bin/sleep Inf\n# \xff\xe4 stays\n"
INSTALLED = (BLANK.replace(b"/usr/bin/sleep Inf", b"/sbin/mvinit") + b"mv0:0:once:/sbin/mvinit halt\n"
             b"mv5:5:once:/sbin/mvinit poweroff\nmv6:6:once:/sbin/mvinit reboot\n")
OUTSIDE = b"outside::off:must never change\n"


def write(path, data, mode=0o755):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(data)
    os.chmod(path, mode)


def read(*parts):
    with open(os.path.join(*parts), "rb") as file:
        return file.read()


def zone(text=BLANK):
    """A zone's root with sh, mvinit and sleep, and this inittab; beside it a directory that is none of its business."""
    above = h.scratch()
    root = os.path.join(above, "root")
    for name in ("sbin/sh", "sbin/mvinit", "usr/bin/sleep"):
        write(os.path.join(root, name), b"#!")
    os.makedirs(os.path.join(root, "system/contract"))
    os.mkdir(os.path.join(root, "etc"))
    if text is not None:
        write(os.path.join(root, "etc/inittab"), text, 0o640)
    write(os.path.join(above, "outside/inittab"), OUTSIDE, 0o644)
    return root


def verb(root, *words, before=None):
    return subprocess.run([h.BINARY, "inittab", words[0], "--root", root, *words[1:]], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=h.DEADLINE, env=h.environment(None),
                          preexec_fn=before)


def names(root):
    return sorted(os.listdir(os.path.join(root, "etc")))


@h.case
def check_blank():
    """check of a blank zone: 0; what is run, with what, each line, and that init 0/5/6 end nothing"""
    done = verb(zone(), "check")
    h.equal(done.returncode, 0, done.stderr)
    for words in ('/sbin/sh -c "exec /usr/bin/sleep Inf"', "PATH=/usr/sbin:/usr/bin", "/etc/default/init",
                  "0, 1 and 2 closed", "fatal HWERR SIGNAL CORE", "critical EMPTY", "cookie 1", "524288",
                  "line 1, ap:0123456:sysinit: run at boot"):
        h.check(words in done.stdout, f"{words!r} is not in {done.stdout}")
    h.check("warning: " in done.stderr and "056" in done.stderr, done.stderr)


@h.case
def check_points_out():
    """check names every line that does nothing, with its number"""
    done = verb(zone(BLANK + b"co:234:respawn:/x\nbo::boot:/x\non:3:once:/x\nbroken\nx:s:once:/y\n"), "check")
    h.equal(done.returncode, 0, done.stderr)
    for words in ("line 4, co:234:respawn: not run at boot", "line 5, bo:0123456:boot: never run",
                  "line 6, on:3:once: not run at boot", "line 7, broken: dropped", "line 8, x:s:once:/y: dropped"):
        h.check(words in done.stdout, f"{words!r} is not in {done.stdout}")


@h.case
def check_bad():
    """check of what init would not boot with: 1, and why"""
    for text, words in ((b"#nothing here\n", "no smf entry"), (b"smf::x:\n", "shorter than 10"),
                        (BLANK + b"x::off:y", "no newline"), (BLANK.replace(b"sleep", b"slepe"), "/usr/bin/slepe"),
                        (b"smf::sysinit:/sbin\n", "no executable file: /sbin"),
                        (b"smf::sysinit:/" + b"x" * 250 + b"\n", "no command that init takes")):
        done = verb(zone(text), "check")
        h.equal(done.returncode, 1, str(text))
        h.check(words in done.stderr, f"{words!r} is not in {done.stderr}")
    root = zone()
    os.unlink(os.path.join(root, "sbin/sh"))
    done = verb(root, "check")
    h.equal(done.returncode, 1)
    h.check("/sbin/sh" in done.stderr, done.stderr)


@h.case
def check_unseen():
    """check where /usr is empty, as in a zone that is not mounted: a warning, no error"""
    root = zone()
    os.unlink(os.path.join(root, "usr/bin/sleep"))
    done = verb(root, "check")
    h.equal(done.returncode, 0, done.stderr)
    h.check("cannot be seen from here: /usr/bin/sleep" in done.stderr, done.stderr)


@h.case
def check_links():
    """programs are looked for as inside the root: relative links, absolute links, links that climb too far"""
    root = zone(BLANK.replace(b"/usr/bin/sleep Inf", b"/bin/program"))
    os.symlink("./usr/bin", os.path.join(root, "bin"))
    for target in ("sleep", "/usr/bin/sleep", "../../../../../usr/bin/sleep", "./../bin//sleep"):
        os.symlink(target, os.path.join(root, "usr/bin/program"))
        h.equal(verb(root, "check").returncode, 0, target)
        os.unlink(os.path.join(root, "usr/bin/program"))
    for target in (h.BINARY, "program", "nowhere"):  # outside, a circle, dangling
        os.symlink(target, os.path.join(root, "usr/bin/program"))
        h.equal(verb(root, "check").returncode, 1, target)
        os.unlink(os.path.join(root, "usr/bin/program"))


@h.case
def check_json():
    """check --json: what check says, for programs, whatever bytes there are"""
    done = verb(zone(BLANK + b"x::off:\xff\x01\"\n\x80\n"), "check", "--json")
    h.equal((done.returncode, done.stderr), (0, ""))
    value = json.loads(done.stdout)
    h.equal(value["boots"], True)
    h.equal(value["starts"]["argv"], ["INITSH", "-c", "exec /usr/bin/sleep Inf"])
    h.check("cookie 1" in value["starts"]["contract"], str(value["starts"]))
    h.equal([each["severity"] for each in value["diagnostics"]], ["warning"])
    h.equal([each["fate"] for each in value["lines"]], ["entry", "smf", "comment", "entry", "dropped"])
    h.equal(value["lines"][3]["process"], "\xff\x01\"")
    done = verb(zone(b"#nothing here\n"), "check", "--json")
    h.equal((done.returncode, json.loads(done.stdout)["boots"]), (1, False))


@h.case
def unreadable():
    """what cannot be read: 2, with the cause, for all three"""
    for words in ("check", "install", "remove"):
        for root in ("/no/such/root", zone(None)):
            done = verb(root, words)
            h.equal(done.returncode, 2, f"{words} {root}")
            h.check("No such file or directory" in done.stderr and f"{root}/etc/inittab" in done.stderr, done.stderr)
    root = zone(None)
    os.mkdir(os.path.join(root, "etc/inittab"))
    h.equal(verb(root, "check").returncode, 2)
    os.rmdir(os.path.join(root, "etc/inittab"))
    os.mkfifo(os.path.join(root, "etc/inittab"))
    h.equal(verb(root, "check").returncode, 2)  # and does not wait for a writer


@h.case
def usage():
    """wrong words: 2, with what was probably meant"""
    for words, answer in ((["instal"], "install"), (["chekc"], "check"), ([], "check, install or remove"),
                          (["check", "--jsno"], "--json"), (["check", "--root"], "--root"), (["check", "x"], "inittab")):
        done = subprocess.run([h.BINARY, "inittab", *words], capture_output=True, text=True, timeout=h.DEADLINE,
                              env=h.environment(None))
        h.equal(done.returncode, 2, str(words))
        h.check(answer in done.stderr, f"{words}: {done.stderr}")


@h.case
def install_and_remove():
    """install and remove: the bytes, mode, owner, the backup; twice is once"""
    root = zone()
    path = os.path.join(root, "etc/inittab")
    os.chown(path, 12, 34)
    done = verb(root, "install")
    h.equal(done.returncode, 0, done.stderr)
    h.equal(read(path), INSTALLED)
    h.equal(names(root), ["inittab", "inittab.mvinit-old"])
    h.equal(read(path + ".mvinit-old"), BLANK)
    for name in (path, path + ".mvinit-old"):
        status = os.stat(name)
        h.equal((stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid), (0o640, 12, 34))
    inode = os.stat(path).st_ino
    again = verb(root, "install")
    h.equal(again.returncode, 0, again.stderr)
    h.check("already" in again.stdout, again.stdout)
    h.equal((read(path), os.stat(path).st_ino, read(path + ".mvinit-old")), (INSTALLED, inode, BLANK))
    done = verb(root, "check")
    h.equal((done.returncode, done.stderr), (0, ""))
    done = verb(root, "remove")
    h.equal((done.returncode, read(path), names(root)), (0, BLANK, ["inittab"]), done.stderr)
    status = os.stat(path)
    h.equal((stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid), (0o640, 12, 34))
    done = verb(root, "remove")
    h.equal((done.returncode, read(path)), (0, BLANK))
    h.check("not installed" in done.stdout, done.stdout)


@h.case
def first_backup_stays():
    """a second install with another command keeps the first backup; remove keeps edits made since"""
    root = zone()
    path = os.path.join(root, "etc/inittab")
    write(os.path.join(root, "opt/mv/mvinit"), b"#!")
    h.equal(verb(root, "install").returncode, 0)
    h.equal(verb(root, "install", "--command", "/opt/mv/mvinit -c /opt/mv/x.toml").returncode, 0)
    h.equal(read(path + ".mvinit-old"), BLANK)
    h.check(b"smf::sysinit:/opt/mv/mvinit -c /opt/mv/x.toml\n" in read(path), "the command is not there")
    h.check(b"mv6:6:once:/opt/mv/mvinit reboot\n" in read(path), "its level entry is not there")
    with open(path, "ab") as file:
        file.write(b"xx::sysinit:/etc/mine\n")
    h.equal(verb(root, "remove").returncode, 0)
    h.equal((read(path), names(root)), (BLANK + b"xx::sysinit:/etc/mine\n", ["inittab"]))


@h.case
def refused():
    """install that would not boot, or would take somebody's ids: 1, and not a byte is written"""
    for text, words, answer in ((BLANK, ["--command", "/opt/mvinit"], "/opt/mvinit"),
                                (BLANK, ["--command", "mvinit"], "absolute path"),
                                (BLANK, ["--command", "/sbin/mvinit " + "x" * 250], "250 bytes"),
                                (BLANK + b"mv5::off:mine\n", [], "mv5")):
        root = zone(text)
        done = verb(root, "install", *words)
        h.equal(done.returncode, 1, str(words))
        h.check(answer in done.stderr, done.stderr)
        h.equal((read(root, "etc/inittab"), names(root)), (text, ["inittab"]))
    root = zone()
    os.chmod(os.path.join(root, "sbin/mvinit"), 0o644)
    h.equal(verb(root, "install").returncode, 1)
    root = zone()
    os.unlink(os.path.join(root, "sbin/sh"))
    h.equal(verb(root, "install").returncode, 1)
    root = zone(INSTALLED)  # by hand: nothing tells what was there before
    done = verb(root, "remove")
    h.equal((done.returncode, read(root, "etc/inittab")), (1, INSTALLED))
    h.check("inittab.mvinit-old" in done.stderr, done.stderr)


def outside_is_whole(root):
    above = os.path.dirname(root)
    h.equal(sorted(os.listdir(above)), ["outside", "root"])
    h.equal(os.listdir(os.path.join(above, "outside")), ["inittab"])
    h.equal(read(above, "outside/inittab"), OUTSIDE)


@h.case
def links_never_lead_out():
    """links in a hostile root: etc, inittab, the backup, the temporary file; nothing outside is read or written"""
    for link, target in (("etc", "../outside"), ("etc", "../../../../../../../etc"), ("etc/inittab", "../../outside/inittab"),
                         ("etc", "/"), ("etc/inittab", "inittab"), ("etc/inittab", "OUTSIDE")):
        root = zone(None)
        above = os.path.dirname(root)
        target = target.replace("OUTSIDE", os.path.join(above, "outside/inittab"))
        if link == "etc":
            os.rmdir(os.path.join(root, "etc"))
        os.symlink(target, os.path.join(root, link))
        for words in ("check", "install", "remove"):
            done = verb(root, words)
            h.equal(done.returncode, 2, f"{link} -> {target}: {done.stdout}{done.stderr}")
            h.check("outside::" not in done.stdout + done.stderr, done.stdout)
        outside_is_whole(root)
    for suffix in (".mvinit-old", ".mvinit-new"):
        root = zone()
        os.symlink("../../outside/inittab", os.path.join(root, "etc/inittab" + suffix))
        h.equal(verb(root, "install").returncode, 0, suffix)
        h.equal((read(root, "etc/inittab"), os.path.islink(os.path.join(root, "etc/inittab.mvinit-old"))),
                (INSTALLED, False))
        outside_is_whole(root)
    root = zone(INSTALLED)
    os.symlink("../../outside/inittab", os.path.join(root, "etc/inittab.mvinit-old"))
    h.equal((verb(root, "remove").returncode, read(root, "etc/inittab")), (2, INSTALLED))
    outside_is_whole(root)


@h.case
def links_inside():
    """links that stay inside are followed as after chroot: the file that they lead to is replaced, the link stays"""
    root = zone(None)
    os.rmdir(os.path.join(root, "etc"))
    write(os.path.join(root, "real/tab"), BLANK, 0o644)
    os.symlink("/../real/../real", os.path.join(root, "etc"))
    os.symlink("/etc/tab", os.path.join(root, "real/inittab"))
    h.equal(verb(root, "install").returncode, 0)
    h.equal((read(root, "real/tab"), os.readlink(os.path.join(root, "real/inittab"))), (INSTALLED, "/etc/tab"))
    h.equal(verb(root, "remove").returncode, 0)
    h.equal((read(root, "real/tab"), sorted(os.listdir(os.path.join(root, "real")))), (BLANK, ["inittab", "tab"]))


def no_space():
    """Every write of more than 40 bytes fails, as on a full file system."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (40, 40))


@h.case
def failed_write():
    """a write that fails: 2, and the old file as it was, without a temporary file"""
    root = zone()
    done = verb(root, "install", before=no_space)
    h.equal(done.returncode, 2, done.stdout)
    h.check("etc/inittab" in done.stderr, done.stderr)
    h.equal(read(root, "etc/inittab"), BLANK)
    h.check(not [name for name in names(root) if name.endswith("new")], str(names(root)))
    h.equal(verb(root, "install").returncode, 0)  # and later it works
    h.equal(read(root, "etc/inittab"), INSTALLED)
    h.equal((verb(root, "remove", before=no_space).returncode, read(root, "etc/inittab")), (2, INSTALLED))


@h.case
def read_only():
    """a directory that takes no new file: 2, and the old file as it was"""
    root = zone()
    os.chown(os.path.join(root, "etc/inittab"), 1234, 1234)
    os.chmod(os.path.join(root, "etc"), 0o555)
    done = verb(root, "install", before=lambda: os.setresuid(1234, 1234, 1234))
    h.equal((done.returncode, read(root, "etc/inittab"), names(root)), (2, BLANK, ["inittab"]), done.stderr)
    h.check("Permission denied" in done.stderr, done.stderr)


h.main()
