"""Orphans are reaped, however many there are and whatever else happens."""

import os
import signal
import time

import harness as h

COUNT = int(os.environ.get("MVINIT_TEST_ORPHANS", "20000"))  # a million says more, and takes some minutes
PATIENCE = 120 * max(1, COUNT // 20000)
MOST = 100


def sampled(process, done):
    """The most zombies of PID 1 that stood at once, sampled until done(); and how many samples there were."""
    most = samples = 0
    end = time.monotonic() + PATIENCE
    while not done():
        h.check(process.alive(), "PID 1 ended while the orphans were made")
        most = max(most, h.zombies(process.pid))
        samples += 1
        process.poll()
        h.check(time.monotonic() < end, "the orphans were not made in time")
        time.sleep(0.0005)  # sampling as fast as can be would take one of two processors from those who work
    return most, samples


@h.case
def many():
    """double-forked orphans, 20,000 by default, are reaped, with at most 100 zombies standing at once"""
    # On one processor, so that the orphans cannot be made on it while PID 1 waits for another.
    one = {min(os.sched_getaffinity(0))}
    process = h.start(h.probe("orphans", COUNT), before=lambda: os.sched_setaffinity(0, one))
    process.expect("^ready")
    most, samples = sampled(process, lambda: "\norphans " in process.output)
    process.expect(rf"^orphans {COUNT}$")
    print(f"# at most {most} zombies at once in {samples} samples")
    h.check(samples > 50, f"only {samples} samples were taken")
    h.check(most <= MOST, f"{most} zombies stood at once")
    h.until(lambda: len(h.children(process.pid)) == 1, "only the application is left")
    process.send(signal.SIGTERM)
    h.equal(process.code(), 143)


@h.case
def asked_in_the_middle():
    """SIGTERM in the middle of as many orphans is acted on"""
    process = h.start(h.probe("orphans", COUNT))
    process.expect("^ready")
    h.until(lambda: h.zombies(process.pid) > 0 or len(h.children(process.pid)) > 1, "orphans are coming")
    process.send(signal.SIGTERM)
    h.equal(process.code(), 143)
    h.check("\norphans" not in process.output, "the application had finished before")


@h.case
def living():
    """orphans that live on for a while are reaped when they end"""
    process = h.start(h.probe("orphans", 200, 50))
    process.expect("^orphans 200$")
    h.until(lambda: len(h.children(process.pid)) == 1, "only the application is left")
    process.send(signal.SIGTERM)
    h.equal(process.code(), 143)


@h.case
def simultaneous_end():
    """an orphan that ends at the same moment as the application does not hide the application's end"""
    for _ in range(100):
        process = h.start(["--", "/bin/sh", "-c", f"{h.PROBE} exit 0 & {h.PROBE} exit 0 & exit 6"])
        h.equal(process.code(), 6)


@h.case
def configured():
    """a restarted application's orphans are reaped as well"""
    process = h.container("""
[app]
command = ["%P", "orphans", "300"]
restart = "always"
""")
    process.expect("^orphans 300$")
    h.until(lambda: len(h.children(process.pid)) == 1, "only the application is left")
    process.send(signal.SIGTERM)
    process.code()


h.main()
