"""From kill(2) of PID 1 to the first instruction of the application's handler."""

import statistics

import peers
from running import Running, Unmeasurable
from scenario import Scenario
from table import Column

SIGNALS = 20  # per run; what restarts takes SIGTERM as the order to end, and passes it on once


def contenders():
    return [*peers.ways("config", "forward"), *peers.FORWARDERS, *peers.SUPERVISORS]


def measure(peer):
    if not peer.forwards:
        raise Unmeasurable("it does not pass SIGTERM on")
    with Running(peer, "s") as running:
        running.expect("S")
        running.wait_idle()
        taken = []
        for number in range(1 if peer.restarts else SIGNALS):
            sent = running.kill(peer.forwards)
            taken.append(running.expect("T", number + 1) - sent)
        return {"forward": statistics.median(taken)}


SCENARIO = Scenario("forwarding", "SIGTERM to PID 1 until the application's handler runs",
                    [Column("forward", "µs", 1000, 1)], contenders, measure, rounds=20, quick=2,
                    base="mvinit musl, forward",
                    remark="all on one processor; supervisors, mvinit with a file too, take it as the order to stop")
