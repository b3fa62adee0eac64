"""No descriptor to be had: the application is supervised, restarted and stopped all the same, and asked for again what
could not be had when there is room."""

import os
import resource
import signal

import control
import harness as h

APP = '[app]\ncommand = ["%P", "catch", "15", "0"]\nbackoff = "5ms"\nmax_backoff = "5ms"\n'


def open_files(pid):
    return sorted(int(name) for name in os.listdir(f"/proc/{pid}/fd"))


def limit(process, count):
    hard = resource.prlimit(process.pid, resource.RLIMIT_NOFILE)[1]
    resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (count, hard))


def exhaust(process, left=0):
    """Leaves PID 1 that many descriptors that it can still open."""
    held = set(open_files(process.pid))
    free = [number for number in range(max(held) + left + 2) if number not in held]
    limit(process, free[left])


def application(process):
    return h.until(lambda: h.children(process.pid), "the application")[0][0]


def kill_application(process):
    os.kill(application(process), signal.SIGKILL)
    process.expect("application was killed by SIGKILL")


def stops(process):
    process.send(signal.SIGTERM)
    h.equal(process.code(), 0)


@h.case
def restarted():
    """an application that needs no descriptor of mvinit's is restarted without any, and stopped"""
    process = h.container(APP)
    process.expect("^ready")
    control.status(process)
    exhaust(process)
    for _ in range(2):
        kill_application(process)
        process.expect("^ready")
    stops(process)


@h.case
def restarted_later():
    """one that needs some (a file to write to) is told of with the remedy, and restarted when there is room again"""
    process = h.container(APP + 'stdout = "%D/out"\n')
    out = os.path.join(process.directory, "out")
    h.until(lambda: len(h.lines(out)) == 1, "the application")
    control.status(process)
    exhaust(process)
    kill_application(process)
    for _ in range(2):
        process.expect("too many open files: raise nofile; restarting in")
    limit(process, 100)
    h.until(lambda: len(h.lines(out)) == 2, "the application again")
    stops(process)


@h.case
def asked():
    """who asks meanwhile is no harm, however many descriptors are left, and is answered when there is room again"""
    for left in (0, 1, 3):
        process = h.container(APP)
        process.expect("^ready")
        control.status(process)
        exhaust(process, left)
        clients = [control.connect(process) for _ in range(left + 1)]
        process.send(signal.SIGUSR1)
        process.expect("^signal 10 from 1$")
        limit(process, 100)
        h.equal(control.status(process)["phase"], "running", f"{left} left")
        for client in clients:
            client.close()
        stops(process)


@h.case
def few_from_the_start():
    """with hardly any from the start the application runs and is stopped, or mvinit ends and says why"""
    for count in range(3, 12):
        process = h.container(APP, before=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (count, count)))
        h.until(lambda: not process.alive() or "ready" in seen(process), "the application, or an end")
        if process.alive():
            process.send(signal.SIGTERM)
        ended = process.wait()
        why = [line for line in process.output.splitlines() if "error: " in line and "descriptor" in line or "file" in line]
        h.check(ended == 0 or why, f"{count}: status {ended}, {process.output!r}")


def seen(process):
    process.poll()
    return process.output


h.main()
