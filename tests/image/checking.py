"""Runs mvimage check on images that the tests of it make."""

import contextlib
import gzip
import json
import pathlib
import subprocess
import tempfile

import builder
import newc
from builder import check, equal


def run(image, *words, code=None):
    done = subprocess.run([builder.BINARY, "check", str(image), *words], capture_output=True, text=True, check=False,
                          timeout=builder.DEADLINE)
    check(code is None or done.returncode == code, f"exit code {done.returncode}, not {code}: {done.stdout}{done.stderr}")
    return done


def found(image, *words):
    """The findings; the exit code tells whether one of them is an error."""
    done = run(image, "--json", *words)
    check(done.returncode in (0, 1), f"exit code {done.returncode}: {done.stderr}")
    list_ = json.loads(done.stdout)
    equal(done.returncode, 1 if any(each["severity"] == "error" for each in list_) else 0, "exit code")
    return list_


def changed(base, change, config=None):
    tree = {path: what for path, what in (base | change).items() if what is not None}
    return tree if config is None else tree | {"etc/mvinit.toml": config}


@contextlib.contextmanager
def folder():
    with tempfile.TemporaryDirectory(prefix="mvimage-test-") as name:
        yield pathlib.Path(name)


def layout(path, layers, entrypoint, **started):
    """An OCI image layout of these trees: the files of its layers. started: more of its configuration."""
    path.mkdir()
    packed = []
    for tree in layers:
        newc.tar(tree, path / "layer")
        packed.append(gzip.compress((path / "layer").read_bytes(), 1))
    return newc.oci(path, packed, entrypoint, **started)
