"""A request to end that comes while a machine boots: nothing more is begun, and the end is the one asked for."""

import signal

import harness as h

APP = '[app]\ncommand = ["%P", "sleep"]\n'
# The first one's failure is told, and the wait for the second begins.
MARKER = '[[interface]]\nname = "nosuch0"\ntimeout = "1ms"\noptional = true\n'
WAIT = MARKER + '[[interface]]\nname = "nosuch1"\ntimeout = "10m"\noptional = {}\n'
AFTER = '[[setup]]\ncommand = ["%P", "run", "/out/after", "x", "0"]\n'
ENDS = {signal.SIGTERM: signal.SIGHUP, signal.SIGINT: signal.SIGHUP, signal.SIGUSR2: signal.SIGINT}


def stopped_while_waiting(config):
    """Every signal of ENDS to a machine of its own, which all wait at the same time."""
    machines = [(number, h.machine(config)) for number in ENDS]
    for number, process in machines:
        process.expect("nosuch0.*not there")
        process.send(number)
    for number, process in machines:
        h.equal(process.death(), ENDS[number], f"signal {int(number)}; the output: {process.output!r}")
        h.check("started, pid" not in process.output and "ready" not in process.output, process.output)
        h.equal(h.lines(process.root.file("/out/after")), [], "what a setup command left")


@h.case
def interface():
    """while it waits for an interface: no setup command and no application is started"""
    stopped_while_waiting(APP + WAIT.format("true") + AFTER)


@h.case
def last_step():
    """the same where nothing but the application comes after the interface"""
    stopped_while_waiting(APP + WAIT.format("true"))


@h.case
def required_interface():
    """an interface that does not come then is no boot failure: what was asked for counts"""
    for failure in ("poweroff", "reboot"):
        stopped_while_waiting(APP + WAIT.format("false") + AFTER + f'[end]\nboot_failure = "{failure}"\n')


def stopped_in_setup(settings, words, following):
    for number, wanted in ENDS.items():
        process = h.machine(APP + f'[[setup]]\ncommand = ["%P", {words}]\ntimeout = "0"\n{settings}' + following)
        h.until(lambda: h.lines(process.root.file("/out/held")), "the setup command runs")
        process.send(number)
        h.equal(process.death(), wanted, f"signal {int(number)}; the output: {process.output!r}")
        h.check("started, pid" not in process.output and "ready" not in process.output, process.output)
        h.equal(h.lines(process.root.file("/out/after")), [], "what a later setup command left")


@h.case
def optional_setup():
    """while an optional setup command runs: it is ended, and nothing after it is started"""
    for following in (AFTER, ""):
        stopped_in_setup("optional = true\n", '"hold", "/out/held", "x"', following)


@h.case
def deaf_setup():
    """one that is deaf to SIGTERM as well"""
    stopped_in_setup("optional = true\n", '"hold", "/out/held", "x", "deaf"', AFTER)


@h.case
def container():
    """in a container the same: mvinit ends with the signal's code"""
    process = h.container('[app]\ncommand = ["%P", "sleep"]\n'
                          '[[setup]]\ncommand = ["%P", "hold", "%D/held", "x"]\ntimeout = "0"\noptional = true\n'
                          '[[setup]]\ncommand = ["%P", "run", "%D/after", "x", "0"]\n')
    h.until(lambda: h.lines(process.directory + "/held"), "the setup command runs")
    process.send(signal.SIGTERM)
    h.equal(process.code(), 143)
    h.equal(h.lines(process.directory + "/after"), [])
    h.check("ready" not in process.output, process.output)


h.main()
