"""Runs mvinit as a real PID 1 in new namespaces.

The test process itself is the parent of PID 1, so it sees its exact wait status, and signals it from outside: from the
parent namespace only SIGKILL and SIGSTOP reach an init that has no handler for them. Everything that a case started is
killed by its process id when the case ends; the kernel then ends the rest of the namespace.

Which binary: the first argument that is an executable file, else $MVINIT, else build/release/mvinit.
Which probe: $PROBE, else tests/pid1/probe in the build directory of the binary.
Other arguments are words that the names of the cases to run must contain.
"""

import ctypes
import fcntl
import json
import os
import re
import resource
import select
import shutil
import signal
import sys
import tempfile
import termios
import time
import traceback

import namespaces

REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
# Seconds that a condition may take. Generous: it is only ever spent whole by a failing test.
DEADLINE = float(os.environ.get("MVINIT_TEST_DEADLINE", "30"))
RTMIN = 34

_libc = ctypes.CDLL(None, use_errno=True)
_cases = []
_started = []
_scratch = []


def _binary():
    for word in sys.argv[1:]:
        if os.sep in word and os.access(word, os.X_OK):
            return os.path.abspath(word)
    return os.path.abspath(os.environ.get("MVINIT") or os.path.join(REPOSITORY, "build/release/mvinit"))


BINARY = _binary()
DYNAMIC = os.access(BINARY, os.R_OK) and namespaces.interpreter(BINARY)
PROBE = os.path.abspath(os.environ.get("PROBE") or os.path.join(os.path.dirname(BINARY), "tests/pid1/probe"))


class Failure(Exception):
    pass


def case(function):
    """Registers function as one test case; its docstring is its name."""
    _cases.append(function)
    return function


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


def start(arguments, env=None, root=None, stdio="pipe", before=None, pid1=True, network=False, proc=True, binary=None):
    """Starts the binary with arguments as PID 1 of new namespaces.

    stdio: "pipe" (one for stdout and stderr, stdin from /dev/null), "pty" (the controlling terminal, as `docker run -t`
    gives it) or "closed" (no descriptor 0 to 2; root's console is read instead where there is one).
    before: called in the child just before the binary is executed. pid1 False: a stub is PID 1, the binary its child,
    and the stub ends as the binary does. proc: a /proc of the new pid namespace (where there is no root).
    """
    reader, writer, inner = _terminal(stdio, root)
    pid = namespaces.fork_into_new_pid_namespace()
    if pid == 0:
        try:
            _libc.prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG: we do not outlive the test
            # As container runtimes do. It also gives PID 1 a scheduling group of its own (sched_autogroup), instead of
            # one place among all that runs in the session of the tests.
            os.setsid()
            null = os.open("/dev/null", os.O_RDWR)
            program = namespaces.enter(root, network, proc, binary or BINARY)
            _child_stdio(stdio, inner, null)
            resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
            for number in set(range(1, 65)) - {signal.SIGKILL, signal.SIGSTOP, 32, 33}:
                signal.signal(number, signal.SIG_DFL)
            if not pid1:
                _stub()
            if before:
                before()
            os.execve(program, [program] + list(arguments), _environment(env))
        except BaseException:
            os.write(2, traceback.format_exc().encode())
        finally:
            os._exit(124)
    if inner is not None:
        os.close(inner)
    process = Process(pid, reader, writer)
    _started.append(process)
    return process


def run(arguments, **options):
    """Starts, waits for the end, and returns the process; its exit code is in process.code()."""
    process = start(arguments, **options)
    process.wait()
    return process


def probe(*words):
    """The words that follow mvinit's options to run the probe."""
    return ["--", PROBE] + [str(word) for word in words]


def scratch():
    """A directory for the files of this case, which any user may write to."""
    path = tempfile.mkdtemp(prefix="mvinit-test-")
    os.chmod(path, 0o777)
    _scratch.append(path)
    return path


def container(config, *options, **keywords):
    """Starts mvinit as a container's init with a configuration file of this text; %P is the probe, %D a scratch
    directory, which is process.directory."""
    directory = scratch()
    path = os.path.join(directory, "mvinit.toml")
    with open(path, "w") as file:
        file.write(config.replace("%P", PROBE).replace("%D", directory))
    process = start(["--container", "-c", path, *options], **keywords)
    process.directory, process.config = directory, path
    return process


def machine(config, *options, stdio="pipe", **root_options):
    """Starts mvinit as the init of a machine with a root file system of its own, a terminal at /dev/console and this
    text in /etc/mvinit.toml; %P is the probe. process.root is the root."""
    root = namespaces.Root(config.replace("%P", "/sbin/probe"), **root_options)
    process = start(["--machine", "-c", "/etc/mvinit.toml", *options], root=root, network=True, stdio=stdio)
    process.root = root
    return process


def _terminal(stdio, root):
    if root is not None and root.console is not None:
        return os.dup(root.console), os.dup(root.console), os.dup(root.slave)
    if stdio == "pipe":
        reader, inner = os.pipe()
        return reader, None, inner
    if stdio == "pty":
        master, inner = os.openpty()
        return master, os.dup(master), inner
    return None, None, None


def _child_stdio(stdio, inner, null):
    if stdio == "closed":
        os.closerange(0, 4096)
        return
    if stdio == "pty":
        fcntl.ioctl(inner, termios.TIOCSCTTY, 0)
    os.dup2(inner if os.isatty(inner) else null, 0)
    os.dup2(inner, 1)
    os.dup2(inner, 2)
    os.closerange(3, 4096)


def _stub():
    """Becomes PID 1 for a binary that is not; returns in the child that is to be the binary."""
    child = os.fork()
    if child == 0:
        return
    while True:
        pid, status = os.wait()
        if pid == child:
            os._exit(os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status))


def _environment(env):
    base = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
    if DYNAMIC:  # a debug build: its leak check needs ptrace, which a namespace may not allow
        base["ASAN_OPTIONS"] = "detect_leaks=0"
    base.update(env or {})
    return base


def children(pid):
    """The children of a process, zombies too, as (pid, state) pairs."""
    found = []
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            words = file.read().split()
    except OSError:
        return found
    for word in words:
        try:
            with open(f"/proc/{word}/stat") as file:
                found.append((int(word), file.read().rsplit(")", 1)[1].split()[0]))
        except OSError:
            pass  # it has been reaped meanwhile
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


def _end_case():
    for process in _started:
        process.close()
    _started.clear()
    namespaces.remove_roots()
    while _scratch:
        shutil.rmtree(_scratch.pop(), ignore_errors=True)


def _run_case(function):
    name = (function.__doc__ or function.__name__).strip().splitlines()[0]
    try:
        function()
        print(f"ok - {name}", flush=True)
        return True
    except Exception as error:
        detail = str(error) if isinstance(error, Failure) else traceback.format_exc()
        print(f"not ok - {name}\n    " + detail.replace("\n", "\n    "), flush=True)
        return False
    finally:
        _end_case()


def main():
    """Runs the registered cases; does not return."""
    if not os.access(BINARY, os.X_OK) or not os.access(PROBE, os.X_OK):
        print(f"not ok - {BINARY} and {PROBE} must both be there: build them, or name them in MVINIT and PROBE")
        sys.exit(1)
    if os.geteuid() != 0:
        print("SKIPPED: NOTHING WAS TESTED: new namespaces need root; run this as root")
        sys.exit(1 if os.environ.get("CI") == "true" else 77)
    words = [word for word in sys.argv[1:] if os.path.abspath(word) != BINARY]
    chosen = [one for one in _cases if all(word in (one.__doc__ or "") for word in words)]
    failed = [one for one in chosen if not _run_case(one)]
    print(f"{len(chosen) - len(failed)} of {len(chosen)} ok: {os.path.basename(sys.argv[0])} on {BINARY}")
    sys.exit(1 if failed or not chosen else 0)
