"""-s, -w, -v and -p: being no PID 1, and saying more."""

import os
import signal

import harness as h


@h.case
def adopts():
    """-s: orphans become mvinit's although it is not PID 1, and are reaped"""
    process = h.start(["-s", *h.probe("adopted")], pid1=False)
    process.expect("^adopted by 2$")
    inner = h.children(process.pid)[0][0]
    h.until(lambda: len(h.children(inner)) == 1, "the orphan is reaped")


@h.case
def by_environment():
    """TINI_SUBREAPER in the environment is as good as -s"""
    process = h.start(h.probe("adopted"), pid1=False, env={"TINI_SUBREAPER": ""})
    process.expect("^adopted by 2$")


@h.case
def stops_descendants():
    """-s with a configuration: a stop ends what called setsid too, found without being PID 1"""
    process = h.container('[app]\ncommand = ["%P", "escape", "%D/fate", "refuse", "obey"]\nstop_timeout = "200ms"\n',
                          "-s", pid1=False)
    process.expect("^ready")
    fate = os.path.join(process.directory, "fate")
    h.until(lambda: h.lines(fate) == ["up"], "the escapee is up")
    os.kill(h.children(process.pid)[0][0], signal.SIGTERM)
    h.equal(process.code(), 0)
    h.equal(h.lines(fate), ["up", "refused"])


@h.case
def configuration_adopts():
    """with a configuration no -s is needed: a stop ends what called setsid, and nobody warns"""
    for word, fate in (("obey", ["up", "term"]), ("refuse", ["up", "refused"])):
        process = h.container(f'[app]\ncommand = ["%P", "escape", "%D/fate", "{word}", "obey"]\nstop_timeout = "300ms"\n',
                              pid1=False)
        process.expect("^ready")
        path = os.path.join(process.directory, "fate")
        h.until(lambda: h.lines(path) == ["up"], "the escapee is up")
        os.kill(h.children(process.pid)[0][0], signal.SIGTERM)
        h.equal(process.code(), 0)
        h.equal(h.lines(path), fate)
        h.check("PID 1" not in process.output, process.output)


@h.case
def warned():
    """without -s, mvinit that is not PID 1 warns and names -s, and goes on"""
    process = h.start(h.probe("exit", 4), pid1=False)
    h.equal(process.code(), 4)
    h.check("-s" in process.output and "PID 1" in process.output, f"no such warning: {process.output!r}")


@h.case
def not_warned():
    """no warning where mvinit is PID 1, or a subreaper"""
    h.equal(h.run(h.probe("exit", 0)).output, "")
    process = h.run(["-s", *h.probe("exit", 0)], pid1=False)
    h.check("PID 1" not in process.output, process.output)


@h.case
def not_adopted():
    """without -s orphans pass mvinit by"""
    h.start(h.probe("adopted"), pid1=False).expect("^adopted by 1$")


@h.case
def reaped_warning():
    """-w says so when an orphan is reaped, and only then"""
    process = h.start(["-w", *h.probe("adopted")])
    process.expect(r"(?i)reaped.*\b4\b")
    process.send(signal.SIGTERM)
    h.equal(process.code(), 143)
    silent = h.run(["-w", *h.probe("exit", 0)])
    h.check("eaped" not in silent.output, silent.output)
    without = h.start(h.probe("orphans", 3))
    without.expect("^orphans 3$")
    without.send(signal.SIGTERM)
    h.equal(without.code(), 143)
    h.check("eaped" not in without.output, without.output)


@h.case
def verbose():
    """-v tells what is started; without it, nothing is said"""
    h.check("started" in h.run(["-v", *h.probe("exit", 0)]).output, "-v says nothing of the start")
    h.equal(h.run(h.probe("exit", 3)).output, "", "output without -v")


@h.case
def more_verbose():
    """-vv and -vvv are taken, and say no less than -v"""
    one = h.run(["-v", *h.probe("exit", 0)]).output.count("\n")
    for word in ("-vv", "-vvv"):
        process = h.run([word, *h.probe("exit", 0)])
        h.equal(process.code(), 0, word)
        h.check(process.output.count("\n") >= one, f"{word} says less than -v")


@h.case
def parent_death():
    """-p USR1: the application gets SIGUSR1 through mvinit when mvinit's parent ends"""
    directory = h.scratch()
    told = os.path.join(directory, "told")
    # A shell starts the second mvinit in the background and ends when that one's application is there.
    inner = f"{h.BINARY} -s -p SIGUSR1 -- {h.PROBE} catch 10 0 > {told}"
    process = h.start(["--", "/bin/sh", "-c", f"/bin/sh -c '{inner} & while ! [ -s {told} ]; do sleep 0.01; done' & "
                       f"exec {h.PROBE} sleep"])
    h.until(lambda: any(line.startswith("signal 10 ") for line in h.lines(told)), "the application was told")
    process.send(signal.SIGTERM)
    h.equal(process.code(), 143)


@h.case
def no_parent_death():
    """-p refuses what is no signal, and names it"""
    process = h.run(["-p", "NOPE", *h.probe("exit", 0)])
    h.check(process.code() != 0, "-p NOPE was taken")
    h.check("NOPE" in process.output, process.output)


h.main()
