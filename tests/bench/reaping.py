"""Processor time of PID 1 for one orphan that ends."""

import os
import pathlib
import time

import peers
from running import DEADLINE, Running, Unmeasurable, cpu_ns
from scenario import Scenario
from table import Column

ORPHANS = 20000


def contenders():
    return [*peers.ways("config", "forward"), *peers.FORWARDERS, *peers.SUPERVISORS]


def zombies(parent):
    count = 0
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            fields = pathlib.Path("/proc", name, "stat").read_text().rpartition(") ")[2].split()
        except OSError:
            continue
        count += fields[0] == "Z" and int(fields[1]) == parent
    return count


def wait_reaped(parent):
    end = time.monotonic() + DEADLINE
    while zombies(parent) > 0:
        if time.monotonic() > end:
            raise Unmeasurable(f"it left zombies for {DEADLINE:g} s")
        time.sleep(0.05)


def measure(peer):
    """From when the application has started; what PID 1 may still do of that are microseconds of half a second."""
    with Running(peer, f"o {ORPHANS}") as running:
        running.expect("S")
        before = cpu_ns(running.pid)
        running.expect("O", deadline=120)
        left = zombies(running.pid)
        wait_reaped(running.pid)
        after = cpu_ns(running.pid)
        if before == 0 or after == 0:
            raise Unmeasurable("the kernel has no schedstat")
        return {"reap": (after - before) / ORPHANS, "left": left}


SCENARIO = Scenario("reaping", f"processor time of PID 1 per reaped orphan, {ORPHANS} of them",
                    [Column("reap", "µs", 1000, 2), Column("left", "zombies", 1, 0, ratio=False)], contenders, measure,
                    rounds=3, quick=1, base="mvinit musl, forward",
                    remark="one ends after the other; zombies: those not yet reaped when the last had ended")
