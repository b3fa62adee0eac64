"""What the tests of captured output share: the loggers of a PID 1, files that were rotated, numbered lines."""

import glob
import os

import harness as h


def loggers(process, name="mvinit-log"):
    """The pids of its loggers: those that read the application's output, or (mvinit-log-file) write a file."""
    found = []
    for pid, _ in h.children(process.pid):
        try:
            with open(f"/proc/{pid}/comm") as file:
                if file.read().strip() == name:
                    found.append(pid)
        except OSError:
            pass
    return found


def rotated(path):
    """The files of a log, oldest first."""
    old = sorted(glob.glob(glob.escape(path) + ".*"), key=lambda name: -int(name.rsplit(".", 1)[1]))
    return old + ([path] if os.path.exists(path) else [])


def content(path):
    text = b""
    for name in rotated(path):
        with open(name, "rb") as file:
            text += file.read()
    return text


def numbers(text, run="1"):
    """The numbers of the lines of a run, which must all be whole: "RUN NUMBER xxx"."""
    found = []
    for line in text.splitlines():
        words = line.split()
        if words and words[0] == run.encode():
            h.check(len(words) == 3 and set(words[2]) == {ord("x")}, f"a torn line: {line!r}")
            found.append(int(words[1]))
    return found


def sink(**settings):
    text = "[[sink]]\n"
    for name, value in settings.items():
        word = str(value).lower() if isinstance(value, bool) else value if isinstance(value, int) else f'"{value}"'
        text += f"{name} = {word}\n"
    return text


def application(*words, **settings):
    text = "[app]\ncommand = [" + ", ".join(f'"{word}"' for word in words) + "]\n"
    for name, value in settings.items():
        text += f"{name} = " + (f'"{value}"' if isinstance(value, str) else str(value)) + "\n"
    return text
