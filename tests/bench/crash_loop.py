"""What an init does with an application that ends as soon as it has started."""

import time

import peers
from restart import keen
from running import Running, cpu_ns
from scenario import Scenario
from table import Column

SECONDS = 5


def contenders():
    return [keen("musl"), peers.mvinit("musl", "config", suffix=", default"),
            peers.mvinit("release", "config", suffix=", default"), *peers.SUPERVISORS]


def measure(peer):
    with Running(peer, "x 0") as running:
        running.expect("S")
        before = sum(cpu_ns(pid) for pid in running.supervisors())
        end = time.monotonic() + SECONDS
        while (left := end - time.monotonic()) > 0:
            running.poll_records(left)
        starts = sum(kind == "S" for kind, _ in running.records)
        used = sum(cpu_ns(pid) for pid in running.supervisors()) - before
        return {"starts": starts, "cpu": used, "each": used / max(1, starts - 1)}


SCENARIO = Scenario("crash-loop", f"an application that ends at once, for {SECONDS} s",
                    [Column("starts", "starts", 1, 0, ratio=False), Column("cpu", "CPU, ms", 1e6, 1, ratio=False),
                     Column("each", "CPU a start, µs", 1000, 0)],
                    contenders, measure, rounds=3, quick=1, base="mvinit musl, config, default",
                    remark="CPU: of all the supervision, from the first start on; sysvinit pauses after 10")
