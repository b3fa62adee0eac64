#!/usr/bin/env python3
"""File systems in a file, as their own tools read them, and what stands beside them: the kernel and its initramfs."""

import gzip
import lzma
import os
import pathlib
import subprocess

from builder import Tree, case, check, equal, newc, refused, run
from kernel import KERNEL, kernel_tree

IMAGE = 'kernel = "kernel"\nfiles = ["/srv"]\n'
FILES = {"srv/" + "x" * 200: "long", "srv/large": bytes(range(256)) * 20000, "srv/empty": "",
         "srv/link": ("link", "/srv/" + "y" * 100)} | {f"srv/many/{number}" + "n" * 90: "" for number in range(60)}


def disk(tree, target, name="disk", **options):
    tree.run("build", "-t", target, "-o", name, **options)
    return tree.base / name


def tool(*words):
    done = subprocess.run(words, capture_output=True, text=True, check=False,
                          env={"PATH": os.environ["PATH"] + ":/sbin:/usr/sbin"})
    equal(done.returncode, 0, f"{words}: {done.stdout}{done.stderr}")
    return done.stdout


def debugfs(image, request):
    return tool("debugfs", "-R", request, str(image))


@case
def ext4():
    """ext4: e2fsck finds nothing wrong, all entries are root's with their modes and bytes"""
    with Tree(FILES, image=IMAGE) as tree:
        tree.add(kernel_tree(), "kernel")
        (tree.root / "srv/large").chmod(0o4750)
        image = disk(tree, "ext4")
        tool("e2fsck", "-fn", image)
        stat = debugfs(image, "stat /srv/large")
        for text in ("Mode:  04750", "User:     0   Group:     0", f"Size: {256 * 20000}", "Links: 1", "mtime: 0x00000001"):
            check(text in stat, f"'{text}' is not in {stat}")
        debugfs(image, f"rdump /srv {tree.base}")
        for name, content in FILES.items():
            path = tree.base / name
            if isinstance(content, tuple):
                equal(os.readlink(path), content[1], name)
            else:
                equal(path.read_bytes(), content if isinstance(content, bytes) else content.encode(), name)
        check("Device major/minor number: 05:01" in debugfs(image, "stat /dev/console"), "dev/console")


@case
def sparse():
    """a file with holes, at its head, in its middle and at its end, has its size and bytes; e2fsck finds nothing wrong"""
    with Tree(image='files = ["/srv"]') as tree:
        (tree.root / "srv").mkdir()
        for name, pieces, size in (("head", [5 << 20], (5 << 20) + 4), ("middle", [0, 7 << 20], 8 << 20), ("whole", [], 12 << 20)):
            with (tree.root / "srv" / name).open("wb") as file:
                for at in pieces:
                    file.seek(at)
                    file.write(b"data")
                file.truncate(size)
        image = disk(tree, "ext4")
        tool("e2fsck", "-fn", image)
        debugfs(image, f"rdump /srv {tree.base}")
        for path in sorted((tree.root / "srv").iterdir()):
            equal((tree.base / "srv" / path.name).read_bytes() == path.read_bytes(), True, path.name)


@case
def squashfs():
    """squashfs: the same, and the root's own mode and time too"""
    with Tree(FILES, image=IMAGE) as tree:
        tree.add(kernel_tree(), "kernel")
        image = disk(tree, "squashfs", env={"SOURCE_DATE_EPOCH": "86400"})
        lines = tool("unsquashfs", "-UTC", "-lln", image).splitlines()
        for line in lines:
            check(" 0/0 " in line and "1970-01-02" in line, f"owner or time: {line}")
        check(lines[0].startswith("drwxr-xr-x"), lines[0])
        check(any(line.startswith("crw-------") and line.endswith("/dev/console") for line in lines), "dev/console")
        unpacked = tool("unsquashfs", "-cat", image, "srv/" + "x" * 200)
        equal(unpacked, "long", "a file")


@case
def beside():
    """the kernel out of a bzImage, and an initramfs with the disk's modules in order; none where they are built in"""
    with Tree(image='kernel = "kernel"\n') as tree:
        tree.add(kernel_tree(), "kernel")
        disk(tree, "ext4")
        equal((tree.base / "disk.vmlinux").read_bytes(), KERNEL, "the kernel")
        entries = newc(tree.base / "disk.initrd")
        names = [pathlib.Path(line).stem for line in entries["modules"][1].decode().split()]
        equal(sorted(names), ["ext4", "jbd2", "virtio_blk", "virtio_mmio"], "modules")
        check(names.index("jbd2") < names.index("ext4"), f"the order: {names}")
        check(all(line[1:] in entries for line in entries["modules"][1].decode().split()), "the files")
        equal((entries["init"][0], entries["init"][1][:4]), (0o100755, b"\x7fELF"), "init")
        check("dev/console" in entries, "dev/console")
    for payload in (gzip.compress(KERNEL), lzma.compress(KERNEL, lzma.FORMAT_ALONE) + bytes(4)):
        with Tree(image='kernel = "kernel"\n') as tree:
            tree.add(kernel_tree({}, payload, ("virtio_mmio", "virtio_blk", "ext4")), "kernel")
            disk(tree, "ext4")
            equal((tree.base / "disk.vmlinux").read_bytes(), KERNEL, "the kernel")
            equal(sorted(path.name for path in tree.base.glob("disk.*")), ["disk.vmlinux"], "beside the image")
            tree.configure()
            disk(tree, "ext4")
            equal(sorted(tree.base.glob("disk.*")), [], "beside an image without a kernel, where one with it was")


@case
def refusals():
    """a kernel without its disk's driver; a bzImage that is cut off; none; a budget; a full disk"""
    with Tree(image='kernel = "kernel"\n') as tree:
        before = sorted(os.listdir(tree.base))
        tree.add(kernel_tree({"ext4": [], "virtio_blk": []}), "kernel")
        refused(tree, "kernel 6 has no module squashfs", "mvinit.toml:", words=("build", "-t", "squashfs"))
        kernel = tree.base / "kernel/boot/vmlinuz-6"
        kernel.write_bytes(kernel.read_bytes()[:-20])
        refused(tree, "unpack kernel", "shorter than its header says", words=("build", "-t", "ext4"))
        kernel.unlink()
        refused(tree, "find kernel", "0 files of this name", words=("build", "-t", "ext4"))
        tree.configure(image='budget = "1M"')
        refused(tree, "image.budget: the image has", code=5, words=("build", "-t", "ext4"))
        equal(sorted(os.listdir(tree.base)), sorted([*before, "kernel"]), "files")
        tree.configure()
        full = ["sh", "-c", 'trap "" XFSZ; ulimit -f 7; exec "$@"', "sh"]
        for target, name in (("ext4", "mke2fs"), ("squashfs", "sqfstar")):
            said = tree.run("build", "-t", target, "-o", "disk", code=4, wrap=full)
            check(f"/{name}: " in said and "check the directory and the space left" in said, said)
        equal(sorted(os.listdir(tree.base)), sorted([*before, "kernel"]), "files, with the disk full")
        said = tree.run("build", "-n", "-t", "ext4", "-o", "other")
        check("(not written)" in said and not (tree.base / "other").exists(), said)


run()
