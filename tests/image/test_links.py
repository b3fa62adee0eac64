#!/usr/bin/env python3
"""Files with several names stay one file in an image, whatever its form."""

import json
import os
import random
import shutil
import subprocess
import tarfile

import elf
from builder import BINARY, Tree, case, check, equal, newc, run

SIZE = 300000
DATA = random.Random(1).randbytes(SIZE)  # as it does not shrink
IMAGE = 'files = ["/srv"]\ncompression = "none"'
NAMES = ("srv/b", "srv/deep/c", "srv/a")
ENVIRONMENT = {"PATH": os.environ["PATH"] + ":/sbin:/usr/sbin"}


def linked(image=IMAGE, names=NAMES, data=DATA, **more):
    tree = Tree({names[0]: data, "srv/deep/other": "x", "srv/copy": "y"}, image=image, **more)
    for each in names[1:]:
        (tree.root / each).parent.mkdir(parents=True, exist_ok=True)
        os.link(tree.root / names[0], tree.root / each)
    return tree


def tool(*words):
    return subprocess.run([str(each) for each in words], capture_output=True, text=True, check=True, env=ENVIRONMENT).stdout


def sound(tree, name):
    done = subprocess.run([BINARY, "check", "--json", tree.base / name], capture_output=True, text=True, check=False)
    equal((done.returncode, json.loads(done.stdout)), (0, []), f"check {name}: {done.stderr}")


@case
def initramfs():
    """newc: one inode, the number of its names, and its bytes once, with the last of them"""
    with linked() as tree:
        tree.run("build", "-o", "image")
        entries = newc(tree.base / "image")
        of = {name: entries[name] for name in NAMES}
        equal(len({fields[0] for _, _, fields in of.values()}), 1, "inodes")
        equal({fields[4] for _, _, fields in of.values()}, {3}, "links")
        equal([(name, len(data)) for name, (_, data, _) in sorted(of.items())],
              [("srv/a", 0), ("srv/b", 0), ("srv/deep/c", SIZE)], "bytes")
        others = [fields[0] for name, (_, _, fields) in entries.items() if name not in NAMES]
        equal(len({*others, of["srv/a"][2][0]}), len(others) + 1, "inodes of others")
        check((tree.base / "image").stat().st_size < SIZE * 2, "the image has the bytes more than once")
        sound(tree, "image")
        if shutil.which("cpio"):
            (tree.base / "out").mkdir()
            with (tree.base / "image").open("rb") as image:
                subprocess.run(["cpio", "-id", "--quiet", "--no-preserve-owner", "srv/*"], stdin=image, check=True,
                               cwd=tree.base / "out")
            for name in NAMES:
                path = tree.base / "out" / name
                equal((path.read_bytes() == DATA, path.stat().st_nlink), (True, 3), f"as cpio unpacks {name}")


def is_linked_tar(path):
    with tarfile.open(path) as archive:
        members = {member.name: member for member in archive}
    equal([members[name].islnk() for name in sorted(NAMES)], [False, True, True], "links")
    equal({members[name].linkname for name in NAMES if members[name].islnk()}, {"srv/a"}, "the first one")
    equal(members["srv/a"].size, SIZE, "size")


@case
def tar():
    """tar and OCI: the first name has the bytes, the others are links to it"""
    with linked() as tree:
        tree.run("build", "-t", "tar", "-o", "image.tar")
        is_linked_tar(tree.base / "image.tar")
        sound(tree, "image.tar")
        tree.run("build", "-t", "oci", "-o", "oci")
        blobs = sorted((tree.base / "oci/blobs/sha256").iterdir(), key=lambda each: each.stat().st_size)
        is_linked_tar(blobs[-1])
        sound(tree, "oci")


@case
def disks():
    """ext4: one inode, which e2fsck finds right; squashfs: the same"""
    with linked() as tree:
        tree.run("build", "-t", "ext4", "-o", "image")
        tool("e2fsck", "-fn", tree.base / "image")
        inodes = set()
        for name in NAMES:
            stat = tool("debugfs", "-R", f"stat /{name}", tree.base / "image")
            check("Links: 3 " in stat, stat)
            inodes.add(stat.split()[1])
        equal(len(inodes), 1, "inodes")
        sound(tree, "image")
        tree.run("build", "-t", "squashfs", "-o", "image")
        tool("unsquashfs", "-q", "-n", "-d", tree.base / "out", tree.base / "image", "srv")
        equal({(tree.base / "out" / name).stat().st_nlink for name in NAMES}, {3}, "links")
        sound(tree, "image")


@case
def counted_once():
    """report, build and list count the bytes once, and list tells whose they are"""
    with linked() as tree:
        paths = tree.paths()
        equal([paths[f"/{name}"].get("link") for name in sorted(NAMES)], [None, "/srv/a", "/srv/a"], "list --json")
        check("/srv/b link to /srv/a\n" in tree.run("list"), "list")
        whole = sum(each["size"] for each in paths.values() if each["kind"] == "file" and "link" not in each)
        report = json.loads(tree.run("report", "--json", "--svg", "map.svg"))
        equal(report["bytes"], whole, "report")
        equal(json.loads(tree.run("build", "-n", "--json"))["bytes"], whole, "build")
        svg = (tree.base / "map.svg").read_text()
        equal([f"<title>/{name}:" in svg for name in sorted(NAMES)], [True, False, False], "the picture")
        equal(tree.run("report").count("srv/"), 3, "the largest files")


@case
def saving():
    """what report says image.slim would save is what an image with it lacks, whichever names of a file it leaves out"""
    documents = tuple(f"usr/share/doc/app/{name}" for name in "ab")
    image = 'files = ["/srv", "/var", "/usr/share/doc"]\nslim = '
    for names, saved in ((("var/b", documents[0]), {}),  # of which the first name goes
                         (("srv/b", documents[0]), {}),  # and here the last one
                         (documents, {"documents": SIZE})):
        with linked(image=image + "false", names=names) as tree:
            tree.put(tree.root / "var/other", "x")
            tree.put(tree.root / "usr/share/doc/other", "")
            report = json.loads(tree.run("report", "--json"))
            slim = {each["name"]: each["bytes"] for each in report["slim"]}
            tree.configure(image=image + "true ")  # as long as the other, as it is in the image
            lacks = report["bytes"] - json.loads(tree.run("report", "--json"))["bytes"]
            equal(sum(slim.values()), lacks, f"{names}: what is saved of {slim}")
            equal({name: count for name, count in slim.items() if count}, saved, f"{names}")


@case
def left_out():
    """where all other names are left out, what is left is a file; image.slim strips all names alike"""
    with linked(image=IMAGE + '\nexclude = ["/srv/a", "/srv/deep"]') as tree:
        tree.run("build", "-o", "image")
        equal((newc(tree.base / "image")["srv/b"][1] == DATA, newc(tree.base / "image")["srv/b"][2][4]), (True, 1), "srv/b")
    with linked(image=IMAGE + "\nslim = true", data=elf.program("libc.so.6")) as tree:
        equal([tree.paths()[f"/{name}"].get("link") for name in sorted(NAMES)], [None, "/srv/a", "/srv/a"], "slim")


run()
