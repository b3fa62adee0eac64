"""Which streams are captured, their order, and lines of every shape."""

import os
import re
import signal
import subprocess
import sys

import harness as h
import namespaces
from logs import application, content, numbers, sink


def log(process, name="log"):
    return os.path.join(process.directory, name)


def shell(script, **settings):
    return application("/bin/sh", "-c", script, restart="never", **settings)


@h.case
def order():
    """both streams in one pipe keep their order exactly"""
    process = h.container(application("%P", "both", "5000", restart="never") + sink(to="file", path="%D/log"))
    h.equal(process.code(), 0)
    h.equal([int(line.split()[1]) for line in content(log(process)).splitlines()], list(range(5000)))


@h.case
def explicit():
    """[app] stdout and stderr go before the sinks, for that stream"""
    process = h.container(shell("echo to out; echo to err >&2", stdout="%D/own") + sink(to="file", path="%D/log"))
    h.equal(process.code(), 0)
    h.equal((content(log(process, "own")), content(log(process))), (b"to out\n", b"to err\n"))
    process = h.container(shell("echo to out; echo to err >&2", stderr="inherit") + sink(to="file", path="%D/log"))
    h.equal(process.code(), 0)
    h.equal(content(log(process)), b"to out\n")
    h.check("to err" in process.output, process.output)


@h.case
def one_stream():
    """a stream that no sink takes goes where it went before"""
    process = h.container(shell("echo to out; echo to err >&2") + sink(to="file", path="%D/log", streams="stdout"))
    h.equal(process.code(), 0)
    h.equal(content(log(process)), b"to out\n")
    h.check("to err" in process.output and "to out" not in process.output, process.output)


@h.case
def shapes():
    """NULs, empty lines, a long line and a partial last one are in a file as they were written"""
    script = (r"printf 'a\\0b\\n\\n'; head -c 300000 /dev/zero | tr '\\0' y; printf '\\npartial'")
    process = h.container(shell(script) + sink(to="file", path="%D/log"))
    h.equal(process.code(), 0)
    expected = b"a\0b\n\n" + b"y" * 300000 + b"\npartial"
    h.check(content(log(process)) == expected, str(content(log(process))[:50]))
    # The same beside a sink that wants lines.
    process = h.container(shell(script) + sink(to="file", path="%D/log") + sink(to="file", path="%D/stamped", stamp=True))
    h.equal(process.code(), 0)
    h.check(content(log(process)) == expected, str(content(log(process))[:50]))
    stamped = content(log(process, "stamped")).split(b"\n")
    h.check(all(len(line) < 4096 for line in stamped), "a line is too long")
    texts = [line.split(b": ", 1)[1] for line in stamped if line]
    h.equal((texts[0], texts[1], texts[-1]), (b"a\0b", b"", b"partial [no newline]"))
    long = b"".join(text.removeprefix(b"[...] ").removesuffix(b" [...]") for text in texts[2:-1])
    h.check(long == b"y" * 300000, f"{len(long)} bytes")


@h.case
def nothing():
    """a write of no bytes ends no line and begins none"""
    script = r"import os; [os.write(fd, text) for text in (b'', b'a', b'', b'b\\n', b'', b'c\\n') for fd in (1, 2)]"
    process = h.container(application(sys.executable, "-c", script, restart="never")
                          + sink(to="file", path="%D/log", streams="stdout")
                          + sink(to="file", path="%D/stamped", streams="stdout", stamp=True))
    h.equal(process.code(), 0)
    h.equal(content(log(process)), b"ab\nc\n")
    h.check(re.fullmatch(rb"\[[ \d.]+\] stdout: ab\n\[[ \d.]+\] stdout: c\n", content(log(process, "stamped"))),
            str(content(log(process, "stamped"))))


@h.case
def partial_restart():
    """a line that was left unfinished when the application ended is a line of its own where lines are stamped"""
    process = h.container(application("/bin/sh", "-c", "printf unfinished", backoff="1ms", max_backoff="1ms")
                          + sink(to="file", path="%D/log", stamp=True))
    h.until(lambda: content(log(process)).count(b"\n") >= 50, "fifty of them")
    process.send(signal.SIGTERM)
    process.wait()
    for line in content(log(process)).decode().splitlines():
        h.check(line.endswith("] stdout: unfinished [no newline]"), line)


@h.case
def reloaded():
    """after a reload the application's next start writes to the same sinks"""
    process = h.container(application("%P", "run", "%D/runs", "x", "1", backoff="1ms", max_backoff="1ms")
                          .replace('"%P", "run", "%D/runs", "x", "1"', '"/bin/sh", "-c", "echo one; echo x >> %D/runs; exit 1"')
                          + sink(to="file", path="%D/log") + '[control]\npath = "%D/control"\n')
    h.until(lambda: len(h.lines(log(process, "runs"))) >= 3, "three runs")
    with open(process.config) as file:
        text = file.read()
    with open(process.config, "w") as file:
        file.write(text.replace("echo one", "echo two"))
    done = subprocess.run([h.BINARY, "reload", "--control", log(process, "control")], capture_output=True, text=True,
                          check=False)
    h.equal(done.returncode, 0, done.stderr)
    h.until(lambda: b"two" in content(log(process)), "the new one's output")
    h.check("two" not in process.output, process.output)


@h.case
def kernel_log():
    """kmsg: a record each line, with level, name and pid, and no longer than the kernel takes"""
    target = os.path.join(h.scratch(), "kmsg")
    open(target, "w").close()
    process = h.container(shell(r"echo to out; echo to err >&2; printf 'a\\0b\\n' >&2; head -c 2000 /dev/zero | tr '\\0' z; echo")
                          + sink(to="kmsg"), before=lambda: namespaces.bind(target, "/dev/kmsg"))
    h.equal(process.code(), 0)
    records = content(target).decode().splitlines()
    pids = {record.split("[")[1].split("]")[0] for record in records}
    h.equal(len(pids), 1, str(pids))
    records = [record.replace(pids.pop() if len(pids) > 1 else f"[{list(pids)[0]}]", "[P]") for record in records]
    err = [record for record in records if record.startswith("<27>")]
    out = [record for record in records if record.startswith("<30>")]
    h.equal(err, ["<27>sh[P]: to err", "<27>sh[P]: a?b"])
    h.equal(out[0], "<30>sh[P]: to out")
    h.check(len(out) == 4 and all(len(record) <= 976 for record in records), str([len(r) for r in records]))
    h.check(out[1].endswith(" [...]") and "[...] z" in out[2], str(out[1:3]))


@h.case
def own_messages():
    """[log] kmsg: mvinit's own messages carry their level"""
    target = os.path.join(h.scratch(), "kmsg")
    open(target, "w").close()
    process = h.container(application("%P", "exit", "3", restart="never") + "[log]\nkmsg = true\n",
                          before=lambda: namespaces.bind(target, "/dev/kmsg"))
    h.equal(process.code(), 3)
    records = content(target).decode().splitlines()
    h.check(records and all(record[:10] in ("<3>mvinit:", "<4>mvinit:", "<6>mvinit:", "<7>mvinit:") for record in records),
            str(records))
    h.check(any(record.startswith("<6>") and "started, pid" in record for record in records), str(records))


h.main()
