"""[inittab] honour: the traditional entries of /etc/inittab run beside the application, as illumos init runs them. No
time is measured: all write to one file, whose lines tell the order."""

import os
import shutil
import signal

import image as i
from image import h

HONOUR = "[inittab]\nhonour = true\n"
APP = '[app]\ncommand = ["%P", "hold", "/out/log", "app"]\n' + HONOUR
READY = '[app]\ncommand = ["%P", "catch", "15", "0"]\n' + HONOUR
# What init 5, init 6 and init 0 send, and what uadmin is then asked for; SIGEMT has Linux's number 64 here.
POWER_OFF, REBOOT, HALT = (64, 6), (signal.SIGFPE, 1), (signal.SIGINT, 0)


def boot(inittab, config=APP, shell="/sbin/sh", defaults=""):
    """A zone with these lines in its inittab; the file is no shorter than the 10 bytes that init asks for. shell: the one
    place where it is, None: there is none."""
    text = None if inittab is None else "# for init\n" + "".join(line + "\n" for line in inittab)
    image = i.Image(config, "zone", ["exclusive=0"], inittab=text and text.replace("%P", "/sbin/probe"))
    image.write("/etc/default/init", defaults)
    for name in ("/usr/bin/sh", "/sbin/sh"):
        os.remove(image.file(name))
    if shell:
        shutil.copy("/bin/dash", image.file(shell))
    os.mkfifo(image.file("/standin/die"))
    process = i.zone_start(image)
    process.init = int(image.event(r"init started (\d+)").group(1))
    return process


def run(text, code=0, ms=0):
    return f"%P run /out/log {text} {code} {ms}"


def log(process):
    return h.lines(process.image.file("/out/log"))


def logged(process, *wanted):
    """Waits until these lines, and no others, are there in this order."""
    h.until(lambda: len(log(process)) >= len(wanted), f"{wanted}, there is {log(process)}")
    h.equal(log(process), list(wanted))


def running(process, what, parent=None):
    """The process ids here of the children of parent, else of mvinit, whose command line ends with what."""
    found = []
    for pid, state in h.children(parent or i.outer_pid(process, process.init)):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                if state != "Z" and file.read().replace(b"\0", b" ").decode().strip().endswith(what):
                    found.append(pid)
        except OSError:
            pass
    return found


def send(process, number):
    i.kill(process, process.init, number)


def ended(process, way):
    """Waits until the zone has ended in that way."""
    h.equal(process.code(), i.standin_kernel.ENDED + way[1])


def end(process, way):
    """Has the zone end in that way, and waits until the application, which says so, is told."""
    send(process, way[0])
    process.expect(r"^signal 15 from \d+$")
    ended(process, way)


@h.case
def order():
    """sysinit, then bootwait, then wait, each to its end, in the file's order in each; the application after all of them"""
    process = boot(["w1:3:wait:" + run("w1", ms=20), "b1:3:bootwait:" + run("b1", ms=20), "s1::sysinit:" + run("s1", ms=20),
                    "w2:3:wait:" + run("w2"), "s2::sysinit:" + run("s2"), "no:2:wait:" + run("no"),
                    "smf::sysinit:" + run("smf"), "is:3:initdefault:", "d:a:ondemand:" + run("d"), "of::off:" + run("off")])
    logged(process, "s1", "s2", "b1", "w1", "w2", "app")
    process.expect(r"/etc/inittab: run level 3")
    process.expect(r"/etc/inittab:4: s1 \(sysinit\) started, pid \d+")


@h.case
def failing():
    """a code that is not 0 is told with line and id; the boot goes on, as with init"""
    process = boot(["s1::sysinit:" + run("s1", 3), "w1:3:wait:%P raise 9"])
    logged(process, "s1", "app")
    process.expect(r"warning: .*/etc/inittab:2: s1 \(sysinit\) ended: exit code 3")
    process.expect(r"warning: .*/etc/inittab:3: w1 \(wait\) ended: SIGKILL")


@h.case
def shell_syntax():
    """the process is a shell's command after exec, run by /sbin/sh, or by /bin/sh"""
    for shell in ("/sbin/sh", "/bin/sh"):
        process = boot(['w1:3:wait:%P run /out/log "two words" 0 > /out/none; echo not reached'], shell=shell)
        logged(process, "two words", "app")
        h.check("not reached" not in process.output, process.output)


@h.case
def level():
    """[inittab] level says which entries count"""
    process = boot(["is:3:initdefault:", "a:3:wait:" + run("three"), "b:24:wait:" + run("other")], APP + "level = 4\n")
    logged(process, "other", "app")


@h.case
def initdefault():
    """of an initdefault with several levels the highest counts"""
    process = boot(["is:234:initdefault:", "a:3:wait:" + run("three"), "b:4:wait:" + run("four")])
    logged(process, "four", "app")


@h.case
def background():
    """what a waited entry leaves in the background lives on, as a service that a script of old starts"""
    process = boot(["w1:3:wait:/sbin/sh -c '%P hold /out/held x & exit 0'"])
    logged(process, "app")
    h.until(lambda: h.lines(process.image.file("/out/held")) == ["x"], "the service runs")
    h.check(running(process, "hold /out/held x", parent=process.pid), "it is there")  # this kernel takes the orphans


@h.case
def respawn():
    """a respawn entry is started again, one that is run once is not, and the application is left alone"""
    process = boot(["r:3:respawn:%P hold /out/log r", "o:3:once:" + run("o"), "b:3:boot:" + run("b")])
    h.until(lambda: sorted(log(process)) == ["app", "b", "o", "r"], "all of them ran")
    application = running(process, "hold /out/log app")
    for count in (2, 3):
        (pid,) = h.until(lambda: running(process, "hold /out/log r"), "it runs")
        os.kill(pid, signal.SIGKILL)
        process.expect(r"warning: .*/etc/inittab:2: r \(respawn\) ended: SIGKILL")
        h.until(lambda: log(process).count("r") == count, "it was started again")
    h.equal((log(process).count("o"), log(process).count("b"), log(process).count("app")), (1, 1, 1))
    h.equal(running(process, "hold /out/log app"), application)


@h.case
def rapid():
    """what ends at once is started ten times and left alone; the message names line and id; SIGHUP tries it again"""
    process = boot(["bad:3:respawn:" + run("bad", 1)], READY)
    for times in (10, 20):
        process.expect(r"error: .*/etc/inittab:2: bad \(respawn\): command is respawning too rapidly, 10 times within 2m")
        h.equal(log(process), ["bad"] * times)
        if times == 10:
            send(process, signal.SIGHUP)
    end(process, POWER_OFF)
    h.equal(log(process), ["bad"] * 20)


@h.case
def power_fails():
    """SIGPWR runs powerfail and powerwait entries, each time, and the machine goes on"""
    process = boot(["p1:3:powerwait:" + run("p1", ms=20), "p2:3:powerfail:" + run("p2"), "p3:2:powerfail:" + run("p3")], READY)
    process.expect("^ready")
    for times in (1, 2):
        send(process, signal.SIGPWR)
        process.expect(r"warning: .*power fails")
        process.expect(r"p2 \(powerfail\) ended: exit code 0")
        h.equal(log(process), ["p1", "p2"] * times)
    end(process, POWER_OFF)


@h.case
def power_fails_while_booting():
    """SIGPWR during the boot's entries: its own entries run after them, and the boot goes on"""
    process = boot(["w1:3:wait:%P until /out/log w1 /out/go 0", "p1:3:powerfail:" + run("p1")], READY)
    logged(process, "w1")
    send(process, signal.SIGPWR)
    process.expect(r"warning: .*power fails")
    process.image.write("/out/go", "")
    process.expect("^ready")
    h.until(lambda: log(process) == ["w1", "p1"], "the powerfail entry ran")


@h.case
def power_off():
    """without an entry for it SIGPWR powers off"""
    process = boot(["p3:2:powerfail:" + run("p3")], READY)
    process.expect("^ready")
    end(process, (signal.SIGPWR, 6))
    h.equal(log(process), [])


@h.case
def the_end():
    """the application is stopped first, then the entries' processes; what was to respawn does not"""
    process = boot(["r:3:respawn:%P escape /out/fate obey obey", "o:3:once:%P catch 15 0"])
    process.expect("^ready")
    fate = process.image.file("/out/fate")
    h.until(lambda: h.lines(fate) == ["up"] and log(process) == ["app"], "all of them run")
    send(process, REBOOT[0])
    process.shows("application was killed by SIGTERM", "\nsignal 15 from ")  # signals go before what is said of them
    ended(process, REBOOT)
    h.equal((h.lines(fate), process.output.count("(respawn) started")), (["up", "term"], 1))


@h.case
def the_end_of_the_deaf():
    """what does not go within init's 5 seconds is killed, also where the application may take for ever"""
    process = boot(["o:3:once:%P hold /out/log o deaf"], READY.replace("[inittab]", 'stop_timeout = "0"\n[inittab]'))
    process.expect("^ready")
    logged(process, "o")
    send(process, REBOOT[0])
    process.expect(r"^signal 15 from \d+$")
    process.expect(r"not everything stopped within 5s: SIGKILL")
    ended(process, REBOOT)


@h.case
def a_deaf_application():
    """an application that takes too long is killed alone: the entries get their SIGTERM and time all the same"""
    config = '[app]\ncommand = ["%P", "hold", "/out/log", "app", "deaf"]\nstop_timeout = "100ms"\n[inittab]\nhonour = true\n'
    process = boot(["o:3:once:%P catch 15 0"], config)
    process.expect("^ready")
    logged(process, "app")
    send(process, REBOOT[0])
    process.shows("not everything stopped within 100", "\nsignal 15 from ")
    ended(process, REBOOT)


@h.case
def stop_while_booting():
    """a request to stop while an entry is waited for ends the machine: nothing after it is run"""
    process = boot(["s1::sysinit:%P hold /out/log s1", "s2::sysinit:" + run("s2")])
    logged(process, "s1")
    send(process, HALT[0])
    ended(process, HALT)
    h.equal(log(process), ["s1"])


@h.case
def no_shell():
    """without a shell each entry says so with the remedy, and the application runs"""
    process = boot(["s1::sysinit:" + run("s1"), "r:3:respawn:" + run("r")], READY, shell=None)
    process.expect(r"error: .*/etc/inittab:2: s1 \(sysinit\): exec /sbin/sh: No such file or directory: .*in the image")
    process.expect(r"error: .*/etc/inittab:3: r \(respawn\): exec /sbin/sh: .*; trying again in 20s")
    process.expect("^ready")
    h.equal(log(process), [])


@h.case
def no_inittab():
    """honour without a file fails the boot, and says what to do"""
    process = boot(None)
    ended(process, POWER_OFF)
    process.expect(r"error: .*/etc/inittab: No such file or directory: \[inittab\] honour asks for it: put it in the image")
    h.equal(log(process), [])


@h.case
def dropped_lines():
    """lines that init drops without a word are named, with the reason"""
    process = boot(["x:3:nothing:/bin/x", "a:3:wait:" + run("a")])
    logged(process, "a", "app")
    process.expect(r"warning: .*/etc/inittab:2: dropped without a word: the action is none that init knows")


@h.case
def not_asked():
    """without honour no entry is run"""
    process = boot(["s1::sysinit:" + run("s1"), "r:3:respawn:" + run("r")], APP.replace("true", "false"))
    logged(process, "app")
    send(process, HALT[0])
    ended(process, HALT)
    h.equal(log(process), ["app"])
    h.check("inittab" not in process.output, process.output)


@h.case
def refused():
    """refused before anything is run: in a container, which has no run level, and above the smf entry, as init runs them"""
    problem = r"error: \[inittab\] honour is for the init of a machine or zone"
    process = boot(["s1::sysinit:" + run("s1")], APP + '[system]\nrole = "container"\n')
    process.expect(problem)
    ended(process, POWER_OFF)
    h.equal(log(process), [])
    image = i.Image(APP, "zone", ["exclusive=0"], inittab="smf::sysinit:/sbin/mvinit\n")
    process = i.shim_start(image)
    process.expect(problem)
    process.expect("booting failed")
    h.equal(log(process), [])


@h.case
def environment():
    """its environment is the helpers' and /etc/default/init's, PATH init's own, with /sbin for sysinit; its umask CMASK, the
    console its descriptors, no session shared"""
    process = boot(["s::sysinit:%P report", "o:3:wait:%P report"], READY,
                   defaults="# as illumos has it\nTZ=Europe/Vienna\nCMASK=027\nLANG=C.UTF-8\nPATH=/none\n")
    for path in ("/sbin:/usr/sbin:/usr/bin", "/usr/sbin:/usr/bin"):
        got = process.report()
        wanted = {"TZ=Europe/Vienna", "LANG=C.UTF-8", "PATH=" + path}
        h.check(wanted <= set(got["environment"]), str(got["environment"]))
        member = str(i.contracts.MEMBER)  # the stand-in's contract
        h.equal((got["blocked"], got["ignored"], set(got["fds"]) - {member}), (0, 0, {"0", "1", "2"}))
        h.equal(got["umask"], 0o27)
    process.expect("^ready")


@h.case
def executed_again():
    """a mvinit that is executed again in place starts nothing that runs or was run, and respawns what ends then"""
    process = boot(["s::sysinit:" + run("s"), "r:3:respawn:%P hold /out/log r", "o:3:once:" + run("o")])
    h.until(lambda: sorted(log(process)) == ["app", "o", "r", "s"], "all of them ran")
    process.expect(r"application \S+ started")  # or the next one says so
    with open(process.image.file("/standin/die"), "wb", buffering=0) as file:
        file.write(b"!")
    process.expect("takes over: the application")
    (pid,) = running(process, "hold /out/log r")
    os.kill(pid, signal.SIGKILL)
    process.expect(r"r \(respawn\) ended")
    h.until(lambda: sorted(log(process)) == ["app", "o", "r", "r", "s"], "it alone was started again")


if __name__ == "__main__":
    h.main()
