#!/usr/bin/env python3
"""image.packages: apt fetches them with what they depend on, from a repository on this disk; no network is asked."""

import io
import json
import os
import shutil
import sys
import tarfile

from builder import SKIP, case, check, equal, has, lacks, refused, run
from elf import library, program
from repository import Repository, no_network

LIBC = {"lib/x86_64-linux-gnu/libc.so.6": library("libc.so.6", versions=["GLIBC_2.34"]),
        "lib64/ld-linux-x86-64.so.2": library("ld-linux-x86-64.so.2")}


def filled(**more):
    """app needs libx, which only its package's dependency brings; libx has documents that nobody needs."""
    repository = Repository(**more)
    repository.add_package("libc6", LIBC, version="2.36-9", compress="zstd")
    repository.add_package("libx1", {"usr/lib/x86_64-linux-gnu/libx.so.1": library("libx.so.1"),
                                     "usr/share/doc/libx1/copyright": "free"}, version="1:1.2", compress="gzip")
    repository.add_package("app", {"bin/app": program("libc.so.6", "libx.so.1"), "usr/share/app/data": "1"},
                           version="2.0", depends="libx1, libc6 (>= 2.30)")
    return repository


@case
def dependencies():
    """a package comes with all that it depends on, xz, gzip and zstd, and only what is needed goes into the image"""
    with filled() as repository:
        has(repository, "/bin/app", "/usr/lib/x86_64-linux-gnu/libx.so.1", "/lib/x86_64-linux-gnu/libc.so.6")
        lacks(repository, "/usr/share/doc/libx1/copyright", "/usr/share/app/data")
        equal(repository.trees(), ["app_2.0_amd64", "libc6_2.36-9_amd64", "libx1_1%3a1.2_amd64"], "the cache")


@case
def told():
    """versions and what is from each package are in build --json and report, without and with --json"""
    with filled() as repository:
        packages = json.loads(repository.run("build", "--json", "-o", "image"))["packages"]
        equal(sorted((each["name"], each["version"], each["architecture"], each["files"]) for each in packages),
              [("app", "2.0", "amd64", 1), ("libc6", "2.36-9", "amd64", 2), ("libx1", "1:1.2", "amd64", 1)], "build --json")
        equal(json.loads(repository.run("report", "--json"))["packages"], packages, "report --json")
        check("libx1 1:1.2\n" in repository.run("report"), "the table")


@case
def cached():
    """a second build needs neither repository nor apt, and gives the same bytes; --offline says what it lacks"""
    with filled() as repository:
        repository.run("build", "-o", "first")
        no_network(repository)
        repository.run("build", "-o", "second")
        equal((repository.base / "first").read_bytes(), (repository.base / "second").read_bytes(), "the bytes")
        equal(repository.said, "", "it fetched nothing, and says nothing")
        repository.run("build", "--offline", "-o", "third", env={"PATH": "/nowhere"})
        shutil.rmtree(repository.cache / "packages/libx1_1%3a1.2_amd64")
        refused(repository, "mvinit.toml:7:12: image.packages: not in cache/mvimage/packages: libx1 1:1.2: "
                "leave --offline out once", words=("build", "--offline", "-n"))
        refused(repository, "image.packages: fetch libx1 1:1.2: ", ": check the network and apt's sources")


@case
def unknown_name():
    """a name that no repository has: its place, apt's words, what to do; nothing is left behind"""
    with filled(image='packages = ["app", "libyy2"]') as repository:
        refused(repository, "mvinit.toml:7:20: image.packages: not to be had for amd64: Unable to locate package libyy2: "
                "correct the name, or add the repository that has it to apt's sources")
        equal(repository.trees(), [], "the cache")


@case
def no_name():
    """what apt would take for a pattern, or for a package to be removed, is no name"""
    for word in ("app-", "ap*", "App", "-y", "app="):
        with filled(image=f'packages = ["libx1", "{word}"]') as repository:
            refused(repository, "mvinit.toml:7:22: image.packages: no name of a package: write NAME or NAME=VERSION", code=1)
    with filled(image='packages = ["app", "app1"]') as repository:
        refused(repository, "mvinit.toml:7:20: image.packages: not to be had for amd64: Unable to locate package app1")


@case
def cache():
    """a cache that cannot be made, or has no place, is told; what an mvimage that was killed has left there goes"""
    with filled() as repository:
        for env, text in (({"XDG_CACHE_HOME": "/proc/none"}, "make directory /proc/none/mvimage/packages: No such file or "
                           "directory: check its permissions, or set XDG_CACHE_HOME"),
                          ({"XDG_CACHE_HOME": "", "HOME": ""}, "find the cache for packages: neither XDG_CACHE_HOME nor HOME is "
                           "a directory: set XDG_CACHE_HOME")):
            said = repository.run("build", "-n", code=4, env=env)
            check(text in said, said)
        left = repository.cache / "packages/new.abcdef"
        repository.put(left / "half", "")
        repository.run("build", "-n")
        check(not left.exists(), "what was left")


@case
def no_lists():
    """without any lists: apt's words and the network; with those of yesterday it goes on, and warns"""
    with filled() as repository:
        no_network(repository)
        refused(repository, "Unable to locate package app: the package lists could not be fetched (", "): check the network")
        (repository.base / "gone").rename(repository.repo)
        repository.run("build", "-o", "image")
        no_network(repository)
        os.utime(repository.base / "apt.conf")  # as if apt's sources were changed: the lists count as old
        repository.run("build", "-o", "image")
        check("warning: the package lists are not up to date: " in repository.said, repository.said)


@case
def new_version():
    """a new version is taken once the lists are fetched again; NAME=VERSION keeps the old one"""
    with filled() as repository:
        repository.run("build", "-n")
        repository.add_package("app", {"bin/app": program("libc.so.6")}, version="2.1", depends="libc6")
        os.utime(repository.base / "apt.conf")
        lacks(repository, "/usr/lib/x86_64-linux-gnu/libx.so.1")
        repository.configure(image='packages = ["app=2.0"]')
        has(repository, "/usr/lib/x86_64-linux-gnu/libx.so.1")


@case
def kernel():
    """a kernel among the packages is the one that modules are from, unless image.kernel names another"""
    with filled(image='packages = ["app", "linux"]\nmodules = ["x"]') as repository:
        repository.add_package("linux", {"lib/modules/6.1/modules.builtin": "kernel/x.ko\n", "boot/vmlinuz-6.1": "x"})
        told = json.loads(repository.run("build", "--json", "-n"))
        check(told["kernel"].endswith("/packages/linux_1.0_amd64"), told)
        equal(repository.run("build", "-n").splitlines()[1], f"its kernel: {told['kernel']}/boot/vmlinuz-6.1", "said")


@case
def roots_too():
    """image.roots come before packages, and this machine's own files are none of them"""
    with filled() as repository:
        repository.put(repository.base / "mine/bin/app", program("libc.so.6"))
        repository.configure(image='packages = ["app"]', roots='roots = ["mine"]')
        lacks(repository, "/usr/lib/x86_64-linux-gnu/libx.so.1")
        repository.configure(image='packages = ["app"]\nfiles = ["/etc/hostname"]')
        refused(repository, "/etc/hostname fits nothing in the packages of image.packages")


@case
def setuid_and_links():
    """setuid bits, hard and symbolic links of a package are as it has them, whoever unpacks it"""
    with filled(image='packages = ["app", "more"]\nfiles = ["/usr/more"]') as repository:
        tree = repository.base / "made/more-1.0/usr/more"
        repository.put(tree / "tool", "#!/bin/app\n", 0o4755)
        os.link(tree / "tool", tree / "hard")
        repository.add_package("more", {"usr/more/soft": ("link", "../more/tool")})
        there = repository.paths()
        equal([there[f"/usr/more/{name}"]["mode"] for name in ("tool", "hard")], ["4755", "4755"], "modes")
        equal(there["/usr/more/soft"]["target"], "../more/tool", "the link")


@case
def damaged():
    """a package that was changed on its way is refused by apt, one that is no package by mvimage; none is kept"""
    with filled(image='packages = ["app", "odd"]') as repository:
        odd = repository.add_archive("odd", {"debian-binary": b"2.0\n", "control.tar": b""})
        refused(repository, "unpack cache/mvimage/packages/new.", "/odd_1_amd64.deb: it is no Debian package: remove it")
        odd.write_bytes(odd.read_bytes().replace(b"2.0", b"2.1"))
        refused(repository, "image.packages: fetch ", "Hash Sum mismatch")
        equal(repository.trees(), [], "the cache")


@case
def names_that_lead_out():
    """a package cannot write beside its own directory, by ".." or by a link of its own"""
    for entries in ({"../../out": b"x"}, {"link": "/tmp", "link/mvimage-out": b"x"}, {"link": "../..", "link/out": b"x"}):
        stream = io.BytesIO()
        with tarfile.open(fileobj=stream, mode="w") as tar:
            for name, content in entries.items():
                entry = tarfile.TarInfo(f"./{name}")
                entry.type = tarfile.SYMTYPE if isinstance(content, str) else tarfile.REGTYPE
                entry.linkname, entry.size = (content, 0) if isinstance(content, str) else ("", len(content))
                tar.addfile(entry, None if isinstance(content, str) else io.BytesIO(content))
        with filled(image='packages = ["app", "odd"]') as repository:
            repository.add_archive("odd", {"debian-binary": b"2.0\n", "data.tar": stream.getvalue()})
            repository.run("build", "-n", code=3)
            equal(repository.trees(), [], f"the cache, with {entries}")
            check(not list(repository.cache.rglob("out")) and not os.path.exists("/tmp/mvimage-out"), f"{entries} got out")


@case
def other_architecture():
    """a machine that Debian has no packages for"""
    with filled() as repository:
        repository.put(repository.base / "mvinit", bytes(repository.base.joinpath("mvinit").read_bytes()[:18])
                       + b"\x2b\x00" + repository.base.joinpath("mvinit").read_bytes()[20:], 0o755)
        refused(repository, "image.packages: Debian has no packages for what mvinit is for")


if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
    print("SKIPPED: apt-get and dpkg-deb are not there")
    sys.exit(SKIP)
run()
