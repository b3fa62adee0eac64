"""mvinit log: what the ring has, the last lines of it, what comes."""

import json
import os
import signal
import subprocess

import asking
import harness as h

RING = '[[sink]]\nto = "ring"\n'


def machine(script, ring=RING, **options):
    """A machine whose application is a shell script, and whose console is left alone."""
    process = h.machine(f'[app]\ncommand = ["/bin/sh", "-c", "{script}"]\nbackoff = "1h"\nmax_backoff = "1h"\n{ring}',
                        shell="/bin/sh", **options)
    h.until(lambda: asking.has_socket(process), "the control socket")
    return process


def shows(process, wanted, *words):
    """Waits until `mvinit log WORDS` says exactly this."""
    def right():
        done = asking.ask(process, "log", *words)
        h.equal((done.returncode, done.stderr), (0, ""))
        return done.stdout == wanted
    h.until(right, f"{wanted!r}: {asking.ask(process, 'log', *words).stdout!r}")


@h.case
def dump():
    """log shows the whole ring, -n the last lines, and what has no end yet as well"""
    process = machine("echo one; echo two >&2; echo three; printf four; exec /sbin/probe sleep >/dev/null")
    shows(process, "one\ntwo\nthree\nfour\n")
    shows(process, "three\nfour\n", "-n", "2")
    shows(process, "", "-n", "0")
    shows(process, "one\ntwo\nthree\nfour\n", "-n", "100")


@h.case
def as_json():
    """log --json: an object each line"""
    process = machine(r"printf 'a\\tb\\n\\303\\244\\n\\377\\n'; exec /sbin/probe sleep >/dev/null")
    def lines():
        return [json.loads(line)["line"] for line in asking.ask(process, "log", "--json").stdout.splitlines()]
    h.until(lambda: lines() == ["a\tb", "ä", "ÿ"], str(lines()))


@h.case
def overwritten():
    """a full ring begins with a whole line and ends with the newest"""
    process = machine("/sbin/probe number 5000 50; exec /sbin/probe sleep >/dev/null", RING + 'size = "8K"\n')
    h.until(lambda: " 4999 " in asking.ask(process, "log").stdout, "the last line")
    lines = asking.ask(process, "log").stdout.splitlines()
    numbers = [int(line.split()[1]) for line in lines]
    h.equal(numbers, list(range(5000 - len(lines), 5000)))
    h.check(8192 // 50 - 1 <= len(lines) <= 8192 // 50, str(len(lines)))


def follow(process, *words):
    command = ["nsenter", f"--target={process.pid}", "--mount", "--pid", "--root", "--wd", "/sbin/mvinit", "log", "-f", *words]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@h.case
def followed():
    """log -f shows what comes, and ends with 0 when mvinit does"""
    process = machine("echo begun; until test -p /out/fifo; do :; done; while read line; do echo got $line; done < /out/fifo; exec /sbin/probe sleep")
    os.mkfifo(process.root.file("/out/fifo"))
    shows(process, "begun\n")
    reader = follow(process)
    h.equal(reader.stdout.readline(), "begun\n")
    with open(process.root.file("/out/fifo"), "w") as fifo:
        for number in range(100):
            fifo.write(f"{number}\n")
            fifo.flush()
            h.equal(reader.stdout.readline(), f"got {number}\n")
    process.send(2)
    process.wait()
    # It runs in that machine, and may be ended with it.
    h.check(reader.wait(timeout=h.DEADLINE) in (0, -signal.SIGTERM, -signal.SIGKILL), reader.stderr.read())


@h.case
def too_slow():
    """log -f by a reader that stands still: so many lines were overwritten, and all others are whole"""
    process = machine("echo begun; /sbin/probe until /dev/null w /out/go 0; /sbin/probe number 20000 50; echo the end; exec /sbin/probe sleep >/dev/null",
                      RING + 'size = "8K"\n')
    shows(process, "begun\n")
    reader = follow(process)
    h.equal(reader.stdout.readline(), "begun\n")
    open(process.root.file("/out/go"), "w").close()
    h.until(lambda: "the end" in asking.ask(process, "log").stdout, "all is written")
    shown = 0
    last = -1
    for line in reader.stdout:
        if line == "the end\n":
            break
        number = int(line.split()[1])
        h.check(number > last and len(line) == 50, line)
        last, shown = number, shown + 1
    process.send(2)
    process.wait()
    reader.wait(timeout=h.DEADLINE)
    lost = sum(int(line.split()[1]) for line in reader.stderr.read().splitlines() if "overwritten" in line)
    h.equal(shown + lost, 20000)


@h.case
def none():
    """log without a ring: exit code 6 and why; without a mvinit: 3"""
    process = machine("exec /sbin/probe sleep", "")
    done = asking.ask(process, "log")
    h.equal(done.returncode, 6, done.stderr)
    h.check("ring" in done.stderr, done.stderr)
    done = asking.ask(process, "log", "--control", "/out/nothing")
    h.equal(done.returncode, 3, done.stderr)


@h.case
def survives():
    """the ring outlives a logger that is killed"""
    from logs import loggers
    process = machine("echo before; /sbin/probe until /dev/null w /out/go 0; echo after; exec /sbin/probe sleep >/dev/null")
    shows(process, "before\n")
    first = loggers(process)
    os.kill(first[0], 9)
    h.until(lambda: loggers(process) and loggers(process) != first, "another logger")
    open(process.root.file("/out/go"), "w").close()
    shows(process, "before\nafter\n")


h.main()
