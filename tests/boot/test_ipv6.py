"""IPv6: QEMU 7.2 forwards no IPv6 ports, so that two guests on one wire ask each other."""

import socket

import images
from guest import Guest, run

SERVER = '[app]\ncommand = ["/usr/sbin/nginx", "-g", "daemon off;"]\n'
# Not busybox's wget: Debian's static busybox crashes on any address with a colon.
CLIENT = "until /usr/bin/curl -sg -m 3 'http://[fd00:1::80]/'; do /bin/busybox sleep 0.2; done"
CARD = """[system]
modules = ["e1000"]
[[interface]]
driver = "e1000"
addresses = ["{address}"]
gateway = "{gateway}"
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def ipv6():
    """nginx on a static IPv6 address answers another guest, each of them through its IPv6 default route"""
    # Networks of their own on one wire: the other is only reached through the gateway, a link-local address.
    server = images.Image(SERVER + CARD.format(address="fd00:1::80/64", gateway="fe80::5054:ff:fe00:2"),
                          files=images.NGINX, tree="nginx", copy=["/usr/sbin/nginx"])
    client = images.shell(CLIENT, CARD.format(address="fd00:2::1/64", gateway="fe80::5054:ff:fe00:1"),
                          app='restart = "never"', copy=["/usr/bin/curl"])
    wire = f"socket,id=net0,{{}}=127.0.0.1:{free_port()}"
    with server as server_image, client as client_image:
        with Guest(server_image, nic="e1000,mac=52:54:00:00:00:01", netdev=wire.format("listen")) as serving:
            with Guest(client_image, nic="e1000,mac=52:54:00:00:00:02", netdev=wire.format("connect")) as asking:
                serving.expect(r"application /usr/sbin/nginx started")
                asking.expect(r"^the page of the boot test$")
                asking.expect_end("poweroff")
            serving.power_button()
            serving.expect_end("poweroff")


run(ipv6)
