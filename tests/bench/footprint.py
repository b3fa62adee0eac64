#!/usr/bin/env python3
"""What the demonstration's images cost: as a file, unpacked, in the memory of the machine that runs them.

    tests/bench/footprint.py [--init FILE] [--mvimage FILE] [NAME]...

NAME is nginx or node. Each is built as packaging/demo builds it and booted in QEMU, emulated, with an e1000 card: once in
plenty of memory, where the console tells how long it took and how much of it is used once its page was served, and then
with less and less, for the least that serves a page.
"""
import argparse
import contextlib
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/boot"))
from guest import CACHE, Failure, Guest  # pylint: disable=wrong-import-position

PLENTY = {"nginx": 128, "node": 320}
STEP = 4  # MiB
# Node.js is larger than half of a small machine's memory, which is what a tmpfs holds.
WORDS = {"nginx": "", "node": "rootfstype=ramfs"}


def build(name, arguments, folder, probe=False):
    """What mvimage says. probe: with a hook that shows /proc/meminfo, and a static busybox to do it."""
    text = (ROOT / f"packaging/demo.d/{name}.toml").read_text()
    text = text.replace('"../../build/cache', f'"{CACHE}').replace('overlays = ["', f'overlays = ["{ROOT}/packaging/demo.d/')
    if probe:
        (folder / "bin").mkdir()
        shutil.copy("/bin/busybox", folder / "bin/busybox")
        hook = '[[hook]]\nwhen = "before_stop"\ncommand = ["/bin/busybox", "cat", "/proc/meminfo"]\n\n[image]\n'
        text = re.sub(r"^roots = \[", f'roots = ["{folder}", ', text.replace("[image]\n", hook), flags=re.M)
    config = folder / "mvinit.toml"
    config.write_text(text)
    done = subprocess.run([arguments.mvimage, "build", "--json", "-c", config, "--init", arguments.init, "-o",
                           folder / f"{name}{'-probe' if probe else ''}"], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def serves(path, name, memory):
    with contextlib.redirect_stdout(None), contextlib.suppress(Failure), Guest(path, memory=memory, append=WORDS[name]) as guest:
        guest.fetch(deadline=180)  # one that has too little ends by itself
        return True
    return False


def used(name, path):
    """MiB in use once a page was served, and how long it took to start, in mvinit's words."""
    with Guest(path, memory=PLENTY[name], append=WORDS[name]) as guest:
        guest.fetch()
        started = guest.expect(r"Started in (.*) =").group(1)
        guest.power_button()
        guest.expect_end("poweroff")
        total, free = (int(re.search(rf"{key}:\s+(\d+) kB", guest.text).group(1)) for key in ("MemTotal", "MemAvailable"))
        return (total - free) / 1024, started


def least(name, path, unpacked):
    low, high = unpacked // 2**20 // STEP * STEP, PLENTY[name]  # fails, serves
    while high - low > STEP:
        middle = (low + high) // 2 // STEP * STEP
        low, high = (low, middle) if serves(path, name, middle) else (middle, high)
    return high


def measure(name, arguments):
    with tempfile.TemporaryDirectory(prefix="mvinit-footprint-") as folder:
        folder = pathlib.Path(folder)
        built = build(name, arguments, folder)
        probe = build(name, arguments, folder, probe=True)
        memory, started = used(name, folder / f"{name}-probe")
        memory -= (probe["bytes"] - built["bytes"]) / 2**20
        print(f"{name}: archive {built['packed'] / 1e6:.1f} MB, unpacked {built['bytes'] / 1e6:.1f} MB, "
              f"{memory:.0f} MiB of memory used beside the kernel's own, started in {started}", flush=True)
        print(f"{name}: serves its page with {least(name, folder / name, built['bytes'])} MiB of memory", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--init", default=ROOT / "build/musl/mvinit")
    parser.add_argument("--mvimage", default=ROOT / "build/release/mvimage")
    parser.add_argument("names", nargs="*", choices=[*PLENTY, []], metavar="NAME")
    arguments = parser.parse_args()
    for name in arguments.names or PLENTY:
        measure(name, arguments)


main()
