#!/usr/bin/env python3
"""What illumos takes: a zone's tarball with mvinit in its inittab, and what a ramdisk is made of on an illumos host."""

import os
import shutil
import subprocess
import tarfile

from builder import BINARY, REPOSITORY, Tree, case, check, equal, refused, run
from elf import SOLARIS, library, program
from illumos import LINKER, STOCK, illumos_tree

PLACES = (os.environ.get("MVINIT"), REPOSITORY / "build/release/mvinit", REPOSITORY / "build/debug/mvinit")
MVINIT = next((each for each in PLACES if each and os.access(each, os.X_OK)), None)


def members(path):
    with tarfile.open(path) as tar:
        return {each.name: (each, tar.extractfile(each).read() if each.isfile() else None) for each in tar.getmembers()}


def accepted(tree, text):
    """mvinit's own check of the inittab in that root."""
    if not MVINIT:
        print("      LEFT OUT: there is no mvinit to check the inittab: build the preset release")
        return
    (tree.base / "zone/etc").mkdir(parents=True)
    (tree.base / "zone/etc/inittab").write_bytes(text)
    for name in ("sbin/sh", "sbin/mvinit"):
        tree.put(tree.base / "zone" / name, "#!", 0o755)
    done = subprocess.run([MVINIT, "inittab", "check", "--root", tree.base / "zone"], capture_output=True, text=True,
                          check=False)
    equal(done.returncode, 0, done.stderr)
    check("/sbin/mvinit" in done.stdout, done.stdout)


@case
def zone():
    """a tar.gz with mvinit, its configuration and an inittab of which all but mvinit's entries stays"""
    with illumos_tree({"etc/inittab": STOCK}) as tree:
        tree.run("build", "-t", "zone")
        there = members(tree.base / "zone.tar.gz")
        equal({(each.uid, each.gid, each.mtime) for each, _ in there.values()}, {(0, 0, 0)}, "owners and times")
        equal(there["etc/mvinit.toml"][1], tree.config.read_bytes(), "mvinit.toml")
        equal(there["sbin/mvinit"][1], (tree.base / "mvinit").read_bytes(), "mvinit")
        text = there["etc/inittab"][1]
        lines = text.decode().splitlines()
        equal([line for line in lines if "mvinit" not in line], [line for line in STOCK.splitlines() if "startd" not in line], "")
        check(any(line.startswith("smf:") and "/sbin/mvinit" in line for line in lines), f"the smf entry: {lines}")
        accepted(tree, text)
        for name in ("dev", "proc", "system/contract", "etc/svc/volatile", "etc/mnttab", "sbin/sh"):
            check(name in there, f"{name} is not there")
        check("dev/console" not in there, "a device")


@case
def no_inittab():
    """without an inittab of the roots one is made; an overlay's counts before the roots'"""
    with illumos_tree() as tree:
        tree.run("build", "-t", "zone")
        text = members(tree.base / "zone.tar.gz")["etc/inittab"][1]
        check(b"initdefault" in text, text)
        accepted(tree, text)
    with illumos_tree({"etc/inittab": STOCK}, 'overlays = ["over"]') as tree:
        tree.add({"etc/inittab": "aa::sysinit:/opt/app\n"}, "over")
        tree.run("build", "-t", "zone")
        text = members(tree.base / "zone.tar.gz")["etc/inittab"][1]
        check(b"aa::sysinit:/opt/app\n" in text and b"stock" not in text and b"mv5" in text, text)


@case
def own_init():
    """illumos' own init of a root stays the zone's, with what it needs; without one mvinit is it"""
    with illumos_tree() as tree:
        tree.run("build", "-t", "zone")
        there = members(tree.base / "zone.tar.gz")
        equal(there["sbin/init"][0].linkname, "mvinit", "what /sbin/init is")
    init = program("libinit.so.1", interpreter=LINKER, osabi=SOLARIS)
    with illumos_tree({"sbin/init": init, "lib/amd64/libinit.so.1": library("libinit.so.1")}) as tree:
        tree.run("build", "-t", "zone")
        there = members(tree.base / "zone.tar.gz")
        equal(there["sbin/init"][1], init, "what /sbin/init is")
        check("lib/amd64/libinit.so.1" in there, "its library")
        equal(there["sbin/mvinit"][1], (tree.base / "mvinit").read_bytes(), "mvinit")
        check(b"smf::sysinit:/sbin/mvinit" in there["etc/inittab"][1], there["etc/inittab"][1])


@case
def refusals():
    """a program for another system; an inittab with a strange mv0; no shell for init; zstd"""
    with Tree() as tree:
        refused(tree, "build target zone: mvinit is a program for Linux", "--init", words=("build", "-t", "zone"))
    with illumos_tree({"etc/inittab": "mv0:0:once:/opt/app -x\n"}) as tree:
        refused(tree, "/etc/inittab: ", "mv0", "image.roots", words=("build", "-t", "zone"))
        refused(tree, "build target ext4: mvinit is a program for illumos", words=("build", "-t", "ext4"))
        tree.remove("etc/inittab")
        tree.configure(app='command = ["/opt/app"]', image='compression = "zstd"')
        refused(tree, "image.compression: zone is a tar.gz", code=2, words=("build", "-t", "zone"))
        tree.remove("sbin/sh")
        refused(tree, "/sbin/sh is in none of image.roots", "build the target tar", words=("build", "-t", "zone"))
        tree.configure(app='command = ["/opt/app"]')
        tree.run("build", "-t", "tar")


@case
def recipe():
    """packaging/zone: its lines of mvimage make a zone of web.toml, on a tree with what that names, and find nothing wrong"""
    recipes = REPOSITORY / "packaging/zone"
    lines = [line.split("#")[0].split() for line in (recipes / "README.md").read_text().splitlines() if line.startswith("mvimage ")]
    equal([line[1] for line in lines], ["build", "check"], "verbs")
    command = program("libc.so.1", interpreter=LINKER, osabi=SOLARIS)
    files = {name: command for name in ("lib/inet/ipmgmtd", "sbin/ifconfig", "sbin/route", "opt/app/server")}
    with illumos_tree(files | {"opt/app": None, "etc/ipadm/ipadm.conf": "", "etc/nsswitch.conf": "hosts: files dns\n"}) as tree:
        (tree.base / "root").rename(tree.base / "illumos")
        shutil.copy(recipes / "web.toml", tree.base)
        for line in lines:
            done = subprocess.run([BINARY, *line[1:]], capture_output=True, text=True, check=False, cwd=tree.base)
            equal((done.returncode, done.stdout if line[1] == "check" else "", done.stderr if line[1] == "build" else ""),
                  (0, "", ""), " ".join(line))
        there = members(tree.base / "zone.tar.gz")
        check({"lib/inet/ipmgmtd", "opt/app/server", "sbin/sh"} <= set(there), sorted(there))


@case
def ramdisk():
    """a tar.gz, the list of its files, and commands that sh can read, with room for the files"""
    with illumos_tree({"srv/large": bytes(3 << 20)}, 'files = ["/srv"]') as tree:
        tree.run("build", "-t", "ramdisk")
        there = members(tree.base / "ramdisk.tar.gz")
        equal((tree.base / "ramdisk.tar.gz.files").read_text().splitlines(), sorted(there), "the list")
        check("etc/inittab" not in there and "devices" in there and there["etc/mnttab"][0].isfile(), sorted(there))
        script = (tree.base / "ramdisk.tar.gz.sh").read_text()
        subprocess.run(["sh", "-n"], input=script, text=True, check=True)
        size = int(script.split("mkfile ")[1].split("m ")[0])
        check(size >= 11, f"{size} MiB")
        check("newfs -o space -m 0 -i " in script and "gzip -dc" in script, script)
        name = "it's; false.tar.gz"
        tree.run("build", "-t", "ramdisk", "-o", name)
        line = next(line for line in (tree.base / f"{name}.sh").read_text().splitlines() if line.startswith("archive="))
        got = subprocess.run(["sh", "-c", f'{line}; printf %s "$archive"'], cwd=tree.base, capture_output=True, text=True, check=True)
        equal(got.stdout, f"{tree.base}/{name}", "the script's archive")


run()
