"""Every signal from within, one by one and then at random: none is deadly, whoever sends it.

Each for MVINIT_TEST_SECONDS, of which a minute says more.
"""

import os
import signal

import control
import harness as h

SECONDS = float(os.environ.get("MVINIT_TEST_SECONDS", "0.1"))
ENDS_A_CONTAINER = (signal.SIGTERM, signal.SIGINT, signal.SIGPWR, h.RTMIN + 3, h.RTMIN + 4, h.RTMIN + 5)
ENDS_A_MACHINE = (*ENDS_A_CONTAINER, signal.SIGUSR1, signal.SIGUSR2, h.RTMIN + 13)
USER = 61234
APP = '[console]\nlevel = "error"\n[app]\ncommand = [{}]\nrestart = "never"\nstop_timeout = "1ms"\n'


def words(spared=()):
    """The probe that sends all but those."""
    return ["assail", str(int(SECONDS * 1000)), str(os.getpid()), *(str(int(number)) for number in spared)]


def assailed(process):
    """Waits until all is sent, and tells how many were and how many were denied."""
    found = process.expect(r"^assailed (\d+) denied (\d+)$", h.DEADLINE + SECONDS)
    print(f"# {found.group(0)}")
    return int(found.group(1)), int(found.group(2))


def configured(start, spared, more=""):
    command = ", ".join(f'"{word}"' for word in ["%P", *words(spared)])
    process = start(APP.format(command) + more)
    sent, denied = assailed(process)
    h.equal(denied, 0)
    h.check(sent >= 64 - len(spared), f"only {sent} were sent")
    return process


@h.case
def in_front_of_a_command():
    """in front of a command: mvinit lives on, and then ends with the command's status"""
    process = h.start(h.probe(*words()))
    sent, denied = assailed(process)
    h.check(sent >= 64 and denied == 0, f"{denied} were denied")
    os.kill(h.children(process.pid)[0][0], signal.SIGKILL)
    h.equal(process.code(), 137)


@h.case
def of_a_container():
    """with a configuration: all but those that ask for an end"""
    process = configured(h.container, ENDS_A_CONTAINER)
    h.equal(control.status(process)["phase"], "running")
    os.kill(h.children(process.pid)[0][0], signal.SIGKILL)
    h.equal(process.code(), 137)


@h.case
def of_a_machine():
    """of a machine: all but those that ask for an end"""
    process = configured(h.machine, ENDS_A_MACHINE)
    h.equal(control.status(process)["phase"], "running")
    process.send(signal.SIGUSR2)
    h.equal(process.death(), signal.SIGINT)


@h.case
def of_another_user():
    """a user in the same pid namespace may send PID 1 none of them, and nothing comes of it"""
    for machine in (False, True):
        probe = "/sbin/probe" if machine else h.public_copy(h.PROBE)
        command = ", ".join(f'"{word}"' for word in [probe, *words()])
        process = (h.machine if machine else h.container)(f'{APP.format(command)}user = "{USER}"\ngroup = "{USER}"\n')
        sent, denied = assailed(process)
        h.check(sent == 0 and denied >= 64, f"{sent} were sent")
        h.equal(control.status(process)["restarts"], "0")
        h.check("SIG" not in process.output, process.output)
        process.send(signal.SIGPWR)
        h.equal(process.death() if machine else process.code(), signal.SIGINT if machine else 137)


h.main()
