"""A root file system on a disk, as mvimage makes it for Firecracker and QEMU's microvm: its kernel, its initramfs."""

import json
import os
import pathlib
import subprocess
import tempfile

import images
from examples import MVIMAGE, apt_environment
from guest import CACHE, REPOSITORY, Failure, Guest, check, run

FIRECRACKER = REPOSITORY / "packaging/firecracker"
DEMO = REPOSITORY / "packaging/demo.d/nginx"


# The page comes from the other disk, a squashfs with the same root, and the log goes to this one.
MORE = """
[[mount]]
source = "/dev/vdb"
target = "/mnt"
type = "squashfs"
options = "ro"
mkdir = true

[[sink]]
to = "file"
path = "/var/log/nginx/log"
"""


def configuration(folder):
    text = (FIRECRACKER / "web.toml").read_text()
    nginx = (DEMO / "etc/nginx/nginx.conf").read_text().replace("root /var/www", "root /mnt/var/www")
    (folder / "overlay/etc/nginx").mkdir(parents=True)
    (folder / "overlay/etc/nginx/nginx.conf").write_text(nginx)
    text = text.replace('["../demo.d/nginx"]', f'["{DEMO}", "overlay"]').replace('["virtio_net"]', '["virtio_net", "squashfs"]')
    (folder / "mvinit.toml").write_text(text + MORE)


def build(folder, target):
    done = subprocess.run([MVIMAGE, "build", "-c", folder / "mvinit.toml", "-t", target, "--init", images.MVINIT, "-o",
                           folder / target], capture_output=True, text=True, check=False,
                          env={**os.environ, **apt_environment()})
    if done.returncode != 0:
        raise Failure(done.stderr)


def microvm():
    """microvm, as packaging/firecracker has it: an ext4 root that is written to, a page from a squashfs"""
    with tempfile.TemporaryDirectory(prefix="mvinit-disk-") as name:
        folder = pathlib.Path(name)
        configuration(folder)
        for target in ("ext4", "squashfs"):
            build(folder, target)
        words = json.loads((FIRECRACKER / "vm_config.json").read_text())["boot-source"]["boot_args"]
        # What Firecracker adds for "is_root_device".
        words += " root=/dev/vda rw"
        root = folder / "ext4"
        devices = ["-drive", f"file={root},format=raw,if=none,id=root", "-device", "virtio-blk-device,drive=root",
                   "-drive", f"file={folder}/squashfs,format=raw,if=none,id=data,readonly=on",
                   "-device", "virtio-blk-device,drive=data"]
        with Guest(f"{root}.initrd", machine="microvm-acpi", kernel_file=f"{root}.vmlinux", memory=256, append=words,
                   nic="virtio-net-device", devices=devices) as guest:
            guest.expect(r"application /usr/sbin/nginx started")
            page = guest.fetch()
            check(page == (DEMO / "var/www/index.html").read_text(), f"not our page: {page!r}")
            guest.power_button()
            guest.expect_end("poweroff")
        found = subprocess.run(["/sbin/debugfs", "-R", "cat /var/log/nginx/log", root], check=True, capture_output=True)
        check(b"GET / " in found.stdout, f"the log on the disk holds {found.stdout!r}")
        subprocess.run(["/sbin/e2fsck", "-fn", root], check=True, capture_output=True)


SMALL = """
[app]
command = ["/bin/busybox", "sh", "-c", "cat /proc/mounts"]
restart = "never"

[image]
roots = ["/"]
kernel = "{kernel}"
"""


def small_disk(folder):
    (folder / "mvinit.toml").write_text(SMALL.format(kernel=CACHE / "kernel-cloud"))
    build(folder, "ext4")
    return folder / "ext4"


def boot(root, words):
    devices = ["-drive", f"file={root},format=raw,if=none,id=root", "-device", "virtio-blk-device,drive=root"]
    return Guest(f"{root}.initrd", machine="microvm-acpi", kernel_file=f"{root}.vmlinux", append=words, nic=None,
                 devices=devices)


def root_flags():
    """rootflags= are the file system's options; those that it does not know are told with what to do"""
    with tempfile.TemporaryDirectory(prefix="mvinit-disk-") as name:
        root = small_disk(pathlib.Path(name))
        with boot(root, "root=/dev/vda rw rootfstype=ext4 rootflags=commit=7,noauto_da_alloc") as guest:
            guest.expect(r"^/dev/\S+ / ext4 rw,\S*noauto_da_alloc,commit=7")
            guest.expect_end("poweroff")
        with boot(root, "root=/dev/vda rootflags=nonsense") as guest:
            guest.expect(r"mvroot: error: mount root file system /dev/vda: Invalid argument: .*rootflags= its options")


def no_path():
    """a root that is no path of a device is refused, with what to write instead"""
    with tempfile.TemporaryDirectory(prefix="mvinit-disk-") as name:
        root = small_disk(pathlib.Path(name))
        device = "UUID=12345678-1234-8234-a234-123456789abc"
        with boot(root, f"root={device}") as guest:
            guest.expect(rf"mvroot: error: use as root device {device}: Invalid argument: name it by its path on the kernel "
                         r"command line, as in root=/dev/vda")


run(microvm, root_flags, no_path)
