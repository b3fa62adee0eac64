"""From execve of the init to the first instruction of the application."""

import peers
from running import Running
from scenario import Scenario
from table import Column


def contenders():
    ours = [*peers.ways("forward", "config", "machine"), peers.machine_with_cgroups("musl")]
    return [peers.ALONE, *ours, *peers.FORWARDERS, *peers.SUPERVISORS]


def measure(peer):
    with Running(peer, "s") as running:
        started = running.expect("S")
        return {"start": started - running.begun()}


SCENARIO = Scenario("start", "exec of init to first instruction of the application", [Column("start", "µs", 1000, 0)],
                    contenders, measure, rounds=200, quick=5,
                    remark="all on one processor; the probe has no C library, so that the floor is execve itself")
