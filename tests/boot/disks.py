"""Root file systems on disks, as mvimage makes them: built, and booted in QEMU's microvm with what it wrote beside them."""

import os
import subprocess

import images
from examples import FETCHING, MVIMAGE, apt_environment
from guest import CACHE, Failure, Guest, check

# An application that ends at once, and brings nothing but itself.
SMALL = """
[app]
command = ["/bin/busybox", "sh", "-c", "{script}"]
restart = "never"

[image]
roots = ["/"]
kernel = "{kernel}"
"""


def run(command, folder):
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=FETCHING,
                          env={**os.environ, **apt_environment()})
    if done.returncode != 0:
        raise Failure(f"{command}: {done.stdout}{done.stderr}")
    return done.stdout


def small(folder, script, more="", targets=("ext4",)):
    """The image's path for each target; more: of the configuration."""
    (folder / "mvinit.toml").write_text(SMALL.format(kernel=CACHE / "kernel-cloud", script=script) + more)
    for target in targets:
        run([MVIMAGE, "build", "-t", target, "--init", images.MVINIT, "-o", target], folder)
    return [folder / target for target in targets]


def change(root, *commands):
    """debugfs(8)'s commands, done to an ext4 image. Its exit code does not tell whether they were."""
    for each in commands:
        done = subprocess.run(["/sbin/debugfs", "-w", "-R", each, root], capture_output=True, text=True, check=True)
        check(len(done.stderr.splitlines()) == 1, f"{each}: {done.stderr}")  # its version


def drive(path, name, read_only=False):
    only = ",readonly=on" if read_only else ""
    return ["-drive", f"file={path},format=raw,if=none,id={name}{only}", "-device", f"virtio-blk-device,drive={name}"]


def boot(root, words, devices=()):
    """words: for the kernel; devices: further ones."""
    return Guest(f"{root}.initrd", machine="microvm-acpi", kernel_file=f"{root}.vmlinux", append=words, nic=None,
                 devices=[*drive(root, "root"), *devices])
