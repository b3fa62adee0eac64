"""What PID 1 may still do once the application runs, and that nobody else lacks any of it."""

import os

import control
import harness as h
from survive import Injector, needs_injector

CHOWN, DAC_OVERRIDE, KILL, NET_ADMIN, NET_RAW, SYS_MODULE, SYS_ADMIN, MKNOD, SYS_BOOT = 0, 1, 5, 12, 13, 16, 21, 27, 22


def sets(pid):
    with open(f"/proc/{pid}/status") as file:
        return {line.split(":")[0]: int(line.split()[1], 16) for line in file if line.startswith("Cap")}


def has(capabilities, number):
    return capabilities >> number & 1 == 1


def given_up(process):
    """Waits until PID 1 has given up what it gives up; returns its permitted set."""
    h.until(lambda: process.poll() or not has(sets(process.pid)["CapPrm"], SYS_MODULE), "fewer capabilities of PID 1")
    return sets(process.pid)["CapPrm"]


def application(process):
    """The application's pid, as we see it."""
    process.expect(r"^ready \d+$")
    return next(pid for pid, _ in h.children(process.pid))


@h.case
def duties():
    """PID 1 keeps what its duties ask for and no more, and the application that runs as root has all"""
    process = h.container('[app]\ncommand = ["%P", "sleep"]\n')
    app = application(process)
    ours = given_up(process)
    for number in (CHOWN, DAC_OVERRIDE, KILL, SYS_ADMIN, SYS_BOOT):
        h.check(has(ours, number), f"capability {number}")
    for number in (NET_ADMIN, NET_RAW, SYS_MODULE, MKNOD):
        h.check(not has(ours, number), f"capability {number}")
    h.equal(sets(process.pid)["CapEff"], ours)
    theirs = sets(app)
    h.equal(theirs["CapPrm"], theirs["CapBnd"])
    h.equal(theirs["CapBnd"], sets("self")["CapBnd"])


@h.case
def in_front():
    """the same in front of a command"""
    process = h.start(h.probe("sleep"))
    app = application(process)
    given_up(process)
    h.equal(sets(app)["CapPrm"], sets("self")["CapBnd"])


@h.case
def kept_for_the_application():
    """what [app] capabilities names is kept, also for a later start"""
    process = h.container('[app]\ncommand = ["%P", "run", "%D/runs", "x", "1", "300"]\nbackoff = "1ms"\nuser = "33"\n'
                          'capabilities = ["net_raw"]\n')
    ours = given_up(process)
    h.check(has(ours, NET_RAW) and not has(ours, NET_ADMIN), hex(ours))
    h.until(lambda: process.poll() or len(h.lines(os.path.join(process.directory, "runs"))) >= 3, "three starts")


@h.case
def no_new_privileges():
    """nothing is given up where exec would not give it back to an application that runs as root"""
    process = h.container('[app]\ncommand = ["%P", "sleep"]\nno_new_privs = true\n[control]\npath = "%D/control"\n')
    app = application(process)
    # What it does before it gives anything up has been done when it answers.
    control.ask(process, "status", path=os.path.join(process.directory, "control"))
    h.equal(sets(app)["CapPrm"], sets("self")["CapBnd"])
    h.equal(sets(process.pid)["CapPrm"], sets("self")["CapBnd"])


@h.case
def regained_by_reload():
    """a reload that names more capabilities has mvinit executed again, and the next start has them"""
    text = '[control]\npath = "%D/control"\n[app]\ncommand = ["%P", "sleep"]\nuser = "33"\n'
    process = h.container(text)
    application(process)
    given_up(process)
    with open(process.config, "w") as file:
        file.write(text.replace("%P", h.PROBE).replace("%D", process.directory) + 'capabilities = ["net_admin"]\n')
    h.check(control.ask(process, "reload", path=os.path.join(process.directory, "control")).startswith("ok"), "reload")
    process.expect("takes over")
    h.until(lambda: process.poll() or (has(sets(process.pid)["CapPrm"], NET_ADMIN)
                                       and not has(sets(process.pid)["CapPrm"], NET_RAW)), "the capability")


@h.case
def after_a_fault():
    """the next image has given up the same, and its application's next start has all"""
    process = h.container('[app]\ncommand = ["%P", "run", "%D/runs", "x", "1", "300"]\nbackoff = "1ms"\n')
    before = given_up(process)
    Injector(process, count=1, kinds="jump").wait()
    h.until(lambda: process.poll() or sets(process.pid)["CapPrm"] == before, "the same capabilities")
    runs = len(h.lines(os.path.join(process.directory, "runs")))
    h.until(lambda: process.poll() or len(h.lines(os.path.join(process.directory, "runs"))) > runs + 1, "two more starts")


needs_injector()
h.main()
