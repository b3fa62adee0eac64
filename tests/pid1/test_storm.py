"""A storm of SIGCHLD hides no other signal."""

import os
import signal

import control
import harness as h

COUNT = 16384


@h.case
def held_back():
    """16,384 children that end while PID 1 is stopped, and then one SIGTERM: it is not lost"""
    process = h.start(h.probe("storm", COUNT))
    process.expect(rf"^storm {COUNT}$", 60)
    process.send(signal.SIGSTOP)
    application = h.children(process.pid)[0][0]
    # The application ends, which ends the pipe that its children wait at: all of them become PID 1's, and end.
    signal_application(application)
    h.until(lambda: h.zombies(process.pid) >= COUNT, f"{COUNT} zombies stand", 60)
    process.send(signal.SIGTERM)
    process.send(signal.SIGCONT)
    h.equal(process.code(60), 0)


@h.case
def term_is_acted_on():
    """16,384 children that end at once while the application goes on, and then one SIGTERM: it is forwarded"""
    process = h.start(["--", "/bin/sh", "-c",
                       f"{h.PROBE} storm {COUNT} & exec {h.PROBE} catch 15 42"])
    process.expect(rf"^storm {COUNT}$", 60)
    storm = next(pid for pid in grandchildren(process.pid) if command(pid)[1:2] == ["storm"])
    process.send(signal.SIGSTOP)
    signal_application(storm)
    h.until(lambda: h.zombies(process.pid) >= COUNT - 1, f"{COUNT} zombies stand", 60)
    process.send(signal.SIGTERM)
    process.send(signal.SIGCONT)
    h.equal(process.code(60), 42)


@h.case
def flood():
    """16,384 SIGCHLDs sent by four processes at once, and then one SIGTERM: it is forwarded"""
    process = h.start(h.probe("flood", 1, int(signal.SIGCHLD), COUNT // 4, 4))
    process.expect("^flooded$")
    process.send(signal.SIGTERM)
    h.equal(process.code(), 42)


@h.case
def realtime_flood():
    """a queue full of real-time signals leaves room for SIGTERM"""
    process = h.start(["-r", "40:0", *h.probe("flood", 1, 40, COUNT // 4, 4)])
    process.expect("^flooded$")
    process.send(signal.SIGTERM)
    h.equal(process.code(60), 42)


@h.case
def backlog():
    """thousands of real-time signals that wait do not keep a client of the control socket waiting behind them"""
    process = h.container('[app]\ncommand = ["%P", "pile", "%D/go", "16384"]\n')
    control.status(process)
    process.send(signal.SIGSTOP)
    open(f"{process.directory}/go", "w").close()
    process.expect("^piled$")
    process.send(signal.SIGCONT)
    application = h.children(process.pid)[0][0]
    h.until(lambda: pending(application, 40), "the first is passed on")
    h.equal(control.status(process)["phase"], "running")
    h.check(pending(process.pid, 40), "nothing waits any more: there was no need to be quick")
    process.send(signal.SIGTERM)
    h.equal(process.code(), 42)


@h.case
def unending_flood():
    """signals without end, and an application that refuses to stop: stop_timeout still holds, and so does a second request"""
    for number in (signal.SIGCHLD, signal.SIGURG, 40):
        config = f'[app]\ncommand = ["%P", "flood", "1", "{int(number)}", "2000000000", "4"]\nstop_timeout = '
        process = h.container(config + '"300ms"\n')
        flooders(process)
        process.send(signal.SIGTERM)
        h.equal(process.code(), 137, f"signal {int(number)}, stop_timeout")
        process = h.container(config + '"1h"\n')
        flooders(process)
        process.send(signal.SIGTERM)
        process.expect("SIGTERM: asked to exit")
        process.send(signal.SIGTERM)
        h.equal(process.code(), 137, f"signal {int(number)}, a second request")


@h.case
def passed_flood():
    """signals without end that only go on to the application do not hide that it has ended"""
    process = h.start(h.probe("flood", 1, int(signal.SIGUSR1), 2000000000, 4))
    flooders(process)
    os.kill(h.children(process.pid)[0][0], signal.SIGKILL)
    h.equal(process.code(), 137)


def flooders(process):
    """Waits until the application's four senders are at work."""
    h.until(lambda: len(list(grandchildren(process.pid))) == 5, "the senders")


def pending(pid, number):
    """Whether that signal is waiting to be taken."""
    with open(f"/proc/{pid}/status") as file:
        words = dict(line.split(":", 1) for line in file)
    return int(words["ShdPnd"], 16) >> (number - 1) & 1 == 1


def signal_application(pid):
    os.kill(pid, signal.SIGUSR1)


def grandchildren(pid):
    for child, _ in h.children(pid):
        yield child
        for grandchild, _ in h.children(child):
            yield grandchild


def command(pid):
    with open(f"/proc/{pid}/cmdline") as file:
        return file.read().split("\0")


h.main()
