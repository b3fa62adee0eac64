#!/usr/bin/env python3
"""Holds the completions for bash, zsh and fish against the program: each shell is made to complete, and what it offers
must be what mvinit, or mvimage, understands at that place, no more and no less. A shell that is not installed is left out and named.

    completions.py ROOT | --self-test
"""
import os
import pty
import re
import select
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from program_words import ImageWords, Words

DEADLINE = 60


class Bash:
    name = "bash"

    def __init__(self, root, program):
        self.file, self.program = root / f"packaging/completions/{program}.bash", program

    def offers(self, line):
        words = line.split(" ")
        quoted = " ".join("'" + word + "'" for word in words)
        script = (f"compopt() {{ :; }}; . '{self.file}'; COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; "
                  f"_{self.program}; printf '%s\\n' \"${{COMPREPLY[@]}}\"")
        done = subprocess.run(["bash", "--norc", "--noprofile", "-c", script], capture_output=True, text=True,
                              timeout=DEADLINE, check=False)
        if done.stderr or done.returncode:
            return {f"bash says: {done.stderr}"}
        return set(done.stdout.split())


class Fish:
    name = "fish"

    def __init__(self, root, program):
        self.file = root / f"packaging/completions/{program}.fish"
        self.home = tempfile.mkdtemp(prefix="mvinit-fish-")

    def offers(self, line):
        done = subprocess.run(["fish", "--no-config", "-c", f"source '{self.file}'; complete -C '{line}'"],
                              capture_output=True, text=True, timeout=DEADLINE, check=False,
                              env={**os.environ, "HOME": self.home, "TERM": "dumb"})
        if done.returncode:
            return {f"fish says: {done.stderr}"}
        return {each.split("\t")[0] for each in done.stdout.splitlines()}


class Zsh:
    """An interactive zsh on a terminal of its own, whose way to add a match tells it as well. What it is to be waited for
    is not in the words that are typed, as the terminal may show these."""
    name = "zsh"
    SETUP = """PROMPT=; RPROMPT=; setopt no_beep; unsetopt zle_bracketed_paste 2>/dev/null; stty -echo
fpath=({folder} $fpath); autoload -Uz compinit; compinit -u -D
compadd() {{
  if [[ ${{@[1,(i)(-|--)]}} == *-(O|A|D)\\ * ]]; then builtin compadd "$@"; return $?; fi
  local -a hits; builtin compadd -A hits "$@"; local each
  for each in $hits; do print -r -- "HIT$((1+1)):$each"; done; builtin compadd "$@"
}}
told() {{ print -r -- "ASKED$((1+1))" }}
comppostfuncs=(told); bindkey '^I' complete-word
zle-line-init() {{ print -r -- "READY$((1+1))" }}; zle -N zle-line-init
"""

    def __init__(self, root, _):
        self.folder = root / "packaging/completions"

    def offers(self, line):
        pid, terminal = pty.fork()
        if pid == 0:
            os.environ.update(TERM="dumb", COLUMNS="200")
            os.execvp("zsh", ["zsh", "-f", "-i"])
        try:
            os.write(terminal, self.SETUP.format(folder=self.folder).encode())
            self._until(terminal, "READY2")
            os.write(terminal, line.encode() + b"\t")
            text = self._until(terminal, "ASKED2")
        finally:
            os.kill(pid, 9)
            os.waitpid(pid, 0)
            os.close(terminal)
        return set(re.findall(r"HIT2:(\S+)", text))

    @staticmethod
    def _until(terminal, mark):
        text, end = "", time.monotonic() + DEADLINE
        while mark not in text.replace("\r", ""):
            if not select.select([terminal], [], [], max(0.0, end - time.monotonic()))[0]:
                return text + f"HIT2:(zsh-said-no-more-than:{text[-300:]!r})".replace(" ", "_")
            text += os.read(terminal, 65536).decode("utf-8", "replace")
        return text


def expected(words, folder):
    """Line -> what is offered for its last word."""
    table = {"mvinit kill ": words.signals, "mvinit kill TE": {"TERM"}, "mvinit sta": {"start", "status"},
             "mvinit inittab ": {"check", "install", "remove"}, "mvinit plan --platform ": {"linux", "illumos"},
             "mvinit -p KI": {"KILL"}, "mvinit status ": set(), "mvinit start --timeout ": set()}
    for verb in words.verbs - {"version", "help"}:
        table[f"mvinit {verb} --"] = words.long_options(verb)
    table["mvinit "] = words.verbs
    table["mvinit --"] = words.long_options("")
    for line in ("mvinit check", "mvinit plan --facts", "mvinit -c", "mvinit status --control", "mvinit analyze --svg"):
        table[f"{line} {folder}/only"] = {f"{folder}/only-this.toml"}
    table["mvinit exec -- mvinit-pro"] = {"mvinit-probe-command"}
    table["mvinit exec --rescue mvinit-pro"] = {"mvinit-probe-command"}
    return table


def expected_of_image(words, folder):
    """The same for mvimage."""
    table = {"mvimage ": words.verbs, "mvimage re": {"report"}, "mvimage check -p ": {"linux", "illumos"},
             "mvimage build --target ": words.targets, "mvimage list ": set(), "mvimage why ": set(),
             "mvimage --": {"--help", "--version"}}
    for verb in words.verbs - {"version", "help"}:
        table[f"mvimage {verb} --"] = words.long_options(verb)
    for line in ("mvimage check", "mvimage check -c", "mvimage build -o", "mvimage list --init", "mvimage report --svg"):
        table[f"{line} {folder}/only"] = {f"{folder}/only-this.toml"}
    return table


def check(shell, table, folder):
    problems = []
    for line, wanted in sorted(table.items()):
        got = shell.offers(line)
        # Some shells offer short options with the long ones, options where nothing else fits, a file by its last part.
        got = {each for each in got if not re.fullmatch(r"-\w", each)}
        if line.endswith(" "):
            got = {each for each in got if not each.startswith("--")}
        if any("/only" in each for each in wanted):
            got = {str(folder / Path(each).name) for each in got}
        if got - {"--"} != wanted:
            problems.append(f"{shell.name}: '{line}': missing {sorted(wanted - got)}, too many {sorted(got - wanted)}")
    return problems


class Canned:
    """A shell for the self-test: right in everything but what spoil says."""
    name = "canned"

    def __init__(self, words, folder, spoil):
        self.table, self.spoil = expected(words, folder), spoil

    def offers(self, line):
        return self.spoil(line, set(self.table[line]))


def self_test(root):
    words, folder = Words(root), Path("/x")
    cases = [
        (lambda line, got: got, 0),
        (lambda line, got: got - {"start"}, 2),
        (lambda line, got: got | {"--colour"} if line == "mvinit log --" else got, 1),
        (lambda line, got: got - {"--rescue"}, 1),
        (lambda line, got: got | {"-f"}, 0),
        (lambda line, got: set() if line == "mvinit -c /x/only" else got, 1),
    ]
    wrong = [number for number, (spoil, count) in enumerate(cases)
             if len(check(Canned(words, folder, spoil), expected(words, folder), folder)) != count]
    image = ImageWords(root)
    few = len(words.verbs) < 18 or len(words.all_options) < 30 or len(words.signals) < 30 or \
        len(image.verbs) < 7 or len(image.long_options("build")) < 7
    print(f"self-test: {len(cases)} cases, wrong: {wrong}{'; too few words were found' if few else ''}")
    return 1 if wrong or few else 0


def main(argv):
    here = Path(__file__).resolve().parents[2]
    if argv == ["--self-test"]:
        return self_test(here)
    if len(argv) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    root = Path(argv[0]).resolve()
    problems, left_out = [], []
    folder = Path(tempfile.mkdtemp(prefix="mvinit-completions-"))
    (folder / "only-this.toml").touch()
    command = folder / "mvinit-probe-command"
    command.write_text("#!/bin/sh\n")
    command.chmod(0o755)
    (folder / "empty").mkdir()
    os.chdir(folder / "empty")
    os.environ["PATH"] = f"{folder}:{os.environ['PATH']}"
    for shell in (Bash, Zsh, Fish):
        if shutil.which(shell.name):
            problems += check(shell(root, "mvinit"), expected(Words(root), folder), folder)
            problems += check(shell(root, "mvimage"), expected_of_image(ImageWords(root), folder), folder)
        else:
            left_out.append(shell.name)
    shutil.rmtree(folder)
    for problem in problems:
        print(problem)
    print(f"completions: {len(problems)} problem(s)" + (f"; NOT TRIED, not installed: {left_out}" if left_out else ""))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
