#!/usr/bin/env python3
"""image.slim takes out of a program what only a debugger reads, and the program runs."""

import json
import shutil
import subprocess
import tarfile

from builder import Tree, case, check, equal, run

CODE = "int seven = 7;\nint main(int count, char**) { return seven * count; }\n"


def program(path, *flags):
    subprocess.run(["g++", "-x", "c++", "-g", "-O1", *flags, "-o", path, "-"], input=CODE, text=True, check=True)


def sections(path):
    done = subprocess.run(["readelf", "-SW", path], capture_output=True, text=True, check=True)
    equal(done.stderr, "", "readelf")
    return done.stdout


@case
def strip():
    """a program loses symbols and debug sections, and runs; objects, and programs with data at their end, stay"""
    if not shutil.which("g++"):
        print("      LEFT OUT: g++ is not installed")
        return
    image = 'target = "tar"\ncompression = "none"\nfiles = ["/srv"]\n'
    with Tree(app='command = ["/bin/app"]', image=image + "slim = true") as tree:
        (tree.root / "srv").mkdir()
        program(tree.root / "srv/program", "-static-pie")
        program(tree.root / "srv/object.o", "-c")
        whole = (tree.root / "srv/program").read_bytes()
        tree.put(tree.root / "srv/appended", whole + b"data", 0o755)
        tree.run("build", "-o", "image")
        with tarfile.open(tree.base / "image") as tar:
            out = {name: tar.extractfile(f"srv/{name}").read() for name in ("program", "object.o", "appended")}
        equal(out["object.o"] == (tree.root / "srv/object.o").read_bytes(), True, "the object")
        equal(out["appended"] == whole + b"data", True, "the program with data at its end")
        tree.put(tree.base / "out", out["program"], 0o755)
        equal(subprocess.run([tree.base / "out"], check=False).returncode, 7, "its exit code")
        text = sections(tree.base / "out")
        check(".debug" not in text and ".symtab" not in text and ".text" in text and ".dynamic" in text, text)
        saved = len(whole) - len(out["program"])
        tree.configure(image=image)
        report = json.loads(tree.run("report", "--json"))
        equal({each["name"]: each["bytes"] for each in report["slim"]}["symbols"], saved, "what report says of it")


run()
