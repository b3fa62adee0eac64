"""Steps that go on at the same time: seen by their stamps, which overlap. How long anything takes does not matter."""

import pathlib
import subprocess
import tempfile

import images
from guest import Guest, check, run

# What booting noted is in a file in memory that PID 1 keeps, made as soon as the application runs. Its lines come with
# a mark, so that no other line of the console can be taken for one.
SCRIPT = """told=
while [ -z "$told" ]; do
    for file in /proc/1/fd/*; do
        case $(/bin/busybox readlink $file) in *boot-stamps*) told=$(/bin/busybox sed 's/^/stamp: /' $file);; esac
    done
done
echo "$told"
echo all told
while :; do /bin/busybox sleep 1; done
"""
CARD = """[[interface]]
driver = "e1000"
addresses = ["10.0.2.15/24"]
carrier_timeout = "30s"
"""
TWO_CPUS = ["-smp", "2"]
# A host with much else to do lets a guest with two processors believe that its timer does not work.
TIMER = "no_timer_check"


class Step:
    def __init__(self, line):
        _, begin, end, self.result, self.after, rest = line.split(" ", 5)
        self.begin, self.end = int(begin), int(end)
        self.name = rest.split("\t")[0]

    def overlaps(self, other):
        return self.begin < other.end and other.begin < self.end

    def __repr__(self):
        return f"{self.name}: {self.begin} to {self.end} after {self.after}"


def steps(guest):
    guest.expect(r"^all told")
    lines = [line[7:] for line in guest.text.splitlines() if line.startswith("stamp: ")]
    found = {step.name: step for step in (Step(line) for line in lines if line.startswith("step "))}
    check(found, f"no stamps: {lines}")
    check(all(step.result == "ok" for step in found.values()), f"not all went well: {found}")
    return found


def setup():
    """a parallel command runs while the card's driver is loaded; one that is not waits for both"""
    config = """[system]
modules = ["e1000"]
[[setup]]
command = ["/bin/busybox", "sh", "-c", "echo beside"]
parallel = true
[[setup]]
command = ["/bin/busybox", "sh", "-c", "echo afterwards"]
""" + CARD
    with images.shell(SCRIPT, config) as path, Guest(path, devices=TWO_CPUS, append=TIMER) as guest:
        found = steps(guest)
        module, card = found["load module e1000"], found["bring up driver=e1000"]
        beside = found["run /bin/busybox sh -c 'echo beside'"]
        last = found["run /bin/busybox sh -c 'echo afterwards'"]
        check(module.overlaps(beside), f"one after the other: {module}, {beside}")
        check(card.begin >= module.end, f"the card before its driver: {card}, {module}")
        check(last.begin >= max(card.end, beside.end), f"not the last: {last}, {card}, {beside}")
        guest.power_button()
        guest.expect_end("poweroff")


def disk():
    """a disk is mounted while the card is made ready, and its modules are loaded beside the card's"""
    config = """[system]
modules = ["e1000", "virtio_pci", "virtio_blk", "crc32c_generic", "ext4"]
[[mount]]
source = "/dev/vda"
target = "/data"
type = "ext4"
mkdir = true
""" + CARD
    with tempfile.TemporaryDirectory() as folder:
        image = pathlib.Path(folder) / "disk"
        with open(image, "wb") as file:
            file.truncate(32 << 20)
        subprocess.run(["/sbin/mke2fs", "-q", "-F", "-t", "ext4", image], check=True)
        drive = ["-drive", f"file={image},format=raw,if=none,id=disk", "-device", "virtio-blk-pci,drive=disk"]
        built = images.shell(SCRIPT, config, modules="e1000,virtio_pci,virtio_blk,crc32c_generic,ext4,button")
        with built as path, Guest(path, devices=TWO_CPUS + drive, append=TIMER) as guest:
            found = steps(guest)
            module, card = found["load module e1000"], found["bring up driver=e1000"]
            mount, block = found["mount /data"], found["load module virtio_blk"]
            check(module.overlaps(found["load module virtio_pci"]), f"one after the other: {found}")
            check(mount.begin >= block.end, f"the disk before its driver: {mount}, {block}")
            check(mount.overlaps(module) or mount.overlaps(card), f"waited in vain: {mount}, {module}, {card}")
            guest.power_button()
            guest.expect_end("poweroff")


def failure():
    """a module that is not there ends booting at once: its error is the last, though the card's is being loaded"""
    config = '[system]\nmodules = ["e1000", "no_such_module"]\n[end]\nboot_failure = "poweroff"\n' + CARD
    with images.shell("echo must not run\n", config) as path, Guest(path, devices=TWO_CPUS, append=TIMER) as guest:
        guest.expect(r"error: load module no_such_module: .*no such module in /lib/modules/")
        guest.expect(r"error: booting failed, the reason stands above")
        guest.expect_end("poweroff")
        errors = [line for line in guest.text.splitlines() if "error: " in line]
        check(len(errors) == 2 and "must not run" not in guest.text, f"more than that: {errors}")


run(setup, disk, failure)
