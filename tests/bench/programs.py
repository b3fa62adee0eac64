"""What is measured and what measures: made, or fetched, where it is not there."""

import os
import pathlib
import shutil
import subprocess

from running import HOME, REPOSITORY, TREE

FLAGS = ["-O2", "-Wall", "-Wextra", "-Werror", "-static"]
BARE = ["-nostdlib", "-ffreestanding", "-fno-stack-protector", "-fno-pie", "-no-pie"]
BENCH = pathlib.Path(__file__).resolve().parent


class Missing(Exception):
    """Something that the benchmark cannot do without; the text names it."""


def run(words):
    done = subprocess.run([str(word) for word in words], cwd=REPOSITORY, check=False, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        raise Missing(f"\"{' '.join(str(word) for word in words)}\" ended with status {done.returncode}")


def install(target):
    """On the disk for good: the kernel counts a page that waits to be written as dirty, also as ours."""
    file = os.open(target, os.O_RDONLY)
    os.fsync(file)
    os.close(file)


def compile_program(name, *flags):
    target = HOME / "bin" / name
    sources = [BENCH / f"{name}.c", BENCH / "bare.h"]
    if target.exists() and all(target.stat().st_mtime > source.stat().st_mtime for source in sources):
        return
    run(["gcc", *FLAGS, *flags, "-o", target, sources[0]])
    install(target)


def fetch_peers():
    run([REPOSITORY / "packaging/setup", "bench"])
    cache = TREE / "etc/ld.so.cache"
    if not cache.exists():  # as on an installed system: the dynamic linker is not to search directories
        run(["/sbin/ldconfig", "-r", TREE])
        for path in TREE.rglob("*"):
            if path.is_file() and not path.is_symlink():
                install(path)


def build_mvinit(preset, build):
    """Our own copy, so that a build that goes on meanwhile changes nothing."""
    program = REPOSITORY / "build" / preset / "mvinit"
    if build and not program.exists():
        run([REPOSITORY / "packaging/setup", "build", *(["musl"] if preset == "musl" else [])])
        run(["cmake", "--preset", preset, "-DBUILD_TESTING=OFF"])
        run(["cmake", "--build", "--preset", preset, "--target", "mvinit", "-j2"])
    if not program.exists():
        raise Missing(f"{program} has not been built")
    target = HOME / "bin" / f"mvinit-{preset}"
    shutil.copy(program, target)
    install(target)


def prepare(build=True):
    """build False: what has not been built is an error, and not built now."""
    (HOME / "bin").mkdir(parents=True, exist_ok=True)
    fetch_peers()
    compile_program("launch")
    for name in ("probe", "handover", "server"):
        compile_program(name, *BARE)
    for preset in ("musl", "release"):
        build_mvinit(preset, build)


def sizes():
    """Bytes of the programs, by preset."""
    return {preset: (HOME / "bin" / f"mvinit-{preset}").stat().st_size for preset in ("musl", "release")}
