#!/usr/bin/env python3
"""Makes the Debian package of a program that was built and holds it against what is expected of it: lintian has nothing to
say, its files are those of `cmake --install`, the same input gives the same bytes whatever umask, time zone and locale,
it runs nothing when installed, its programs are for the architecture that it tells, and dpkg installs it into a root of that
one, whose init stays as it was. What was installed there runs, where this machine can run it: mvinit checks the examples,
mvimage makes an image of a small tree and checks it.

    deb.py ROOT BUILD PACKAGE | --self-test    BUILD: a build directory with mvinit in it, and with PACKAGE
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
COMPONENTS = {"mvinit": "Unspecified", "mvimage": "image"}
MACHINES = {62: "amd64", 183: "arm64"}  # e_machine of ELF
INIT = ("init", "telinit", "poweroff", "reboot", "halt", "shutdown")


def run(*words, **more):
    return subprocess.run(words, capture_output=True, text=True, timeout=250, check=False, **more)


def of_debian(name):
    return {f"usr/share/doc/{name}/changelog.gz", f"usr/share/doc/{name}/copyright", f"usr/share/lintian/overrides/{name}"}


def made(root, build, name, output, umask=0o022, **environment):
    done = run(str(root / "packaging/deb/build"), name, str(build), str(output), umask=umask,
               env={**os.environ, "SOURCE_DATE_EPOCH": "1700000000", **environment})
    files = list(output.glob("*.deb"))
    if done.returncode or len(files) != 1 or list(output.glob("*.new")):
        raise ValueError(f"packaging/deb/build ended with {done.returncode}: {done.stderr}; it left {os.listdir(output)}")
    return files[0]


def files_below(folder):
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir() or path.is_symlink()}


def expected_files(build, name, folder):
    """What is installed, at Debian's places."""
    done = run("cmake", "--install", str(build), "--prefix", "/usr", "--component", COMPONENTS[name],
               env={**os.environ, "DESTDIR": str(folder)})
    if done.returncode:
        raise ValueError(f"cmake --install {build}: {done.stderr}")
    found = of_debian(name)
    for path in files_below(folder):
        found.add(next((re.sub(old, new, path) for old, new in MOVED if re.fullmatch(old, path)), path))
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


def field(package, name):
    return run("dpkg-deb", "--field", str(package), name).stdout.strip()


def programs_below(folder):
    """Each ELF file -> the architecture that it is for."""
    heads = {path: path.read_bytes()[:20] for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink()}
    return {path: MACHINES.get(int.from_bytes(head[18:20], "little"), "no architecture of Debian's that is known here")
            for path, head in heads.items() if head.startswith(b"\x7fELF")}


def compare_machines(package, folder):
    """folder: what is in the package."""
    told = field(package, "Architecture")
    if not package.name.endswith(f"_{told}.deb"):
        yield f"its name {package.name} tells another architecture than {told}"
    found = programs_below(folder)
    if not found:
        yield "there is no program in it"
    yield from (f"{path.relative_to(folder)} is for {machine}, and the package for {told}" for path, machine in found.items()
                if machine != told)


def compare_refusal(root, build, name, package, folder):
    """One whose program has become another machine's before it is packed is not made."""
    other = next(number for number, machine in MACHINES.items() if machine != field(package, "Architecture"))
    fake, output = folder / "fake", folder / "refused"
    for each in (fake, output):
        each.mkdir()
    (fake / "cmake").write_text(f"""#!/bin/sh
{shutil.which("cmake")} "$@" || exit
printf '\\{other:o}\\0' | dd of="$(find "$DESTDIR/usr" -type f -name {name} -perm -100)" bs=1 seek=18 conv=notrunc
""")
    (fake / "cmake").chmod(0o755)
    try:
        yield f"{made(root, build, name, output, PATH=f'{fake}:' + os.environ['PATH']).name} is made of a program for {MACHINES[other]}"
    except ValueError as error:
        if f"it is for {MACHINES[other]}, and the package for" not in str(error) or list(output.iterdir()):
            yield f"a program for another machine is refused otherwise: {error}"


def is_foreign(package):
    return field(package, "Architecture") != run("dpkg", "--print-architecture").stdout.strip()


def scratch_root(folder, architecture):
    """A root as Debian 12 has it, with an init of its own, of a machine that takes packages of this architecture."""
    for name in ("usr/sbin", "usr/bin", "var/lib/dpkg/info", "var/lib/dpkg/updates", "etc"):
        (folder / name).mkdir(parents=True)
    (folder / "sbin").symlink_to("usr/sbin")
    (folder / "var/lib/dpkg/status").touch()
    (folder / "var/lib/dpkg/arch").write_text(f"{run('dpkg', '--print-architecture').stdout}{architecture}\n")
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


def install(package, folder):
    """What is wrong with what dpkg made of a root. Its dependencies are not there: see compare_libraries()."""
    scratch_root(folder, field(package, "Architecture"))
    before = state(folder)
    as_root = [] if os.geteuid() == 0 else ["unshare", "--map-root-user"]
    done = run(*as_root, "dpkg", f"--root={folder}", "--force-not-root", "--force-depends", "--install", str(package))
    if done.returncode:
        return [f"dpkg --install: {done.stderr}"]
    after = state(folder)
    return [f"{name} was changed" for name in before if after.get(name) != before[name]]


def try_mvinit(folder):
    """Each example is whole, with the directories that it names."""
    program = folder / "sbin/mvinit"
    if not program.exists() or run(str(program), "--version").returncode:
        return ["/sbin/mvinit is not there, or does not run"]
    examples = sorted(folder.glob("usr/share/doc/mvinit/examples/*.toml"))
    return [f"check of {name}: {said}" for name in examples if (said := run(str(program), "check", str(name)).stderr)] + [
        f"{name}: there is no directory {overlay} beside it" for name in examples
        for listed in re.findall(r"^overlays = \[(.*)\]", name.read_text(), re.M)
        for overlay in re.findall(r'"([^"]+)"', listed) if not (name.parent / overlay).is_dir()]


def try_mvimage(folder, mvinit):
    """It finds mvinit where that one's package has it, and mvroot; an image of a tree is made, and checked."""
    program, small = folder / "usr/bin/mvimage", folder / "small"
    (small / "root/bin").mkdir(parents=True)
    for place in (folder / "usr/sbin/mvinit", small / "root/bin/app"):
        shutil.copy(mvinit, place)
    (small / "mvinit.toml").write_text('[app]\ncommand = ["/bin/app"]\n[image]\nroots = ["root"]\n')
    (small / "bad.toml").write_text('[app]\ncommand = ["/bin/other"]\n')
    problems = []
    for words, code, text in [(["--version"], 0, "mvimage "), (["build", "-o", "image"], 0, "image: "),
                              (["check", "image"], 0, ""), (["check", "image", "-c", "bad.toml"], 1, "[command-missing]")]:
        done = run(str(program), *words, cwd=small)
        if done.returncode != code or text not in done.stdout:
            problems.append(f"mvimage {' '.join(words)}: exit code {done.returncode}: {done.stdout}{done.stderr}")
    if not os.access(folder / "usr/libexec/mvinit/mvroot", os.X_OK):
        problems.append("mvroot is not where mvimage looks for it")
    return problems


def owner(path):
    """The package that has a file, which it may name by the directory that a link of / stands for."""
    for name in (path, os.path.realpath(path), f"/usr{path}"):
        done = run("dpkg-query", "--search", name)
        if done.returncode == 0:
            return done.stdout.split(":")[0]
    return f"the package of {path}"


def compare_libraries(package, program):
    """It depends on the packages of the libraries that the program names, no more and no less."""
    needed = re.findall(r"NEEDED\)\s+Shared library: \[([^\]]+)\]", run("readelf", "-dW", str(program)).stdout)
    found = dict(re.findall(r"(\S+) => (/\S+)", run("ldd", str(program)).stdout))
    owners = {owner(found.get(each, each)) for each in needed if not each.startswith("ld-linux")}
    depends = {each.split()[0] for each in field(package, "Depends").split(",") if each.strip()}
    yield from (f"it does not depend on {each}" for each in sorted(owners - depends))
    yield from (f"it depends on {each}, which has none of its libraries" for each in sorted(depends - owners))


def compare_twice(root, build, package, folder):
    other = folder / "other"
    other.mkdir()
    again = made(root, build, package.name.split("_")[0], other, umask=0o077, TZ="Pacific/Kiritimati", LC_ALL="C.UTF-8",
                 XZ_DEFAULTS="-T0", HOME=str(folder))
    if again.read_bytes() != package.read_bytes():
        yield "the same program gives other bytes with another umask, time zone, locale and user's settings"


def lintian(package):
    if not shutil.which("lintian"):
        return ["lintian is not installed: run packaging/setup lint"]
    done = run("lintian", "--no-cfg", "--allow-root", "--fail-on", "error,warning", str(package))
    return [] if done.returncode == 0 and not done.stdout else [f"lintian: {line}" for line in
                                                                (done.stdout or done.stderr).splitlines()]


def compare(root, build, name, folder):
    output, target = folder / "out", folder / "root"
    for each in (output, target):
        each.mkdir()
    package = made(root, build, name, output)
    print(f"deb: {package.name}, {package.stat().st_size} bytes")
    problems = [*lintian(package), *compare_files(package, expected_files(build, name, folder / "expected"), folder / "raw"),
                *install(package, target), *compare_twice(root, build, package, folder)]
    problems += [*compare_machines(package, folder / "raw"), *compare_refusal(root, build, name, package, folder)]
    if is_foreign(package):
        print(f"deb: LEFT OUT: running what is in it, as this machine is no {field(package, 'Architecture')}")
        return problems
    if name == "mvimage":
        return [*problems, *try_mvimage(target, build / "mvinit"), *compare_libraries(package, target / "usr/bin/mvimage")]
    return [*problems, *try_mvinit(target)]


def bad_package(folder):
    """One that has a file of an init, a program for another machine and wants to run something; and the same, belonging to
    somebody else."""
    other = next(machine for machine in MACHINES.values() if machine != run("dpkg", "--print-architecture").stdout.strip())
    tree = folder / "tree"
    (tree / "DEBIAN").mkdir(parents=True)
    (tree / "usr/sbin").mkdir(parents=True)
    (tree / "usr/sbin/init").write_text("x")
    (tree / "DEBIAN/control").write_text(f"Package: mvinit\nVersion: 1\nArchitecture: {other}\nMaintainer: x <x@x>\n"
                                         "Description: x\n")
    shutil.copy("/bin/true", tree / "usr/sbin/other")
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
        said += compare_machines(package, folder / "raw")
        said += compare_machines(package, folder / "root")
        said += [*install(package, folder / "root"), *try_mvinit(folder / "root"), *lintian(package)]
        (folder / "root/usr/bin/mvimage").symlink_to("/bin/false")
        said += [*try_mvimage(folder / "root", "/bin/true"), *compare_libraries(package, "/bin/true")]
        wanted = ("usr/sbin/mvinit is installed, but", "usr/sbin/init is in the package, but", "is an init's",
                  "DEBIAN/triggers:", "something belongs to", "usr/sbin/init was changed", "/sbin/mvinit is not there",
                  "mvimage --version: exit code", "mvroot is not where", "it does not depend on libc6", "lintian: E:",
                  "bad.deb tells another architecture", "usr/sbin/other is for", "there is no program in it")
        wrong = [words for words in wanted if not any(words in each for each in said)]
    print(f"self-test: {len(wanted)} mistakes, not noticed: {wrong}")
    return 1 if wrong else 0


def main(argv):
    if argv == ["--self-test"]:
        return self_test() if shutil.which("dpkg-deb") and shutil.which("lintian") else 77
    if len(argv) != 3 or argv[2] not in COMPONENTS:
        print(__doc__, file=sys.stderr)
        return 2
    root, build = (Path(word).resolve() for word in argv[:2])
    missing = [name for name in ("mvinit", argv[2]) if not (build / name).exists()]
    if missing or not shutil.which("dpkg-deb"):
        print(f"{missing or 'dpkg-deb'} is not there: build it in {build} first (tests/run lint does)", file=sys.stderr)
        return 77
    with tempfile.TemporaryDirectory() as folder:
        problems = compare(root, build, argv[2], Path(folder))
    for problem in problems:
        print(problem)
    print(f"deb: {len(problems)} problem(s)")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
