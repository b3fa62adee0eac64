#!/usr/bin/env python3
"""What mvimage check takes an archive or a disk for: what whatever unpacks or mounts it would make of it."""

import contextlib
import gzip
import io
import json
import os
import pathlib
import subprocess
import tarfile
import tempfile

import builder
import elf
import newc
from builder import case, check, equal
from newc import entry

APP = '[app]\ncommand = ["/bin/app"]\n'
STATIC = elf.elf()
BASE = {"init": ("link", "sbin/mvinit"), "sbin/mvinit": STATIC, "etc/mvinit.toml": APP}


@contextlib.contextmanager
def folder():
    with tempfile.TemporaryDirectory(prefix="mvimage-test-") as name:
        yield pathlib.Path(name)


def run(image, *words):
    return subprocess.run([builder.BINARY, "check", *words, str(image)], capture_output=True, text=True, check=False,
                          timeout=builder.DEADLINE)


def ids(image):
    done = run(image, "--json")
    check(done.returncode in (0, 1), f"exit code {done.returncode}: {done.stderr}")
    return [each["id"] for each in json.loads(done.stdout)]


def tar(*entries):
    """In this order, nothing added: (path, what newc.entry takes) or (path, ("hard", target))."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, what in entries:
            info = tarfile.TarInfo(name)
            if isinstance(what, tuple) and what[0] == "hard":
                info.type, info.linkname = tarfile.LNKTYPE, what[1]
                archive.addfile(info)
                continue
            mode, (info.uid, info.gid), data = what if isinstance(what, tuple) and len(what) == 3 else entry(what)
            info.mode = mode & 0o7777
            if isinstance(what, tuple) and what[0] == "link":
                info.type, info.linkname = tarfile.SYMTYPE, what[1]
            elif mode & 0o170000 == 0o040000:
                info.type = tarfile.DIRTYPE
            else:
                info.size = len(data)
            archive.addfile(info, io.BytesIO(data) if info.isreg() else None)
    return out.getvalue()


def layout(path, *layers):
    """An OCI image layout of these layers."""
    newc.oci(path, layers, ["/sbin/mvinit"])
    return path


@case
def through_links():
    """tar, a layer and an appended cpio write through a link that is there; a hard link's target is found through one"""
    lower = tar(*BASE.items(), ("usr/bin", None), ("bin", ("link", "/../usr/./bin")))
    ways = {
        "relative": [("bin", ("link", "usr/bin")), ("bin/app", STATIC)],
        "absolute": [("bin", ("link", "/opt/../usr/bin")), ("opt", None), ("bin/app", STATIC)],
        "above": [("bin", ("link", "../../usr/bin")), ("bin/app", STATIC)],
        "two": [("usr/bin", ("link", "../opt")), ("bin", ("link", "usr/bin")), ("bin/app", STATIC)],
        "hard": [("opt/app", STATIC), ("own", ("link", "opt")), ("bin/app", ("hard", "own/app"))],
    }
    with folder() as base:
        for name, entries in ways.items():
            (base / "image.tar").write_bytes(tar(*BASE.items(), *entries))
            equal(ids(base / "image.tar"), [], name)
        (base / "loop").write_bytes(tar(*BASE.items(), ("bin", ("link", "bin")), ("bin/app", STATIC)))
        equal(ids(base / "loop"), ["command-missing"], "a link to itself")
        equal(ids(layout(base / "oci", lower, tar(("bin/app", STATIC)))), [], "a layer")
        gone = layout(base / "gone", lower, tar(("usr/bin/app", STATIC)), tar(("bin/.wh.app", "")))
        equal(ids(gone), ["command-missing"], "a whiteout")
        first = newc.newc(BASE | {"usr/bin": None, "bin": ("link", "usr/bin")})
        for name, second in (("cpio", newc.newc({"bin/app": STATIC}, above=False)), ("gzip", None)):
            second = second or gzip.compress(newc.newc({"bin/app": STATIC}, above=False), 1)
            (base / name).write_bytes(first + second)
            equal(ids(base / name), [], name)


@case
def whiteouts():
    """whiteouts of a layer take away what layers below have, and nothing of the layer itself, whatever comes first"""
    lower = tar(*BASE.items(), ("bin", None), ("bin/app", STATIC), ("bin/other", STATIC))
    own = [("bin/app", STATIC)]
    with folder() as base:
        for name, entries, wanted in (
                ("opaque first", [("bin/.wh..wh..opq", ""), *own], []),
                ("opaque last", [*own, ("bin/.wh..wh..opq", "")], []),
                ("opaque alone", [("bin/.wh..wh..opq", "")], ["command-missing"]),
                ("one last", [*own, ("bin/.wh.app", "")], []),
                ("one alone", [("bin/.wh.app", "")], ["command-missing"]),
                ("its directory last", [*own, (".wh.bin", "")], []),
                ("its directory alone", [(".wh.bin", "")], ["command-missing"]),
                ("all of the root", [*BASE.items(), *own, (".wh..wh..opq", "")], [])):
            equal(ids(layout(base / name, lower, tar(*entries))), wanted, name)
        # A later layer's takes away what the one before has put.
        equal(ids(layout(base / "three", lower, tar(*own), tar(("bin/.wh..wh..opq", "")))), ["command-missing"], "three")
        # What is hidden stays so where the layer puts something beside it.
        equal(ids(layout(base / "beside", lower, tar(("bin/+x", STATIC), ("bin/.wh..wh..opq", "")))), ["command-missing"],
              "beside")


USER = APP + 'user = "33"\ngroup = "33"\ncwd = "/"\n'


@case
def root_mode():
    """the mode of the root directory itself counts, in archives and on disks; one that nothing is said of can be searched"""
    with folder() as base:
        tree = BASE | {"bin/app": STATIC, "etc/mvinit.toml": USER, "sbin/init": ("link", "mvinit")}
        closed = {".": entry(None, 0o700)}
        for name, more, mode in (("open", {}, "0755"), ("closed", closed, "0700")):
            wanted = [] if name == "open" else ["command-not-executable", "cwd-denied"]
            newc.tar(tree | more, base / "tar")
            (base / "cpio").write_bytes(newc.newc(tree | more))
            newc.ext4(tree, base / "ext4")
            subprocess.run(["debugfs", "-w", "-R", f"set_inode_field / mode 04{mode}", base / "ext4"], check=True,
                           capture_output=True, env=newc.ENVIRONMENT)
            newc.squashfs(tree, base / "squashfs", "-root-mode", mode)
            for image in ("tar", "cpio", "ext4", "squashfs"):
                equal(sorted(ids(base / image)), wanted, f"{image}, {name}")
                (base / image).unlink()


@case
def large_owners():
    """a squashfs with owners of 2^31 and more"""
    with folder() as base:
        user = APP + 'user = "3000000000"\ngroup = "4294967293"\n'
        for owner, mode, wanted in (((3000000000, 0), 0o700, []), ((0, 4294967293), 0o710, []),
                                    ((3000000001, 0), 0o700, ["command-not-executable"])):
            newc.squashfs(BASE | {"etc/mvinit.toml": user, "bin/app": entry(STATIC, mode, owner),
                                  "sbin/init": ("link", "mvinit")}, base / "image")
            equal(ids(base / "image"), wanted, f"{owner}")
            (base / "image").unlink()


@case
def by_chance():
    """a compressed archive with the two bytes of ext's magic at their place is none"""
    with folder() as base:
        data = newc.newc(BASE | {"bin/app": STATIC})
        # A gzip header has room for a name: up to the place, and beyond it.
        name = bytearray(b"x" * 0x500)
        name[0x438 - 10:0x43a - 10] = b"\x53\xef"
        plain = gzip.compress(data, 1)
        (base / "image").write_bytes(plain[:3] + b"\x08" + plain[4:10] + bytes(name) + b"\0" + plain[10:])
        equal(ids(base / "image"), [], "gzip")


def looked_at(image, code):
    """What it says, in as little memory as it takes without what is large."""
    with subprocess.Popen([builder.BINARY, "check", image], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        said = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    equal(process.returncode, code, f"{image}: {said}")
    check(usage.ru_maxrss < 200 << 10, f"{image}: {usage.ru_maxrss} KiB of memory")
    return said


@case
def by_its_head():
    """a large file that is no image is refused without being read whole, whether zeros are written at its head or not"""
    with folder() as base:
        for name, head in (("disk", bytes(446) + b"\x80\1\1\0\x83" + bytes(59) + b"\x55\xaa"),
                           ("zeros", bytes(3 << 20) + b"what is none"), ("hole", b"")):
            with (base / name).open("wb") as file:
                file.write(head)
                file.truncate(400 << 20)
            said = looked_at(base / name, 2)
            words = "there is nothing in it" if name == "hole" else "no initramfs, tar, ext4, squashfs or OCI image layout"
            check(words in said, f"{name}: {said}")
        data = newc.newc(BASE | {"bin/app": STATIC})
        for name, after in (("plain", data), ("gzip", gzip.compress(data, 1))):
            (base / name).write_bytes(bytes(200000) + after)
            equal(ids(base / name), [], f"an image behind zeros, {name}")


@case
def holes():
    """holes of a file in an ext4 take no memory, and are zeros; what is behind them is read"""
    version = "6.1.0-13-amd64"
    folder_ = f"lib/modules/{version}"
    tree = BASE | {"bin/app": STATIC, "sbin/init": ("link", "mvinit"), f"{folder_}/modules.dep": "kernel/own.ko:\n",
                   f"{folder_}/modules.builtin": "", f"{folder_}/kernel/other": "",
                   "etc/mvinit.toml": APP + '[system]\nmodules = ["own"]\n'}
    with folder() as base:
        newc.ext4(tree, base / "image", "1G")
        with (base / "own.ko").open("wb") as file:
            file.write(STATIC)
            file.seek(8 << 20)
            file.write(b"vermagic=5.0 SMP")
            file.truncate(9 << 20)
        with (base / "data").open("wb") as file:
            file.seek(900 << 20)
            file.write(b"x")
        for name, place in (("own.ko", f"{folder_}/kernel"), ("data", "")):
            (base / "commands").write_text(f"cd /{place}\nwrite {base}/{name} {name}\n")
            subprocess.run(["debugfs", "-w", "-f", base / "commands", base / "image"], check=True, capture_output=True,
                           env=newc.ENVIRONMENT)
        said = looked_at(base / "image", 1)
        check("was built for kernel 5.0," in said and "[module-version]" in said, said)
        equal(ids(base / "image"), ["module-version"], "all that is found")


def squashed(path, *entries):
    done = subprocess.run(["sqfstar", "-no-progress", "-quiet", "-force", path], input=tar(*entries), capture_output=True,
                          check=False, env=newc.ENVIRONMENT)
    equal(done.returncode, 0, done.stderr)


@case
def newlines():
    """a squashfs with newlines in names, of hard links too, is read; where a link's target may have them it is refused"""
    base_entries = [*BASE.items(), ("sbin/init", ("link", "mvinit")), ("bin/app", STATIC)]
    open_ = entry("x", 0o666)
    ways = [[("srv/a\nb", open_)], [("srv/ a\n b", open_)], [("srv/a\\\nb\\", open_), ("srv/z\n", open_)], [("\n#\n", open_)],
            [("srv/\n# START OF DATA - DO NOT MODIFY\n#\n", open_), ("tail", open_)], [("srv/a\nb/c\nd", open_)],
            [("srv/a\nb", open_), ("srv/c\nd", ("hard", "srv/a\nb")), ("srv/e", ("hard", "srv/a\nb")), ("srv/f", open_)],
            [("srv/a", open_), ("srv/b", ("hard", "srv/a")), ("srv/c\nd", open_)]]
    with folder() as base:
        for entries in ways:
            (base / "tar").write_bytes(tar(*base_entries, *entries))
            squashed(base / "image", *base_entries, *entries)
            done = run(base / "image", "--json")
            equal(done.returncode, 0, f"{entries}: {done.stderr}")
            wanted = [each["path"] for each in json.loads(run(base / "tar", "--json", "--machine").stdout)]
            equal([each["path"] for each in json.loads(done.stdout)], wanted, f"{entries}")
            check(wanted, "nothing is found")
            (base / "image").unlink()
        for entries in ([("srv/a", ("link", "x\ny"))], [("srv/a", ("link", "x\ny z"))], [("srv/a", ("link", "x")), ("srv/b\nc", open_)],
                        [("y", ("link", "x\ny"))]):
            squashed(base / "image", *base_entries, *entries)
            done = run(base / "image")
            equal(done.returncode, 4, f"{entries}: {done.stdout}")
            check("is not understood" in done.stderr and "mount it, and give the directory" in done.stderr, done.stderr)
            (base / "image").unlink()


builder.run()
