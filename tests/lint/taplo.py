#!/usr/bin/env python3
"""Holds the schema of mvinit.toml to the editors' own reader: taplo, which the VS Code extension Even Better TOML is made
of, takes every example of this tree and refuses every bad file of schema_cases.py. It finds the schema in both of the ways
that the README names: by a rule in .taplo.toml, and by the file's first line.

    taplo.py ROOT

Needs node, and the npm package @taplo/cli where packaging/setup puts it (77, skipped, without; in CI 1).
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import schema
from schema_cases import BAD

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mvinit"
TAPLO = CACHE / "node_modules/@taplo/cli/dist/cli.js"
SHIPPED = "packaging/schema/mvinit.schema.json"
RULE = '[[rule]]\ninclude = ["**/mvinit.toml"]\nschema = {{ path = "{}" }}\n'


def plant(folder, name, cases, shipped):
    """Each text as a file in a folder of its own, the schema beside it, which its first line may name."""
    for number, text in enumerate(cases):
        file = folder / f"{number:03}" / name
        file.parent.mkdir(parents=True)
        file.write_text(text)
        (file.parent / shipped.name).symlink_to(shipped)


def lint(folder):
    """The files below folder that taplo finds fault with, and all that it says."""
    done = subprocess.run(["node", TAPLO, "lint", "--colors", "never"], cwd=folder, capture_output=True, text=True,
                          check=False, timeout=240)
    said = done.stdout + done.stderr
    refused = {Path(path) for path in re.findall(r'^ERROR taplo:lint_files: invalid file .* path="(.*)"$', said, re.M)}
    if (done.returncode == 0) != (not refused) or "found files total=" not in said:
        sys.exit(f"taplo ended with {done.returncode}: what it says is not understood:\n{said}")
    return refused, said


def compare(root, folder):
    good = [text for _, text in schema.examples(root)]
    bad = [text for text, _ in BAD]
    shipped = root / SHIPPED
    plant(folder / "good", "mvinit.toml", good, shipped)
    plant(folder / "bad", "mvinit.toml", bad, shipped)
    # No rule is for these.
    first = f"#:schema ./{shipped.name}\n"
    plant(folder / "bad-by-line", "other.toml", [first + bad[0]], shipped)
    plant(folder / "good-by-line", "other.toml", [first + good[0], bad[0]], shipped)
    (folder / ".taplo.toml").write_text(RULE.format(shipped))
    refused, said = lint(folder)
    wanted = set(folder.glob("bad*/*/*.toml"))
    print(f"taplo: {len(good)} good files, {len(bad)} bad ones")
    for path in sorted(refused - wanted):
        why = [line for line in said.splitlines() if str(path) in line]
        yield f"taplo refuses a good file: {why}\n{path.read_text()}"
    yield from (f"taplo takes a bad file:\n{path.read_text()}" for path in sorted(wanted - refused))


def main(argv):
    if len(argv) != 1 or not (Path(argv[0]) / SHIPPED).is_file():
        print(__doc__, file=sys.stderr)
        return 2
    if not TAPLO.exists() or not shutil.which("node"):
        print(f"{TAPLO} or node is not there, nothing was checked: run packaging/setup lint", file=sys.stderr)
        return 1 if os.environ.get("CI") == "true" else 77
    with tempfile.TemporaryDirectory(prefix="mvinit-taplo-") as name:
        problems = list(compare(Path(argv[0]).resolve(), Path(name).resolve()))
    for problem in problems:
        print(problem)
    print(f"taplo: {len(problems)} problem(s)")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
