"""An init that has died is executed again in place by illumos's kernel: the same process id, no arguments, no
descriptors, the children and the contracts still there. What it had is in /etc/svc/volatile/mvinit/state."""

import fcntl
import os
import shutil
import signal
import struct

import image as i
from image import h

APP = '[app]\ncommand = ["%P", "sleep"]\nbackoff = "1ms"\n'
AGAIN = "init executed again"


def starts(config, kind="zone", facts=("nic=vnic0",), start=True):
    image = i.Image(config, kind, facts)
    os.mkfifo(image.file("/standin/die"))
    process = i.zone_start(image, "-m", "milestone=none") if kind == "zone" else i.kernel_start(image, "-s")
    if kind == "zone":
        process.init = int(image.event(r"init started (\d+)").group(1))
    if start:
        process.application = int(process.expect(r"^ready (\d+)$").group(1))
    return process, image


def die(image, count=1):
    """Kills init, wherever it is, and waits until it is executed again."""
    with open(image.file("/standin/die"), "wb", buffering=0) as file:
        file.write(b"!")
    h.until(lambda: image.calls(AGAIN)[count - 1:], "the new init")


@h.case
def goes_on():
    """the application goes on with its process id, the plan is not carried out twice, a later end is seen"""
    for kind, facts in (("zone", ["nic=vnic0"]), ("global", ["nic=e1000g0"])):
        process, image = starts(APP, kind, facts)
        done = image.commands(), image.calls("mount")
        for count in (1, 2, 3):
            die(image, count)
            process.expect(f"takes over: the application, pid {process.application}, goes on")
        h.equal((image.commands(), image.calls("mount")), done, "carried out")
        h.check(i.outer_pid(process, process.application), "the application has gone")
        i.kill(process, process.application, signal.SIGKILL)
        h.check(int(process.expect(r"^ready (\d+)$").group(1)) != process.application, "not started again")
        h.equal(len([line for line in image.events() if "started" in line]), 1 if kind == "zone" else 0)


@h.case
def ended_meanwhile():
    """an application that ended just then is started again, once"""
    process, image = starts(APP)
    i.kill(process, process.init, signal.SIGSTOP)
    i.kill(process, process.application, signal.SIGKILL)
    with open(image.file("/standin/die"), "wb", buffering=0) as file:
        file.write(b"!")
    i.kill(process, process.init, signal.SIGCONT)
    process.expect("takes over")
    h.until(lambda: process.poll() or process.output.count("ready ") == 2, "the application again")
    i.kill(process, process.init, signal.SIGINT)
    image.event("uadmin 2 0$")
    process.wait()
    h.equal(process.output.count("ready "), 2)


@h.case
def upgraded():
    """mvinit upgrade: init executes itself or another program, the application and the plan stay, the verb waits for it"""
    for kind, facts in (("zone", ["nic=vnic0"]), ("global", ["nic=e1000g0"])):
        process, image = starts(APP, kind, facts)
        done = image.commands(), image.calls("mount")
        shutil.copy(h.BINARY, image.file("/sbin/other"))
        i.verb(process, "upgrade", "--check")
        with open(image.file("/etc/svc/volatile/mvinit/state"), "r+b") as state:
            try:
                fcntl.lockf(state, fcntl.LOCK_EX | fcntl.LOCK_NB)
                raise h.Failure("the state file is not locked any more")
            except BlockingIOError:
                pass
        for words, path in (((), "/sbin/mvinit"), (("/sbin/other",), "/sbin/other"), ((), "/sbin/other")):
            code, said = i.verb(process, "upgrade", *words)
            h.check(code == 0 and "error" not in said, f"{words}: {code} {said}")
            process.expect(f"upgrade: executing {path}$")
            process.expect(f"takes over: the application, pid {process.application}, goes on")
        h.equal((image.commands(), image.calls("mount")), done, "carried out")
        h.equal(image.calls(AGAIN), [], "an end of init")
        h.check(i.outer_pid(process, process.application), "the application has gone")
        image.write("/sbin/none", "no program")
        code, said = i.verb(process, "upgrade", "/sbin/none")
        h.check(code == 1 and "the mvinit that runs stays" in said, f"{code} {said}")
        i.kill(process, process.application, signal.SIGKILL)
        h.check(int(process.expect(r"^ready (\d+)$").group(1)) != process.application, "not started again")


@h.case
def while_booting():
    """dead in the middle of its plan, it waits for the command that runs, runs none twice, and starts the application"""
    process, image = starts(APP + '[[interface]]\nname = "vnic0"\naddresses = ["10.0.0.5/24"]\ngateway = "10.0.0.1"\n'
                            '[[setup]]\ncommand = ["%P", "until", "/out/steps", "x", "/out/go", "0"]\n', start=False)
    steps = image.file("/out/steps")
    h.until(lambda: h.lines(steps) == ["x"], "the step")
    done = image.commands()
    h.check(any("route" in line for line in done), str(done))
    die(image)
    process.expect("ipmgmtd: was run before mvinit was started again")
    h.equal(image.commands(), done, "commands of the network")
    image.write("/out/go", "")
    process.expect("^ready")
    h.equal(h.lines(steps), ["x"])


@h.case
def while_ending():
    """dead while it ends the zone, it ends it in the way that was asked for"""
    for number, function in ((signal.SIGFPE, 1), (signal.SIGINT, 0)):
        process, image = starts('[app]\ncommand = ["%P", "catch"]\nstop_timeout = "1s"\n')
        i.kill(process, process.init, number)
        process.expect("^signal 15")
        die(image)
        image.event(f"uadmin 2 {function}$")
        h.equal(process.code(), i.standin_kernel.ENDED + function)


@h.case
def spoilt():
    """a state file that is damaged is told, and the application is adopted by its contract all the same"""
    process, image = starts(APP)
    state = image.file("/etc/svc/volatile/mvinit/state")

    def settled():
        with open(state, "rb") as file:
            return struct.pack("=i", process.application) in file.read()[16:]
    h.until(settled, "the application in the state file")
    with open(state, "r+b") as file:
        file.seek(1024)  # both copies
        file.write(b"\xff" * 4800)
    die(image)
    process.expect("state file /etc/svc/volatile/mvinit/state: .* not used")
    process.expect("still runs in contract")
    h.check(i.outer_pid(process, process.application), "the application has gone")


if __name__ == "__main__":
    h.main()
