"""A root file system on a disk, as mvimage makes it for Firecracker and QEMU's microvm: its kernel, its initramfs."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

import images
from guest import CACHE, REPOSITORY, Failure, Guest, check, run

MVIMAGE = pathlib.Path(os.environ.get("MVIMAGE") or REPOSITORY / "build/release/mvimage")
FIRECRACKER = REPOSITORY / "packaging/firecracker"


def boot(target, drive="", more=""):
    """Builds packaging/firecracker's web.toml, and boots it with vm_config.json's own command line."""
    with tempfile.TemporaryDirectory(prefix="mvinit-disk-") as folder:
        config, root = pathlib.Path(folder) / "mvinit.toml", pathlib.Path(folder) / "root"
        text = (FIRECRACKER / "web.toml").read_text().replace('"../../build/cache', f'"{CACHE}')
        config.write_text(text.replace('"../demo.d', f'"{REPOSITORY}/packaging/demo.d') + more)
        done = subprocess.run([MVIMAGE, "build", "-c", config, "-t", target, "--init", images.MVINIT, "-o", root],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Failure(done.stderr)
        words = json.loads((FIRECRACKER / "vm_config.json").read_text())["boot-source"]["boot_args"]
        words += " root=/dev/vda " + ("ro" if target == "squashfs" else "rw")  # as Firecracker appends them
        devices = ["-drive", f"file={root},format=raw,if=none,id=disk{drive}", "-device", "virtio-blk-device,drive=disk"]
        with Guest(f"{root}.initrd", machine="microvm-acpi", kernel_file=f"{root}.vmlinux", memory=256, append=words,
                   nic="virtio-net-device", devices=devices) as guest:
            guest.expect(r"application /usr/sbin/nginx started")
            page = guest.fetch()
            check(page == (REPOSITORY / "packaging/demo.d/nginx/var/www/index.html").read_text(), f"not our page: {page!r}")
            guest.power_button()
            guest.expect_end("poweroff")
        return subprocess.run(["/sbin/debugfs", "-R", "cat /var/log/nginx/log", root], capture_output=True,
                              text=True, check=False).stdout


def ext4():
    """microvm, an ext4 root over virtio-mmio: nginx serves its page, and its log is on the disk after power-off"""
    log = boot("ext4", more='[[sink]]\nto = "file"\npath = "/var/log/nginx/log"\n')
    check("GET / " in log, f"the log on the disk holds {log!r}")


def squashfs():
    """the same from a squashfs, read-only"""
    boot("squashfs", ",readonly=on")


if not MVIMAGE.exists():
    print(f"SKIPPED: {MVIMAGE} is not there: packaging/setup image, then build the preset release")
    sys.exit(77)
run(ext4, squashfs)
