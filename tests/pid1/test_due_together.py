"""A timer and a signal that are due at the same time: the timer of what has been left does not count any more."""

import os
import random
import signal
import time

import harness as h

PAUSE = 0.2  # seconds: [app] backoff and stop_timeout of the cases that hold mvinit until they are over


def held(process, number):
    """Stops mvinit until more than PAUSE has gone since its timer was set, with this signal waiting for it."""
    due = time.monotonic() + PAUSE + 0.02
    process.send(signal.SIGSTOP)
    # Not before it stands still: it would take the signal first and find the timer later.
    h.until(lambda: dict(h.children(os.getpid()))[process.pid] == "T", "mvinit is stopped")
    process.send(number)
    h.until(lambda: time.monotonic() > due, "the timer is due")
    process.send(signal.SIGCONT)


@h.case
def backing_off():
    """a stop that comes with the end of a back-off lets a daemon end by itself"""
    for number in (signal.SIGTERM, signal.SIGINT) * 2:
        process = h.container('[app]\ncommand = ["%P", "escape", "%D/fate", "obey", "obey", "leave"]\n'
                              f'backoff = "{int(PAUSE * 1000)}ms"\nstop_timeout = "60s"\n')
        process.expect("restarting in")
        held(process, number)
        process.code()
        # The timer may have been first: then the application was started once more, and there are two.
        fate = h.lines(os.path.join(process.directory, "fate"))
        h.check("SIGKILL" not in process.output, process.output)
        h.equal(fate.count("term"), fate.count("up"), f"of {fate}")


@h.case
def stopping():
    """a second request that comes with the end of stop_timeout: SIGKILL has its time to work"""
    process = h.container('[app]\ncommand = ["%P", "escape", "%D/fate", "refuse", "refuse"]\n'
                          f'stop_timeout = "{int(PAUSE * 1000)}ms"\n')
    process.expect("^ready")
    process.send(signal.SIGTERM)
    process.expect("^main refused$")
    held(process, signal.SIGTERM)
    h.equal(process.code(), 137)
    h.check("did not go" not in process.output, process.output)


@h.case
def any_moment():
    """thirty stops at random moments of an application that is restarted all the time: never SIGKILL"""
    seed = random.randrange(1 << 30)
    moments = random.Random(seed)
    for _ in range(30):
        process = h.container('[app]\ncommand = ["%P", "escape", "%D/fate", "obey", "obey", "leave"]\nbackoff = "2ms"\n'
                              'max_backoff = "2ms"\nstop_timeout = "60s"\n')
        process.expect("restarting in")
        time.sleep(moments.uniform(0, 0.02))  # the moment is what is tried; nothing is waited for
        process.send(signal.SIGTERM)
        process.code()
        h.check("SIGKILL" not in process.output, f"seed {seed}: {process.output}")


h.main()
