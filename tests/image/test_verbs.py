#!/usr/bin/env python3
"""The command line, the report and its picture, and what is said of a wrong configuration."""

import json
import subprocess
import xml.etree.ElementTree

import builder
from builder import Tree, case, check, equal, refused, run
from elf import SOLARIS, elf


def plain(*words):
    return subprocess.run([builder.BINARY, *words], capture_output=True, text=True, check=False)


@case
def usage():
    """--help and --version; what is not understood is said, with what is near"""
    check("mvimage build" in plain("--help").stdout, "--help")
    for words in (("help",), ("help", "build"), ("help", "check"), ("build", "--help")):
        equal(plain(*words).stdout, plain("--help").stdout, words)
    check(plain("--version").stdout.startswith("mvimage "), "--version")
    for words, text in ((["biuld"], "unknown verb 'biuld' (did you mean 'build'?)"), ([], "what to do is missing"),
                        (["build", "--dry"], "unknown option --dry"), (["list", "-n"], "belongs to 'mvimage build'"),
                        (["why"], "why takes the absolute path"), (["build", "-o"], "option -o lacks its value"),
                        (["help", "biuld"], "unknown verb 'biuld' (did you mean 'build'?)"),
                        (["help", "build", "x"], "'x' is one word too many"), (["build", "x"], "'x' is one word too many"), (["build", "-t", "iso"], "one of initramfs, tar, oci"),
                        (["list", "-c", "/nowhere/x.toml"], "/nowhere/x.toml: No such file or directory")):
        with Tree() as tree:
            done = plain(*words, *(["-c", str(tree.config)] if "iso" in words else []))
        equal(done.returncode, 2, f"{words}: exit code; it said {done.stderr}")
        check(text in done.stderr, f"{words}: '{text}' is not said: {done.stderr}")


@case
def wrong_configuration():
    """mvinit's own parser reads the file: its errors, with places and hints"""
    with Tree(image='tagret = "oci"') as tree:
        refused(tree, "mvinit.toml:7:1: unknown key 'tagret' in [image] (did you mean 'target'?)", code=1)
        tree.config.write_text("[app]\n")
        refused(tree, "app.command is missing", code=1)


@case
def why():
    """why tells the chain up to the file's line; a path through links is the file's; a path that is not there: 6"""
    with Tree({"lib/x86_64-linux-gnu/libd.so": ("link", "libc.so.6")}) as tree:
        equal(tree.why("/lib/x86_64-linux-gnu/libc.so.6"), ["/lib/x86_64-linux-gnu/libc.so.6",
              "  /bin/app: needed library libc.so.6", "  mvinit.toml:2:12: app.command"], "why")
        equal(tree.why("/lib/x86_64-linux-gnu/libd.so")[0], "/lib/x86_64-linux-gnu/libc.so.6", "through a link")
        refused(tree, "/bin/other in the image", code=6, words=("why", "/bin/other"))
        refused(tree, "it is not there (/bin/app is): ", code=6, words=("why", "/usr/local/app"))
        chain = json.loads(tree.run("why", "--json", "/lib64/ld-linux-x86-64.so.2"))
        equal(chain["chain"][0], "/bin/app: ELF interpreter", "--json")


@case
def why_not():
    """a file that image.slim or image.exclude leaves out is told to be left out, by what"""
    files = {"usr/share/doc/app": "x", "srv/a": "x"}
    with Tree(files, image='slim = true\nfiles = ["/usr/share/doc", "/srv"]\nexclude = ["/srv/a"]') as tree:
        refused(tree, "/usr/share/doc/app in the image: image.slim leaves it out", code=6, words=("why", "/usr/share/doc/app"))
        refused(tree, "image.exclude, by /srv/a, leaves it out", code=6, words=("why", "/srv/a"))
        refused(tree, "it is not there", code=6, words=("why", "/usr/share/doc/none"))


@case
def made_up_files():
    """a file of proc, which has no size, is an error that says so"""
    with Tree(image='files = ["/cpuinfo"]') as tree:
        tree.configure(image='files = ["/cpuinfo"]\noverlays = ["/proc"]')
        tree.config.write_text(tree.config.read_text().replace('overlays = ["/proc"]\n', "")
                               .replace('roots = ["root"]', 'roots = ["root", "/proc"]'))
        refused(tree, "read /proc/cpuinfo: the kernel makes it up when it is read, so that it has no size", code=4)


@case
def report():
    """the table adds up, in JSON too; the picture is well-formed SVG with a rectangle for each large file"""
    with Tree({"srv/<big> & \"loud\"": "x" * 300000, "srv/small": "y" * 90000}, image='files = ["/srv"]') as tree:
        told = json.loads(tree.run("report", "--json", "--svg", "map.svg"))
        equal(sum(group["bytes"] for group in told["groups"]), told["bytes"], "bytes")
        equal(told["groups"][0]["name"], "data", "the largest group")
        svg = xml.etree.ElementTree.parse(tree.base / "map.svg").getroot()
        titles = [each.text for each in svg.iter("{http://www.w3.org/2000/svg}title")]
        check('/srv/<big> & "loud": 300.0 kB' in titles and "/srv/small: 90.0 kB" in titles, titles)
        check("programs" in tree.run("report"), "the table")


@case
def json_of_build():
    """build --json: where, how large, and that it was written"""
    with Tree() as tree:
        told = json.loads(tree.run("build", "--json", "-o", "image"))
        equal((told["output"], told["target"], told["written"]), ("image", "initramfs", True), "build --json")
        equal(told["packed"], (tree.base / "image").stat().st_size, "packed")


@case
def names_in_any_bytes():
    """names that are no UTF-8, and long ones that are, leave JSON and the picture well-formed"""
    with Tree({"srv/" + "ü" * n + str(n): "x" * 3000 for n in range(30, 90)}, image='files = ["/srv"]') as tree:
        with open(bytes(tree.root) + b"/srv/\xff\xc3\n\"", "w", encoding="ascii") as file:
            file.write("x" * 9000)
        check('/srv/\ufffd\ufffd\n"' in tree.paths(), "the name in JSON")
        tree.run("report", "--json", "--svg", "map.svg")
        words = [each.text for each in xml.etree.ElementTree.parse(tree.base / "map.svg").getroot().iter()]
        check(any(each and each.startswith("üü") and each.endswith("…") for each in words), "no shortened name")


@case
def control_characters():
    """a name with control characters steers no terminal: list and why show them escaped"""
    with Tree({"srv/a\nb\x1b[31m": "x"}, image='files = ["/srv"]') as tree:
        out = tree.run("list") + tree.run("report") + tree.run("why", "/srv/a\nb\x1b[31m")
        equal((out.count("/srv/a\\x0ab\\x1b[31m"), "\x1b" in out), (3, False), out)


@case
def warnings_once():
    """a warning of the parser is told once, also where report looks twice, for illumos too"""
    with Tree({"bin/app": elf(osabi=SOLARIS)}, more='[platform.illumos.system]\nmodules = ["x"]') as tree:
        tree.put(tree.base / "mvinit", elf(osabi=SOLARIS))
        tree.run("report")
        equal(tree.said.count("has no effect on illumos"), 1, tree.said)


run()
