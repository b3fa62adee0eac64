#!/usr/bin/env python3
"""The mvimage that is installed: an exception passes through the C++ library's code in it, and is told with its exit code.

Beside PID 1, whose code no exception can pass, it is linked of objects of its own, see packaging/image/image.cmake; all other
tests run the debug build, where there is but one kind of them. This one runs build/release/mvimage, where it is built.
"""

import gzip
import json
import os
import struct
import sys
import tarfile

import builder
from builder import REPOSITORY, SKIP, Tree, case, check, equal
from kernel import kernel_tree

RELEASE = REPOSITORY / "build/release/mvimage"
LARGE = 3 << 30
LITTLE = ["prlimit", "--as=200000000"]  # bytes of memory
FULL = ["sh", "-c", 'trap "" XFSZ; ulimit -f 7; exec "$@"', "sh"]


def listing(tree):
    return sorted(str(path.relative_to(tree.base)) for path in tree.base.rglob("*"))


def sparse(path, head=b"", size=LARGE):
    with path.open("wb") as file:
        file.write(head)
        file.truncate(size)


def newc_head(name, size):
    fields = (1, 0o100644, 0, 0, 1, 0, size, 0, 0, 0, 0, len(name) + 1, 0)
    return b"070701" + b"".join(b"%08X" % each for each in fields) + name.encode() + b"\0"


@case
def memory():
    """no memory left for what it reads: the file and its size are told, or what was to be done, and what to do about it"""
    with Tree() as tree:
        sparse(tree.base / "initramfs", newc_head("large", LARGE))
        info = tarfile.TarInfo("large")
        info.size = 300 << 20
        sparse(tree.base / "zeros", size=info.size)
        with tarfile.open(tree.base / "tar.gz", "w:gz", compresslevel=1) as tar, (tree.base / "zeros").open("rb") as file:
            tar.addfile(info, file)
        for name, said in (("initramfs", "read initramfs, 3221.2 MB: Cannot allocate memory: raise the limits of memory"),
                           ("tar.gz", "check tar.gz: there is no memory left: raise its limits")):
            text = tree.run("check", name, code=4, wrap=LITTLE)
            check(text.startswith(f"mvimage: error: {said}"), f"{name}: {text}")


@case
def half_written():
    """no memory, or no room, while an image is written: nothing of it stays, and the old one does"""
    with Tree(image='kernel = "kernel"\n') as tree:
        tree.add(kernel_tree(), "kernel")
        for target in ("ext4", "squashfs"):
            tree.run("build", "-t", target, "-o", target)
        tree.add({"srv/large": os.urandom(100000)})
        tree.configure(image='kernel = "kernel"\nfiles = ["/srv"]\n')
        sparse(tree.base / "kernel/boot/vmlinuz-6")
        before, files = listing(tree), {name: (tree.base / name).read_bytes() for name in ("ext4", "squashfs")}
        for target in files:
            text = tree.run("build", "-t", target, "-o", target, code=4, wrap=LITTLE)
            check("read kernel/boot/vmlinuz-6, 3221.2 MB: Cannot allocate memory: raise" in text, text)
        # Through libarchive's code, which calls back.
        for target in ("initramfs", "tar", "oci"):
            text = tree.run("build", "-t", target, "-o", "new", code=4, wrap=FULL)
            check("File too large: check the directory" in text, f"{target}: {text}")
        equal(listing(tree), before, "files")
        equal({name: (tree.base / name).read_bytes() for name in files} == files, True, "the old images")


@case
def codes():
    """each exit code, from as deep as it comes; what the JSON and the file system library throw, too"""
    with Tree() as tree:
        tree.configure(more="[health]\ntcp = 5\n")
        tree.run("build", "-n", code=1)
        tree.run("build", "--none", code=2)
        tree.configure(app='command = ["/bin/none"]')
        check("/bin/none" in tree.run("build", "-n", code=3), "what is missing")
        tree.add({"srv/large": os.urandom(5000)})
        tree.configure(image='budget = "1K"\nfiles = ["/srv"]\n')
        tree.run("build", "-o", "image", code=5)
        tree.run("why", "/bin/none", code=6)
        tree.configure()
        tree.run("build", "-t", "oci", "-o", "oci")
        index = tree.base / "oci/index.json"
        for text in ("{", '{"manifests": {"a": 1}}', json.dumps({"manifests": [{"digest": "sha256:" + "0" * 64}]})):
            index.write_text(text)
            check("oci" in tree.run("check", "oci", code=4), text)
        before = listing(tree)
        check("replace oci: there, and it has images that mvimage did not make" in tree.run("build", "-t", "oci", "-o", "oci", code=4),
              "a layout that cannot be read")
        (tree.base / "damaged").write_bytes(gzip.compress(newc_head("x", 9) + struct.pack("<Q", 1))[:-9])
        tree.run("check", "damaged", code=4)
        equal(listing(tree), sorted([*before, "damaged"]), "files")


if not os.access(RELEASE, os.X_OK):
    print(f"SKIPPED: there is no {RELEASE}: cmake --build --preset release --target mvimage")
    sys.exit(SKIP)
builder.BINARY = str(RELEASE)
builder.run()
