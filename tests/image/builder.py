"""Runs mvimage on small trees that each case makes for itself.

Which mvimage: $MVIMAGE, else build/debug/mvimage, else build/release/mvimage. Other arguments are words that the names of
the cases to run must contain.
"""

import contextlib
import gzip
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import traceback

import elf

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
SKIP = 77
DEADLINE = 60
_cases = []


class Failure(Exception):
    """What was expected and what was there instead."""


def check(right, text):
    if not right:
        raise Failure(text)


def equal(got, wanted, what=""):
    check(got == wanted, f"{what}: expected {wanted!r}, got {got!r}")


def case(function):
    """Registers function as one test case; its docstring is its name."""
    _cases.append(function)
    return function


def _binary():
    for place in (os.environ.get("MVIMAGE"), REPOSITORY / "build/debug/mvimage", REPOSITORY / "build/release/mvimage"):
        if place and os.access(place, os.X_OK):
            return str(place)
    return None


BINARY = _binary()


class Tree:
    """A directory with root/, a small system to take files from, and mvinit.toml.

    The system has a libc, its linker, and an mvinit; files: more of it, path -> bytes, text, or ("link", target).
    """

    def __init__(self, files=None, app='command = ["/bin/app"]', image="", more=""):
        self.folder = tempfile.TemporaryDirectory(prefix="mvimage-test-")
        self.base = pathlib.Path(self.folder.name)
        self.base.chmod(0o755)
        self.root = self.base / "root"
        self.root.mkdir()
        self.add({"lib/x86_64-linux-gnu/libc.so.6": elf.library("libc.so.6", versions=["GLIBC_2.34"]),
                  "lib64/ld-linux-x86-64.so.2": elf.library("ld-linux-x86-64.so.2"),
                  "bin/app": elf.program("libc.so.6")} | (files or {}))
        self.put(self.base / "mvinit", elf.elf(), 0o755)
        self.configure(app, image, more)

    def configure(self, app='command = ["/bin/app"]', image="", more=""):
        self.config = self.base / "mvinit.toml"
        self.config.write_text(f'[app]\n{app}\n{more}\n[image]\nroots = ["root"]\ninit = "mvinit"\n{image}\n')

    @staticmethod
    def put(path, content, mode=None):
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, tuple):
            path.symlink_to(content[1])
            return
        data = content if isinstance(content, bytes) else content.encode()
        path.write_bytes(data)
        path.chmod(mode or (0o755 if data.startswith((b"#!", b"\x7fELF")) else 0o644))

    def add(self, files, folder="root"):
        for name, content in files.items():
            self.put(self.base / folder / name, content)

    def remove(self, *names):
        for name in names:
            (self.root / name).unlink()

    def run(self, *words, code=0, env=None, wrap=(), config=None):
        """Runs mvimage; its exit code is to be code. Returns what it wrote: standard output, or errors where it failed."""
        command = [*wrap, BINARY, *words, "-c", str(config or self.config)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE, check=False, cwd=self.base,
                              env={**os.environ, **(env or {})})
        # As if the tree were the working directory: its own name is another one each time.
        out, self.said = (text.replace(f"{self.base}/", "") for text in (done.stdout, done.stderr))
        check(done.returncode == code, f"{' '.join(words)}: exit code {done.returncode}, not {code}:\n{self.said}")
        return out if code == 0 else self.said

    def paths(self, *words):
        """The paths in the image."""
        return {each["path"]: each for each in json.loads(self.run("list", "--json", *words))}

    def why(self, path):
        return self.run("why", path).splitlines()

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        self.folder.cleanup()


def has(tree, *paths):
    there = tree.paths()
    for path in paths:
        check(path in there, f"{path} is not in the image: {sorted(there)}")


def lacks(tree, *paths):
    there = tree.paths()
    for path in paths:
        check(path not in there, f"{path} is in the image")


def refused(tree, *texts, code=3, words=("build", "-n")):
    """mvimage refuses, and says all of texts."""
    said = tree.run(*words, code=code)
    for text in texts:
        check(text in said, f"'{text}' is not said: {said}")


def newc(path):
    """An uncompressed newc archive: path -> (mode, bytes, fields)."""
    data, at, entries = pathlib.Path(path).read_bytes(), 0, {}
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    while True:
        check(data[at:at + 6] == b"070701", f"no newc header at {at}")
        fields = [int(data[at + 6 + 8 * i:at + 14 + 8 * i], 16) for i in range(13)]
        mode, size, name_size = fields[1], fields[6], fields[11]
        name = data[at + 110:at + 109 + name_size].decode()
        at += 110 + name_size + (-(110 + name_size) % 4)
        if name == "TRAILER!!!":
            return entries
        entries[name] = (mode, data[at:at + size], fields)
        at += size + (-size % 4)


def run():
    if BINARY is None:
        print("SKIPPED: there is no mvimage: cmake --build --preset debug --target mvimage")
        sys.exit(SKIP)
    words, failed = sys.argv[1:], 0
    chosen = [each for each in _cases if all(word in each.__name__ for word in words)]
    for each in chosen:
        try:
            each()
            print(f"ok    {each.__name__}: {each.__doc__}")
        except (Failure, OSError, subprocess.SubprocessError, ValueError, KeyError) as error:
            failed += 1
            print(f"FAIL  {each.__name__}: {each.__doc__}: {error}")
            with contextlib.suppress(IndexError):
                print("      line", traceback.extract_tb(error.__traceback__)[1].lineno)
    print(f"{len(chosen) - failed} of {len(chosen)} cases passed")
    sys.exit(1 if failed or not chosen else 0)
