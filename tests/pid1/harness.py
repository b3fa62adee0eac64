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
import os
import resource
import shutil
import signal
import socket
import sys
import tempfile
import termios
import traceback

import namespaces
# Also the tests' own vocabulary: they say h.check, h.until ...
from process import DEADLINE, Failure, Process, check, children, equal, lines, state, until, zombies  # noqa: F401

REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
RTMIN = 34
NEIGHBOUR_LOST = 123

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


def case(function):
    """Registers function as one test case; its docstring is its name."""
    _cases.append(function)
    return function


def start(arguments, env=None, root=None, stdio="pipe", before=None, pid1=True, network=False, proc=True, binary=None):
    """Starts the binary with arguments as PID 1 of new namespaces.

    stdio: "pipe" (one for stdout and stderr, stdin from /dev/null), "stream" or "datagram" (the same with a socket),
    "pty" (the controlling terminal, as `docker run -t` gives it) or "closed" (no descriptor 0 to 2; root's console is
    read instead where there is one).
    before: called in the child just before the binary is executed. pid1 False: a stub is PID 1, the binary its child
    beside a neighbour, and the stub ends as the binary does, or with NEIGHBOUR_LOST where that one was ended.
    proc: a /proc of the new pid namespace (where there is no root).
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
            program = namespaces.enter(root, network, proc, binary or BINARY, PROBE)
            _child_stdio(stdio, inner, null)
            resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
            for number in set(range(1, 65)) - {signal.SIGKILL, signal.SIGSTOP, 32, 33}:
                signal.signal(number, signal.SIG_DFL)
            if not pid1:
                _stub()
            if before:
                before()
            os.execve(program, [program] + list(arguments), environment(env))
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


def public_copy(path):
    """The program where any user can execute it."""
    copy = os.path.join(scratch(), os.path.basename(path))
    shutil.copy(path, copy)
    os.chmod(copy, 0o755)
    return copy


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


def machine(config, *options, stdio="pipe", pid1=True, before=None, files=None, shell=None, **root_options):
    """Starts mvinit as the init of a machine with a root file system of its own, a terminal at /dev/console and this
    text in /etc/mvinit.toml; %P is the probe. process.root is the root. files: other files, by path. shell: where a
    real shell is to be."""
    root = namespaces.Root(config.replace("%P", "/sbin/probe"), **root_options)
    for name, text in (files or {}).items():
        os.makedirs(os.path.dirname(root.file(name)), exist_ok=True)
        root.write(name, text.replace("%P", "/sbin/probe"))
    if shell:
        os.makedirs(os.path.dirname(root.file(shell)), exist_ok=True)
        shutil.copy("/bin/busybox", root.file(shell))  # static
    process = start(["--machine", "-c", "/etc/mvinit.toml", *options], root=root, network=True, stdio=stdio, pid1=pid1,
                    before=before)
    process.root = root
    return process


def _terminal(stdio, root):
    if root is not None and root.console is not None:
        return os.dup(root.console), os.dup(root.console), os.dup(root.slave)
    if stdio == "pipe":
        reader, inner = os.pipe()
        return reader, None, inner
    if stdio in ("stream", "datagram"):
        kind = socket.SOCK_STREAM if stdio == "stream" else socket.SOCK_DGRAM
        reader, inner = (end.detach() for end in socket.socketpair(socket.AF_UNIX, kind))
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
    neighbour = os.fork()  # no descendant of the binary, which therefore has no business with it
    while neighbour == 0:
        signal.pause()
    lost = False
    while True:
        pid, status = os.wait()
        lost = lost or pid == neighbour
        if pid == child:
            code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status)
            os._exit(NEIGHBOUR_LOST if lost else code)


def environment(env):
    base = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
    if DYNAMIC:  # a debug build: its leak check needs ptrace, which a namespace may not allow
        base["ASAN_OPTIONS"] = "detect_leaks=0"
    base.update(env or {})
    return base


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
    if not os.path.exists(BINARY) and os.environ.get("MVINIT_OPTIONAL"):
        print(f"SKIPPED: NOTHING WAS TESTED: {BINARY} has not been built")
        sys.exit(77)
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
