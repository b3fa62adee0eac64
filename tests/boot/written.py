"""The commands that stand in the head of each file of packaging/examples, and in README.md, for the tests that run them."""

import re
import shlex

# What may be written of QEMU, and whether it has a value: a test that passed over a word would not show that it is right.
OPTIONS = {"-accel": True, "-m": True, "-nographic": False, "-kernel": True, "-initrd": True, "-append": True, "-drive": True,
           "-nic": True}
CARD = re.compile(r"user,model=([^,]+),hostfwd=tcp:127\.0\.0\.1:(\d+)-:(\d+)")


def lines_of(text):
    """The indented lines of the comment that a file begins with, as they are written."""
    return re.findall(r"^#     (.*)$", re.match(r"(?:#.*\n)*", text).group(0), re.M)


def commands_below(text, heading):
    """The indented lines below a heading of README.md, those that go on in the next one joined."""
    below = re.search(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#|\Z)", text, re.M | re.S)
    if not below:
        raise ValueError(f"README.md has no heading {heading}")
    return re.sub(r"\\\n *", "", "\n".join(re.findall(r"^    (.*)$", below.group(1), re.M))).splitlines()


def options(words):
    """QEMU's words as (name, value) in their order."""
    found, words = [], list(words)
    while words:
        name = words.pop(0)
        if name not in OPTIONS:
            raise ValueError(f"QEMU's {name} is written, and no test knows it")
        found.append((name, words.pop(0) if OPTIONS[name] else None))
    return found


class Written:
    """before: commands that build (one, behind them) needs; questions: those that ask the machine that was booted."""

    def __init__(self, commands, build):
        self.before, self.build, self.questions = commands[:build], commands[build], commands[build + 2:]
        self.options = options(shlex.split(commands[build + 1])[1:])
        card = CARD.fullmatch(self.given("-nic"))
        if self.given("-kernel") != "VMLINUZ" or not card or not self.questions:
            raise ValueError("not -kernel VMLINUZ, a card with a port of this machine, and who asks there")
        self.card, self.host_port, self.port = card.groups()

    def all(self, name):
        return [value for each, value in self.options if each == name]

    def given(self, name):
        found = self.all(name)
        if len(found) != 1:
            raise ValueError(f"QEMU's {name} is not written once: {found}")
        return found[0]


def read(text):
    """Of a file's text; what is not as it should be is a ValueError."""
    commands = "\n".join(lines_of(text)).replace("\\\n", " ").splitlines()
    build, qemu = ([number for number, line in enumerate(commands) if line.startswith(word)]
                   for word in ("mvimage build ", "qemu-system-x86_64 "))
    if len(build) != 1 or qemu != [build[0] + 1]:
        raise ValueError(f"not one build and one boot behind it: {commands}")
    return Written(commands, build[0])
