#!/usr/bin/env python3
"""A signal that ends mvimage: no program of its goes on, and nothing half made stays. And what it tells meanwhile."""

import contextlib
import json
import os
import pathlib
import re
import signal
import subprocess
import threading
import time

import newc
from builder import BINARY, DEADLINE, Tree, case, check, equal, run
from repository import Repository

# Tells that it runs, starts something itself as apt-get does, and does not end.
HANGS = '#!/bin/sh\n{before}\nsleep 600 &\necho "$$ $!" >{base}/pids.new\nmv {base}/pids.new {base}/pids\nwait\n'
INST = "Inst {name} (1.0 a repository [amd64])"


def fake(tree, name, script):
    tree.put(tree.base / "fake" / name, script, 0o755)
    return {"PATH": f"{tree.base}/fake:{os.environ['PATH']}", "TMPDIR": str(tree.base / "tmp")}


def hangs(tree, name, before=":"):
    (tree.base / "tmp").mkdir(exist_ok=True)
    return fake(tree, name, HANGS.format(before=before, base=tree.base))


def is_gone(process):
    """An orphan that nobody waits for has ended, too."""
    try:
        return pathlib.Path(f"/proc/{process}/stat").read_text().rpartition(") ")[2][0] in "ZX"
    except OSError:
        return True


def wait_until(what, condition):
    end = time.monotonic() + DEADLINE
    while not condition():
        check(time.monotonic() < end, f"in {DEADLINE} s: {what}")
        time.sleep(0.01)


def listing(tree):
    return sorted(str(path.relative_to(tree.base)) for path in tree.base.rglob("*") if path.name != "pids")


@contextlib.contextmanager
def started(tree, *words, env):
    process = subprocess.Popen([BINARY, *words], cwd=tree.base, env={**os.environ, **env}, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def ends_with(process, number, title):
    process.send_signal(number)
    process.communicate(timeout=DEADLINE)
    equal(process.returncode, -number, title)


def interrupted(tree, *words, env, number=signal.SIGTERM):
    """Sends the signal once the program that hangs runs; the files are to be those that were there before."""
    pids, title = tree.base / "pids", f"{' '.join(words)}, {number.name}"
    pids.unlink(missing_ok=True)
    before = listing(tree)
    with started(tree, *words, env=env) as process:
        wait_until("the program runs", lambda: pids.exists() or process.poll() is not None)
        check(pids.exists(), f"{title}: it ended: {process.communicate()[1] if process.poll() is not None else ''}")
        ends_with(process, number, title)
    for each in pids.read_text().split():
        wait_until(f"{title}: process {each} has ended", lambda each=each: is_gone(each))
    equal([each for each in listing(tree) if each not in before], [], title)


@case
def programs():
    """mke2fs, sqfstar and unsquashfs end with it, their files go, of a dry run too, by each signal"""
    with Tree() as tree:
        for target, name in (("ext4", "mke2fs"), ("squashfs", "sqfstar")):
            env = hangs(tree, name)
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                interrupted(tree, "build", "-t", target, "-o", "disk", env=env, number=number)
            interrupted(tree, "build", "-t", target, "-o", "disk", "-n", env=env)
        (tree.base / "disk").write_bytes(b"hsqs" + bytes(96))
        interrupted(tree, "check", "disk", env=hangs(tree, "unsquashfs"))


@case
def limits():
    """the signals of limits and timers leave nothing, either; the limit of a file's size is an error like a full disk"""
    with Tree() as tree:
        for number in (signal.SIGALRM, signal.SIGXCPU, signal.SIGUSR1):
            interrupted(tree, "build", "-t", "ext4", "-o", "disk", env=hangs(tree, "mke2fs"), number=number)
        (tree.root / "bin/large").write_bytes(os.urandom(2 << 20))
        tree.configure(image='files = ["/bin"]')
        before = listing(tree)
        for target in ("tar", "initramfs", "ext4"):
            words = ("build", "-t", target, "-o", "image")
            said = tree.run(*words, code=4, wrap=("prlimit", "--fsize=1000000"))
            check("File too large" in said, f"{target}: {said}")
            equal(listing(tree), before, target)


@case
def apt():
    """apt-get ends with it while it fetches lists, resolves and fetches packages, and what it has fetched goes"""
    with Repository() as tree:
        tree.run("build", "-n", code=3)  # the cache's own files
        answer = f'case "$*" in *--simulate*) echo "{INST.format(name="app")}"; exit;; *update*) exit;; esac'
        for title, before in (("update", ":"), ("simulate", 'case "$*" in *update*) exit;; esac'),
                              ("download", answer + "; echo half >app.deb; mkdir part; echo part >part/of")):
            env = hangs(tree, "apt-get", before)
            for each in (tree.cache / "amd64").glob("*.closure"):
                each.unlink()
            (tree.cache / "amd64/updated").unlink(missing_ok=True)
            pathlib.Path(tree.cache / "amd64/updated").touch()
            os.utime(tree.base / "apt.conf")
            with contextlib.suppress(FileNotFoundError):
                (tree.base / "pids").unlink()
            interrupted_apt(tree, title, tree.env | env)


def interrupted_apt(tree, title, env):
    pids = tree.base / "pids"
    with started(tree, "build", "-o", "image", env=env) as process:
        wait_until(f"{title}: apt-get runs", lambda: pids.exists() or process.poll() is not None)
        check(pids.exists(), f"{title}: it ended")
        ends_with(process, signal.SIGTERM, title)
    for each in pids.read_text().split():
        wait_until(f"{title}: process {each} has ended", lambda each=each: is_gone(each))
    equal(tree.trees(), [], f"{title}: packages, and what was begun")
    check(not (tree.base / "image").exists(), f"{title}: the image")


@case
def packing():
    """an image that is being written goes, and an OCI layout that was not there; one that was there stays as it was"""
    with Tree({"srv/small": "x"}, image='files = ["/srv"]') as tree:
        tree.run("build", "-t", "oci", "-o", "old")
        with (tree.root / "srv/large").open("wb") as large:
            large.truncate(3 << 30)
        before = listing(tree)
        for target, name in (("initramfs", "image"), ("tar", "image"), ("oci", "new"), ("oci", "old")):
            words = ("build", "-t", target, "-o", name)
            with started(tree, *words, env={}) as process:
                first = process.stderr.readline()
                check(first.startswith("mvimage: packing: ") and " of " in first, f"{target}: it tells {first!r}")
                wait_until(f"{target}: it writes", lambda: listing(tree) != before or process.poll() is not None)
                ends_with(process, signal.SIGINT, target)
            equal(listing(tree), before, target)


@case
def progress():
    """while apt works a line each second on standard error alone; standard output is JSON"""
    with Repository(image='packages = ["app"]') as tree:
        tree.add_package("app", {"bin/app": "#!/bin/app\n"})
        deb = next(tree.repo.glob("app*.deb"))
        env = fake(tree, "apt-get", f"""#!/bin/sh
case "$*" in
    *update*) head -c 2000000 /dev/zero >{tree.cache}/amd64/state/lists/partial/list; sleep 1.5;;
    *--simulate*) sleep 1.5; echo "{INST.format(name='app')}";;
    *download*) head -c 3000000 /dev/zero >part; sleep 2.5; rm part; cp {deb} .;;
esac
""")
        (tree.base / "tmp").mkdir()
        out = tree.run("build", "-n", "--json", env=env)
        equal([each["name"] for each in json.loads(out)["packages"]], ["app"], "standard output")
        for line in ("fetching the package lists: 2.0 MB", "finding out what the packages depend on",
                     "fetching packages: 3.0 MB"):
            check(f"mvimage: {line}\n" in tree.said, f"'{line}' is not in {tree.said}")


@case
def compressing():
    """while mke2fs and sqfstar work, too, with how much is there where that is known"""
    with Tree({"srv/small": "x"}, image='files = ["/srv"]') as tree:
        os.mkfifo(tree.base / "go on")
        for target, name, told in (("ext4", "mke2fs", "making the file system"), ("squashfs", "sqfstar", "compressing: ")):
            env = fake(tree, name, f"""#!/bin/sh
cat >'{tree.base}/read'
for output in "$@"; do case $output in */.disk.*|.disk.*) head -c 2000 /dev/zero >"$output";; esac; done
read line <'{tree.base}/go on'
PATH=${{PATH#*:}}
exec {name} "$@" <'{tree.base}/read'
""")
            with started(tree, "build", "-t", target, "-o", "disk", env=env) as process:
                # It tells of it as long as the program runs, and that is until this goes on.
                timer = threading.Timer(DEADLINE, process.kill)
                timer.start()
                first = process.stderr.readline()
                check(first.startswith(f"mvimage: {told}"), f"{target}: it tells {first!r}")
                (tree.base / "go on").write_text("\n")
                said = process.communicate(timeout=DEADLINE)[1]
                timer.cancel()
                equal(process.returncode, 0, f"{target}: {said}")


@case
def walking():
    """while check looks at a directory that has many files, too; the more it has, the longer it takes"""
    with Tree({"etc/mvinit.toml": '[app]\ncommand = ["/bin/app"]\n'}) as tree:
        deep = tree.root / "/".join(["srv"] + [f"{number}" for number in range(200)])
        deep.mkdir(parents=True)
        for batch in range(16):
            (deep / f"{batch}").touch()
            for number in range(16000):
                os.link(deep / f"{batch}", deep / f"{batch}-{number}")
            done = subprocess.run([BINARY, "check", tree.root], capture_output=True, text=True, check=True, timeout=DEADLINE)
            if "mvimage: looking at all files\n" in done.stderr:
                return
        check(False, f"nothing is told of all these files: {done.stderr}")


@case
def reading():
    """while check reads one large file of an ext4, too"""
    with Tree() as tree:
        image = tree.base / "disk"
        newc.ext4({"etc/mvinit.toml": tree.config.read_text()}, image, "10G")
        with (tree.base / "large").open("wb") as large:
            large.truncate(8 << 30)
        subprocess.run(["debugfs", "-w", "-R", "write large large", image], check=True, capture_output=True, cwd=tree.base,
                       env=newc.ENVIRONMENT)
        with started(tree, "check", "disk", env={}) as process:
            first = process.stderr.readline()
            check(re.fullmatch(r"mvimage: reading(: \d+ bytes)?\n", first), f"it tells {first!r}, not before it has read it all")
            ends_with(process, signal.SIGTERM, "check")


run()
