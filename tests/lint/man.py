#!/usr/bin/env python3
"""Holds mvinit(8) against the program: every option of usage() and of the option table is in the page, and the page
knows no other.

    man.py ROOT | --self-test
"""
import re
import sys
from pathlib import Path

OPTION = re.compile(r"(?<![\w/.-])(--[a-z][a-z-]*|-[A-Za-z])(?![\w-])")
OURS = ("SYNOPSIS", "OPTIONS", "VERBS")  # where the page speaks of no other program's options


def options_of_program(source):
    """source: conf/arguments.cpp, where the table is, and conf/usage.cpp"""
    usage = re.search(r"std::string usage\(\).*?R\"\((.*?)\)\"", source, re.S).group(1)
    found = set(OPTION.findall(usage))
    for letter, name in re.findall(r"\{('\w'|0), \"(--[a-z-]+)\"", source):
        found.add(name)
        if letter != "0":
            found.add("-" + letter.strip("'"))
    return found


def plain(roff):
    """The words of a man(7) page without comments, font changes and escapes of hyphens."""
    text = re.sub(r'^[.\']\\".*$', "", roff, flags=re.M)
    text = re.sub(r"\\f(\[\w*\]|.)", "", text)
    return text.replace("\\-", "-").replace("\\(aq", "'").replace("\\&", "").replace('"', "")


def options_of_page(roff):
    sections = re.split(r"^\.SH +", plain(roff), flags=re.M)[1:]
    words = " ".join(part for part in sections if part.split("\n", 1)[0].strip() in OURS)
    return set(OPTION.findall(words))


def compare(source, roff):
    program, page = options_of_program(source), options_of_page(roff)
    problems = [f"{option} is not in the man page" for option in sorted(program - page)]
    return problems + [f"{option} is in the man page, but mvinit does not know it" for option in sorted(page - program)]


def self_test():
    source = 'constexpr Option options[] = {\n    {\'c\', "--config", 1},\n    {0, "--json", 2},\n};\n' \
             'std::string usage() { return R"(  -c, --config FILE  --json\n)"; }'
    page = '.SH SYNOPSIS\n\\fBmvinit\\fR [\\fB\\-c\\fR \\fIFILE\\fR]\n.SH OPTIONS\n.TP\n.BR \\-c ", " \\-\\-config\n' \
           '.TP\n.B \\-\\-json\n.SH EXAMPLES\ndocker run \\-\\-init\n'
    cases = [
        (source, page, 0),
        (source.replace("--json\n", "--json --plain\n"), page, 1),
        (source.replace('{0, "--json"', '{\'j\', "--json"'), page, 1),
        (source, page.replace("\\-\\-json", "\\-\\-jason"), 2),
        (source, page.replace(".B \\-\\-json", '.\\" \\-\\-json'), 1),
        (source, page.replace(".SH EXAMPLES\n", ""), 1),
    ]
    wrong = [number for number, (a, b, expected) in enumerate(cases) if len(compare(a, b)) != expected]
    print(f"self-test: {len(cases)} cases, wrong: {wrong}")
    return 1 if wrong else 0


def main(argv):
    if argv == ["--self-test"]:
        return self_test()
    if len(argv) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    root = Path(argv[0])
    source = "".join((root / "conf" / name).read_text() for name in ("arguments.cpp", "usage.cpp"))
    problems = compare(source, (root / "packaging/man/mvinit.8").read_text())
    for problem in problems:
        print(f"mvinit.8: {problem}")
    print(f"man: {len(problems)} problem(s)")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
