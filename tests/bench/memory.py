"""What all processes of the supervision, without the application, hold when nothing happens."""

import pathlib
import re

import peers
from running import Running, Unmeasurable
from scenario import Scenario
from table import Column

FIELDS = {"Private_Dirty": "private", "Pss": "pss", "Rss": "rss"}


def costs(pid):
    text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
    return {key: int(re.search(rf"^{name}:\s+(\d+) kB", text, re.MULTILINE).group(1)) for name, key in FIELDS.items()}


def contenders():
    return [*peers.ways("config", "machine", "forward"), *peers.FORWARDERS, *peers.SUPERVISORS]


def measure(peer):
    with Running(peer, "s") as running:
        running.expect("S")
        pids = running.wait_idle()
        try:
            each = [costs(pid) for pid in pids]
        except (OSError, AttributeError) as error:
            raise Unmeasurable(f"read smaps_rollup: {error}") from None
        return {key: sum(one[key] for one in each) for key in FIELDS.values()} | {"processes": len(pids)}


SCENARIO = Scenario("memory", "memory of the supervision when idle, kB",
                    [Column("private", "private dirty", 1, 0), Column("pss", "Pss", 1, 0), Column("rss", "Rss", 1, 0),
                     Column("processes", "processes", 1, 0, ratio=False)],
                    contenders, measure, rounds=3, quick=1, remark="summed over all its processes but the application")
