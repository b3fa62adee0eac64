"""An application that somebody has stopped, or traces: it is not taken for one that has ended, and can be ended."""

import ctypes
import os
import signal

import control
import harness as h

APP = '[app]\ncommand = ["%P", "catch", "15", "8"]\nstop_timeout = "{}"\nbackoff = "1ms"\n'
ATTACH, SEIZE, SET_EXITKILL = 16, 0x4206, 0x00100000

_libc = ctypes.CDLL(None, use_errno=True)


class Tracer:
    """A process that attaches to another one, which then stands in a stop. waits: it takes note of its end, too;
    options: of a PTRACE_SEIZE in the place of a PTRACE_ATTACH, which stops nobody."""

    def __init__(self, traced, waits=False, options=None):
        reader, writer = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            try:
                self._attach(traced, options)
                os.write(writer, b"!")
                if waits:
                    os.waitpid(traced, 0)
                    os._exit(0)
                while True:
                    signal.pause()
            finally:
                os._exit(1)
        os.close(writer)
        attached = os.read(reader, 1)
        os.close(reader)
        if not attached:
            os.waitpid(self.pid, 0)
        h.check(attached, "the tracer could not attach")

    @staticmethod
    def _attach(traced, options):
        request, data = (ATTACH, 0) if options is None else (SEIZE, options)
        if _libc.ptrace(ctypes.c_long(request), ctypes.c_long(traced), None, ctypes.c_long(data)) != 0:
            os._exit(1)
        if options is None:
            os.waitpid(traced, 0)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.pid:
            self.end()

    def end(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        self.pid = 0


def started(timeout="1h"):
    process = h.container(APP.format(timeout))
    process.expect("^ready")
    return process, h.children(process.pid)[0][0]


def is_in(process, state):
    h.until(lambda: h.children(process.pid)[0][1] == state, f"the application is in state {state}")


def goes_on(process):
    """The same application is supervised as before."""
    got = control.status(process)
    h.equal((got["phase"], got["restarts"]), ("running", "0"))


@h.case
def stopped():
    """an application that SIGSTOP stops is not taken for ended, and gets what was sent meanwhile when it is continued"""
    process, application = started()
    os.kill(application, signal.SIGSTOP)
    is_in(process, "T")
    process.send(signal.SIGUSR1)
    goes_on(process)
    h.check("signal 10" not in process.output, process.output)
    os.kill(application, signal.SIGCONT)
    process.expect("^signal 10 from 1$")
    goes_on(process)
    process.send(signal.SIGTERM)
    h.equal(process.code(), 8)


@h.case
def stopped_by_control():
    """mvinit stop, restart and start of one that is stopped: SIGCONT is sent after the stop signal"""
    process, application = started()
    os.kill(application, signal.SIGSTOP)
    is_in(process, "T")
    control.done(process, "restart")
    process.expect("^ready")
    os.kill(h.children(process.pid)[0][0], signal.SIGSTOP)
    is_in(process, "T")
    control.done(process, "stop")
    control.done(process, "wait down")
    h.equal(control.status(process)["phase"], "down")
    process.send(signal.SIGTERM)
    process.code()


@h.case
def stopped_rest():
    """a daemon that is stopped is ended, too"""
    process = h.container('[app]\ncommand = ["%P", "escape", "%D/fate", "obey", "obey"]\nstop_timeout = "1h"\n')
    process.expect("^ready")
    application = h.children(process.pid)[0][0]
    fate = os.path.join(process.directory, "fate")
    h.until(lambda: h.lines(fate) == ["up"], "the escapee is up")
    daemon = next(pid for pid, _ in h.children(process.pid) if pid != application)
    os.kill(daemon, signal.SIGSTOP)
    process.send(signal.SIGTERM)
    h.equal(process.code(), 0)
    h.equal(h.lines(fate), ["up", "term"])


@h.case
def traced():
    """one that stands in a tracer's stop does not act on SIGTERM: stop_timeout's SIGKILL gets through"""
    process, application = started("300ms")
    with Tracer(application, waits=True):
        is_in(process, "t")
        goes_on(process)
        process.send(signal.SIGTERM)
        h.equal(process.code(), 137)
    h.check("SIGKILL" in process.output, process.output)


@h.case
def tracer_that_hangs():
    """a tracer outside that never takes note of the end keeps it from all others: given up in bounded time"""
    process, application = started("300ms")
    with Tracer(application) as tracer:
        process.send(signal.SIGTERM)
        process.expect("did not go even after SIGKILL")
        tracer.end()  # the kernel ends the namespace no sooner
        h.equal(process.code(), 137)


@h.case
def tracer_that_ends():
    """a tracer that ends lets the application go on, as the same one"""
    process, application = started()
    with Tracer(application) as tracer:
        is_in(process, "t")
        process.send(signal.SIGUSR1)
        tracer.end()
    process.expect("^signal 10 from 1$")
    goes_on(process)
    process.send(signal.SIGTERM)
    h.equal(process.code(), 8)


@h.case
def tracer_that_kills():
    """one that takes the application with it is a SIGKILL like any other: restarted"""
    process, application = started()
    with Tracer(application, options=SET_EXITKILL) as tracer:
        goes_on(process)
        tracer.end()
    process.expect("application was killed by SIGKILL after")
    process.expect("^ready")
    process.send(signal.SIGTERM)
    h.equal(process.code(), 8)


h.main()
