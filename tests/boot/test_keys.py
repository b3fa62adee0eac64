"""The keyboard and the power button: they reach the application's stop first."""

import images
from guest import Guest, run

SCRIPT = """trap 'echo stopped in order; exit 0' TERM
echo ready
while :; do /bin/busybox sleep 1 & wait $!; done
"""


def ctrl_alt_del():
    """ctrl-alt-del stops the application in order and reboots"""
    with images.shell(SCRIPT) as image, Guest(image, nic=None) as guest:
        guest.expect(r"^ready")
        guest.ctrl_alt_del()
        guest.expect(r"^stopped in order")
        guest.expect(r"rebooting")
        guest.expect_end("reboot")


def power_button():
    """the ACPI power button stops the application in order and powers off"""
    with images.shell(SCRIPT) as image, Guest(image, nic=None) as guest:
        guest.expect(r"^ready")
        guest.power_button()
        guest.expect(r"^stopped in order")
        guest.expect(r"powering off")
        guest.expect_end("poweroff")


run(ctrl_alt_del, power_button)
