"""A container's init without a configuration forwards what it gets."""

import signal

import harness as h

KEPT = {signal.SIGCHLD, signal.SIGTTIN, signal.SIGTTOU}
NEVER = {signal.SIGKILL, signal.SIGSTOP}


def forwarded(number):
    process = h.start(h.probe("catch", number, 77))
    process.expect("^ready")
    process.send(number)
    process.expect(rf"^signal {number} from 1$")
    h.equal(process.code(), 77, f"signal {number}")


@h.case
def all_of_them():
    """every signal from 1 to 64 but KILL, STOP, CHLD, TTIN, TTOU and the C libraries' 32 and 33 is forwarded"""
    failed = []
    for number in sorted(set(range(1, 65)) - KEPT - NEVER - {32, 33}):
        process = h.start(h.probe("catch", number, 77))
        process.expect("^ready")
        process.send(number)
        try:
            process.expect(rf"^signal {number} from 1$", 5)
            h.equal(process.code(), 77)
        except h.Failure:
            failed.append(number)
        process.close()
    h.equal(failed, [], "not forwarded")


@h.case
def library_signals():
    """32 and 33, which C libraries keep to themselves, are forwarded too"""
    for number in (32, 33):
        forwarded(number)


@h.case
def window_size():
    """WINCH is forwarded again and again"""
    process = h.start(h.probe("catch", 15, 0))
    process.expect("^ready")
    for _ in range(5):
        process.send(signal.SIGWINCH)
        process.expect("^signal 28 from 1$")
    process.send(15)
    h.equal(process.code(), 0)


@h.case
def kept():
    """CHLD, TTIN and TTOU are not forwarded and do no harm"""
    process = h.start(h.probe("catch", 15, 9))
    process.expect("^ready")
    for number in KEPT:
        process.send(number)
    process.send(signal.SIGUSR1)
    process.expect("^signal 10 from 1$")
    process.send(15)
    h.equal(process.code(), 9)
    for number in KEPT:
        h.check(f"signal {int(number)} " not in process.output, f"{number!r} was forwarded")


@h.case
def queued_realtime():
    """real-time signals that came faster than they were taken all arrive, none is merged with another"""
    process = h.start(h.probe("catch", 15, 0))
    process.expect("^ready")
    process.send(signal.SIGSTOP)
    for _ in range(100):
        process.send(h.RTMIN + 2)
    process.send(signal.SIGCONT)
    for _ in range(100):
        process.expect("^signal 36 from 1$")
    process.send(15)
    h.equal(process.code(), 0)


@h.case
def default_action():
    """an application without handlers is ended by the signals that PID 1 itself would survive"""
    for number in (1, 2, 3, 6, 10, 11, 12, 13, 14, 15, 34, 64):
        process = h.start(h.probe("sleep"))
        process.expect("^ready")
        process.send(number)
        h.equal(process.code(), 128 + number, f"signal {number}")


@h.case
def early():
    """a signal that comes as early as it can, before the application runs, is not lost"""
    for _ in range(50):
        process = h.start(h.probe("sleep"))
        h.until(lambda: blocks_or_catches(process.pid, signal.SIGTERM), "mvinit listens")
        process.send(signal.SIGTERM)
        h.equal(process.code(), 143)


@h.case
def early_configured():
    """the same with a configuration, as a container's init and as a machine's"""
    config = '[app]\ncommand = ["%P", "sleep"]\n'
    for _ in range(25):
        process = h.container(config)
        h.until(lambda: blocks_or_catches(process.pid, signal.SIGTERM), "mvinit listens")
        process.send(signal.SIGTERM)
        process.code()
        process = h.machine(config)
        h.until(lambda: blocks_or_catches(process.pid, signal.SIGTERM), "mvinit listens")
        process.send(signal.SIGTERM)
        h.equal(process.death(), signal.SIGHUP)


@h.case
def at_any_time():
    """a signal that comes when the application ends by itself changes nothing but the code, and hangs nothing"""
    for _ in range(100):
        process = h.start(h.probe("exit", 7))
        h.until(lambda: not process.alive() or blocks_or_catches(process.pid, signal.SIGTERM), "mvinit listens")
        if process.alive():
            process.send(signal.SIGTERM)
        h.check(process.code() in (7, 143), f"status {process.status}")


def blocks_or_catches(pid, number):
    with open(f"/proc/{pid}/comm") as file:
        if file.read().startswith("python"):  # not executed yet
            return False
    with open(f"/proc/{pid}/status") as file:
        masks = [int(line.split()[1], 16) for line in file if line.startswith(("SigBlk", "SigCgt"))]
    with open(f"/proc/{pid}/wchan") as file:  # what waits in sigtimedwait(2) has its mask elsewhere meanwhile
        waits = "sigtimedwait" in file.read()
    return waits or any(mask >> (number - 1) & 1 for mask in masks)


h.main()
