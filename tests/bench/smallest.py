"""The least memory, in MB, with which a machine still boots and serves a page."""

import machine
import machines
from guest import Failure
from running import Unmeasurable
from scenario import Scenario
from table import Column

TOO_LITTLE, ENOUGH = 64, 128
DEADLINE = 30


def serves(one, memory):
    """Twice asked before it is no: a machine that was starved of the processor may have failed for that."""
    return serves_once(one, memory) or serves_once(one, memory)


def serves_once(one, memory):
    try:
        with machine.quiet(), machine.boot(one, memory) as guest:
            guest.expect(r"^LISTENING (\d+) (\d+)\n", deadline=DEADLINE)
            return guest.fetch(deadline=DEADLINE) == "ok\n"
    except Failure:
        return False


def measure(one):
    low, high = TOO_LITTLE, ENOUGH
    if not serves(one, high):
        raise Unmeasurable(f"it does not serve even with {high} MB")
    while high - low > 1:
        middle = (low + high) // 2
        if serves(one, middle):
            high = middle
        else:
            low = middle
    return {"memory": high}


SCENARIO = Scenario("smallest", "QEMU: smallest memory that still serves a page, MB", [Column("memory", "MB", 1, 0)],
                    machines.machines, measure, rounds=1, quick=1, base="application alone",
                    remark=f"by bisection above {TOO_LITTLE}; the kernel takes nearly all of it")
