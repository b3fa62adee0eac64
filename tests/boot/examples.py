"""What packaging/examples has, as images that mvimage makes, and their clients, run from the unpacked packages."""

import contextlib
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import images
from guest import CACHE, DEADLINE, REPOSITORY, Failure, Guest, check

MVIMAGE = pathlib.Path(os.environ.get("MVIMAGE") or REPOSITORY / "build/release/mvimage")
EXAMPLES = REPOSITORY / "packaging/examples"
KERNEL = "kernel-cloud"  # that the examples take their modules from: it has ext4 built in, and boots sooner
LOADER = "lib64/ld-linux-x86-64.so.2"

if not MVIMAGE.exists():
    print(f"SKIPPED: {MVIMAGE} is not there: packaging/setup image, then build the preset release")
    sys.exit(77)


def mvimage(*words):
    done = subprocess.run([MVIMAGE, *words], capture_output=True, text=True, check=False, timeout=DEADLINE)
    if done.returncode != 0:
        raise Failure(f"mvimage {words[0]}: {done.stdout}{done.stderr}")
    return done.stdout


def configuration(name, root, folder):
    """The example's file as it stands, but for where files come from: packages are unpacked already, into root. What is
    not small is not compressed, which would take longer than it saves."""
    text = (EXAMPLES / f"{name}.toml").read_text()
    text = re.sub(r"^roots = .*\n", "", text, flags=re.M)
    text = re.sub(r"^packages = .*$", f'roots = ["{root}"]\nkernel = "{CACHE / KERNEL}"', text, flags=re.M)
    text = re.sub(r'^overlays = \["', f'overlays = ["{EXAMPLES}/', text, flags=re.M)
    if "budget" not in text:
        text = text.replace("[image]\n", '[image]\ncompression = "none"\n')
    path = folder / "mvinit.toml"
    path.write_text(text)
    return path


@contextlib.contextmanager
def image(name, root=None):
    """The example's image, built and checked; in a directory that goes when the with statement is left."""
    with tempfile.TemporaryDirectory(prefix="mvinit-example-") as folder:
        folder = pathlib.Path(folder)
        config = configuration(name, root or CACHE / name, folder)
        told = json.loads(mvimage("build", "--json", "-c", config, "--init", images.MVINIT, "-o", folder / "image"))
        check(told["written"] and told["bytes"] > 0, f"mvimage built nothing: {told}")
        mvimage("check", folder / "image")
        yield folder / "image"


def guest(path, port, *, memory=128, disk=None, append=""):
    """The example's machine: a virtio card whose port of the guest is forwarded, a virtio disk."""
    drive = []
    if disk:
        drive = ["-drive", f"file={disk},format=raw,if=none,id=disk,cache=unsafe", "-device", "virtio-blk-pci,drive=disk"]
    return Guest(path, kernel=KERNEL, memory=memory, nic="virtio-net-pci,romfile=", append=append, devices=drive,
                 netdev=f"user,id=net0,hostfwd=tcp:127.0.0.1:0-:{port}")


def blank_disk(folder, megabytes):
    path = pathlib.Path(folder) / "disk"
    with open(path, "wb") as file:
        file.truncate(megabytes << 20)
    return path


def client(tree, program, *words, env=None):
    """A program of an unpacked package, with the libraries that are there: nothing is installed. Its output; its
    errors are a Failure."""
    root = CACHE / tree
    library = f"{root}/lib/x86_64-linux-gnu:{root}/usr/lib/x86_64-linux-gnu"
    command = [root / LOADER, "--library-path", library, root / program, *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=DEADLINE, stdin=subprocess.DEVNULL,
                          env={**os.environ, **(env or {})})
    if done.returncode != 0:
        raise Failure(f"{program} {words}: {done.stdout}{done.stderr}")
    return done.stdout.strip()
