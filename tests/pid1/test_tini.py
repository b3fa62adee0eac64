"""What users of krallin/tini rely on: its README and its issues, held against mvinit's container mode.

Where mvinit differs on purpose, the case says so in its name ("differs:").
"""

import os
import signal

import harness as h


@h.case
def transparent():
    """README: the application runs unchanged and its exit code is passed on"""
    process = h.run(["--", "/bin/sh", "-c", "echo out; echo err >&2; exit 33"])
    h.equal(process.code(), 33)
    h.equal(sorted(process.output.split()), ["err", "out"])


@h.case
def without_dashes():
    """README: -- may be left out where the command has no options that look like tini's"""
    h.equal(h.run([h.PROBE, "exit", "4"]).code(), 4)
    h.equal(h.run(["-g", h.PROBE, "exit", "4"]).code(), 4)


@h.case
def options_of_the_command():
    """README: what follows the command belongs to the command, be it like an option"""
    process = h.run(["--", "/bin/echo", "-v", "-s", "--", "-e", "x"])
    h.equal((process.code(), process.output), (0, "-v -s -- -e x\n"))
    process = h.run(["/bin/echo", "-v", "--version"])
    h.equal(process.output, "-v --version\n")


@h.case
def default_handlers():
    """README: SIGTERM ends an application that has no handler for it"""
    process = h.start(h.probe("sleep"))
    process.expect("^ready")
    process.send(signal.SIGTERM)
    h.equal(process.code(), 143)


@h.case
def remapped():
    """README: -e 143 makes an application ended by SIGTERM a success"""
    process = h.start(["-e", "143", *h.probe("sleep")])
    process.expect("^ready")
    process.send(signal.SIGTERM)
    h.equal(process.code(), 0)


@h.case
def remapped_together():
    """options are taken together as getopt does: -ge143, -gv"""
    h.equal(h.run(["-ge143", *h.probe("exit", 143)]).code(), 0)
    h.equal(h.run(["-gw", *h.probe("exit", 2)]).code(), 2)


@h.case
def group_kill():
    """README: with -g, SIGINT ends `sh -c 'sleep 10; ...'`, for the sleep gets it as well"""
    process = h.start(["-g", "--", "/bin/sh", "-c", f"{h.PROBE} sleep; exit 3"])
    process.expect("^ready")
    process.send(signal.SIGINT)
    h.check(process.code() in (3, 130), f"code {process.status}")


@h.case
def no_group_kill():
    """README: without -g, SIGTERM reaches the shell alone"""
    process = h.start(["--", "/bin/sh", "-c", f"trap 'echo shell term' TERM; {h.PROBE} catch 10 0 & wait; wait"])
    process.expect("^ready")
    process.send(signal.SIGTERM)
    process.expect("^shell term$")
    h.check("signal 15" not in process.output, process.output)


@h.case
def zombies():
    """README, issue 8: orphans that end are reaped"""
    process = h.start(["--", "/bin/sh", "-c", f"(({h.PROBE} exit 0 &) &); exec {h.PROBE} sleep"])
    process.expect("^ready")
    h.until(lambda: len(h.children(process.pid)) == 1, "only the application is left")


@h.case
def leaves_others():
    """README: tini ends when its child does and does not wait for others"""
    directory = h.scratch()
    process = h.run(h.probe("escape", os.path.join(directory, "fate"), "refuse", "obey", "leave"))
    h.equal(process.code(), 0)
    h.check("term" not in h.lines(os.path.join(directory, "fate")), "others were sent SIGTERM")


@h.case
def not_pid1():
    """README: a warning where it is neither PID 1 nor a subreaper, none with -s"""
    h.check("-s" in h.run(h.probe("exit", 0), pid1=False).output, "no warning")
    h.equal(h.run(["-s", *h.probe("exit", 0)], pid1=False).output, "")


@h.case
def parent_death():
    """README: -p takes the name of a signal, and does not change how the application ends"""
    for word in ("SIGTERM", "SIGKILL", "TERM"):
        h.equal(h.run(["-p", word, *h.probe("exit", 6)]).code(), 6, word)
    got = h.start(["-p", "SIGTERM", *h.probe("report")]).report()
    h.equal(got["death_signal"], 0, "the application's own")


@h.case
def terminal():
    """issue 19: an interactive program can read the terminal, and is not stopped by it"""
    process = h.start(["--", "/bin/sh", "-i"], stdio="pty", env={"PS1": "prompt> "})
    process.expect("prompt> ")
    process.type("echo a$((1+1))b; exit 5\n")
    process.expect("^a2b$")
    h.equal(process.code(), 5)


@h.case
def terminal_interrupt():
    """pull request 21: Ctrl-C on the terminal ends `sh -c 'sleep 10'` without -g, the terminal being the application's"""
    process = h.start(["--", "/bin/sh", "-c", f"{h.PROBE} sleep; exit 3"], stdio="pty")
    process.expect("^ready")
    process.type("\x03")
    process.code()


@h.case
def signals_unblocked():
    """issue 192: mvinit blocks signals to take them, the application gets none blocked or ignored"""
    got = h.start(h.probe("report")).report()
    h.equal((got["blocked"], got["ignored"]), (0, 0))


@h.case
def reaped_told():
    """issues 106 and 107: -w tells of a reaped orphan, not of the application itself"""
    process = h.start(["-w", "--", "/bin/sh", "-c", f"(({h.PROBE} exit 0 &) &); exec {h.PROBE} catch 15 0"])
    process.shows("ready", "reaped")
    process.send(signal.SIGTERM)
    h.equal(process.code(), 0)


@h.case
def version():
    """--version and -h end with 0"""
    h.equal(h.run(["--version"]).code(), 0)
    h.equal(h.run(["-h"]).code(), 0)


@h.case
def no_command():
    """differs: without a command tini shows its usage and ends with 1; mvinit reads /etc/mvinit.toml, and where there is
    none ends with 125 and says how to name a command"""
    process = h.run([], root=h.namespaces.Root())
    h.equal(process.code(), 125)
    process.expect("--")


@h.case
def not_executable():
    """differs: what is no program is 126 (tini: 127 for all but a missing permission)"""
    directory = h.scratch()
    path = os.path.join(directory, "noise")
    with open(path, "w") as file:
        file.write("\x01\x02")
    os.chmod(path, 0o755)
    h.equal(h.run(["--", path]).code(), 126)


@h.case
def fault_signals():
    """differs: FPE, ILL, SEGV, BUS, ABRT, TRAP and SYS sent to PID 1 are forwarded (tini keeps them)"""
    for number in (4, 5, 6, 7, 8, 11, 31):
        process = h.start(h.probe("catch", number, 7))
        process.expect("^ready")
        process.send(number)
        h.equal(process.code(), 7, f"signal {number}")


@h.case
def session():
    """differs: the application leads a session (tini: a process group of tini's session)"""
    got = h.start(h.probe("report")).report()
    h.equal(got["sid"], got["pid"])


@h.case
def license():
    """differs: tini's -l (its license) is no option"""
    process = h.run(["-l"])
    h.equal(process.code(), 125)
    process.expect("-l")


h.main()
