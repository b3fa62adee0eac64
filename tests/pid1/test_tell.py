"""mvinit poweroff, reboot, halt and reload, as people write them beside a mvinit that is PID 1 and has no control
socket: by signals. `init 6` and its like where /sbin/init is mvinit."""

import signal
import subprocess

import harness as h

# The application is the verb itself: whatever it exits with, only the signal that it sent can end the machine. It is
# asked to stop by a signal that does nothing to it, as it may not have come to its exit by then.
APP = '[app]\ncommand = ["/sbin/mvinit", "{}"]\nbackoff = "1h"\nmax_backoff = "1h"\nstop_signal = "CONT"\n[control]\nenabled = false\n'


def told(word, words, death):
    process = h.machine(APP.format(word))
    process.expect(words)
    h.equal(process.death(), death, word)
    h.check(r"exited with code 0" in process.output, process.output)


@h.case
def machine():
    """each verb ends the machine in its own way, and exits with 0"""
    told("poweroff", "SIGRTMIN\\+4: asked to power off", signal.SIGINT)
    told("reboot", "SIGRTMIN\\+5: asked to reboot", signal.SIGHUP)
    told("halt", "SIGRTMIN\\+13: asked to halt", signal.SIGINT)


@h.case
def run_levels():
    """6 reboots, and 0 powers off"""
    told("6", "SIGRTMIN\\+5: asked to reboot", signal.SIGHUP)
    told("0", "SIGRTMIN\\+4: asked to power off", signal.SIGINT)


@h.case
def reloads():
    """reload and q have the configuration read again"""
    for word in ("reload", "q"):
        process = h.machine(APP.format(word))
        process.expect("reload: taken")
        process.send(signal.SIGTERM)
        h.equal(process.death(), signal.SIGHUP)


@h.case
def container():
    """poweroff and reboot stop a container's init, which exits with its application's status"""
    for word in ("poweroff", "reboot"):
        process = h.container(f'[[setup]]\ncommand = ["{h.BINARY}", "{word}"]\n'
                              '[app]\ncommand = ["%P", "catch", "15", "6"]\n')
        h.equal(process.code(), 128 + h.RTMIN + (4 if word == "poweroff" else 5))


@h.case
def somebody_elses():
    """where PID 1 is not mvinit nobody is signalled: 1, and whose machine it is"""
    for word in ("poweroff", "reboot", "halt", "reload", "6"):
        done = subprocess.run([h.BINARY, word], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=h.DEADLINE, env=h.environment(None))
        h.equal((done.returncode, done.stdout), (3, ""), word)
        h.check("PID 1 is" in done.stderr, done.stderr)


@h.case
def as_pid1():
    """as PID 1 itself there is nobody to tell"""
    h.equal(h.run(["poweroff"]).code(), 3)


@h.case
def further_words():
    """a verb takes no further words"""
    for words in (("poweroff", "now"), ("reload", "x")):
        done = subprocess.run([h.BINARY, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=h.DEADLINE, env=h.environment(None))
        h.equal(done.returncode, 2, str(words))
        h.check("takes no further words" in done.stderr, done.stderr)


h.main()
