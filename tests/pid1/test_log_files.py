"""The application's output in files and in several places at once: nothing is lost, torn or too large."""

import os
import resource
import signal

import harness as h
from logs import all_there, application, content, loggers, numbers, rotated, sink


def log(process, name="log"):
    return os.path.join(process.directory, name)


@h.case
def whole():
    """a file has every line of the application, in order, and the console has none"""
    process = h.container(application("%P", "number", "20000", "50", restart="never")
                          + sink(to="file", path="%D/deep/er/log"))
    h.equal(process.code(), 0)
    all_there(content(log(process, "deep/er/log")), 20000)
    h.check("xxx" not in process.output, process.output[-500:])


@h.case
def limits():
    """files have their size at the most, to the byte, no line is in two, and as many are kept as wanted"""
    for policy in ("drop_oldest", "block"):
        for block in (0, 10000):
            process = h.container(application("%P", "number", "3000", "77", block, restart="never")
                                  + sink(to="file", path="%D/log", size=10000, files=100, when_full=policy))
            h.equal(process.code(), 0)
            files = rotated(log(process))
            all_there(content(log(process)), 3000)
            for name in files[:-1]:
                h.equal(os.path.getsize(name), 10000 // 77 * 77, name)
            h.check(os.path.getsize(files[-1]) <= 10000, files[-1])
            process = h.container(application("%P", "number", "3000", "77", block, restart="never")
                                  + sink(to="file", path="%D/log", size=10000, files=2, when_full=policy))
            h.equal(process.code(), 0)
            h.equal([os.path.basename(name) for name in rotated(log(process))], ["log.2", "log.1", "log"])
            kept = numbers(content(log(process)))
            h.equal(kept, list(range(kept[0], 3000)))


@h.case
def restarts():
    """over restarts of the application no line is lost or torn"""
    process = h.container(application("%P", "runs", "%D/runs", "200", "30", "1", backoff="1ms", max_backoff="1ms")
                          + sink(to="file", path="%D/log", size="8K", files=1000))
    h.until(lambda: len(h.lines(log(process, "runs"))) >= 30, "thirty runs")
    process.send(signal.SIGTERM)
    process.wait()
    runs = len(h.lines(log(process, "runs")))
    text = content(log(process))
    for run in range(1, runs):
        all_there(text, 200, str(run))
    all_there(text, len(numbers(text, str(runs))), str(runs))


@h.case
def killed():
    """a logger that is killed is replaced at once; what is in the pipes is not lost"""
    for name in ("mvinit-log", "mvinit-log-file"):
        process = h.container(application("/bin/sh", "-c", "%P until /dev/null w %D/go 0; %P number 20000 40; exec %P hold %D/held x")
                              + sink(to="file", path="%D/log"))
        first = h.until(lambda: loggers(process, name), "its logger")
        os.kill(first[0], signal.SIGSTOP)
        # Some of it is in the pipes, and nobody reads it, when the logger dies.
        open(log(process, "go"), "w").close()
        os.kill(first[0], signal.SIGKILL)
        second = h.until(lambda: [pid for pid in loggers(process, name) if pid != first[0]], "another logger")
        h.check(second[0] != first[0], str(second))
        h.until(lambda: len(numbers(content(log(process)))) >= 20000, "all lines")
        all_there(content(log(process)), 20000)
        process.shows("the logger, pid", "another one is started")
        process.send(signal.SIGTERM)
        process.wait()
        h.equal(h.zombies(process.pid), 0)


@h.case
def killed_again_and_again():
    """loggers that are killed while lines are written: none is torn, and those in the pipes all come"""
    process = h.container(application("%P", "number", "200000", "60", restart="never")
                          + sink(to="file", path="%D/log", size="1M", files=100))
    for _ in range(3):
        for pid in loggers(process) + loggers(process, "mvinit-log-file"):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        h.until(lambda: loggers(process) or not process.alive(), "a logger again")
    h.equal(process.code(), 0)
    all_there(content(log(process)), 200000)


@h.case
def several():
    """file, stamped file and console get the same, each in its way"""
    process = h.container(application("%P", "both", "2000", restart="never") + sink(to="file", path="%D/raw")
                          + sink(to="file", path="%D/stamped", stamp=True) + sink(to="file", path="%D/err", streams="stderr")
                          + sink(to="console", when_full="block"))
    h.equal(process.code(), 0)
    even, odd = list(range(0, 2000, 2)), list(range(1, 2000, 2))
    raw = content(log(process, "raw"))
    h.equal((numbers(raw, "out"), numbers(raw, "err")), (even, odd))
    h.equal(numbers(content(log(process, "err")), "err"), odd)
    h.equal(numbers(content(log(process, "err")), "out"), [])
    h.equal((numbers(process.output.encode(), "out"), numbers(process.output.encode(), "err")), (even, odd))
    stamped = content(log(process, "stamped")).decode().splitlines()
    h.equal(len(stamped), 2000)
    for line in stamped:
        stamp, rest = line.split("] ", 1)
        h.check(stamp[0] == "[" and float(stamp[1:]) > 0, line)
        h.check(rest.startswith(("stdout: out ", "stderr: err ")), line)


@h.case
def ends():
    """what the application wrote last is there, though it ends at once; the loggers are gone when mvinit is"""
    for _ in range(5):
        process = h.container(application("%P", "number", "1", "30", restart="never") + sink(to="file", path="%D/log"))
        h.equal(process.code(), 0)
        h.equal(numbers(content(log(process))), [0])


@h.case
def leftovers_killed():
    """processes that must be killed with SIGKILL do not take the logger's last lines with them"""
    process = h.container(application("/bin/sh", "-c", "trap 'echo ended; exit 0' TERM; echo begun; %P hold %D/held x deaf & "
                                      "while :; do read x < %D/nothing; done", stop_timeout="200ms")
                          + sink(to="file", path="%D/log"))
    os.mkfifo(log(process, "nothing"))
    h.until(lambda: h.lines(log(process, "held")) and b"begun" in content(log(process)), "all are there")
    process.send(signal.SIGTERM)
    process.wait()
    h.check(content(log(process)).endswith(b"ended\n"), str(content(log(process))))


@h.case
def no_file_to_count_in():
    """where the file that lost lines are counted in cannot be made, that is told, and the log is written"""
    process = h.container(application("%P", "number", "5", "50") + sink(to="file", path="%D/log"),
                          before=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)))
    process.expect("warning: make the file that a logger counts in: File too large: lines lost are not counted")
    h.until(lambda: numbers(content(log(process))) == list(range(5)), "the lines")
    process.send(signal.SIGTERM)
    process.wait()


@h.case
def memory():
    """without sinks there is no logger; with them each has little memory of its own"""
    process = h.container(application("%P", "sleep"))
    process.expect("ready")
    h.equal(loggers(process), [])
    process = h.container(application("/bin/sh", "-c", "%P number 100000 100; exec %P sleep") + sink(to="file", path="%D/log"))
    h.until(lambda: b"ready" in content(log(process)), "it has written")

    def private_dirty(pid):
        with open(f"/proc/{pid}/smaps_rollup") as file:
            return sum(int(line.split()[1]) for line in file if line.startswith("Private_Dirty"))
    if not h.DYNAMIC:
        for pid in loggers(process) + loggers(process, "mvinit-log-file"):
            # 40 most of the time; where a stack begins in its page is chance, and so is a page of it more.
            h.until(lambda: private_dirty(pid) <= 48, f"48 KB: {private_dirty(pid)}")


h.main()
