"""No memory to be had for PID 1: what it needs from then on it has. The application is restarted, clients are answered and
the stop goes its way with not a page more."""

import resource
import signal

import control
import harness as h

RESTARTS = 30
UNLIMITED = 'limits = { as = "unlimited", data = "unlimited" }\n'
PAUSES = 'backoff = "1ms"\nmax_backoff = "1ms"\n'


def mapped_by(process):
    with open(f"/proc/{process.pid}/statm") as file:
        return int(file.read().split()[0]) * resource.getpagesize()


def have_no_more(process):
    """PID 1 gets no page beyond those that it has mapped."""
    mapped = mapped_by(process)
    for limit in (resource.RLIMIT_AS, resource.RLIMIT_DATA):
        resource.prlimit(process.pid, limit, (mapped if limit == resource.RLIMIT_AS else 0, resource.RLIM_INFINITY))
    return mapped


@h.case
def restarts():
    """the application ends again and again, and is started each time; who asks is answered"""
    process = h.container('[app]\ncommand = ["%P", "run", "%D/runs", "x", "1", "5"]\n' + UNLIMITED + PAUSES)
    runs = process.directory + "/runs"
    h.until(lambda: h.lines(runs), "the first run")
    mapped = have_no_more(process)
    for number in range(0, RESTARTS, 5):
        h.until(lambda: process.poll() or len(h.lines(runs)) > number, f"run {number}")
        h.check(int(control.status(process)["restarts"]) >= number, "what status says")
    h.check(mapped_by(process) <= mapped, "more is mapped than there was")
    process.send(signal.SIGTERM)
    process.code()
    h.check("fatal" not in process.output, process.output[-1500:])


@h.case
def stopped():
    """signals are passed on, orphans are reaped, and a stop ends with the application's code"""
    process = h.container('[app]\ncommand = ["%P", "catch", "15", "5"]\n' + UNLIMITED)
    process.expect("^ready")
    have_no_more(process)
    for _ in range(20):
        process.send(signal.SIGUSR1)
        process.expect("^signal 10 ")
        control.status(process)
    process.send(signal.SIGTERM)
    h.equal(process.code(), 5)
    h.check("fatal" not in process.output, process.output[-1500:])


h.main()
