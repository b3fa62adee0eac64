"""QEMU's microvm: no PCI, no firmware; power-off only where ACPI is there."""

import images
from guest import Guest, check, run


def with_acpi():
    """microvm with ACPI: virtio-net over virtio-mmio serves nginx's page, power-off is a power-off"""
    config = ('[app]\ncommand = ["/usr/sbin/nginx", "-g", "daemon off;"]\n'
              '[system]\nmodules = ["virtio_mmio", "virtio_net"]\n' + images.NETWORK.format(driver="virtio_net"))
    image = images.Image(config, files=images.NGINX, tree="nginx", copy=["/usr/sbin/nginx"], kernel="kernel-cloud",
                         modules="virtio_mmio,virtio_net,button")
    with image as path, Guest(path, machine="microvm-acpi", kernel="kernel-cloud", nic="virtio-net-device") as guest:
        guest.expect(r"application /usr/sbin/nginx started")
        page = guest.fetch()
        check(page == "the page of the boot test\n", f"not our page: {page!r}")
        guest.power_button()
        guest.expect(r"powering off")
        guest.expect_end("poweroff")


def without_acpi():
    """microvm without ACPI: powering off is done by a reset, which ends QEMU, and mvinit says so"""
    # Debian's kernels find virtio-mmio devices through ACPI alone, hence no card here.
    # reboot=t is what QEMU asks for: this machine has no other means of a reset than a triple fault.
    with images.shell("echo done; exit 0", app='restart = "never"', kernel="kernel-cloud", modules="") as image:
        with Guest(image, machine="microvm", kernel="kernel-cloud", nic=None, append="reboot=t") as guest:
            guest.expect(r"^done")
            guest.expect(r"powering off, by reboot: \S+")
            guest.expect_end("reboot")


run(with_acpi, without_acpi)
