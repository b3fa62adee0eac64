#!/usr/bin/env python3
"""Holds mvinit(8) and `mvinit help` against the program: every verb, option, linked name, exit code and name in JSON is in
the page, and the page knows no other; usage() names every verb, and no option that there is not.

    man.py ROOT | --self-test
"""
import re
import sys
from pathlib import Path

from program_words import Words

OPTION = re.compile(r"(?<![\w/.-])(--[a-z][a-z-]*|-[A-Za-z])(?![\w-])")
OURS = ("SYNOPSIS", "OPTIONS", "VERBS")  # where the page speaks of no other program's options
EVERYWHERE = {"--help", "--version", "-h", "-V"}


def plain(roff):
    """The words of a man(7) page without comments, font changes and escapes of hyphens."""
    text = re.sub(r'^[.\']\\".*$', "", roff, flags=re.M)
    text = re.sub(r"\\f(\[\w*\]|.)", "", text)
    return text.replace("\\-", "-").replace("\\(aq", "'").replace("\\&", "").replace("\\~", " ").replace('"', "")


def sections(roff):
    return {part.split("\n", 1)[0].strip(): part for part in re.split(r"^\.SH +", plain(roff), flags=re.M)[1:]}


def differences(what, program, page):
    return [f"{what} {each} is not in the man page" for each in sorted(program - page)] + \
           [f"{what} {each} is in the man page, but mvinit does not know it" for each in sorted(page - program)]


def tags(section):
    """The words of each tag (the line behind .TP)."""
    return [set(re.findall(r"[\w-]+", line)) for line in re.findall(r"^\.TP\n\.\w+ (.*)$", section, re.M)]


def verbs_of_page(page):
    """The words that the tags of VERBS begin with, but for the part on other names."""
    found = set()
    for line in re.findall(r"^\.TP\n\.\w+ (.*)$", page.get("VERBS", "").split("\n.SS ")[0], re.M):
        first = line.split("[")[0]
        found |= {word for word in re.findall(r"[a-z]+", first)} - {"install", "remove"}
    return found


def compare(words, roff):
    page = sections(roff)
    ours = " ".join(page.get(name, "") for name in OURS)
    program = words.all_options | words.linked_options
    problems = differences("option", program, set(OPTION.findall(ours)))
    problems += differences("verb", words.verbs, verbs_of_page(page) & (words.verbs | verbs_of_page(page)))
    names = " ".join(page.get("VERBS", "").split("\n.SS ")[1:])
    problems += [f"name {each} is not in the man page" for each in sorted(words.linked_names)
                 if not any(each in tag for tag in tags(names))]
    used = set(OPTION.findall(words.usage))
    problems += [f"option {each} is in usage(), but mvinit does not know it" for each in sorted(used - words.all_options)]
    problems += [f"option {each} is not in usage()" for each in
                 sorted(each for each in words.all_options - used - EVERYWHERE if each.startswith("--"))]
    problems += [f"verb {each} is not in usage()" for each in sorted(words.verbs)
                 if not re.search(rf"^  mvinit .*?\b{each}\b", words.usage, re.M)]
    return problems


def names_of_status(root):
    """The names that PID 1 and the verb write for status."""
    status = (root / "init/control_status.cpp").read_text().split("std::string program_lines")[0]
    found = set(re.findall(r'put_(?:value|number)\(text, "(\w+)"', status))
    described = re.search(r"void Attendance::describe\(.*?\n}", (root / "init/attendance_tell.cpp").read_text(), re.S)
    found |= set(re.findall(r'(?:"|\\n)([a-z]+(?:_[a-z]+)*) ', described.group(0)))
    verb = (root / "init/status_json.cpp").read_text() + (root / "init/answers.cpp").read_text() + \
        (root / "init/status_verb.cpp").read_text()
    found |= set(re.findall(r'\\"([a-z_]+)\\"(?:: |=)', verb))
    return found | set(re.findall(r'fill\("(\w+) %', verb))


def compare_codes_and_names(root, roff):
    page = sections(roff)
    codes = set(re.findall(r"exit_\w+ = (\d+);", (root / "init/verbs.hpp").read_text()))
    told = set(re.findall(r"^\.B (\d+)$", page.get("EXIT STATUS", ""), re.M))
    json = set(re.findall(r"[a-z_]+", page.get("JSON OUTPUT", "")))
    return [f"exit code {each} is not in the man page" for each in sorted(codes - told)] + \
           [f"JSON name {each} is not in the man page" for each in sorted(names_of_status(root) - json)]


def compare_image(root, roff):
    """mvimage(1): options, verbs and exit codes, in the page and in usage(), as the program has them."""
    options = (root / "packaging/image/options.cpp").read_text()
    usage = options.split("std::string_view usage()")[1]
    table = options.split("table[] = {")[1].split("};")[0]
    program = set(re.findall(r'"(--?[a-zA-Z-]+)"', table)) | EVERYWHERE
    verbs = set(re.findall(r'"([a-z]+)"', re.search(r"verbs\[\] = \{(.*?)\}", options).group(1)))
    page = sections(roff)
    ours = " ".join(page.get(name, "") for name in OURS)
    problems = differences("option", program, set(OPTION.findall(ours)))
    problems += differences("verb", verbs, {word for tag in tags(page.get("VERBS", "")) for word in tag} - {"PATH", "DIR", "IMAGE"})
    problems += [f"option {each} is not in usage()" for each in sorted(program - set(OPTION.findall(usage)))]
    problems += [f"verb {each} is not in usage()" for each in sorted(verbs) if not re.search(rf"mvimage [a-z|]*\b{each}\b", usage)]
    codes = set(re.findall(r"exit_\w+ = (\d+);", (root / "packaging/image/failure.hpp").read_text()))
    problems += differences("exit code", codes, set(re.findall(r"^\.B (\d+)$", page.get("EXIT STATUS", ""), re.M)))
    return problems


class Sample(Words):
    """A small program, for the self-test."""

    def __init__(self, usage="  mvinit go [--fast]\n  -c, --config FILE", options=("--fast", "--config", "-c"),
                 verbs=("go",), linked=("--force",)):  # pylint: disable=super-init-not-called
        self.usage, self.all_options, self.verbs = usage, set(options), set(verbs)
        self.linked_options, self.linked_names = set(linked), {"halt"}


def self_test():
    page = '.SH SYNOPSIS\n\\fBmvinit\\fR [\\fB\\-c\\fR \\fIFILE\\fR]\n.SH VERBS\n.TP\n.BR go " [" \\-\\-fast "]"\n' \
           '.SS Other names\n.TP\n.BR halt\n.B \\-\\-force\n.SH OPTIONS\n.TP\n.BR \\-c ", " \\-\\-config\n' \
           '.SH EXAMPLES\ndocker run \\-\\-init\n'
    cases = [
        (Sample(), page, 0),
        (Sample(options=("--fast", "--config", "-c", "--new")), page, 2),
        (Sample(options=("--fast", "--config")), page, 2),
        (Sample(), page.replace("\\-\\-fast", "\\-\\-fest"), 2),
        (Sample(), page.replace(".BR \\-c", '.\\" \\-c').replace("\\-c\\fR", ""), 2),
        (Sample(), page.replace(".SH EXAMPLES\n", ""), 1),
        (Sample(verbs=("go", "come")), page, 2),
        (Sample(verbs=()), page, 1),
        (Sample(linked=()), page, 1),
        (Sample(), page.replace(".BR halt", ".BR hult"), 1),
        (Sample(usage="  mvinit [--fast]\n  -c, --config FILE"), page, 1),
        (Sample(usage="  mvinit go [--fast] [--slow]\n  -c, --config FILE"), page, 1),
    ]
    wrong = [(number, compare(words, roff)) for number, (words, roff, expected) in enumerate(cases)
             if len(compare(words, roff)) != expected]
    root = Path(__file__).resolve().parents[2]
    image = (root / "packaging/man/mvimage.1").read_text()
    spoilt = [image.replace(one, other) for one, other in (
        ("\\-\\-svg", "\\-\\-swg"), (".BR list", ".BR lost"), ("\\-\\-json", "json"), (".B 6\n", ".B 7\n"),
        (".BR list", ".BR list\nAll.\n.TP\n.BR extra"))]
    wrong += [f"mvimage.1, case {number}" for number, page in enumerate(spoilt) if page == image or not compare_image(root, page)]
    print(f"self-test: {len(cases) + len(spoilt)} cases, wrong: {wrong}")
    return 1 if wrong else 0


def main(argv):
    if argv == ["--self-test"]:
        return self_test()
    if len(argv) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    root = Path(argv[0])
    roff = (root / "packaging/man/mvinit.8").read_text()
    problems = compare(Words(root), roff) + compare_codes_and_names(root, roff)
    for problem in problems:
        print(f"mvinit.8: {problem}")
    image = compare_image(root, (root / "packaging/man/mvimage.1").read_text())
    for problem in image:
        print(f"mvimage.1: {problem}")
    problems += image
    print(f"man: {len(problems)} problem(s)")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
