#!/usr/bin/env python3
"""A real program for illumos, esbuild's, as packaging/setup image-test fetches it from npm."""

import os
import pathlib
import sys

import builder
from builder import Tree, case, has, lacks, refused, run
from elf import SOLARIS, library, program

CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "mvinit"
ESBUILD = CACHE / "illumos/node_modules/@esbuild/sunos-x64/bin/esbuild"
APP = 'command = ["/opt/esbuild", "--serve=0.0.0.0:80"]'


def tree(files):
    made = Tree({"opt/esbuild": ESBUILD.read_bytes()} | files, app=APP)
    made.put(made.base / "mvinit", program("libc.so.1", interpreter="/lib/amd64/ld.so.1", osabi=SOLARIS))
    return made


@case
def esbuild():
    """its linker and libraries are looked for where illumos has them, and named where they are not"""
    system = {"lib/64": ("link", "amd64"), "lib/amd64/ld.so.1": library("ld.so.1")}
    names = ("libc.so", "libsocket.so", "libsendfile.so")
    with tree({}) as each:
        refused(each, "/lib/amd64/ld.so.1 is not in root", *(f"{name}, a library for x86_64, is not in" for name in names))
    files = {f"lib/amd64/{name}.1": library(f"{name}.1") for name in (*names, "libnsl.so")}
    links = {f"lib/amd64/{name}": ("link", f"{name}.1") for name in names}
    files["lib/amd64/libsocket.so.1"] = library("libsocket.so.1", "libnsl.so.1")
    with tree(system | files | links) as each:
        has(each, "/opt/esbuild", "/lib/64", "/lib/amd64/ld.so.1", "/lib/amd64/libc.so.1", "/lib/amd64/libsendfile.so",
            "/lib/amd64/libnsl.so.1")
        lacks(each, "/lib/x86_64-linux-gnu/libc.so.6")


if not ESBUILD.exists():
    print(f"SKIPPED: {ESBUILD} is not there: packaging/setup image-test fetches it where there are npm and its registry")
    sys.exit(builder.SKIP)
run()
