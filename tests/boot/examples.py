"""What packaging/examples has, built, booted and asked as the head of each file says: by the commands there, with mvimage's
own packages. Only ports, the kernel's name and what a test needs of QEMU stand in for what is written."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import images
import written
from guest import CACHE, DEADLINE, REPOSITORY, Failure, Guest, check, kernel_image

MVIMAGE = pathlib.Path(os.environ.get("MVIMAGE") or REPOSITORY / "build/release/mvimage")
EXAMPLES = REPOSITORY / "packaging/examples"
FETCHING = 9 * 60  # seconds: the first one fetches and unpacks packages, others may have to wait for that
LOADER = "lib64/ld-linux-x86-64.so.2"

if not MVIMAGE.exists():
    print(f"SKIPPED: {MVIMAGE} is not there: packaging/setup image, then build the preset release")
    sys.exit(77)


def apt_environment():
    """Where mvimage keeps packages, for all tests; Debian's alone, whatever else this machine's apt knows: packaging/setup
    boot has written that list down."""
    home = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache")
    sources, config = home / "mvinit/apt-amd64/sources.list", CACHE / "mvimage-apt.conf"
    if not sources.exists():
        return {"XDG_CACHE_HOME": str(CACHE)}
    text = f'Dir::Etc::sourcelist "{sources}";\nDir::Etc::sourceparts "/dev/null";\n'
    if not config.exists() or config.read_text() != text:  # a file that was written anew has lists fetched anew
        new = config.with_suffix(f".{os.getpid()}")
        new.write_text(text)
        new.replace(config)
    return {"XDG_CACHE_HOME": str(CACHE), "APT_CONFIG": str(config)}


class Example:
    """In a with statement: a copy of packaging/examples, with the example's image in it, built and checked."""

    def __init__(self, name):
        self.name = name
        try:
            self.written = written.read((EXAMPLES / f"{name}.toml").read_text())
        except ValueError as error:
            raise Failure(f"{name}.toml: {error}") from None
        self.image, self.drives = self.written.given("-initrd"), self.written.all("-drive")

    def __enter__(self):
        self.temporary = tempfile.TemporaryDirectory(prefix="mvinit-example-")
        self.folder = pathlib.Path(self.temporary.name) / "examples"
        shutil.copytree(EXAMPLES, self.folder, symlinks=True, ignore=shutil.ignore_patterns("root", "*.img", "*.disk"))
        try:
            self._make()
        except BaseException:
            self.temporary.cleanup()
            raise
        return self

    def __exit__(self, kind, error, trace):
        self.temporary.cleanup()

    def _make(self):
        for each in self.written.before:
            self.run(each)
        self.make_image()

    def make_image(self):
        self.told = json.loads(self.run(f"{self.written.build} --json --init {images.MVINIT}", FETCHING))
        check(self.told["written"] and self.told["bytes"] > 0, f"mvimage built nothing: {self.told}")
        check(self.told["output"] == self.image, f"QEMU is given another image than {self.told['output']}")
        said = self.run(f"mvimage check {self.image}")
        check(not said, f"what is built from the example as it stands is warned of: {said}")

    def run(self, command, deadline=DEADLINE):
        """A command as it is written, in the directory of the examples. Its output; its errors are a Failure."""
        path = f"{self.folder.parent}/bin:{MVIMAGE.parent}:{os.environ['PATH']}"
        try:
            done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False, timeout=deadline,
                                  cwd=self.folder, stdin=subprocess.DEVNULL,
                                  env={**os.environ, **apt_environment(), "PATH": path})
        except subprocess.TimeoutExpired:
            raise Failure(f"{command}: not done after {deadline:.0f} s") from None
        if done.returncode != 0:
            raise Failure(f"{command}: {done.stdout}{done.stderr}")
        return done.stdout.strip()

    def provide(self, path):
        """A client that one of the example's packages has, where this machine need not have it installed."""
        trees = [pathlib.Path(each["directory"]) for each in self.told["packages"]]
        program, loader = (next(tree / name for tree in trees if (tree / name).exists()) for name in (path, LOADER))
        libraries = ":".join(f"{tree}/{name}/x86_64-linux-gnu" for tree in trees for name in ("lib", "usr/lib"))
        script = self.folder.parent / "bin" / program.name
        script.parent.mkdir(exist_ok=True)
        script.write_text(f'#!/bin/sh\nexec {loader} --library-path {libraries} {program} "$@"\n')
        script.chmod(0o755)

    def ask(self, guest, command=None):
        """The question that is written, or another one with the same port; the guest's answer."""
        words = (command or self.written.questions[0]).replace(self.written.host_port, str(guest.port()))
        return self.run(f"export no_proxy='*'; {words}")

    def disk(self):
        return self.folder / re.match(r"file=([^,]+)", self.drives[0]).group(1)

    def guest(self):
        """The machine as it is written."""
        drives = [word for drive in self.drives for word in
                  ("-drive", drive.replace("file=", f"file={self.folder}/") + ",cache=unsafe")]
        return Guest(self.folder / self.image, kernel_file=kernel_image(pathlib.Path(self.told["kernel"])),
                     memory=self.written.given("-m"), nic=f"{self.written.card},romfile=", devices=drives,
                     append=self.written.given("-append"),
                     netdev=f"user,id=net0,hostfwd=tcp:127.0.0.1:0-:{self.written.port}")
