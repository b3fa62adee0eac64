"""mvimage check reads images of every kind, whoever made them, and says what is wrong with one that it cannot read."""

import gzip
import json
import os
import pathlib
import shutil
import struct
import subprocess

import builder
import elf
import newc
from broken_linux import APP, MODULES, OTHER, SOUND, WITH_MODULES, WWW, module
from builder import case, check, equal
from checking import changed, folder, found, layout, run
from newc import entry


@case
def kinds():
    """the same finding in a directory, an initramfs however compressed and joined, a tar, an OCI layout, ext4, squashfs"""
    broken = changed(SOUND, {"bin/sh": None, "sbin/init": ("link", "mvinit")}, APP.replace("bin/app", "bin/script"))
    parts = [{path: what for path, what in broken.items() if path.startswith("etc") == first} for first in (True, False)]
    plain = newc.newc(broken)
    early = newc.newc({"kernel/x86/microcode/x.bin": "x" * 999})
    whole = {"plain": plain, "gzip": gzip.compress(plain, 1), "early": early + gzip.compress(plain, 1),
             "parts": gzip.compress(newc.newc(parts[0]), 1) + newc.newc(parts[1]),
             "inside": gzip.compress(newc.newc(parts[0]) + bytes(512) + newc.newc(parts[1]), 1)}
    def zstd(data):
        return subprocess.run(["zstd", "-q", "-c"], input=data, capture_output=True, check=True).stdout

    whole |= {"zstd": zstd(plain), "zstd-parts": zstd(newc.newc(parts[0])) + newc.newc(parts[1]),
              "zstd-two": zstd(newc.newc(parts[0])) + zstd(newc.newc(parts[1])),
              "zstd-gzip": zstd(newc.newc(parts[0])) + bytes(7) + gzip.compress(newc.newc(parts[1]), 1)}
    with folder() as base:
        for name, data in whole.items():
            (base / name).write_bytes(data)
        newc.tar(broken, base / "tar")
        (base / "tar.gz").write_bytes(gzip.compress((base / "tar").read_bytes(), 1))
        upper = {"bin/.wh.sh": "", "etc/.wh..wh..opq": "", "etc/mvinit.toml": broken["etc/mvinit.toml"]}
        layout(base / "oci", [changed(SOUND, {}, APP), upper], ["/sbin/mvinit"])
        newc.ext4(broken, base / "ext4")
        newc.squashfs(broken, base / "squashfs")
        subprocess.run(["tar", "-xf", base / "tar", "--one-top-level=" + str(base / "dir")], check=True)
        for name in (*whole, "tar", "tar.gz", "oci", "ext4", "squashfs", "dir"):
            list_ = found(base / name, "--machine")
            equal([each["id"] for each in list_], ["script-interpreter-missing"], name)
            equal(list_[0]["file"], str(base / "dir/etc/mvinit.toml") if name == "dir" else "/etc/mvinit.toml", name)


@case
def refusals():
    """what is no image, has no configuration or cannot be read is refused: what, why, what to do"""
    with folder() as base:
        for name, data, code, texts in (
                ("squashfs", b"hsqs" + bytes(96), 4, ("/unsquashfs: ", "get a whole copy of it")),
                ("ext4", bytes(0x438) + b"\x53\xef" + bytes(1024), 4, ("open ", "/ext4: ", "get a whole copy of it")),
                ("qcow2", b"QFI\xfb" + bytes(96), 2, ("a qcow2 disk", "mount or unpack it first")),
                ("text", b"text\n" * 9, 2, ("no initramfs, tar, ext4, squashfs or OCI image layout",)),
                ("short", newc.newc(SOUND)[:3000], 4, ("breaks off",)),
                ("short.gz", gzip.compress(newc.newc(SOUND))[:-300], 4, ("get a whole copy",)),
                ("config", newc.newc(SOUND), 2, ("no /etc/mvinit.toml", "-c FILE"))):
            (base / name).write_bytes(data)
            said = run(base / name, code=code).stderr
            check(all(text in said for text in texts), f"{name}: {said}")
        run(base / "absent", code=4)
        layout(base / "cut", [changed(SOUND, {}, APP)], ["/sbin/mvinit"])
        (base / "cut/index.json").unlink()
        said = run(base / "cut", code=4).stderr
        check("an OCI image layout without index.json, not made to its end: build it again" in said, said)
        one, two = layout(base / "bad", [changed(SOUND, {}, APP), {"etc/x": "x"}], ["/sbin/mvinit"])
        equal(found(base / "bad"), [], "whole")
        two.write_bytes(one.read_bytes())
        said = run(base / "bad", code=4).stderr
        check(f"read blob {two}: it is damaged: the SHA-256 of its bytes is {one.name}: build the image again" in said, said)
        check("takes a root directory" in subprocess.run([builder.BINARY, "check"], capture_output=True, text=True,
                                                         check=False).stderr, "check without an image")
        check("belongs to" in run(base, "--target", "oci", code=2).stderr, "--target of check")


# Of owners beyond 16 bits, modes, links of all lengths, devices, and modules: several findings at once.
MIXED = changed(SOUND | WITH_MODULES, {
    "bin/su": entry(SOUND["bin/sh"], 0o4755), "bin/staff": entry(SOUND["bin/sh"], 0o2711, (0, 100000)),
    "srv/open": entry(None, 0o777, (70000, 70000)), "srv/data": entry("x" * 200000, 0o666),
    "srv/long": ("link", "../" * 40 + "etc/hosts"), "srv/short": ("link", "data"), "srv/empty": "",
    "bin/app": ("link", "../srv/long-app"), "srv/long-app": entry(elf.program("libc.so.6", "libx.so"), 0o750, (70001, 70000)),
    f"{MODULES}/kernel/mii.ko": module(OTHER), "sbin/init": ("link", "mvinit"),
    "dev/console": newc.device(5, 1),
}, WWW + '[system]\nmodules = ["e1000", "absent"]\n')


@case
def closed_directories():
    """what whoever runs check may not look into is told once, and the rest is looked at"""
    if os.getuid() != 0 or not shutil.which("setpriv"):
        print("      LEFT OUT: another user, as there is no setpriv or this is not root")
        return
    with folder() as base:
        base.chmod(0o755)
        newc.tar(changed(SOUND, {"root/x": "x", "srv": entry(None, 0o777), "var/lib/x": "x"}, APP), base / "tar")
        subprocess.run(["tar", "-xpf", base / "tar", "--one-top-level=" + str(base / "dir")], check=True)
        for path, mode in (("root", 0o700), ("var/lib", 0o744)):
            (base / "dir" / path).chmod(mode)
        done = subprocess.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", builder.BINARY, "check", "--json",
                               base / "dir"], capture_output=True, text=True, check=False)
        equal([each["id"] for each in json.loads(done.stdout or "[]")], ["world-writable"], done.stderr)
        equal(done.stderr, "mvimage: warning: modes below 2 directories are not looked at: read directory "
              f"{base}/dir/root: Permission denied: check its permissions\n")


@case
def packed_images():
    """what docker save and skopeo make is no root file system: how to unpack it is told"""
    with folder() as base:
        for kind, files in (("docker-archive", {"manifest.json": "[]", "oci-layout": "{}", "blobs/x": "x"}),
                            ("docker-archive", {"manifest.json": "[]", "x.tar": "x"}),
                            ("oci-archive", {"oci-layout": "{}", "index.json": "{}"})):
            newc.tar(files, base / "image")
            said = run(base / "image", code=2).stderr
            check(f"'skopeo copy {kind}:{base}/image oci:DIR'" in said, said)
        newc.tar(changed(SOUND, {"manifest.json": "[]", "oci-layout": "{}"}, APP), base / "root")
        equal(found(base / "root"), [], "a root that has files of such names")


@case
def disks():
    """ext4 and squashfs, however compressed: all that is found in a tar of the same, owners, modes, links and modules too"""
    with folder() as base:
        newc.tar(MIXED, base / "image")
        wanted = found(base / "image", "--machine")
        equal({each["id"] for each in wanted}, {"command-not-executable", "module-missing", "module-version", "setuid-file",
                                                "world-writable"}, "in a tar")
        for name, words in (("gzip", []), ("zstd", ["-comp", "zstd"]), ("none", ["-noI", "-noD", "-noF"])):
            newc.squashfs(MIXED, base / name, *words)
            equal(found(base / name), wanted, name)
            (base / name).unlink()
        newc.ext4(MIXED, base / "ext4")
        equal(found(base / "ext4"), wanted, "ext4")
        if os.getuid() == 0 and shutil.which("setpriv"):
            newc.squashfs(MIXED, base / "squashfs")
            base.chmod(0o755)
            for name in ("ext4", "squashfs"):
                done = subprocess.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", builder.BINARY, "check",
                                       "--json", "--machine", base / name], capture_output=True, text=True, check=False)
                equal(json.loads(done.stdout or "[]"), wanted, f"{name}, as nobody: {done.stderr}")
        bare = changed(SOUND, {}, APP)
        newc.ext4(bare, base / "init")
        equal([(each["id"], each["severity"]) for each in found(base / "init")], [("init-missing", "warning")])


@case
def built():
    """what mvimage builds for a disk is sound; with a file in it that is not, the finding is that of the unpacked tar"""
    accounts = {"etc/passwd": SOUND["etc/passwd"], "etc/group": SOUND["etc/group"]}
    files = {"srv/data": "x", "srv/su": elf.program("libc.so.6")} | accounts
    with builder.Tree(files, app='command = ["/bin/app"]\nuser = "www"', image='files = ["/srv"]') as tree:
        for target in ("ext4", "squashfs"):
            tree.run("build", "-t", target, "-o", "disk")
            equal(found(tree.base / "disk"), [], target)
        (tree.root / "srv/data").chmod(0o666)
        (tree.root / "srv/su").chmod(0o4755)
        tree.run("build", "-t", "tar", "-o", "root.tar")
        (tree.base / "dir").mkdir()
        subprocess.run(["tar", "-xpf", "root.tar", "-C", "dir"], check=True, cwd=tree.base)
        wanted = [(each["id"], each["path"]) for each in found(tree.base / "dir", "--machine")]
        check(("world-writable", "/srv/data") in wanted, wanted)
        for target in ("ext4", "squashfs"):
            tree.run("build", "-t", target, "-o", "disk")
            list_ = [(each["id"], each["path"]) for each in found(tree.base / "disk")]
            equal(sorted(list_), [("setuid-file", "/srv/su"), ("world-writable", "/srv/data")], target)
            check(set(wanted) <= set(list_), f"{target}: in the directory {wanted}")


@case
def damaged():
    """a disk that is cut off, has bytes changed or was not unmounted: an error with what to do, or findings; no crash"""
    with folder() as base:
        newc.ext4(MIXED, base / "ext4", "2M")
        newc.squashfs(MIXED, base / "squashfs")
        for name in ("ext4", "squashfs"):
            data = (base / name).read_bytes()
            # A squashfs is padded, an ext4 has room behind its files.
            used = struct.unpack_from("<Q", data, 40)[0] if name == "squashfs" else len(data) // 2
            for length in (1100, used // 3, used - 8):
                (base / "cut").write_bytes(data[:length])
                said = run(base / "cut", code=4).stderr
                check("whole copy of it" in said, f"{name} of {length} bytes: {said}")
            for at in range(1080, len(data) - 64, len(data) // 24):
                (base / "changed").write_bytes(data[:at] + bytes([each ^ 0x55 for each in data[at:at + 64]]) + data[at + 64:])
                done = run(base / "changed")
                check(done.returncode in (0, 1, 2, 4), f"{name}, at {at}: {done.returncode}: {done.stderr}")
                check("Sanitizer" not in done.stderr, done.stderr)
        subprocess.run(["debugfs", "-w", "-R", "feature needs_recovery has_journal", base / "ext4"], check=True,
                       capture_output=True, env=newc.ENVIRONMENT)
        check(pathlib.Path("/dev/stdout").is_symlink(), "/dev/stdout is no link any more")
        said = run(base / "ext4", code=4).stderr
        check("it was not unmounted" in said and "e2fsck -p" in said, said)
        subprocess.run(["debugfs", "-w", "-R", "feature FEATURE_I20", base / "ext4"], check=True, capture_output=True,
                       env=newc.ENVIRONMENT)
        check(": mount it, and give the directory" in run(base / "ext4", code=4).stderr, "a feature that is not known")


builder.run()
