"""From the end of the application to the first instruction of its next start."""

import peers
from running import Running
from scenario import Scenario
from table import Column

LONG_US = 1200000  # runit and s6 hold back what ran for less than a second
SHORT_US = 10000


def keen(build):
    """mvinit told to wait as little as it can be told to."""
    keys = 'backoff = "1ms"\nmax_backoff = "1ms"\nreset_after = "1s"\n'
    return peers.mvinit(build, "config", keys, ", keen")


def contenders():
    return [keen("musl"), keen("release"), peers.mvinit("musl", "config", suffix=", default"), *peers.SUPERVISORS]


def gap(peer, length):
    with Running(peer, f"x {length}") as running:
        running.expect("S")
        ended = running.expect("X")
        return running.expect("S", 2) - ended


def measure(peer):
    return {"long": gap(peer, LONG_US), "short": gap(peer, SHORT_US)}


SCENARIO = Scenario("restart", "gap between the application's end and its next start",
                    [Column("long", "ms, ran 1.2 s", 1e6, 2), Column("short", "ms, ran 10 ms", 1e6, 2)],
                    contenders, measure, rounds=7, quick=1, base="mvinit musl, config, keen",
                    remark='keen: backoff = "1ms", reset_after = "1s"; default: "100ms", doubled each time, and "10s"')
