#!/usr/bin/env python3
"""Every target twice: the same bytes of the same files, whoever makes the image, where, how and when."""

import contextlib
import io
import json
import os
import re
import shutil
import subprocess
import tarfile
import time

from builder import DEADLINE, Tree, case, check, equal, newc, run
from illumos import STOCK, illumos_tree
from kernel import kernel_tree

DATE = 86400  # SOURCE_DATE_EPOCH: 1970-01-02
ENVIRONMENT = {"PATH": os.environ["PATH"] + ":/sbin:/usr/sbin"}
NAMES = ("srv/b", "srv/deep/c", "srv/a")  # of one file
FILES = {"srv/z": "z", "srv/é": "é", "srv/large": bytes(range(256)) * 4000, "srv/link": ("link", "z"), "srv/q": "q"}
LINUX = 'kernel = "kernel"\nfiles = ["/srv"]\n'

# target, compression ("": the target's own)
TARGETS = [("initramfs", "none"), ("initramfs", "gzip"), ("initramfs", "zstd"), ("tar", "none"), ("tar", "gzip"),
           ("tar", "zstd"), ("oci", "gzip"), ("oci", "zstd"), ("ext4", ""), ("squashfs", "gzip"), ("squashfs", "zstd"),
           ("zone", ""), ("ramdisk", "")]


@contextlib.contextmanager
def tree_of(target, other):
    """other: made in another order, with other times and, by root, owners."""
    files, names = (dict(reversed(FILES.items())), NAMES[::-1]) if other else (FILES, NAMES)
    if target in ("zone", "ramdisk"):
        made = illumos_tree(files | {"etc/inittab": STOCK}, 'files = ["/srv"]\n')
    else:
        made = Tree(files, image=LINUX, more='[system]\nmodules = ["virtio_blk"]\n')
        made.add({"lib/modules/6/modules.dep": "".join(f"kernel/{name}.ko:\n" for name in ("ext4", "virtio_blk"))}, "kernel")
        made.add(kernel_tree(), "kernel")
    with made as tree:
        tree.put(tree.root / names[0], "several names")
        for each in names[1:]:
            (tree.root / each).parent.mkdir(exist_ok=True)
            os.link(tree.root / names[0], tree.root / each)
        if other:
            tree.base.chmod(0o777)
            for path in tree.base.rglob("*"):
                os.utime(path, (1, 1), follow_symlinks=False)
                if os.getuid() == 0:
                    os.chown(path, 65534, 65534, follow_symlinks=False)
                    if not path.is_symlink():
                        path.chmod(path.stat().st_mode & 0o777)
        yield tree


def otherwise():
    """Another user, time zone and locale, and one processor."""
    words = ["env", "-i", "PATH=" + os.environ["PATH"], "TZ=Asia/Tokyo", "LC_ALL=C.UTF-8", "HOME=/nonexistent"]
    if shutil.which("taskset"):
        words = ["taskset", "-c", str(min(os.sched_getaffinity(0))), *words]
    if os.getuid() == 0 and shutil.which("setpriv"):
        words = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *words]
    return words


@contextlib.contextmanager
def umask(mask):
    old = os.umask(mask)
    try:
        yield
    finally:
        os.umask(old)


def built(tree, target, date, other):
    """Name -> bytes of all that the build leaves."""
    words = otherwise() if other else ["env", "-u", "SOURCE_DATE_EPOCH", "TZ=UTC", "LC_ALL=C"]
    if date is not None:
        words.append(f"SOURCE_DATE_EPOCH={date}")
    with umask(0o077 if other else 0o022):
        tree.run("build", "-t", target, "-o", "image", wrap=words)
    files = {}
    for path in [each for top in sorted(tree.base.glob("image*")) for each in (top, *top.rglob("*"))]:
        if path.is_file():
            files[str(path.relative_to(tree.base))] = path.read_bytes()
    return files


def in_all_ways(target, compression, other):
    """Without a date, and with one."""
    with tree_of(target, other) as tree:
        if compression:
            config = tree.config.read_text() + f'compression = "{compression}"\n'
            tree.config.write_text(config)
        plain = built(tree, target, None, other)
        shutil.rmtree(tree.base / "image") if (tree.base / "image").is_dir() else None
        return plain, built(tree, target, DATE, other)


def unpacked(data):
    if data[:4] == b"\x28\xb5\x2f\xfd":
        return subprocess.run(["zstd", "-dc"], input=data, capture_output=True, check=True).stdout
    return data


def told(words, pattern, folder):
    text = subprocess.run(words, capture_output=True, text=True, check=True, cwd=folder,
                          env=ENVIRONMENT | {"TZ": "UTC", "LC_ALL": "C"}).stdout
    return {each.strip() for each in re.findall(pattern, text, re.M)}


def newc_times(data, folder):
    (folder / "newc").write_bytes(unpacked(data))
    return {fields[5] for _, _, fields in newc(folder / "newc").values()}


def tar_times(data):
    with tarfile.open(fileobj=io.BytesIO(unpacked(data))) as tar:
        return {each.mtime for each in tar}


def times(target, files, folder):
    """All that the image has, as numbers, or in words of the program that tells them."""
    data = files.get("image", b"")
    (folder / "image").write_bytes(data)
    if target == "initramfs":
        return newc_times(data, folder)
    if target == "ext4":
        stats = [told(["debugfs", "-R", f"stat /{name}", "image"], r"^ ?[acm]time: 0x(\w+)", folder)
                 for name in ("", "srv", "srv/a", "srv/link", "dev/console")]
        heads = told(["dumpe2fs", "-h", "image"], r"^(?:Filesystem created|Last write time|Last checked): +(.*)", folder)
        return set.union(*stats, heads, newc_times(files["image.initrd"], folder))
    if target == "squashfs":
        entries = told(["unsquashfs", "-UTC", "-lln", "image"], r"^.* (\d{4}-\d\d-\d\d \d\d:\d\d) squashfs-root", folder)
        heads = told(["unsquashfs", "-UTC", "-s", "image"], r"append time (.*)", folder)
        return entries | heads | newc_times(files["image.initrd"], folder)
    if target == "oci":
        blobs = {name.rpartition("/")[2]: each for name, each in files.items() if "/blobs/" in name}
        manifest = json.loads(blobs[json.loads(files["image/index.json"])["manifests"][0]["digest"].partition(":")[2]])
        config = json.loads(blobs[manifest["config"]["digest"].partition(":")[2]])
        layer = blobs[manifest["layers"][0]["digest"].partition(":")[2]]
        return tar_times(layer) | {config["created"]} | {each["created"] for each in config["history"]}
    return tar_times(data)


DATED = {"ext4": {f"{DATE:08x}", "Fri Jan  2 00:00:00 1970", DATE}, "oci": {DATE, "1970-01-02T00:00:00Z"},
         "squashfs": {"1970-01-02 00:00", "Fri Jan  2 00:00:00 1970", DATE}}
BESIDE = {"ext4": [".initrd", ".vmlinux"], "squashfs": [".initrd", ".vmlinux"], "ramdisk": [".files", ".sh"]}


def same(one, two, title):
    equal(sorted(one), sorted(two), f"{title}: files")
    for name, data in one.items():
        if data != two[name]:
            at = next((at for at, (a, b) in enumerate(zip(data, two[name])) if a != b), min(len(data), len(two[name])))
            check(False, f"{title}: {name} differs from byte {at} on: {data[at:at + 16]!r}, {two[name][at:at + 16]!r}")


@case
def everything():
    """each target twice: another user, umask, locale, time zone, order, owner, time and place of the files, and later"""
    if os.getuid() != 0 or not shutil.which("setpriv"):
        print("      LEFT OUT: another user, as there is no setpriv or this is not root")
    first = [in_all_ways(*row, False) for row in TARGETS]
    # Another second, as no archive tells smaller times.
    second, end = int(time.time()), time.monotonic() + DEADLINE
    while int(time.time()) == second:
        check(time.monotonic() < end, "the clock stands still")
    for (target, compression), (plain, dated) in zip(TARGETS, first):
        title = f"{target} {compression}".strip()
        wanted = ["image" + each for each in ("", *BESIDE.get(target, []))]
        equal([name for name in plain if "/" not in name], [] if target == "oci" else wanted, f"{title}: files")
        later, later_dated = in_all_ways(target, compression, True)
        same(plain, later, title)
        same(dated, later_dated, f"{title} with a date")
        with Tree() as folder:
            equal(times(target, dated, folder.base), DATED.get(target, {DATE}), f"{title}: SOURCE_DATE_EPOCH")


run()
