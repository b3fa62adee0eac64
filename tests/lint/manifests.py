#!/usr/bin/env python3
"""Holds the manifests of the illumos packages, packaging/ips/mvinit.p5m and packaging/svr4, against what the preset illumos
installs, and against what pkg(7), prototype(5) and pkginfo(5) say of their syntax; both name the same files, links and
directories of ours with the same modes and owners, and neither an init. What is installed has packaging/examples whole, as git
has it.

    manifests.py ROOT | --self-test ROOT
"""
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

# Action -> the attributes that it must have, and those that it may.
ACTIONS = {"set": ({"name", "value"}, set()), "dir": ({"path", "owner", "group", "mode"}, set()),
           "file": ({"path", "owner", "group", "mode"}, {"preserve"}), "link": ({"path", "target"}, set()), "license": ({"license"}, set()),
           "depend": ({"type", "fmri"}, set())}
FMRI = re.compile(r"pkg:/[a-z0-9][\w./+-]*(@\d+(\.\d+)*(,\d+(\.\d+)*)?(-\d+(\.\d+)*)?)?$")
NAMES = {"pkg.fmri", "pkg.summary", "pkg.description", "info.classification", "variant.arch"}
# Directories that no other package has.
OURS = ("usr/share/doc/mvinit", "usr/share/mvinit")
EXAMPLES = "usr/share/doc/mvinit/examples/"
INIT = ("sbin/init", "etc/inittab", "etc/default/init")


class Manifest:
    """(kind, path) -> (mode, owner, group), of a link (target,); what is wrong with the file; what else it says."""

    def __init__(self, name):
        self.name, self.objects, self.problems, self.values = name, {}, [], {}

    def wrong(self, number, what):
        self.problems.append(f"{self.name}:{number}: {what}")

    def add(self, number, kind, path, mode, owner, group):
        if not re.fullmatch(r"0?[0-7]{3}", mode):
            self.wrong(number, f"mode {mode} has no three octal digits")
        self.keep(number, kind, path, (int(mode, 8) if mode.isdigit() else 0, owner, group))

    def keep(self, number, kind, path, value):
        if path.startswith("/") or ".." in path.split("/") or path.endswith("/"):
            self.wrong(number, f"{path} does not lie below the root")
        if (kind, path) in self.objects:
            self.wrong(number, f"{path} is named twice")
        self.objects[kind, path] = value

    def installed(self):
        """What of it is installed, as installed() tells: path -> (kind, mode or target)."""
        return {path: (kind, value[0]) for (kind, path), value in self.objects.items()}


def lines_of(text):
    return [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip() and not line.startswith("#")]


def read_ips(text):
    """Each line an action: its name, a payload for some, and attributes name=value."""
    found = Manifest("mvinit.p5m")
    for number, line in lines_of(text):
        action, *words = shlex.split(line)
        payload = [word for word in words if "=" not in word]
        attributes = dict(word.split("=", 1) for word in words if "=" in word)
        must, may = ACTIONS.get(action, (set(), set()))
        if action not in ACTIONS:
            found.wrong(number, f"{action} is no action that is used here")
        elif not must <= set(attributes) <= must | may or len(payload) != (action == "license"):
            found.wrong(number, f"{action} takes {sorted(must)}, and only license a payload")
        elif action in ("dir", "file"):
            found.add(number, action, *(attributes[name] for name in ("path", "mode", "owner", "group")))
        elif action == "link":
            found.keep(number, action, attributes["path"], (attributes["target"],))
        elif action == "set":
            found.values[attributes["name"]] = attributes["value"]
        elif action == "depend" and not (attributes["type"] == "require" and FMRI.match(attributes["fmri"])):
            found.wrong(number, f"{attributes['fmri']} is no package to require")
    return found


def read_prototype(text):
    """ftype class path[=path] mode owner group; of a link without the last three; i without a class."""
    found = Manifest("prototype")
    for number, line in lines_of(text):
        words = line.split()
        if words[0] == "i" and len(words) == 2:
            found.values[words[1].split("=")[0]] = words[1].split("=")[-1]
        elif words[0] == "s" and len(words) == 3 and words[1] == "none" and "=" in words[2]:
            path, _, target = words[2].partition("=")
            found.keep(number, "link", path, (target,))
        elif words[0] not in "df" or len(words) != 6 or words[1] != "none":
            found.wrong(number, f"neither i FILE nor s none PATH=TARGET nor d or f none PATH MODE OWNER GROUP: {line}")
        else:
            path, _, source = words[2].partition("=")
            if words[0] == "f" and source != path:
                found.wrong(number, f"{path} is taken from {source or 'no place'}; with -r it is {path} below the root")
            found.add(number, {"d": "dir", "f": "file"}[words[0]], path, *words[3:])
    return found


def check_pkginfo(text, version):
    values, problems = {}, []
    for number, line in lines_of(text):
        match = re.fullmatch(r'([A-Z]\w*)="([^"]*)"', line)
        if not match:
            problems.append(f"pkginfo:{number}: not PARAMETER=\"value\": {line}")
        else:
            values[match.group(1)] = match.group(2)
    rules = {"PKG": r"(?!(install|new|all)$)[A-Za-z][A-Za-z0-9]{0,31}", "NAME": r"[ -~]{1,256}", "ARCH": r"i386",
             "VERSION": r"[!-'*-~][ -'*-~]{0,255}", "CATEGORY": r"system|application", "BASEDIR": r"/"}
    problems += [f"pkginfo: {name} is not {rule}: {values.get(name)}" for name, rule in rules.items()
                 if not re.fullmatch(rule, values.get(name, ""))]
    return problems + [f"pkginfo: VERSION is not {version}"] * (values.get("VERSION") != version)


def check_ips(found, version):
    problems = [f"mvinit.p5m: {name} is not set" for name in sorted(NAMES - set(found.values))]
    fmri = found.values.get("pkg.fmri", "")
    if not FMRI.match(fmri) or fmri.split("@")[-1] != version:
        problems.append(f"mvinit.p5m: pkg.fmri is {fmri}: the version is {version}")
    return problems


def cmake(*words, **environment):
    done = subprocess.run(["cmake", *words], env={**os.environ, **environment}, capture_output=True, text=True, timeout=200,
                          check=False)
    if done.returncode:
        raise ValueError(f"cmake {' '.join(words)}: {done.stderr}")


def installed(root, folder):
    """What `cmake --install` lays down as the preset says, without a compiler: the program is a file of that name. Path ->
    (kind, mode or target), modes as packages have them: nobody writes to a file."""
    presets = {each["name"]: each for each in json.loads((root / "CMakePresets.json").read_text())["configurePresets"]}
    variables = presets["illumos"]["cacheVariables"]
    layout = [f"-D{name}={variables[name]}" for name in variables if name.startswith("CMAKE_INSTALL_")]
    build, tree = folder / "build", folder / "tree"
    cmake("-S", str(root), "-B", str(build), "-G", "Ninja", "-DBUILD_TESTING=OFF", "-DCMAKE_BUILD_TYPE=MinSizeRel", *layout)
    (build / "mvinit").write_text("")
    cmake("--install", str(build), "--component", "Unspecified", DESTDIR=str(tree))
    return {str(path.relative_to(tree)): kind_of(path) for path in tree.rglob("*")}


def kind_of(path):
    if path.is_symlink():
        return ("link", os.readlink(path))
    mode = path.stat().st_mode & 0o777
    return ("dir", mode) if path.is_dir() else ("file", mode & 0o555)


def examples_in_git(root):
    """The same of packaging/examples; nothing where there is no git."""
    listed = subprocess.run(["git", "-C", str(root), "ls-files", "-s", "packaging/examples"], capture_output=True, text=True,
                            check=False).stdout
    found = {}
    for mode, _, _, path in (line.split(maxsplit=3) for line in listed.splitlines()):
        kind = ("link", os.readlink(root / path)) if mode == "120000" else ("file", int(mode, 8) & 0o555)
        found[EXAMPLES + path.removeprefix("packaging/examples/")] = kind
    return found


def compare_examples(files, expected):
    found = {path: kind for path, kind in files.items() if path.startswith(EXAMPLES) and kind[0] != "dir"}
    found.pop(EXAMPLES + "mvinit.toml", None)
    return [f"{path}: git has {expected.get(path)}, installed is {found.get(path)}"
            for path in sorted(set(found) | set(expected)) if expected and found.get(path) != expected.get(path)]


def is_ours(path, kind):
    return kind[0] != "dir" or path.startswith(OURS)


def compare(ips, prototype, pkginfo, files, version):
    problems = [*ips.problems, *prototype.problems, *check_ips(ips, version), *check_pkginfo(pkginfo, version)]
    for found in (ips, prototype):
        named, ours = found.installed(), {path for path, kind in files.items() if is_ours(path, kind)}
        problems += [f"{found.name}: {path} is installed, but not named" for path in sorted(ours - set(named))]
        problems += [f"{found.name}: {path} is named, but not installed" for path in sorted(set(named) - ours)]
        problems += [f"{found.name}: {path} is named as {named[path]}, installed as {files[path]}"
                     for path in sorted(ours & set(named)) if named[path] != files[path]]
        problems += [f"{found.name}: {path} is the system's" for path in INIT if path in named]
    if prototype.values.get("pkginfo") != "./pkginfo":
        problems.append("prototype: i pkginfo=./pkginfo is missing")
    problems += [f"{path}: mvinit.p5m says {ips.objects.get((kind, path))}, prototype {prototype.objects.get((kind, path))}"
                 for kind, path in sorted(set(ips.objects) | set(prototype.objects))
                 if ips.objects.get((kind, path)) != prototype.objects.get((kind, path))]
    return problems


def check(root, files, change=lambda name, text: text):
    """files: as installed() tells."""
    read = {name: change(name, (root / "packaging" / name).read_text())
            for name in ("ips/mvinit.p5m", "svr4/prototype", "svr4/pkginfo")}
    version = re.search(r"^project\(mvinit VERSION ([\d.]+)", (root / "CMakeLists.txt").read_text(), re.M).group(1)
    ips, prototype = read_ips(read["ips/mvinit.p5m"]), read_prototype(read["svr4/prototype"])
    return compare(ips, prototype, read["svr4/pkginfo"], files, version) + compare_examples(files, examples_in_git(root))


CHANGES = [
    ("ips/mvinit.p5m", "file path=sbin/mvinit", "file path=sbin/init", "sbin/mvinit is installed, but not named"),
    ("ips/mvinit.p5m", "file path=sbin/mvinit", "file path=sbin/init", "sbin/init is the system's"),
    ("ips/mvinit.p5m", "group=sys mode=0555", "mode=0555", "file takes"),
    ("ips/mvinit.p5m", "mode=0555", "mode=4555", "no three octal digits"),
    ("ips/mvinit.p5m", "mode=0555", "mode=0755", "sbin/mvinit: mvinit.p5m says"),
    ("ips/mvinit.p5m", "license LICENSE", "license", "license takes"),
    ("ips/mvinit.p5m", "fmri=pkg:/system/library\n", "fmri=libc.so.1\n", "no package to require"),
    ("ips/mvinit.p5m", "mvinit@", "mvinit@9", "the version is"),
    ("ips/mvinit.p5m", "dir path", "directory path", "no action"),
    ("ips/mvinit.p5m", "target=busybox", "target=sh", "is named as ('link', 'sh')"),
    ("ips/mvinit.p5m", "mvinit/examples/nginx owner", "mvinit/examples/ngin owner", "examples/nginx is installed, but not"),
    ("svr4/prototype", "sh=busybox", "sh", "neither i FILE nor"),
    ("svr4/prototype", "data-disk 0555", "data-disk 0444", "('file', 292), installed as ('file', 365)"),
    ("svr4/prototype", "f none sbin/mvinit=sbin/mvinit", "f none /sbin/mvinit=sbin/mvinit", "below the root"),
    ("svr4/prototype", "f none sbin/mvinit=sbin/mvinit", "f none sbin/mvinit=mvinit", "is taken from mvinit"),
    ("svr4/prototype", "0555 root sys", "0555 root", "neither i FILE nor"),
    ("svr4/prototype", "i pkginfo", "i copyright", "i pkginfo=./pkginfo is missing"),
    ("svr4/pkginfo", 'PKG="mvinit"', 'PKG="mv-init"', "PKG is not"),
    ("svr4/pkginfo", 'PKG="mvinit"', "PKG=mvinit", "not PARAMETER="),
    ("svr4/pkginfo", 'VERSION="', 'VERSION="9', "VERSION is not"),
]


def self_test(root):
    """The files as they are, with one mistake each."""
    whole = read_ips((root / "packaging/ips/mvinit.p5m").read_text())
    files = whole.installed()
    wrong = [f"clean, but: {each}" for each in check(root, files)]
    for file, old, new, words in CHANGES:
        def change(name, text, file=file, old=old, new=new):
            return text.replace(old, new, 1) if name == file else text
        if not any(words in each for each in check(root, files, change)):
            wrong.append(f"{file}: {new}: {words}")
    for words, changed in {"is named, but not installed": dict(list(files.items())[1:]),
                           "git has": {**files, EXAMPLES + "nginx/other": ("file", 0o444)}}.items():
        if not any(words in each for each in [*check(root, changed), *compare_examples(changed, files)]):
            wrong.append(words)
    print(f"self-test: {len(CHANGES) + 2} mistakes, not noticed: {wrong}")
    return 1 if wrong else 0


def main(argv):
    if len(argv) not in (1, 2) or argv[:-1] not in ([], ["--self-test"]) or not (Path(argv[-1]) / "packaging").is_dir():
        print(__doc__, file=sys.stderr)
        return 2
    root = Path(argv[-1]).resolve()
    if argv[:-1]:
        return self_test(root)
    with tempfile.TemporaryDirectory() as folder:
        files = installed(root, Path(folder))
    problems = check(root, files)
    for problem in problems:
        print(problem)
    print(f"manifests: {len(files)} entries, {len(problems)} problem(s)")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
