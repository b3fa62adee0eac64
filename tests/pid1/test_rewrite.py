"""-r FROM:TO: signals that are forwarded as others, or not at all."""

import signal

import harness as h


def received(options, sent, last=signal.SIGUSR2):
    """The signals that the application gets when sent are sent one by one, up to last, which ends it."""
    process = h.start([*options, *h.probe("catch", int(last), 0)])
    process.expect("^ready")
    for number in sent:
        process.send(number)
        # One at a time: pending signals are delivered in the order of their numbers, not in that of sending.
        h.until(lambda: not pending(process.pid), "the signal was taken")
    process.code()
    return [int(line.split()[1]) for line in process.output.splitlines() if line.startswith("signal")]


def pending(pid):
    try:
        with open(f"/proc/{pid}/status") as file:
            masks = [int(line.split()[1], 16) for line in file if line.startswith(("SigPnd", "ShdPnd"))]
    except OSError:
        return False
    return any(masks)


@h.case
def rewritten():
    """-r 15:3 forwards SIGQUIT where SIGTERM came, and leaves the others"""
    h.equal(sorted(received(["-r", "15:3"], [15, 10, 12])), [3, 10, 12])


@h.case
def names():
    """-r takes names, with and without SIG, in either case"""
    for word in ("TERM:QUIT", "SIGTERM:SIGQUIT", "term:quit", "SIGTERM:3"):
        h.equal(sorted(received(["-r", word], [15, 12])), [3, 12], word)


@h.case
def dropped():
    """-r 1:0 drops SIGHUP"""
    h.equal(received(["-r", "1:0"], [1, 12]), [12])


@h.case
def several():
    """-r may be given several times and does not chain"""
    h.equal(sorted(received(["-r", "1:10", "-r", "10:1", "-r", "15:0"], [1, 12])), [10, 12])
    h.equal(sorted(received(["-r", "1:10", "-r", "10:1", "-r", "15:0"], [10, 15, 12])), [1, 12])


@h.case
def to_the_ending_signal():
    """-r 1:9 kills the application at SIGHUP"""
    process = h.start(["-r", "1:9", *h.probe("catch")])
    process.expect("^ready")
    process.send(1)
    h.equal(process.code(), 137)


@h.case
def refused():
    """-r refuses what is no pair of signals, and names it"""
    for word in ("15", "15:", ":3", "15:65", "99:3", "TERM:NOPE", "0:15"):
        process = h.run(["-r", word, *h.probe("exit", 0)])
        h.check(process.code() != 0, f"-r {word} was taken")
        h.check(word in process.output, f"-r {word} is not named in {process.output!r}")


h.main()
