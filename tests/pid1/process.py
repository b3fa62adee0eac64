"""A PID 1 that was started: what it writes, how it ends, which children it has; and the checks on these."""

import json
import os
import re
import select
import signal
import time

# Seconds that a condition may take. Generous: it is only ever spent whole by a failing test.
DEADLINE = float(os.environ.get("MVINIT_TEST_DEADLINE", "30"))


class Failure(Exception):
    pass


def check(condition, text):
    if not condition:
        raise Failure(text)


def equal(got, wanted, what=""):
    check(got == wanted, f"{what}: got {got!r}, wanted {wanted!r}")


def until(condition, what, deadline=None):
    """Polls condition until it gives something true, which is returned."""
    end = time.monotonic() + (deadline or DEADLINE)
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise Failure(f"not in time: {what}")
        time.sleep(0.002)


class Process:
    """One PID 1 and what it writes. output is everything it and its application wrote to the console so far."""

    def __init__(self, pid, reader, writer):
        self.pid = pid
        self.reader = reader
        self.writer = writer
        self.status = None
        self._bytes = b""
        self._seen = 0
        self._pidfd = os.pidfd_open(pid)

    @property
    def output(self):
        return self._bytes.decode("utf-8", "replace").replace("\r\n", "\n")

    def _read(self, seconds):
        watched = [self._pidfd] + ([self.reader] if self.reader is not None else [])
        ready = select.select(watched, [], [], seconds)[0]
        if self.reader in ready:
            try:
                data = os.read(self.reader, 65536)
            except OSError:  # a pty whose last writer has gone says EIO
                data = b""
            self._bytes += data
            if not data:
                os.close(self.reader)
                self.reader = None
        return self._pidfd in ready

    def expect(self, pattern, deadline=None):
        """Waits until pattern (a regular expression) is in the output after what the last expect found."""
        end = time.monotonic() + (deadline or DEADLINE)
        while True:
            found = re.compile(pattern, re.M).search(self.output, self._seen)
            if found:
                self._seen = found.end()
                return found
            left = end - time.monotonic()
            ended = self._read(max(0.0, min(left, 0.2)))
            found = re.compile(pattern, re.M).search(self.output, self._seen)
            if not found and (left <= 0 or (ended and self._drained())):
                raise Failure(f"{pattern!r} did not come{' before the end' if ended else ' in time'}; "
                              f"the output from there: {self.output[self._seen:][-1500:]!r}")

    def shows(self, *texts, deadline=None):
        """Waits until each of texts stands somewhere in the output, in whatever order."""
        def all_there():
            self.poll()
            return all(text in self.output for text in texts)
        until(all_there, f"{texts} in {self.output!r}", deadline)

    def poll(self):
        """Takes what there is to read without waiting for it."""
        while self.reader is not None and select.select([self.reader], [], [], 0)[0]:
            self._read(0)

    def _drained(self):
        """Whether nothing is left to read of a process that has ended."""
        before = len(self._bytes)
        if self.reader is not None and select.select([self.reader], [], [], 0.05)[0]:
            self._read(0)
        return self.reader is None or len(self._bytes) == before

    def wait(self, deadline=None, drain=True):
        """Waits for the end of PID 1; returns its wait status. drain False: leaves the console unread."""
        end = time.monotonic() + (deadline or DEADLINE)
        while self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid == self.pid:
                self.status = status
                break
            left = end - time.monotonic()
            if left <= 0:
                raise Failure(f"PID 1 did not end in time; its output: {self.output[-1500:]!r}")
            if drain:
                self._read(min(left, 0.2))
            else:
                select.select([self._pidfd], [], [], min(left, 0.2))
        while drain and self.reader is not None and not self._drained():
            pass
        return self.status

    def code(self, deadline=None):
        """Waits for the end, which must be an exit, and returns its code."""
        status = self.wait(deadline)
        check(os.WIFEXITED(status), f"PID 1 was killed by signal {os.WTERMSIG(status)}; output: {self.output[-1500:]!r}")
        return os.WEXITSTATUS(status)

    def death(self, deadline=None):
        """Waits for the end, which must be by a signal (reboot(2) in a pid namespace), and returns its number."""
        status = self.wait(deadline)
        check(os.WIFSIGNALED(status), f"PID 1 exited with {os.WEXITSTATUS(status)}; output: {self.output[-1500:]!r}")
        return os.WTERMSIG(status)

    def send(self, number):
        os.kill(self.pid, number)

    def type(self, text):
        os.write(self.writer, text.encode())

    def report(self):
        """What `probe report` said next."""
        return json.loads(self.expect(r"^report (\{.*\})$").group(1))

    def alive(self):
        if self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid == self.pid:
                self.status = status
        return self.status is None

    def close(self):
        if self.status is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            self.status = -1
        for descriptor in {self.reader, self.writer, self._pidfd} - {None}:
            os.close(descriptor)
        self.reader = self.writer = self._pidfd = None


def state(pid):
    """The letter of a process's state; "" when it is gone."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0]
    except OSError:
        return ""


def children(pid):
    """The children of a process, zombies too, as (pid, state) pairs."""
    found = []
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            words = file.read().split()
    except OSError:
        return found
    for word in words:
        letter = state(word)
        if letter:  # else it has been reaped meanwhile
            found.append((int(word), letter))
    return found


def zombies(pid):
    return sum(1 for _, state in children(pid) if state == "Z")


def lines(path):
    """The lines of a file that a probe appends to; none while it is not there."""
    try:
        with open(path) as file:
            return file.read().splitlines()
    except OSError:
        return []
