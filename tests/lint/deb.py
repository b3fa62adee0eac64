#!/usr/bin/env python3
"""Makes the Debian package of a program that was built and holds it against what is expected of it: lintian has nothing to
say, its files are those of `cmake --install`, the same input gives the same bytes whatever umask, time zone and locale,
it runs nothing when installed, and dpkg installs it into a root whose init stays as it was.

    deb.py ROOT BUILD | --self-test ROOT    BUILD: a build directory with mvinit in it
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

# What `cmake --install` has -> where Debian wants it.
MOVED = [(r"(usr/share/man/.*)", r"\1.gz"), (r"usr/share/zsh/site-functions/(.*)", r"usr/share/zsh/vendor-completions/\1"),
         (r"usr/share/doc/mvinit/LICENSE", "usr/share/doc/mvinit/copyright"),
         (r"(usr/share/doc/mvinit/README.md)", r"\1.gz")]
OF_DEBIAN = {"usr/share/doc/mvinit/changelog.gz", "usr/share/lintian/overrides/mvinit"}
INIT = ("init", "telinit", "poweroff", "reboot", "halt", "shutdown")


def run(*words, **more):
    return subprocess.run(words, capture_output=True, text=True, timeout=250, check=False, **more)


def made(root, build, output, umask=0o022, **environment):
    done = run(str(root / "packaging/deb/build"), str(build), str(output), umask=umask,
               env={**os.environ, "SOURCE_DATE_EPOCH": "1700000000", **environment})
    files = list(output.glob("*.deb"))
    if done.returncode or len(files) != 1 or list(output.glob("*.new")):
        raise ValueError(f"packaging/deb/build ended with {done.returncode}: {done.stderr}; it left {os.listdir(output)}")
    return files[0]


def files_below(folder):
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir() or path.is_symlink()}


def expected_files(build, folder):
    """What is installed, at Debian's places."""
    done = run("cmake", "--install", str(build), "--prefix", "/usr", "--component", "Unspecified",
               env={**os.environ, "DESTDIR": str(folder)})
    if done.returncode:
        raise ValueError(f"cmake --install {build}: {done.stderr}")
    found = set(OF_DEBIAN)
    for name in files_below(folder):
        found.add(next((re.sub(old, new, name) for old, new in MOVED if re.fullmatch(old, name)), name))
    return found


def compare_files(package, expected, folder):
    run("dpkg-deb", "--raw-extract", str(package), str(folder))
    found = files_below(folder)
    has = {name for name in found if not name.startswith("DEBIAN/")}
    yield from (f"{name} is installed, but not in the package" for name in sorted(expected - has))
    yield from (f"{name} is in the package, but not installed" for name in sorted(has - expected))
    yield from (f"{name} is an init's" for name in sorted(has) if name.rsplit("/", 1)[-1] in INIT)
    yield from (f"{name}: dpkg is to do more than to copy files"
                for name in sorted(found - has - {"DEBIAN/control", "DEBIAN/md5sums"}))
    owners = {line.split()[1] for line in run("dpkg-deb", "--contents", str(package)).stdout.splitlines()}
    yield from (f"something belongs to {owner}" for owner in sorted(owners - {"root/root"}))


def scratch_root(folder):
    """A root as Debian 12 has it, with an init of its own."""
    for name in ("usr/sbin", "usr/bin", "var/lib/dpkg/info", "var/lib/dpkg/updates", "etc"):
        (folder / name).mkdir(parents=True)
    (folder / "sbin").symlink_to("usr/sbin")
    (folder / "var/lib/dpkg/status").touch()
    (folder / "usr/sbin/init").write_text("the machine's own\n")
    for name in INIT[1:]:
        (folder / "usr/sbin" / name).symlink_to("init")
    (folder / "etc/inittab").write_text("id:3:initdefault:\n")


def state(folder):
    """Name -> inode and content, but for dpkg's own."""
    def content(file):
        return os.readlink(file) if file.is_symlink() else file.read_bytes()
    return {name: ((folder / name).lstat().st_ino, content(folder / name)) for name in files_below(folder)
            if not name.startswith("var/lib/dpkg")}


def compare_installed(package, folder):
    scratch_root(folder)
    before = state(folder)
    as_root = [] if os.geteuid() == 0 else ["unshare", "--map-root-user"]
    done = run(*as_root, "dpkg", f"--root={folder}", "--force-not-root", "--install", str(package))
    if done.returncode:
        return [f"dpkg --install: {done.stderr}"]
    after = state(folder)
    problems = [f"{name} was changed" for name in before if after.get(name) != before[name]]
    if not (folder / "sbin/mvinit").exists() or run(str(folder / "sbin/mvinit"), "--version").returncode:
        return problems + ["/sbin/mvinit is not there, or does not run"]
    return problems + [f"check of {name}: {said}" for name in sorted(folder.glob("usr/share/doc/mvinit/examples/*.toml"))
                       if (said := run(str(folder / "sbin/mvinit"), "check", str(name)).stderr)]


def compare_twice(root, build, package, folder):
    other = folder / "other"
    other.mkdir()
    again = made(root, build, other, umask=0o077, TZ="Pacific/Kiritimati", LC_ALL="C.UTF-8", XZ_DEFAULTS="-T0",
                 HOME=str(folder))
    if again.read_bytes() != package.read_bytes():
        yield "the same program gives other bytes with another umask, time zone, locale and user's settings"


def lintian(package):
    if not shutil.which("lintian"):
        return ["lintian is not installed: run packaging/setup lint"]
    done = run("lintian", "--no-cfg", "--allow-root", "--fail-on", "error,warning", str(package))
    return [] if done.returncode == 0 and not done.stdout else [f"lintian: {line}" for line in
                                                                (done.stdout or done.stderr).splitlines()]


def compare(root, build, folder):
    output = folder / "out"
    output.mkdir()
    package = made(root, build, output)
    print(f"deb: {package.name}, {package.stat().st_size} bytes")
    expected = expected_files(build, folder / "expected")
    (folder / "root").mkdir()
    return [*lintian(package), *compare_files(package, expected, folder / "raw"),
            *compare_installed(package, folder / "root"), *compare_twice(root, build, package, folder)]


def bad_package(folder):
    """One that has a file of an init and wants to run something; and the same, belonging to somebody else."""
    tree = folder / "tree"
    (tree / "DEBIAN").mkdir(parents=True)
    (tree / "usr/sbin").mkdir(parents=True)
    (tree / "usr/sbin/init").write_text("x")
    (tree / "DEBIAN/control").write_text("Package: mvinit\nVersion: 1\nArchitecture: all\nMaintainer: x <x@x>\n"
                                         "Description: x\n")
    (tree / "DEBIAN/triggers").write_text("activate-noawait ldconfig\n")
    if os.geteuid() == 0:
        os.chown(tree / "usr/sbin/init", 7, 7)
    package, owned = folder / "bad.deb", folder / "owned.deb"
    run("dpkg-deb", "--root-owner-group", "--build", str(tree), str(package))
    run("dpkg-deb", "--build", str(tree), str(owned))
    return package, owned


def self_test():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        package, owned = bad_package(folder)
        said = list(compare_files(owned, {"usr/sbin/mvinit"}, folder / "raw"))
        (folder / "root").mkdir()
        said += compare_installed(package, folder / "root") + lintian(package)
        wanted = ("usr/sbin/mvinit is installed, but", "usr/sbin/init is in the package, but", "is an init's",
                  "DEBIAN/triggers:", "something belongs to", "usr/sbin/init was changed", "/sbin/mvinit is not there",
                  "lintian: E:")
        wrong = [words for words in wanted if not any(words in each for each in said)]
    print(f"self-test: {len(wanted)} mistakes, not noticed: {wrong}")
    return 1 if wrong else 0


def main(argv):
    if argv == ["--self-test"]:
        return self_test() if shutil.which("dpkg-deb") and shutil.which("lintian") else 77
    if len(argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    root, build = (Path(word).resolve() for word in argv)
    if not (build / "mvinit").exists() or not shutil.which("dpkg-deb"):
        print(f"{build}/mvinit or dpkg-deb is not there: build it first (tests/run lint does)", file=sys.stderr)
        return 77
    with tempfile.TemporaryDirectory() as folder:
        problems = compare(root, build, Path(folder))
    for problem in problems:
        print(problem)
    print(f"deb: {len(problems)} problem(s)")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
