#!/usr/bin/env python3
"""Runs the checkers that Debian packages: clang-format, shellcheck and clang-tidy, over all files that are theirs.

    checkers.py format ROOT
    checkers.py shell ROOT
    checkers.py tidy ROOT BUILD    BUILD: a configured build directory with compile_commands.json
    checkers.py --self-test ROOT   shows that each of them can fail
Exits with 0, 1 (findings), 2 (usage) or, where a checker is not installed, 77 (skipped, to ctest) and in CI 1.
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOMS = ("conf", "plumb", "init")
VERSION = "14"  # findings and layout differ from version to version; this is Debian 12's
JOBS = 2


class Missing(Exception):
    """A checker that is not installed; the text names its package."""


def program(name, versioned=True):
    found = (versioned and shutil.which(f"{name}-{VERSION}")) or shutil.which(name)
    if not found:
        raise Missing(name)
    return found


def cpp_sources(root):
    return [path for folder in (*ROOMS, "tests", "packaging") for path in sorted((root / folder).rglob("*"))
            if path.suffix in (".cpp", ".hpp") and path.is_file()]


def is_shell(path):
    if not path.is_file() or path.is_symlink():
        return False
    with path.open("rb") as file:
        first = file.readline(64)
    return path.suffix == ".sh" or first.startswith((b"#!/bin/bash", b"#!/bin/sh", b"#!/usr/bin/env bash"))


def shell_scripts(root):
    return [path for folder in (".ci", "packaging", "tests") for path in sorted((root / folder).rglob("*"))
            if is_shell(path)]


def run(words, root):
    """0 or 1; what the checker says is printed. The count of suppressed warnings, on stderr, is only told on failure."""
    done = subprocess.run(words, cwd=root, capture_output=True, text=True, check=False)
    if done.returncode != 0 or done.stdout:
        print(done.stdout + "\n".join(line for line in done.stderr.splitlines() if "warnings generated" not in line),
              flush=True)
    return 0 if done.returncode == 0 else 1


def check_format(root):
    files = cpp_sources(root)
    print(f"format: {len(files)} files")
    return run([program("clang-format"), "--dry-run", "-Werror", *map(str, files)], root) if files else 2


def check_shell(root):
    files = shell_scripts(root)
    print(f"shell: {len(files)} scripts")
    command = [program("shellcheck", versioned=False), "--external-sources", "--source-path=SCRIPTDIR"]
    return run([*command, *map(str, files)], root) if files else 2


def compiled(root, build):
    """The sources of ours that BUILD compiles: no other has the flags to be read with."""
    entries = json.loads((build / "compile_commands.json").read_text())
    files = {Path(entry["directory"], entry["file"]).resolve() for entry in entries}
    return sorted(file for file in files
                  if file.is_relative_to(root) and file.relative_to(root).parts[0] in (*ROOMS, "packaging"))


def check_tidy(root, build):
    tidy = program("clang-tidy")
    # The ones that read most headers first, so that neither job is left with a long one at the end.
    files = sorted(compiled(root, build), key=lambda file: file.name not in ("loop.cpp", "log.cpp"))
    print(f"tidy: {len(files)} files", flush=True)
    with ThreadPoolExecutor(JOBS) as pool:
        results = list(pool.map(lambda file: run([tidy, "-p", str(build), "--quiet", str(file)], root), files))
    return max(results) if results else 2


# ---- self-test: a tree with one bad file for each checker, then the same mended ----

BAD_SOURCE = "#include <utility>\nint f(int x){return sizeof(x)+sizeof(sizeof(x));}\n"
GOOD_SOURCE = "int f(int x) {\n    return x;\n}\n"


def plant(root, real_root, source, script):
    for name in (".clang-format", ".clang-tidy"):
        shutil.copy(real_root / name, root / name)
    for folder in ("conf", "packaging"):
        (root / folder).mkdir(exist_ok=True)
    (root / "conf/a.cpp").write_text(source)
    (root / "packaging/a").write_text("#!/bin/bash\n" + script)
    command = {"directory": str(root), "file": "conf/a.cpp", "command": "g++ -std=c++20 -c conf/a.cpp"}
    (root / "compile_commands.json").write_text(json.dumps([command]))


def self_test(real_root):
    wrong = []
    for source, script, expected in ((BAD_SOURCE, "rm $1\n", 1), (GOOD_SOURCE, 'rm "$1"\n', 0)):
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder).resolve()
            plant(root, real_root, source, script)
            got = {"format": check_format(root), "shell": check_shell(root), "tidy": check_tidy(root, root)}
        wrong += [f"{name}: {code} instead of {expected}" for name, code in got.items() if code != expected]
    print(f"self-test: wrong: {wrong}")
    return 1 if wrong else 0


def main(argv):
    actions = {"format": (check_format, 1), "shell": (check_shell, 1), "tidy": (check_tidy, 2), "--self-test": (self_test, 1)}
    action, count = actions.get(argv[0] if argv else "", (None, 0))
    if action is None or len(argv) != 1 + count:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        return action(*(Path(word).resolve() for word in argv[1:]))
    except Missing as missing:
        print(f"{missing} is not installed, nothing was checked: run packaging/setup lint", file=sys.stderr)
        return 1 if os.environ.get("CI") == "true" else 77


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
