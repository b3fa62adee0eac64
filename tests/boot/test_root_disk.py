"""A root file system on a disk, as mvimage makes it for Firecracker and QEMU's microvm: its kernel, its initramfs."""

import json
import pathlib
import re
import shlex
import subprocess
import tempfile

import disks
import images
import written
from disks import MVIMAGE
from guest import REPOSITORY, Guest, check, run

CONFIG = REPOSITORY / "packaging/firecracker/vm_config.json"
PAGE = REPOSITORY / "packaging/demo.d/nginx/var/www/index.html"


def commands():
    """What README.md says of building this machine, and of booting it with QEMU instead of Firecracker."""
    below = written.commands_below((REPOSITORY / "README.md").read_text(), "A microVM from a disk")
    words = [shlex.split(line) for line in below]
    build, qemu = ([each for each in words if each[0].endswith(name)] for name in ("mvimage", "qemu-system-x86_64"))
    check(len(build) == len(qemu) == 1, f"not one build and one boot: {below}")
    return build[0], qemu[0]


class Machine:
    """The machine of vm_config.json with a disk in place of its own; the names in that file are all the disk's."""

    def __init__(self, folder, disk, read_only=False):
        text = CONFIG.read_text()
        check('"root.ext4' in text, "vm_config.json names no root.ext4")
        self.folder, config = folder, json.loads(text.replace("root.ext4", disk))
        self.source, self.drives = config["boot-source"], config["drives"]
        self.memory = config["machine-config"]["mem_size_mib"]
        self.card, = config["network-interfaces"]
        self.root, = self.drives
        self.root["is_read_only"] = read_only or self.root["is_read_only"]
        check(self.root["is_root_device"], "the disk is not the root device")

    def words(self):
        """With those that Firecracker adds for a root device."""
        return f"{self.source['boot_args']} root=/dev/vda {'ro' if self.root['is_read_only'] else 'rw'}"

    def boot(self):
        files = {name: self.folder / self.source[f"{name}_path"] for name in ("kernel_image", "initrd")}
        return Guest(files["initrd"], machine="microvm-acpi", kernel_file=files["kernel_image"], memory=self.memory,
                     append=self.words(), nic=f"virtio-net-device,mac={self.card['guest_mac']}",
                     devices=disks.drive(self.folder / self.root["path_on_host"], "root", self.root["is_read_only"]))

    def is_the_same_as(self, qemu):
        given = dict(zip(qemu, qemu[1:]))
        # reboot=k is the keyboard controller's, which this machine of QEMU's has not.
        wanted = {"-m": str(self.memory), "-kernel": self.source["kernel_image_path"], "-initrd": self.source["initrd_path"],
                  "-append": self.words().replace("reboot=k ", "")}
        found = {name: given.get(name) for name in wanted}
        check(found == wanted, f"README.md boots {found}, vm_config.json {wanted}")
        check(given["-drive"].startswith(f"file={self.root['path_on_host']},"), f"README.md has the disk {given['-drive']}")


def build(folder, *more):
    """By the command that is written, in a directory where what it names is as it is below the sources."""
    release = folder / "build/release"
    if not release.exists():
        release.mkdir(parents=True)
        (folder / "packaging").symlink_to(REPOSITORY / "packaging")
        (release / "mvimage").symlink_to(MVIMAGE.absolute())
        (release / "mvinit").symlink_to(images.MVINIT.absolute())
    disks.run([*commands()[0], *more], folder)


def serves(machine):
    with machine.boot() as guest:
        guest.expect(r"application /usr/sbin/nginx started")
        page = guest.fetch()
        check(page == PAGE.read_text(), f"not our page: {page!r}")
        guest.power_button()
        guest.expect_end("poweroff")
        wrong = re.findall(r"^.*(?:\bwarning\b|\berror\b|\bemerg\b).*$", guest.text, re.M)
        check(not wrong, f"the console warns: {wrong}")


def firecracker():
    """packaging/firecracker as it stands, by the command in README.md: its page, and an ext4 that is clean afterwards"""
    with tempfile.TemporaryDirectory(prefix="mvinit-disk-") as name:
        folder = pathlib.Path(name)
        machine = Machine(folder, "root.ext4")
        machine.is_the_same_as(commands()[1])
        build(folder)
        serves(machine)
        subprocess.run(["/sbin/e2fsck", "-fn", folder / "root.ext4"], check=True, capture_output=True)


def read_only():
    """the same as a squashfs, on a disk that cannot be written to"""
    with tempfile.TemporaryDirectory(prefix="mvinit-disk-") as name:
        folder = pathlib.Path(name)
        build(folder, "-t", "squashfs", "-o", "root.squashfs")
        check((folder / "root.squashfs").read_bytes()[:4] == b"hsqs", "this is no squashfs")
        serves(Machine(folder, "root.squashfs", read_only=True))
# The log goes to this disk, and what is shown comes from another one, a squashfs with the same root.
MORE = """
[system]
modules = ["squashfs"]

[[mount]]
source = "/dev/vdb"
target = "/mnt"
type = "squashfs"
options = "ro"
mkdir = true

[[sink]]
to = "console"

[[sink]]
to = "file"
path = "/root/log"
"""
SCRIPT = "cat /proc/mounts; echo of the other: ; cat /mnt/etc/mvinit.toml"


def root_flags():
    """rootflags= are the file system's options; an ext4 root is written to beside a squashfs; unknown options are told"""
    with tempfile.TemporaryDirectory(prefix="mvinit-disk-") as name:
        root, other = disks.small(pathlib.Path(name), SCRIPT, MORE, ("ext4", "squashfs"))
        with disks.boot(root, "root=/dev/vda rw rootfstype=ext4 rootflags=commit=7,noauto_da_alloc",
                        disks.drive(other, "data", read_only=True)) as guest:
            guest.expect(r"^/dev/\S+ / ext4 rw,\S*noauto_da_alloc,commit=7")
            guest.expect(r"of the other:\n(?:.*\n)*\[image\]")
            guest.expect_end("poweroff")
        log = disks.run(["/sbin/debugfs", "-R", "cat /root/log", root], root.parent)
        check("/mnt squashfs ro" in log, f"the log on the disk holds {log!r}")
        disks.run(["/sbin/e2fsck", "-fn", root], root.parent)
        with disks.boot(root, "root=/dev/vda rootflags=nonsense") as guest:
            guest.expect(r"mvroot: error: mount root file system /dev/vda: Invalid argument: .*rootflags= its options")
        no_path(root)


def no_path(root):
    """A root that is no path of a device is refused, with what to write instead."""
    device = "UUID=12345678-1234-8234-a234-123456789abc"
    with disks.boot(root, f"root={device}") as guest:
        guest.expect(rf"mvroot: error: use as root device {device}: Invalid argument: name it by its path on the kernel "
                     r"command line, as in root=/dev/vda")


run(firecracker, read_only, root_flags)
