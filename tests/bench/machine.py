"""A whole machine in QEMU: from the kernel's hand-over to the listening socket, and from its last word to power-off.

The first is measured by the guest's own monotonic clock; see handover.c and server.c. QEMU emulates the processor, so
that times are long, but for all alike.
"""

import time

import machines
from guest import Failure, Guest, wait_until
from running import Unmeasurable
from scenario import Scenario
from table import Column

MEMORY = 128


def boot(machine, image, memory=MEMORY, **options):
    return Guest(image, memory=memory, append="rdinit=/handover", arguments=machine.arguments, **options)


def listening_ns(guest):
    handed_over, listening = map(int, guest.expect(r"^LISTENING (\d+) (\d+)\n").groups())
    return listening - handed_over


def power_off_s(guest):
    """From the application's last word until QEMU's machine is off."""
    guest.send_request("/off")
    guest.expect(r"^ENDING ")
    asked = time.time()

    def off():
        return [event["timestamp"] for event in guest.monitor.events if event["event"] == "SHUTDOWN"]

    stamp = wait_until("the machine to power off", off)[0]
    guest.expect_end("poweroff")
    return max(0, stamp["seconds"] + stamp["microseconds"] / 1e6 - asked)


def measure(machine):
    try:
        with machine.image() as image, boot(machine, image) as guest:
            return {"listening": listening_ns(guest), "off": power_off_s(guest), "image": image.stat().st_size}
    except Failure as failure:
        raise Unmeasurable(str(failure)) from None


SCENARIO = Scenario("machine", "QEMU (TCG): kernel's hand-over to the listening socket, with e1000; power-off; image",
                    [Column("listening", "ms", 1e6, 1), Column("off", "off, ms", 1e-3, 0),
                     Column("image", "image, KB", 1024, 0)],
                    machines.machines, measure, rounds=5, quick=1, base="application alone",
                    remark=f"{MEMORY} MB, one processor; listening by the guest's clock, power-off by the host's")
