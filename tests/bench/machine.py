"""A whole machine in QEMU: from the kernel's hand-over to the listening socket, and from its last word to power-off.

The first is measured by the guest's own monotonic clock; see handover.c and server.c. QEMU emulates the processor, so
that times are long, but for all alike. Once in real time, and once with a clock that counts instructions, 4 ns each:
that one does not depend on what else this machine does, and gives the same figure again within a thousandth.
"""

import contextlib
import io
import time

import guest as virtual
import machines
from guest import Failure, Guest, wait_until
from running import Unmeasurable, in_real_time
from scenario import Scenario
from table import Column

MEMORY = 128
virtual.MACHINES["pc-counted"] = [*virtual.MACHINES["pc"], "-icount", "shift=2,sleep=off"]


def boot(one, memory=MEMORY, **options):
    image = one.image()
    with in_real_time():
        # The kernel's test of its timer fails where QEMU does not get a processor for a moment.
        return Guest(image, memory=memory, append="rdinit=/handover no_timer_check", arguments=one.arguments, **options)


def quiet():
    """A guest that fails shows its console; where failing is an answer that is only noise."""
    return contextlib.redirect_stdout(io.StringIO())


def listening_ns(guest):
    handed_over, listening = map(int, guest.expect(r"^LISTENING (\d+) (\d+)\n").groups())
    return listening - handed_over


def power_off_us(guest):
    """From the application's last word until QEMU's machine is off."""
    guest.send_request("/off")
    guest.expect(r"^ENDING ")
    asked = time.time()

    def off():
        return [event["timestamp"] for event in guest.monitor.events if event["event"] == "SHUTDOWN"]

    stamp = wait_until("the machine to power off", off)[0]
    guest.expect_end("poweroff")
    return max(0, (stamp["seconds"] - asked) * 1e6 + stamp["microseconds"])


def try_twice(measure_once):
    """A machine that was starved of the processor may have failed for that."""
    try:
        return measure_once()
    except (Failure, OSError):
        pass
    try:
        return measure_once()
    except (Failure, OSError) as failure:
        raise Unmeasurable(f"twice: {failure}") from None


def measure(one):
    def once():
        with boot(one) as guest:
            listening = listening_ns(guest)
            if guest.fetch() != "ok\n":
                raise Failure("it served another page")
            return {"listening": listening, "off": power_off_us(guest), "image": one.image().stat().st_size}

    return try_twice(once)


def measure_counted(one):
    def once():
        with boot(one, machine="pc-counted") as guest:
            return {"listening": listening_ns(guest)}

    return try_twice(once)


SCENARIO = Scenario("machine", "QEMU (TCG): kernel's hand-over to the listening socket, with e1000; power-off; image",
                    [Column("listening", "ms", 1e6, 1), Column("off", "off, ms", 1e3, 0),
                     Column("image", "image, KB", 1024, 0)],
                    machines.machines, measure, rounds=5, quick=1, base="application alone",
                    remark=f"{MEMORY} MB, one processor; listening by the guest's clock, power-off by the host's")

COUNTED = Scenario("counted", "the same hand-over to the listening socket by a clock that counts instructions",
                   [Column("listening", "ms", 1e6, 2)], machines.machines, measure_counted, rounds=2, quick=1,
                   base="application alone", remark="4 ns each; what the card has to be waited for is in it")
