"""Faults of PID 1, and what must live through them: an injector, a survivor, and the count of both.

What is done when is chosen at random. The seed is printed, and MVINIT_SEED sets it; the moments themselves are the
scheduler's. MVINIT_FAULTS says how many faults a file of tests is to inject in all, roughly.
"""

import atexit
import json
import os
import random
import re
import socket
import subprocess
import sys
import threading

import harness as h
import logs

SEED = int(os.environ.get("MVINIT_SEED") or random.SystemRandom().randrange(1 << 31))
FAULTS = int(os.environ.get("MVINIT_FAULTS") or 700)
chance = random.Random(SEED)
_totals = {"faults": 0, "applications": 0, "lines": 0}
_told = []
_injectors = []


def share(part):
    """How many of all faults are this part's, of 100."""
    return max(1, FAULTS * part // 100)


def needs_injector():
    if os.uname().machine != "x86_64":
        print("SKIPPED: NOTHING WAS TESTED: faults are injected on x86_64 alone")
        sys.exit(77)


def _say_totals():
    """Also into the file MVINIT_TOTALS, for total_of_faults.py."""
    if not os.path.exists(h.BINARY):
        return
    text = (f"faults injected {_totals['faults']}, applications lost {_totals['applications']}, "
            f"log lines lost {_totals['lines']}")
    print(text, flush=True)
    if os.environ.get("MVINIT_TOTALS"):
        with open(os.environ["MVINIT_TOTALS"], "w") as file:
            file.write(text + "\n")


def phase(function):
    """A case whose failure says the seed and what the injectors did last."""
    def with_seed():
        chance.seed(f"{SEED} {function.__name__}")
        try:
            function()
        except Exception as error:
            last = [line for each in _injectors[-1:] for line in [*each.last(), f"PID 1 {_words_of(each.process)}"]]
            told = f"{error}" if isinstance(error, h.Failure) else f"{type(error).__name__}: {error}"
            where = error.__traceback__
            while where.tb_next and "survive" in where.tb_next.tb_frame.f_code.co_filename:
                where = where.tb_next
            raise h.Failure(f"{told}\nphase {function.__name__}, line {where.tb_lineno}, MVINIT_SEED={SEED}\n"
                            + "\n".join(last)) from error
        finally:
            while _injectors:
                _injectors.pop().close()
    with_seed.__doc__, with_seed.__name__ = function.__doc__, function.__name__
    if not _told:
        print(f"MVINIT_SEED={SEED}", flush=True)
        _told.append(True)
        atexit.register(_say_totals)
    return h.case(with_seed)


class Injector:
    """Faults in a PID 1, from now until count of them were injected or stop() is called."""

    def __init__(self, process, count=0, **words):
        self.report = os.path.join(h.scratch(), "faults")
        self.process = process
        words = {"seed": chance.randrange(1 << 31), "early": 25, "stdin": 1, "count": count} | words
        with open(self.report, "w") as report:
            # A session of its own is also a scheduling group of its own.
            self._child = subprocess.Popen([h.PROBE, "inject", str(process.pid), *(f"{k}={v}" for k, v in words.items())],
                                           stdin=subprocess.PIPE, stdout=report, start_new_session=True)
        self.pid = self._child.pid
        self._counted = False
        _injectors.append(self)

    def lines(self):
        return h.lines(self.report)

    def last(self):
        return self.lines()[-4:]

    def count(self):
        return sum(1 for line in self.lines() if line.startswith("fault "))

    def running(self):
        return self._child.poll() is None

    def below(self, count):
        """Whether it has injected fewer, and will go on until it has."""
        fewer = self.count() < count
        h.check(not fewer or self.running(), "the injector has ended before")
        return fewer

    def reach(self, count):
        """Waits until so many were injected; the process may end before."""
        h.until(lambda: self.process.poll() or self.count() >= count or self._child.poll() is not None, f"{count} faults")
        return self

    def wait(self, ends=False):
        """Until all were injected. ends: the process may have ended by itself."""
        def ended():
            self.process.poll()  # whoever reads PID 1's messages is one more thing that works
            return self._child.poll() is not None
        h.until(ended, "the injector's end", h.DEADLINE * 4 + self.count())
        code = self._child.returncode
        if not self._counted:
            self._counted = True
            _totals["faults"] += self.count()
        h.check(code == 0 or (ends and code == 3), "PID 1 did not survive")

    def stop(self, ends=False):
        self._child.stdin.close()
        self.wait(ends)

    def close(self):
        if self._child.poll() is None:
            self._child.kill()
            self._child.wait()
        if not self._counted:
            _totals["faults"] += self.count()
        self._child.stdin.close()


def _words_of(process):
    """What it said last, and how it is."""
    process.poll()
    how = "lives" if process.alive() else f"has ended, {os.waitstatus_to_exitcode(process.status)}"
    return f"{how}, and said: {process.output[-1500:]}"


SINKS = (logs.sink(to="file", path="%D/log", when_full="block") + logs.sink(to="ring", size="1M")
         + '[control]\npath = "%D/control"\n')


def survivor(*words, more="", sinks=SINKS, code=7, **settings):
    """The configuration of a container whose application survives in %D/app."""
    settings = {"backoff": "1ms", "max_backoff": "1ms", "stop_timeout": "60s"} | settings
    return logs.application("%P", "survivor", "%D/app", str(code), *words, **settings) + sinks + more


class Survivor:
    """What the application of a container wrote down."""

    def __init__(self, process, directory=None, log=None):
        self.process = process
        self.directory = directory or os.path.join(process.directory, "app")
        self.log = log or os.path.join(process.directory, "log")

    def starts(self):
        """(run, pid within, milliseconds, generation) of each start."""
        return [line.split() for line in h.lines(os.path.join(self.directory, "starts"))]

    def ends(self):
        """(run, lines, error lines, signals, milliseconds) of each end it knew of."""
        return [[int(word) for word in line.split()] for line in h.lines(os.path.join(self.directory, "ends"))]

    def started(self, times=1):
        h.until(lambda: len(self.starts()) >= times, f"start {times}")
        h.until(lambda: len(h.lines(os.path.join(self.directory, "port"))) >= times, "it listens")
        return self

    def pid(self):
        """Of the application, as we see it."""
        inner = self.starts()[-1][1]
        for pid, _ in h.children(self.process.pid):
            with open(f"/proc/{pid}/status") as file:
                if re.search(rf"^NSpid:.*\s{inner}$", file.read(), re.M):
                    return pid
        raise h.Failure(f"the application, pid {inner} within, is no child of PID 1: "
                        f"{h.children(self.process.pid)}")

    def connect(self):
        with open(os.path.join(self.directory, "port")) as file:
            return Connection(int(file.read().split()[-1]))

    def tally(self, starts=1):
        """Each line that it wrote is in the log once and in order, and it was started so often."""
        done = subprocess.run([h.PROBE, "tally", self.directory, self.log, f"starts={starts}"], capture_output=True,
                              text=True, check=False)
        found = dict(re.findall(r"(\w+)=(\d+)", done.stdout.splitlines()[0]))
        _totals["applications"] += int(found["applications"])
        _totals["lines"] += int(found["lost"])
        lost = f"the application lost its pipe {found['pipes']} times; " if found["pipes"] != "0" else ""
        h.check(done.returncode == 0, f"{lost}{done.stdout.strip()}\nstarts: {self.starts()[-5:]}, ends: {self.ends()[-5:]}, "
                f"errors: {h.lines(os.path.join(self.directory, 'errors'))}")
        return int(found["lines"])


class Connection:
    """A connection to the survivor on which something is sent and comes back, again and again."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=h.DEADLINE)
        self.error = None
        self.rounds = 0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._talk, daemon=True)
        self._thread.start()

    def _talk(self):
        try:
            while not self._done.wait(0.002):
                word = f"{self.rounds}\n".encode()
                self.socket.sendall(word)
                got = self.socket.recv(512)
                if got != word:
                    raise OSError(f"{got!r} came back for {word!r}")
                self.rounds += 1
        except OSError as error:
            self.error = error

    def close(self):
        """It was held through everything, and something went to and fro."""
        self._done.set()
        self._thread.join(h.DEADLINE)
        self.socket.close()
        h.check(self.error is None and self.rounds > 0, f"the connection: {self.error} after {self.rounds} rounds")


def status(process):
    """What `mvinit status --json` says of a container, asked again where PID 1 was cut off before it had answered."""
    path = os.path.join(process.directory, "control")

    def answer():
        process.poll()
        done = subprocess.run([h.BINARY, "status", "--json", "--control", path], capture_output=True, text=True,
                              timeout=h.DEADLINE, check=False, env=h.environment(None))
        return done.stdout if done.returncode in (0, 7) else None
    return json.loads(h.until(answer, "an answer to status"))


def live_place(process):
    """The address and the size of the words that PID 1 shares with the kernel; its records follow at 1024."""
    done = subprocess.run([h.PROBE, "live-place", str(process.pid)], capture_output=True, text=True, check=True)
    return [int(word) for word in done.stdout.split()]


def descriptors(process):
    """Of PID 1: what each is; which program it is itself does not matter."""
    found = {}
    program = os.readlink(f"/proc/{process.pid}/exe")
    for name in os.listdir(f"/proc/{process.pid}/fd"):
        try:
            target = os.readlink(f"/proc/{process.pid}/fd/{name}")
            found[int(name)] = "itself" if target == program else re.sub(r"\d+", "N", target)
        except OSError:
            pass
    return found


def _connections(process):
    """The inodes of what is connected to a control socket, as the links in /proc name them."""
    fields = [line.split() for line in h.lines(f"/proc/{process.pid}/net/unix")[1:]]
    return {f"socket:[{each[6]}]" for each in fields if len(each) > 7 and each[5] == "03" and each[7].endswith("control")}


def _open_files(process):
    for name in os.listdir(f"/proc/{process.pid}/fd"):
        try:
            yield os.readlink(f"/proc/{process.pid}/fd/{name}")
        except OSError:
            pass


def at_rest(process):
    """The descriptors of PID 1 once it has closed those of its clients."""
    def rests():
        process.poll()
        return not set(_open_files(process)) & _connections(process)
    h.until(rests, "the clients are gone")
    return descriptors(process)


def settled(process, wanted, what):
    """PID 1 has these descriptors and no zombie; at once or soon."""
    def same():
        process.poll()
        return descriptors(process) == wanted and not h.zombies(process.pid)
    try:
        h.until(same, what)
    except h.Failure:
        now = descriptors(process)
        raise h.Failure(f"{what}: {h.zombies(process.pid)} zombies; descriptors more: "
                        f"{ {k: v for k, v in now.items() if wanted.get(k) != v} }, less: "
                        f"{ {k: v for k, v in wanted.items() if now.get(k) != v} }") from None
