"""What users of Yelp/dumb-init rely on: its README and its issues, held against mvinit's container mode.

Where mvinit differs on purpose, the case says so in its name ("differs:").
"""

import os
import signal

import harness as h


@h.case
def prefix():
    """README: a command is prefixed with it, with and without --"""
    h.equal(h.run([h.PROBE, "exit", "5"]).code(), 5)
    h.equal(h.run(h.probe("exit", 5)).code(), 5)


@h.case
def shebang():
    """README: as the interpreter of a script: #!/path/mvinit /bin/sh"""
    path = os.path.join(h.scratch(), "script")
    with open(path, "w") as file:
        file.write(f"#!{h.BINARY} /bin/sh\nexit 12\n")
    os.chmod(path, 0o755)
    h.equal(h.run(["--", path]).code(), 12)


@h.case
def nested():
    """README: several may stand one behind the other"""
    h.equal(h.run(["--", h.BINARY, "-s", *h.probe("exit", 9)]).code(), 9)


@h.case
def nested_signals():
    """README: a signal goes through all of them"""
    process = h.start(["--", h.BINARY, "-s", *h.probe("catch", 15, 9)])
    process.expect("^ready")
    process.send(signal.SIGTERM)
    h.equal(process.code(), 9)


@h.case
def own_session():
    """README: the command leads a session of its own"""
    got = h.start(h.probe("report")).report()
    h.equal((got["sid"], got["pgid"]), (got["pid"], got["pid"]))


@h.case
def group():
    """README: with the group (dumb-init: by default; mvinit: -g), SIGTERM to a shell ends its background jobs too"""
    process = h.start(["-g", "--", "/bin/sh", "-c",
                       f"trap : TERM; {h.PROBE} catch 15 0 & {h.PROBE} catch 15 0 & wait; wait; wait; exit 8"])
    process.shows("ready 3", "ready 4")
    process.send(signal.SIGTERM)
    h.equal(process.code(), 8)
    h.equal(process.output.count("signal 15 from 1"), 2, process.output)


@h.case
def rewritten():
    """README: -r 15:3 turns SIGTERM into SIGQUIT"""
    process = h.start(["-r", "15:3", *h.probe("catch", 3, 4)])
    process.expect("^ready")
    process.send(signal.SIGTERM)
    h.equal(process.code(), 4)


@h.case
def dropped():
    """usage: -r 15:0 drops SIGTERM"""
    process = h.start(["-r", "15:0", *h.probe("catch", 12, 4)])
    process.expect("^ready")
    process.send(signal.SIGTERM)
    process.send(signal.SIGUSR2)
    h.equal(process.code(), 4)
    h.check("signal 15 " not in process.output, process.output)


@h.case
def signalled_exit():
    """pull request 60: an application that a signal ended gives 128 plus its number, not 0"""
    h.equal(h.run(h.probe("raise", 15)).code(), 143)
    h.equal(h.run(h.probe("raise", 9)).code(), 137)


@h.case
def term_is_143():
    """issue 260: stopped by SIGTERM, an application without a handler gives 143"""
    process = h.start(h.probe("sleep"))
    process.expect("^ready")
    process.send(signal.SIGTERM)
    h.equal(process.code(), 143)


@h.case
def no_stray_hangup():
    """issue 136: giving the terminal away sends the application no SIGHUP or SIGCONT"""
    for _ in range(20):
        process = h.start(h.probe("catch", 10, 0), stdio="pty")
        process.expect("^ready")
        process.send(signal.SIGUSR1)
        h.equal(process.code(), 0)
        h.check("signal 1 " not in process.output and "signal 18 " not in process.output, process.output)


@h.case
def job_control():
    """issue 51: bash on a terminal has job control: it does not complain of its terminal's process group"""
    process = h.start(["--", "/bin/bash", "--norc", "--noprofile", "-i"], stdio="pty", env={"PS1": "prompt> "})
    process.expect("prompt> ")
    process.type("exit 3\n")
    h.equal(process.code(), 3)
    h.check("terminal process group" not in process.output and "no job control" not in process.output, process.output)


@h.case
def not_suspended():
    """issue 184: Ctrl-Z leaves nothing suspended that Ctrl-C could not end"""
    process = h.start(h.probe("sleep"), stdio="pty")
    process.expect("^ready")
    process.type("\x1a")
    process.type("\x03")
    h.equal(process.code(), 130)


@h.case
def orphans():
    """README: orphans that end are reaped"""
    process = h.start(h.probe("orphans", 50))
    process.expect("^orphans 50$")
    h.until(lambda: len(h.children(process.pid)) == 1, "only the application is left")


@h.case
def only_the_child():
    """differs: signals go to the application alone unless -g is given (dumb-init: to the group unless --single-child)"""
    process = h.start(h.probe("family"))
    process.shows("member ready", "leader ready")
    process.send(signal.SIGUSR1)
    process.expect("^leader 10$")
    process.send(signal.SIGTERM)
    h.equal(process.code(), 7)
    h.check("member 10" not in process.output, process.output)


@h.case
def left_alone():
    """differs: with the application's end mvinit ends at once, the kernel ends the rest (dumb-init sends SIGTERM first)"""
    fate = os.path.join(h.scratch(), "fate")
    h.equal(h.run(h.probe("escape", fate, "obey", "obey", "leave")).code(), 0)
    h.check("term" not in h.lines(fate), "others were sent SIGTERM")


@h.case
def setsid_escapees():
    """differs: issue 191: with a configuration, what called setsid is ended on a stop as well (dumb-init leaves it)"""
    process = h.container('[app]\ncommand = ["%P", "escape", "%D/fate", "obey", "obey"]\n')
    process.expect("^ready")
    fate = os.path.join(process.directory, "fate")
    h.until(lambda: h.lines(fate) == ["up"], "the escapee is up")
    process.send(signal.SIGTERM)
    h.equal(process.code(), 0)
    h.equal(h.lines(fate), ["up", "term"])


@h.case
def stop_signals():
    """differs: TSTP is forwarded as it is and suspends nobody, TTIN and TTOU are not forwarded (dumb-init: STOP, and it
    suspends itself)"""
    process = h.start(h.probe("catch", 15, 0))
    process.expect("^ready")
    for number in (signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU):
        process.send(number)
    process.expect("^signal 20 from 1$")
    h.until(lambda: all(state in "SR" for _, state in h.children(process.pid)), "nobody is stopped")
    process.send(signal.SIGTERM)
    h.equal(process.code(), 0)
    h.check("signal 21 " not in process.output and "signal 22 " not in process.output, process.output)


@h.case
def long_options():
    """differs: -c names a configuration (dumb-init: --single-child, which is what mvinit does anyway)"""
    process = h.run(["-c", "/no/such/file", *h.probe("exit", 0)])
    h.equal(process.code(), 125)
    process.expect("/no/such/file")


@h.case
def not_found():
    """differs: a command that is not there is 127 (dumb-init: 2)"""
    h.equal(h.run(["--", "/no/such/program"]).code(), 127)


h.main()
