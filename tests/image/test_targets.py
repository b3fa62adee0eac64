#!/usr/bin/env python3
"""The images themselves: newc, tar and OCI, as other programs read them; nothing half-written."""

import gzip
import hashlib
import json
import os
import shutil
import signal
import subprocess
import tarfile
import time

from builder import BINARY, DEADLINE, Tree, case, check, equal, newc, refused, run
from elf import program

APP = program("libc.so.6")


def image(tree, *words, name="image", **options):
    tree.run("build", "-o", name, *words, **options)
    return tree.base / name


@case
def initramfs():
    """a newc archive: sorted, owner 0, time 0, devices and modes as they are to be"""
    with Tree(image='compression = "none"') as tree:
        entries = newc(image(tree))
        equal(list(entries), sorted(entries), "the order")
        for name, (mode, _, fields) in entries.items():
            equal(fields[2:4] + fields[5:6], [0, 0, 0], f"owner and time of {name}")
            check(mode & 0o170000, f"no type: {name}")
        equal(entries["bin/app"][:2], (0o100755, APP), "bin/app")
        equal(entries["sbin/init"][:2], (0o120777, b"mvinit"), "sbin/init")
        equal((entries["dev/console"][0], entries["dev/console"][2][9:11]), (0o20600, [5, 1]), "dev/console")
        equal(entries["etc/mvinit.toml"][1], tree.config.read_bytes(), "mvinit.toml")
        equal(len({fields[0] for _, _, fields in entries.values()}), len(entries), "inode numbers")


@case
def compressions():
    """gzip without a kernel; zstd where the kernel says that it can; what is asked for"""
    with Tree() as tree:
        data = image(tree).read_bytes()
        equal(data[:10], b"\x1f\x8b\x08\0\0\0\0\0\0\x03", "the head of gzip")
        tree.configure(image='kernel = "kernel"')
        tree.add({"boot/config-6": "CONFIG_X=y\nCONFIG_RD_ZSTD=y\n", "lib/modules/6/modules.builtin": "kernel/a.ko\n"}, "kernel")
        equal(image(tree).read_bytes()[:4], b"\x28\xb5\x2f\xfd", "zstd")
        tree.configure(image='kernel = "kernel"\ncompression = "gzip"')
        equal(image(tree).read_bytes()[:2], b"\x1f\x8b", "gzip")


@case
def tarball():
    """a tar archive that Python's tarfile reads, without devices"""
    with Tree({"srv/" + "x" * 90 + "/" + "y" * 90: "long"}, image='target = "tar"\nfiles = ["/srv"]') as tree:
        tree.run("build")
        with tarfile.open(tree.base / "root.tar.gz") as tar:
            members = {each.name: each for each in tar.getmembers()}
        equal({(each.uid, each.gid, each.mtime) for each in members.values()}, {(0, 0, 0)}, "owners and times")
        check("srv/" + "x" * 90 + "/" + "y" * 90 in members, "the long name")
        check("dev/console" not in members and members["dev"].isdir(), "devices")
        equal((members["bin/app"].mode, members["bin/app"].size), (0o755, len(APP)), "bin/app")


def blob(layout, descriptor):
    data = (layout / "blobs/sha256" / descriptor["digest"].split(":")[1]).read_bytes()
    equal((len(data), hashlib.sha256(data).hexdigest()), (descriptor["size"], descriptor["digest"].split(":")[1]), "a blob")
    return data


def others(tree, layout):
    """A layout with another image beside ours, and one that somebody else made, stay as they are."""
    index = json.loads((layout / "index.json").read_text())
    manifest = json.loads(blob(layout, index["manifests"][0]))
    config = blob(layout, manifest["config"]).replace(b"mvimage", b"docker ")
    for name, change in (("two", lambda other: other / "index.json"),
                         ("foreign", lambda other: other / "blobs/sha256" / manifest["config"]["digest"].split(":")[1])):
        other = tree.base / name
        shutil.copytree(layout, other)
        two = json.dumps(index | {"manifests": index["manifests"] * 2}, separators=(",", ":")).encode()
        change(other).write_bytes(two if name == "two" else config)
        before = {each: each.read_bytes() for each in sorted(other.rglob("*")) if each.is_file()}
        refused(tree, "it has images that mvimage did not make", code=4, words=("build", "-o", name))
        equal({each: each.read_bytes() for each in sorted(other.rglob("*")) if each.is_file()}, before, name)
    # However its JSON is written, ours is ours, and goes.
    other = tree.base / "indented"
    shutil.copytree(layout, other)
    (other / "index.json").write_text(json.dumps(index, indent=2))
    tree.put(tree.base / "mvinit.toml", tree.config.read_text() + "# another\n")
    tree.run("build", "-o", "indented")
    equal(len(list((other / "blobs/sha256").iterdir())), 3, "blobs of the new image alone")


@case
def itself():
    """an image is not taken into itself, where it is written into what it is made of"""
    with Tree(image='overlays = ["over"]\noutput = "over/out.img"') as tree:
        tree.put(tree.base / "over/etc/own", "mine")
        tree.run("build")
        before = (tree.base / "over/out.img").read_bytes()
        refused(tree, "it is the image itself, or a part of it: choose an output outside", code=3, words=("build",))
        equal((tree.base / "over/out.img").read_bytes(), before, "the image that was there")


@case
def broken_pipe():
    """who reads no further leaves nothing half written"""
    with Tree() as tree:
        reader, writer = os.pipe()
        os.close(reader)
        done = subprocess.run([BINARY, "build", "--json", "-o", "image"], cwd=tree.base, stdout=writer, stderr=writer, check=False)
        os.close(writer)
        check(done.returncode != 0, "it did not notice")
        equal([name for name in os.listdir(tree.base) if name.startswith(".")], [], "half an image")


@case
def oci():
    """an OCI layout whose digests are right, which replaces an older one and nothing else; skopeo and umoci read it"""
    with Tree(image='target = "oci"') as tree:
        layout = image(tree)
        first = set(os.listdir(layout / "blobs/sha256"))
        equal(len(first), 3, "blobs")
        index = json.loads((layout / "index.json").read_text())
        manifest = json.loads(blob(layout, index["manifests"][0]))
        config = json.loads(blob(layout, manifest["config"]))
        layer = blob(layout, manifest["layers"][0])
        equal(config["rootfs"]["diff_ids"], ["sha256:" + hashlib.sha256(gzip.decompress(layer)).hexdigest()], "diff_ids")
        equal((config["architecture"], config["os"], config["config"]["Entrypoint"][0]), ("amd64", "linux", "/sbin/mvinit"), "")
        tree.put(tree.root / "bin/app", program("libc.so.6", soname="other"))
        equal(len(os.listdir(image(tree) / "blobs/sha256")), 3, "blobs of the second image alone")
        check(set(os.listdir(layout / "blobs/sha256")) != first, "the second image is the first")
        (tree.base / "mine").mkdir()
        (tree.base / "mine/file").touch()
        refused(tree, "no OCI image layout", code=4, words=("build", "-o", "mine"))
        equal(sorted(os.listdir(tree.base / "mine")), ["file"], "what was there")
        others(tree, layout)
        if not shutil.which("skopeo"):
            print("      LEFT OUT: skopeo is not installed: packaging/setup image-test installs it")
            return
        done = subprocess.run(["skopeo", "inspect", f"oci:{layout}:latest"], capture_output=True, text=True, check=False)
        equal(done.returncode, 0, done.stderr)
        equal(json.loads(done.stdout)["Architecture"], "amd64", "skopeo")
        if not shutil.which("umoci"):
            print("      LEFT OUT: umoci is not installed: packaging/setup image-test installs it")
            return
        bundle = tree.base / "bundle"
        done = subprocess.run(["umoci", "unpack", "--rootless", "--image", f"{layout}:latest", bundle], capture_output=True,
                              text=True, check=False)
        equal(done.returncode, 0, done.stderr)
        equal((bundle / "rootfs/bin/app").read_bytes(), (tree.root / "bin/app").read_bytes(), "umoci's root")
        arguments = json.loads((bundle / "config.json").read_text())["process"]["args"]
        equal(arguments, ["/sbin/mvinit", "-c", "/etc/mvinit.toml"], "umoci's arguments")


@case
def bad_date():
    """a SOURCE_DATE_EPOCH that is no number is refused"""
    with Tree() as tree:
        said = tree.run("build", "-n", code=2, env={"SOURCE_DATE_EPOCH": "yesterday"})
        check("SOURCE_DATE_EPOCH yesterday" in said, said)


@case
def whole_or_not_at_all():
    """a failed build leaves the old image, and nothing beside it; -n writes nothing"""
    with Tree() as tree:
        first = image(tree).read_bytes()
        before = sorted(os.listdir(tree.base))
        tree.configure(image='budget = "1K"\nfiles = ["/bin/app"]')
        tree.put(tree.root / "bin/app", program("libc.so.6", imports=[f"f{i * 7919}" for i in range(400)]))
        refused(tree, "mvinit.toml:7:10: image.budget: the image has", "mvimage report", code=5, words=("build", "-o", "image"))
        refused(tree, "image.budget", code=5, words=("build", "-o", "fresh", "-t", "oci"))
        equal((tree.base / "image").read_bytes() == first, True, "the old image")
        tree.configure(image='budget = "1M"')
        check("(not written)" in tree.run("build", "-n", "-o", "other"), "-n says so")
        tree.run("build", "-n", "-o", "other", "-t", "oci")
        equal(sorted(os.listdir(tree.base)), before, "files")
        full = ["sh", "-c", 'trap "" XFSZ; ulimit -f 1; exec "$@"', "sh"]
        tree.configure(image='compression = "none"')
        said = tree.run("build", "-o", "image", code=4, wrap=full)
        check("mvimage: error: write .image." in said and "File too large: check the directory" in said, said)
        equal((tree.base / "image").read_bytes() == first, True, "the old image, with the disk full")
        equal(sorted(os.listdir(tree.base)), before, "files, with the disk full")
        refused(tree, "create nowhere/.image", "No such file or directory", code=4, words=("build", "-o", "nowhere/image"))


@case
def no_replaced_device():
    """what is no file, /dev/null or a pipe, is not replaced by the image, nor by a picture"""
    with Tree() as tree:
        os.mkfifo(tree.base / "pipe")
        (tree.base / "link").symlink_to("/dev/stdout")
        for name in ("pipe", "link", "root"):
            refused(tree, f"replace {name}: there, and no file", code=4, words=("build", "-o", name))
            refused(tree, f"replace {name}: there, and no file", code=4, words=("report", "--svg", name))
        check((tree.base / "pipe").is_fifo() and (tree.base / "link").is_symlink(), "they were replaced")


@case
def oci_directories():
    """a name with a slash at its end; an empty directory; a layout that was broken off is built again"""
    with Tree() as tree:
        tree.run("build", "-t", "oci", "-o", "new/")
        (tree.base / "empty").mkdir()
        tree.run("build", "-t", "oci", "-o", "empty/")
        equal(sorted(os.listdir(tree.base / "empty")), ["blobs", "index.json", "oci-layout"], "files")
        full = ["sh", "-c", 'trap "" XFSZ; ulimit -f 1; exec "$@"', "sh"]
        tree.add({"srv/a": os.urandom(4000)})
        tree.configure(image='compression = "none"\nfiles = ["/srv"]')
        tree.run("build", "-t", "oci", "-o", "empty", code=4, wrap=full)
        before = sorted(os.listdir(tree.base))
        tree.run("build", "-t", "oci", "-o", "fresh", code=4, wrap=full)
        equal(sorted(os.listdir(tree.base)), before, "what a first build leaves that fails")
        equal(sorted(os.listdir(tree.base / "empty")), ["blobs", "index.json", "oci-layout"], "files, with the disk full")
        (tree.base / "new/index.json").unlink()
        tree.run("build", "-t", "oci", "-o", "new")


@case
def late_date():
    """a time that a newc archive has no room for is refused"""
    with Tree() as tree:
        tree.run("build", "-n", env={"SOURCE_DATE_EPOCH": "4294967295"})
        tree.run("build", "-n", code=2, env={"SOURCE_DATE_EPOCH": "4294967296"})


@case
def interrupted():
    """a build that a signal ends leaves nothing half-written, however soon after the file appears"""
    with Tree({"srv/a": os.urandom(60_000_000)}, image='files = ["/srv"]') as tree:
        before = sorted(os.listdir(tree.base))
        for number in (signal.SIGINT, signal.SIGTERM) * 6:
            with subprocess.Popen([BINARY, "build", "-o", "image", "-c", tree.config], cwd=tree.base) as build:
                deadline = time.monotonic() + DEADLINE
                while len(os.listdir(tree.base)) == len(before) and time.monotonic() < deadline:
                    pass
                build.send_signal(number)
            equal(build.returncode, -number, "how it ended")
            equal(sorted(os.listdir(tree.base)), before, "files")


@case
def names():
    """a name that is UTF-8 is one in a tar archive too, under any locale; ? stands for any character of it"""
    with Tree({"srv/é": "x", "srv/aa": "y"}, image='target = "tar"\ncompression = "none"\nfiles = ["/srv/?"]') as tree:
        data = image(tree, env={"LC_ALL": "C"}).read_bytes()
        check(b"path=srv/\xc3\xa9\n" in data and b"hdrcharset" not in data and b"srv/aa" not in data, "the name")
        equal(image(tree, env={"LC_ALL": "C.UTF-8"}).read_bytes() == data, True, "the same bytes")


run()
