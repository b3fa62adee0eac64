"""One init under measurement: started in namespaces of its own, told what to do, asked for what it costs, and ended."""

import contextlib
import ctypes
import os
import pathlib
import select
import shutil
import signal
import struct
import subprocess
import tempfile
import time

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
HOME = REPOSITORY / "build/bench"
TREE = REPOSITORY / "build/cache/inits"
DEADLINE = 20.0
PRIORITY = 10  # of SCHED_FIFO: what else runs on this machine is not to be measured
CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


class Unmeasurable(Exception):
    """This contender cannot be measured in this scenario; the text says why."""


class Lines:
    """What the launcher says, each line waited for with a deadline."""

    def __init__(self, file):
        self.file, self.rest = file, b""

    def expect(self, word, deadline=DEADLINE):
        end = time.monotonic() + deadline
        while True:
            while b"\n" in self.rest:
                line, _, self.rest = self.rest.partition(b"\n")
                words = line.decode().split()
                if words[0] == word:
                    return [int(value) for value in words[1:]]
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.file], [], [], left)[0]:
                raise Unmeasurable(f"no \"{word}\" within {deadline:g} s")
            data = os.read(self.file.fileno(), 4096)
            if not data:
                raise Unmeasurable(f"it ended without \"{word}\"")
            self.rest += data


def own_network():
    """A descriptor of a new network namespace: one for all runs, as ending one takes the kernel longer than a run."""
    ours = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    if _libc.unshare(CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "unshare the network: run this as root")
    theirs = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    _libc.setns(ours, CLONE_NEWNET)
    os.close(ours)
    return theirs


def has_realtime():
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(PRIORITY))
    except PermissionError:
        return False
    os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
    return True


class Running:
    """mode: what the probe is to do, see probe.c. All of it is bound to one processor."""

    network = None
    realtime = True

    def __init__(self, peer, mode):
        if Running.network is None:
            Running.network = own_network()
        # In memory: no disk is measured, and nothing is left on one.
        self.temporary = tempfile.TemporaryDirectory(prefix="mvinit-bench-", dir="/dev/shm", ignore_cleanup_errors=True)
        self.folder = pathlib.Path(self.temporary.name)
        self.records, self.rest = [], b""
        bench = self.folder / "bench"
        bench.mkdir()
        os.mkfifo(bench / "out")
        (bench / "mode").write_text(mode)
        (self.folder / "root").mkdir()
        self.fifo = os.open(bench / "out", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        command = [HOME / "bin/launch", self.folder / "root", str(Running.network), str(min(os.sched_getaffinity(0))),
                   str(PRIORITY if Running.realtime else 0), *self._places(peer), "--", *peer.command]
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
        if "BENCH_DEBUG" in os.environ:
            environment["BENCH_DEBUG"] = "1"
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0,
                                        env=environment, pass_fds=[Running.network])
        self.lines = Lines(self.process.stdout)
        try:
            self.pid = self.lines.expect("pid")[0]
        except BaseException:
            self.close()
            raise

    def _places(self, peer):
        places = {"dev": "tmpfs", "dev/null": "null", "dev/console": "null", "run": "tmpfs", "tmp": "tmpfs",
                  "var": "tmpfs", "var/run": "tmpfs", "var/log": "tmpfs", "etc!": self.folder / "etc",
                  "bench!": self.folder / "bench", "app": HOME / "bin"}
        for name in ("usr", "lib", "lib64", "bin", "sbin"):
            if (TREE / name).exists():
                places[name] = TREE / name
        (self.folder / "etc").mkdir()
        if (TREE / "etc/ld.so.cache").exists():
            shutil.copy(TREE / "etc/ld.so.cache", self.folder / "etc/ld.so.cache")
        for name, content in peer.files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if content.startswith("->"):
                path.symlink_to(content[2:])
            else:
                path.write_text(content)
        if (self.folder / "service").exists():
            places["service!"] = self.folder / "service"
        places |= peer.places
        return [f"{target}={source}" for target, source in places.items()]

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        self.close()

    def close(self):
        """Ends the launcher, which kills PID 1, and with it the kernel all of its namespace."""
        self.process.stdin.close()
        try:
            self.process.wait(DEADLINE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        os.close(self.fifo)
        self.temporary.cleanup()

    def poll_records(self, timeout):
        """Reads what the probe has told meanwhile; waits for at most timeout seconds for the first of it."""
        if not select.select([self.fifo], [], [], timeout)[0]:
            return
        try:
            self.rest += os.read(self.fifo, 1 << 20)
        except BlockingIOError:
            return
        whole = len(self.rest) // 16 * 16
        self.records += [(chr(kind), stamp) for kind, _, stamp in struct.iter_unpack("<IIQ", self.rest[:whole])]
        self.rest = self.rest[whole:]

    def expect(self, kind, count=1, deadline=DEADLINE):
        """The stamp of the count-th record of this kind, in ns."""
        end = time.monotonic() + deadline
        while True:
            found = [stamp for which, stamp in self.records if which == kind]
            if len(found) >= count:
                return found[count - 1]
            if time.monotonic() > end:
                what = {"S": "start", "T": "get SIGTERM", "X": "end", "O": "make its orphans"}[kind]
                raise Unmeasurable(f"its application did not {what} within {deadline:g} s")
            if self.process.poll() is not None:
                raise Unmeasurable("it ended before its time")
            self.poll_records(0.5)

    def begun(self):
        """When the init was executed."""
        self._say(0)
        return self.lines.expect("begin")[0]

    def kill(self, name):
        """Sends a signal to PID 1; the time just before."""
        self._say(int(getattr(signal, "SIG" + name)))
        return self.lines.expect("kill")[0]

    def ended(self, deadline=DEADLINE):
        """When PID 1 had gone, and its wait status."""
        return self.lines.expect("end", deadline)

    def _say(self, number):
        try:
            self.process.stdin.write(f"{number}\n".encode())
        except BrokenPipeError:
            raise Unmeasurable("it has ended") from None

    def supervisors(self):
        """The pids of PID 1 and all that it started, but for the application."""
        children = {}
        for name in os.listdir("/proc"):
            if name.isdigit():
                try:
                    stat = pathlib.Path("/proc", name, "stat").read_text()
                except OSError:
                    continue
                children.setdefault(int(stat.rpartition(") ")[2].split()[1]), []).append(int(name))
        found, queue = [], [self.pid]
        while queue:
            pid = queue.pop()
            queue += children.get(pid, [])
            if not is_probe(pid):
                found.append(pid)
        return found

    def wait_idle(self):
        """Until none of them has used the processor for a tenth of a second; gives their pids."""
        end = time.monotonic() + DEADLINE
        before = None
        while time.monotonic() < end:
            now = {pid: cpu_ns(pid) for pid in self.supervisors()}
            if now == before:
                return list(now)
            before = now
            time.sleep(0.1)  # the condition itself: that nothing happens for so long
        raise Unmeasurable("it did not come to rest")


@contextlib.contextmanager
def in_real_time():
    """What is started meanwhile is scheduled before all else, as all that is measured."""
    if not Running.realtime:
        yield
        return
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(2))
    try:
        yield
    finally:
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))


def is_probe(pid):
    try:
        return os.readlink(f"/proc/{pid}/exe").endswith("/probe")
    except OSError:
        return False


def cpu_ns(pid):
    """The processor time that a process has used, from the scheduler, in ns."""
    try:
        return int(pathlib.Path(f"/proc/{pid}/schedstat").read_text().split()[0])
    except (OSError, IndexError):
        return 0
