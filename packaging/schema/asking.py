"""What `mvinit check` says about every key of mvinit.toml at once: one file in which each of them has the same value."""
import json
import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

PLATFORMS = ("linux", "illumos")
# What a key needs beside it to be judged alone.
COMPANY = {"sink[].size": 'to = "file"', "sink[].path": 'to = "file"', "sink[].files": 'to = "file"',
           "sink[].when_full": 'to = "file"', "sink[].buffer": 'to = "file"', "sink[].stamp": 'to = "file"'}
# Of two keys beside each other, not of a value.
OF_TWO = re.compile(r" is given already$")


@dataclass(frozen=True)
class Key:
    path: str
    type: str
    default: str
    platforms: str
    summary: str

    @property
    def table(self):
        return self.path.rpartition(".")[0]

    @property
    def name(self):
        return self.path.rpartition(".")[2]


def read_keys(root):
    """The table of conf/schema.cpp. A C string of it is written as one of JSON."""
    source = (root / "conf/schema.cpp").read_text()
    string = r'("(?:[^"\\]|\\.)*")'
    found = [Key(*map(json.loads, groups)) for groups in re.findall(r"\{" + r",\s*".join([string] * 5) + r"\}", source)]
    if len(found) != source.count('{"'):
        raise ValueError(f"conf/schema.cpp: {source.count('{')} entries, but {len(found)} of them were understood")
    return found


def check(program, text, platform="linux"):
    """The errors of text: [(line, message)]."""
    with tempfile.NamedTemporaryFile("w", suffix=".toml", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        done = subprocess.run([program, "check", "--json", "--platform", platform, file.name], capture_output=True,
                              text=True, timeout=60, check=False)
    if done.returncode not in (0, 1):
        raise ValueError(f"{program} check ended with {done.returncode}: {done.stderr or done.stdout}")
    return [(each["line"], each["message"]) for each in json.loads(done.stdout) if each["severity"] == "error"]


def document(keys, value):
    """Every key with this value, and the path in each line."""
    lines, paths = [], {}
    opened = None
    for key in sorted(keys, key=lambda each: each.table):
        if key.table.endswith("[]"):
            lines += [f"[[{key.table[:-2]}]]", COMPANY.get(key.path, "")]
        elif key.table != opened:
            lines.append(f"[{key.table}]")
        opened = key.table
        lines.append(f"{key.name} = {value}")
        paths[len(lines)] = key.path
    return "\n".join(lines) + "\n", paths


class Answers:
    """Asks once for each value."""

    def __init__(self, program, keys):
        self.program = str(Path(program).resolve())
        self.keys = keys
        self.known = {}

    def refusals(self, value):
        """Path -> why value, as written in TOML, is refused; what is accepted is not in it."""
        if value not in self.known:
            text, paths = document(self.keys, value)
            said = {platform: check(self.program, text, platform) for platform in PLATFORMS}
            own = {key.path: "illumos" if key.platforms == "illumos" else "linux" for key in self.keys}
            self.known[value] = {paths[line]: message.split(": ", 1)[1] for platform in PLATFORMS
                                 for line, message in reversed(said[platform])
                                 if line in paths and own[paths[line]] == platform and not OF_TWO.search(message)}
            if any("not valid TOML" in message for _, message in said["linux"]):
                raise ValueError(f"{value} is no value of TOML")
        return self.known[value]

    def why(self, key, value):
        """Why key does not take value, or None where it does."""
        return self.refusals(value).get(key.path)

    def missing(self, table):
        """The keys that an element of the list must have, whatever else is in it."""
        said = [message for _, message in check(self.program, f"[[{table}]]\n") if message.startswith(table + ": ")]
        return sorted(found.group(1) for found in (re.search(r": (\w+) is missing$", each) for each in said) if found)
