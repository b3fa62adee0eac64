"""What else an application may say on NOTIFY_SOCKET: another main process, an error, its status, its stop."""

import os
import re
import signal
import time

import asking
import harness as h
from readiness import app, touch

NOTIFY = "[ready]\nnotify = true\n"


@h.case
def main_process():
    """MAINPID names another process: that one is the application from then on, though its parent ends at once"""
    process = h.container(app("%P", "notify", r"child:MAINPID=%d\nREADY=1", "wait:%D/go", "exit:0", more='restart = "never"\n')
                          + NOTIFY)
    named = process.expect(r"application: its main process is pid (\d+) now")
    process.expect("application ready after")
    parent = h.children(process.pid)[0][0]
    touch(process)
    heir = h.until(lambda: [pid for pid, *_ in h.children(process.pid) if pid != parent], "the child to be PID 1's")[0]
    h.until(lambda: len(h.children(process.pid)) == 1, "the parent to be gone")
    h.check(process.alive(), "ended with the parent")
    os.kill(heir, signal.SIGKILL)
    process.expect("application was killed by SIGKILL")
    h.equal(process.code(), 137, named.group(0))


@h.case
def main_process_and_its_group():
    """a main process that leads no group is stopped in the one it is in, which is killed when it has ended by itself"""
    process = h.container(app("%P", "notify", "fork:STATUS=beside", r"child:MAINPID=%d\nREADY=1", "wait:%D/go", "exit:0",
                              more='stop_signal = "INT"\nstop_timeout = "1h"\n') + NOTIFY)
    for end in ("by itself", "stopped"):
        named = process.expect(r"application: its main process is pid (\d+) now, no longer (\d+)")
        process.expect("application ready after")
        touch(process)
        h.until(lambda: pid_outside(process, named.group(2)) is None, "the parent to be gone")
        others = [pid for pid, *_ in h.children(process.pid)]
        h.equal(len(others), 2, "the main process and the one beside it")
        if end == "stopped":
            os.kill(process.pid, signal.SIGTERM)
            process.expect("application was killed by SIGINT")
            h.equal(process.code(), 130)
            return
        os.unlink(os.path.join(process.directory, "go"))  # the next one waits, too
        os.kill(pid_outside(process, named.group(1)), signal.SIGKILL)
        process.expect("application was killed by SIGKILL")
        h.until(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in others), "the one beside it to be killed")


def pid_outside(process, inside):
    """The child of PID 1 that has this number inside; None: none has."""
    for pid, *_ in h.children(process.pid):
        try:
            with open(f"/proc/{pid}/status") as file:
                numbers = [line.split()[1:] for line in file if line.startswith("NSpid:")][0]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if numbers[-1] == inside:
            return pid
    return None


@h.case
def wrong_process():
    """MAINPID of nobody is left out"""
    process = h.container(app("%P", "notify", "MAINPID=999999", "MAINPID=1", "READY=1") + NOTIFY)
    process.expect("MAINPID is no process of the application")
    process.expect("MAINPID is no process of the application")
    process.expect("application ready after")


@h.case
def error():
    """ERRNO is told in words, with the status"""
    process = h.container(app("%P", "notify", r"STATUS=no disk\nERRNO=28") + NOTIFY)
    process.expect("application says: No space left on device: no disk")


@h.case
def stops_itself():
    """STOPPING=1, and then it hangs: it is started again after its stop's time-out"""
    process = h.container(app("%P", "notify", "READY=1", "STOPPING=1", more='stop_timeout = "50ms"\n') + NOTIFY)
    process.expect("application hangs: it said that it was stopping, and did not end")
    process.expect("restarting")


@h.case
def more_time():
    """EXTEND_TIMEOUT_USEC puts the end of stop_timeout off"""
    process = h.container(app("%P", "notify", "READY=1", "wait:%D/stopping", "EXTEND_TIMEOUT_USEC=600000000",
                              "say:told", "wait:%D/go", "exit:7",
                              more='restart = "never"\nstop_signal = "WINCH"\nstop_timeout = "2s"\n') + NOTIFY)
    process.expect("application ready after")
    os.kill(process.pid, signal.SIGTERM)
    process.expect("stopping the application")
    would_be_over = time.monotonic() + 2.5
    touch(process, "stopping")
    process.expect("^told")
    h.until(lambda: time.monotonic() > would_be_over, "its time to have passed")
    touch(process)
    process.expect("application exited with code 7")
    h.equal(process.code(), 7)


@h.case
def status():
    """what it says of itself is in status, without what a terminal would obey"""
    process = asking.machine("notify", r"STATUS=loading \u001b[1m 7 of 9", more=NOTIFY)
    h.until(lambda: asking.answer(process, "status", code=8).get("status_text"), "the status")
    h.equal(asking.answer(process, "status", code=8)["status_text"], "loading  [1m 7 of 9")


@h.case
def health_status():
    """so is what came of the questions"""
    process = asking.machine("catch", more="[health]\ntcp = '127.0.0.1:9'\ninterval = '10ms'\nfailures = 1000000\n")
    h.until(lambda: asking.answer(process, "status").get("health") == "bad", "a question")
    value = asking.answer(process, "status")
    h.equal(value["health_reason"], "connect 127.0.0.1:9: Connection refused")


@h.case
def flood():
    """messages without end do not keep mvinit from stopping the application"""
    process = h.container(app("/bin/sh", "-c", "trap 'exit 9' TERM; %P notify fork:READY=1 & "
                              "while :; do for i in 1 2 3 4 5 6 7 8 9; do %P notify STATUS=$i exit:0; done; done") + NOTIFY)
    process.expect("application ready after")
    process.send(signal.SIGTERM)
    h.equal(process.code(), 9)


@h.case
def deleted():
    """the socket's file is gone with mvinit, as its place may be shared"""
    directory = h.scratch()
    process = h.container(app("%P", "catch", "15", "0") + "[watchdog]\napp = '1h'\n", pid1=False,
                          before=lambda: os.system(f"mount --bind {directory} /run"))
    process.expect("^ready")
    (name,) = [each for each in os.listdir(os.path.join(directory, "mvinit")) if each.startswith("notify")]
    h.check(re.fullmatch(r"notify\.\d+\.sock", name), name)
    for pid, _ in h.children(h.children(process.pid)[0][0]):
        os.kill(pid, signal.SIGTERM)
    os.kill(h.children(process.pid)[0][0], signal.SIGTERM)
    process.code()
    h.until(lambda: not [each for each in os.listdir(os.path.join(directory, "mvinit")) if each.startswith("notify")],
            "the file to be gone")


h.main()
