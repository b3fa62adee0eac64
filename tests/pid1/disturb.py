"""Faults of PID 1 and calls of it that fail, each at one place: see `probe disturb`."""

import os
import re
import subprocess

import harness as h

# Places in what PID 1 keeps for its next image: of the first copy of its record, in the order in which they are written.
SEQUENCE, VERSION, BYTES, CHECKSUM = 1024, 1024 + 16, 1024 + 56, 1024 + 8


def disturb(process, *steps, code=0, during=None, pid=None):
    """Takes these steps with PID 1; how many of them it came to. during: called once it is being traced. pid: of
    another process."""
    with subprocess.Popen([h.PROBE, "disturb", str(pid or process.pid), *steps], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True) as child:
        if during is not None:
            h.until(lambda: traced(pid or process.pid), "it is traced")
            during()
        said = child.communicate(timeout=h.DEADLINE * 2)[0]
    process.poll()
    h.equal(child.returncode, code, f"{steps}: {said}; PID 1 said {process.output[-1500:]}")
    return said.count(": done")


def traced(pid):
    with open(f"/proc/{pid}/status") as file:
        return re.search(r"^TracerPid:\t[1-9]", file.read(), re.M)


def waiting(config=None, *command):
    """A container whose PID 1 is no mvinit before its go() is called. command: in front of which it is to run, instead."""
    directory = h.scratch()
    path = os.path.join(directory, "mvinit.toml")
    with open(path, "w") as file:
        file.write((config or "").replace("%P", h.PROBE).replace("%D", directory))
    words = ["--container", "-c", path] if config else ["--", *(word.replace("%D", directory) for word in command)]
    script = f"until [ -e {directory}/go ]; do busybox usleep 2000; done; exec {h.BINARY} {' '.join(words)}"
    process = h.start(["sh", "-c", script], binary="/bin/busybox")
    process.directory, process.config = directory, path

    def go():
        with open(os.path.join(directory, "go"), "w"):
            pass
    process.go = go
    return process
