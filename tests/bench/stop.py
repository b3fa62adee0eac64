"""A container's stop: from SIGTERM to PID 1 until PID 1 has gone, with an application that ends at once."""

import peers
from running import Running, Unmeasurable
from scenario import Scenario
from table import Column


def contenders():
    return [*peers.ways("config", "forward"), *peers.FORWARDERS, *peers.SUPERVISORS]


def measure(peer):
    if not peer.tell:
        raise Unmeasurable("SIGTERM does not end it: it listens to telinit only")
    with Running(peer, "q") as running:
        running.expect("S")
        running.wait_idle()
        sent = running.kill(peer.tell)
        return {"stop": running.ended()[0] - sent}


SCENARIO = Scenario("stop", "SIGTERM to PID 1 until PID 1 has gone", [Column("stop", "µs", 1000, 0)],
                    contenders, measure, rounds=20, quick=2, base="mvinit musl, forward",
                    remark="runit's runsvdir by SIGHUP; SIGTERM leaves its services running")
