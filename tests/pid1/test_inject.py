"""The injector and the tally, which the tests of survival rely on, do what they say."""

import os
import re
import signal
import subprocess

import harness as h
from survive import needs_injector

KINDS = {"jump": signal.SIGSEGV, "stack-code": signal.SIGSEGV, "read": signal.SIGSEGV, "write": signal.SIGSEGV,
         "privileged": signal.SIGSEGV, "stack-end": signal.SIGSEGV, "illegal": signal.SIGILL,
         "invalid": signal.SIGILL, "divide": signal.SIGFPE, "breakpoint": signal.SIGTRAP,
         "abort": signal.SIGABRT, "bus": signal.SIGBUS, "system-call": signal.SIGSYS}
# A stack pointer that no processor takes is one or the other, as the processor and the kernel have it.
EITHER = {"stack-broken": (signal.SIGBUS, signal.SIGSEGV)}
BY_ITSELF = -6  # SI_TKILL


def inject(pid, *words):
    return subprocess.run([h.PROBE, "inject", str(pid), *words], capture_output=True, text=True, timeout=h.DEADLINE,
                          check=False)


def took(process):
    """(signal, code) of each fault that the phoenix took."""
    process.poll()
    return [(int(number), int(code)) for number, code in re.findall(r"^took (\d+) (-?\d+)$", process.output, re.M)]


@h.case
def kinds():
    """each kind of fault is the signal that it should be, as the kernel's own or the process's own"""
    process = h.start(["phoenix"], binary=h.PROBE)
    seen = 0
    for kind, numbers in ({kind: (number,) for kind, number in KINDS.items()} | EITHER).items():
        done = inject(process.pid, f"kinds={kind}", "count=3", "calls=3", "steps=20")
        h.equal((done.returncode, done.stdout.splitlines()[-1]), (0, "injected 3: done"), kind)
        faults = took(process)[seen:]
        h.check(len(faults) == 3 and all(number in numbers for number, _ in faults), f"{kind}: {faults}")
        h.check(all(code > 0 or code == BY_ITSELF for _, code in faults), f"{kind}: {faults}")
        seen += 3


@h.case
def every_one():
    """as many faults come as are told, also where each comes as soon as the next image can take it"""
    process = h.start(["phoenix"], binary=h.PROBE)
    for early in (0, 100):
        before = len(took(process))
        done = inject(process.pid, "count=50", f"early={early}", "seed=3")
        h.equal(done.stdout.splitlines()[-1], "injected 50: done")
        h.equal(len(took(process)) - before, 50)


@h.case
def ended():
    """a process that ends by it is told of"""
    process = h.start(["--", h.PROBE, "sleep"])
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    done = inject(process.pid, "count=1")
    h.equal((done.returncode, done.stdout.splitlines()[-1]), (3, "injected 0: the process has ended"))


def written(lines, starts=1):
    """The tally of a log with these lines of a survivor that wrote ten and five."""
    directory = h.scratch()
    for name, text in (("log", "".join(lines)), ("starts", "1 2 3 0\n" * starts), ("ends", "1 10 5 0 99\n")):
        with open(os.path.join(directory, name), "w") as file:
            file.write(text)
    done = subprocess.run([h.PROBE, "tally", directory, os.path.join(directory, "log")], capture_output=True, text=True,
                          check=False)
    found = re.match(r"tally starts=\d+ applications=(\d+) lines=\d+ lost=(\d+) doubled=(\d+) torn=(\d+)", done.stdout)
    h.equal(done.returncode == 0, set(found.groups()) == {"0"}, done.stdout)
    return tuple(int(each) for each in found.groups())


@h.case
def tally():
    """the tally sees a second start, and lines that are lost, doubled or torn"""
    lines = [f"{run} {n} ".ljust(39, "x") + "\n" for run, count in (("o1", 10), ("e1", 5)) for n in range(count)]
    h.equal(written(lines), (0, 0, 0, 0))
    h.equal(written(lines, starts=2), (1, 0, 0, 0))
    h.equal(written(lines[:3] + lines[5:]), (0, 2, 0, 0))
    h.equal(written(lines[:-1]), (0, 1, 0, 0))
    h.equal(written(lines[:10]), (0, 5, 0, 0))
    h.equal(written(lines[:4] + lines[2:]), (0, 0, 2, 0))
    h.equal(written(lines[:4] + [lines[4][:20] + "\n"] + lines[5:]), (0, 1, 0, 1))


def ended_by(output):
    """What a survivor that writes there told of its end, and what the tally makes of that."""
    directory = h.scratch()
    done = subprocess.run([h.PROBE, "survivor", directory, "7"], stdout=output, stderr=subprocess.DEVNULL, check=False,
                          timeout=h.DEADLINE)
    h.equal(done.returncode, 99)
    told = subprocess.run([h.PROBE, "tally", directory, "/dev/null"], capture_output=True, text=True, check=False)
    h.check(told.returncode == 1, told.stdout)
    return h.lines(os.path.join(directory, "errors")), re.search(r"errors=\d+ pipes=\d+", told.stdout).group(0)


@h.case
def pipes():
    """a survivor whose pipe has no reader any more tells that by its name, and the tally counts it apart"""
    reader, writer = os.pipe()
    os.close(reader)
    h.equal(ended_by(writer), (["1 its pipe is lost at o1 0: Broken pipe"], "errors=1 pipes=1"))
    os.close(writer)
    with open("/dev/full", "wb") as full:
        h.equal(ended_by(full), (["1 write at o1 0: No space left on device"], "errors=1 pipes=0"))


needs_injector()
h.main()
