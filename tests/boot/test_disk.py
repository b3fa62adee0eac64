"""A file system that mvinit mounted is whole after power-off."""

import pathlib
import subprocess
import tempfile

import images
from guest import Guest, check, run

CONFIG = """[system]
modules = ["virtio_pci", "virtio_blk"]
[[mount]]
source = "/dev/vda"
target = "/data"
type = "ext4"
mkdir = true
"""
# Holds a file open for writing, and ignores the polite request to stop: the disk has to be whole all the same.
SCRIPT = """trap '' TERM
exec 3>/data/log
echo written >&3
echo ready
while :; do /bin/busybox sleep 1; done
"""


def state(disk):
    dump = subprocess.run(["/sbin/dumpe2fs", "-h", disk], check=True, capture_output=True, text=True).stdout
    lines = dict(line.split(":", 1) for line in dump.splitlines() if ":" in line)
    return lines["Filesystem state"].strip(), lines["Filesystem features"].split()


def ext4():
    """an ext4 disk with a file open on it is clean after power-off, and has the data"""
    with tempfile.TemporaryDirectory() as folder:
        disk = pathlib.Path(folder) / "disk"
        with open(disk, "wb") as file:
            file.truncate(32 << 20)
        subprocess.run(["/sbin/mke2fs", "-q", "-F", "-t", "ext4", disk], check=True)
        image = images.shell(SCRIPT, CONFIG, app='stop_timeout = "300ms"', kernel="kernel-cloud",
                             modules="virtio_pci,virtio_blk,button")
        drive = ["-drive", f"file={disk},format=raw,if=none,id=disk", "-device", "virtio-blk-pci,drive=disk"]
        with image as path, Guest(path, kernel="kernel-cloud", nic=None, devices=drive) as guest:
            guest.expect(r"^ready")
            check("needs_recovery" in state(disk)[1], "the disk is not in use: this test would see nothing")
            guest.power_button()
            guest.expect_end("poweroff")
        found, features = state(disk)
        check(found == "clean" and "needs_recovery" not in features, f"the disk is left {found}, {features}")
        text = subprocess.run(["/sbin/debugfs", "-R", "cat /log", disk], check=True, capture_output=True, text=True)
        check(text.stdout == "written\n", f"the file holds {text.stdout!r}")


run(ext4)
