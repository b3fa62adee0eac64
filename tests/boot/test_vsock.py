"""Readiness is told to the machine's monitor by vsock, as the credential vmm.notify_socket asks for. The guest's own
loopback stands for the host: that needs no vhost_vsock here."""

import os
import pathlib

import images
from guest import REPOSITORY, Guest, run

PROBE = pathlib.Path(os.environ.get("PROBE") or REPOSITORY / "build/debug/tests/pid1/probe")
CONFIG = """[system]
modules = ["vsock_loopback"]
[ready]
command = ["/bin/busybox", "test", "-e", "/run/listening"]
"""
SCRIPT = """/sbin/probe vsock 99 | while read -r line; do
    echo "$line"
    [ "$line" != listening ] || : > /run/listening
done
"""


def told(**options):
    with images.shell(SCRIPT, CONFIG, {"sbin/probe": PROBE}, modules="button,vsock_loopback") as image, \
            Guest(image, nic=None, **options) as guest:
        guest.expect(r"^vsock READY=1")
        guest.power_button()
        guest.expect_end("poweroff")


def by_smbios():
    """the credential among the OEM strings of SMBIOS"""
    told(devices=["-smbios", "type=11,value=io.systemd.credential:vmm.notify_socket=vsock:1:99"])


def by_smbios_encoded():
    """the same in base64"""
    told(devices=["-smbios", "type=11,value=io.systemd.credential.binary:vmm.notify_socket=dnNvY2stc3RyZWFtOjE6OTk="])


def by_command_line():
    """the credential on the kernel command line"""
    told(append="systemd.set_credential=vmm.notify_socket:vsock-stream:1:99")


run(by_smbios, by_smbios_encoded, by_command_line)
