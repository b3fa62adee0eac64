"""The shim: mvinit as the smf entry of a zone that illumos's init rules. Init starts it again when its contract is empty,
and takes the zone into maintenance when that happens three times within 15 s."""

import contextlib
import os
import re
import signal

import image as i
from image import h

ENTRY = "smf::sysinit:/sbin/mvinit\n"
ZONE = ["exclusive=0"]


def config(*words, **settings):
    text = "[app]\ncommand = [" + ", ".join(f'"{word}"' for word in words) + "]\n"
    return text + "".join(f"{name} = {value!r}\n".replace("'", '"') for name, value in settings.items())


def starts(text, inittab=ENTRY, facts=ZONE, grace=0.3, **options):
    image = i.Image(text, "zone", facts, inittab=inittab, **options)
    process = i.shim_start(image, grace)
    process.shim = int(image.event(r"smf started (\d+)").group(1))
    return process, image


def pids(process, image, count):
    """The pids of the first count starts of the application, by what mvinit says."""
    return [int(process.expect(r"^ready (\d+)$").group(1)) for _ in range(count)]


def unharmed(process, image):
    """The shim that was started first is the one that runs."""
    h.equal([line for line in image.events() if not line.startswith("entry")], [image.events()[0]])
    h.check(i.outer_pid(process, process.shim), "the shim has gone")
    # A child in the shim's own contract would take it along.
    h.equal([line for line in image.calls("fork") if line.endswith("contract 0")], [])


def outlives(*numbers):
    """The shim starts the application again after each of these signals to it, and is unharmed."""
    process, image = starts(config("%P", "sleep", backoff="1ms"))
    for number in numbers:
        i.kill(process, pids(process, image, 1)[0], number)
    pids(process, image, 1)
    unharmed(process, image)
    return image


@h.case
def crash():
    """an application that crashes is started again; the shim stays"""
    outlives(signal.SIGKILL, signal.SIGTERM)


@h.case
def core_dump():
    """a core dump of the application takes neither the shim nor the zone down: it has a contract of its own"""
    image = outlives(signal.SIGSEGV, signal.SIGABRT)
    h.check(any(re.fullmatch(r"ct_pr_tmpl_set_fatal\(template, 0x20\) = 0", line) for line in image.calls()), "fatal set")


@h.case
def helper():
    """nor does a core dump of a helper, which is told like any failure of one"""
    process, image = starts(config("%P", "sleep") + '[[setup]]\ncommand = ["%P", "raise", "6"]\noptional = true\n')
    process.expect("killed by SIGABRT")
    pids(process, image, 1)
    unharmed(process, image)


@h.case
def killed():
    """a shim that is killed is started again and adopts the application, whose later end it sees"""
    process, image = starts(config("%P", "sleep", backoff="1ms"))
    application = pids(process, image, 1)[0]
    i.kill(process, process.shim, signal.SIGKILL)
    image.event(r"contract \d+ inherited")
    shim = int(image.event(r"smf started (\d+)", 2).group(1))
    h.until(lambda: any(line.startswith("ct_ctl_adopt(") and line.endswith("= 0") for line in image.calls()), "adoption")
    process.expect("takes over")
    process.expect("still runs in contract")
    h.check(i.outer_pid(process, application), "the application did not live on")
    h.equal(len(image.calls("mount")), 3, "the plan was carried out once")
    i.kill(process, application, signal.SIGKILL)
    h.check(pids(process, image, 1)[0] != application, "not started again")
    h.equal(sum("smf started" in line for line in image.events()), 2)
    h.check(i.outer_pid(process, shim), "the second shim has gone")


@h.case
def died_while_the_application_ended():
    """an application that ended while no shim was there is started again by the next one"""
    process, image = starts(config("%P", "sleep", backoff="1ms"))
    application = pids(process, image, 1)[0]
    i.kill(process, process.shim, signal.SIGSTOP)
    i.kill(process, application, signal.SIGKILL)
    i.kill(process, process.shim, signal.SIGKILL)
    image.event("smf started", 2)
    h.check(pids(process, image, 1)[0] != application, "not started again")


@h.case
def daemon():
    """an application that daemonises is supervised until its contract is empty, then started again"""
    script = "/sbin/probe hold /out/held x & exit 0"
    process, image = starts(config("/sbin/sh", "-c", script, backoff="1ms"))
    held = image.file("/out/held")
    h.until(lambda: h.lines(held) == ["x"], "the daemon")
    contract = re.search(r"contract (\d+)", image.calls("fork")[-1]).group(1)
    members = h.until(lambda: len(i.members(process, contract)) == 1 and i.members(process, contract), "just the daemon")
    h.equal(h.lines(held), ["x"], "it was not started again while its daemon runs")
    os.kill(members[0], signal.SIGKILL)
    h.until(lambda: h.lines(held) == ["x", "x"], "started again")
    unharmed(process, image)


@h.case
def stops():
    """SIGTERM stops the application, and the shim stays; SIGHUP starts it again"""
    process, image = starts(config("%P", "catch", "15", "0"))
    application = int(process.expect(r"^ready (\d+)$").group(1))
    i.kill(process, process.shim, signal.SIGTERM)
    process.expect("^signal 15 from ")
    h.until(lambda: i.outer_pid(process, application) is None, "the end of the application")
    process.expect("kill -HUP")
    unharmed(process, image)
    i.kill(process, process.shim, signal.SIGHUP)
    process.expect("^ready ")
    unharmed(process, image)


@h.case
def halting():
    """halt and zoneadm's shutdown: with /etc/svc/volatile/resetting there nothing is started again"""
    process, image = starts(config("%P", "catch", "15", "3", backoff="1ms"), grace=1.0)
    process.expect("^ready")
    image.request("halt")
    image.event("halt: SIGTERM to all")
    process.expect("resetting")
    image.event("uadmin 2 0")
    h.equal(process.code(), i.standin_kernel.ENDED)
    process.poll()
    h.equal(process.output.count("ready "), 1)


@h.case
def rapid():
    """an application that fails at once, again and again, never ends the shim: no maintenance"""
    process, image = starts(config("%P", "run", "/out/runs", "x", "1", backoff="1ms", max_backoff="1ms"))
    h.until(lambda: len(h.lines(image.file("/out/runs"))) >= 8, "eight runs")
    unharmed(process, image)
    process, image = starts(config("%P", "exit", "1", restart="never") + '[end]\nfailure = "exit"\n')
    process.expect("kill -HUP")
    unharmed(process, image)


@h.case
def bad_configuration():
    """a configuration with errors does not end the shim either: it says what is wrong and stays"""
    process, image = starts('[app]\ncomand = ["/sbin/probe"]\n')
    process.expect("did you mean 'command'")
    process.expect("kill -HUP")
    unharmed(process, image)
    image.write("/etc/mvinit.toml", config("/sbin/probe", "sleep"))
    i.kill(process, process.shim, signal.SIGHUP)
    process.expect("^ready")


@h.case
def maintenance():
    """a shim that is killed three times within 15 s: maintenance, which is why it never ends by itself"""
    process, image = starts(config("%P", "sleep"))
    for count in (1, 2, 3):
        shim = int(image.event(r"smf started (\d+)", count).group(1))
        i.kill(process, shim, signal.SIGKILL)
    image.event("maintenance: three ends")


@h.case
def console():
    """a console that nobody reads, full to the brim, blocks neither the shim nor the restart of the application"""
    image = i.Image(config("%P", "run", "/out/runs", "x", "1", backoff="1ms", max_backoff="1ms", stdout="/dev/null",
                           stderr="/dev/null"), "zone", ZONE, inittab=ENTRY)
    terminal = os.open(os.ttyname(image.slave), os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(terminal, b"x" * 512)
    process = i.shim_start(image)
    h.until(lambda: len(h.lines(image.file("/out/runs"))) >= 20, "twenty runs, each with messages")
    with contextlib.suppress(BlockingIOError):
        h.equal(os.write(terminal, b"x" * 512), 0, "room on the console")
    os.close(terminal)
    process.shim = int(image.event(r"smf started (\d+)").group(1))
    unharmed(process, image)


@h.case
def power_off():
    """`mvinit poweroff`, `reboot` and `halt`, as init 5, 6 and 0 run them, end the zone through uadmin"""
    inittab = "".join(f"mv{level}:{level}:once:/sbin/mvinit {verb}\n" for level, verb in
                      ((0, "halt"), (5, "poweroff"), (6, "reboot"))) + ENTRY
    for level, function in ((0, 0), (5, 6), (6, 1)):
        process, image = starts(config("%P", "catch", "15", "0"), inittab)
        process.expect("^ready")
        image.request(f"init {level}")
        process.expect("^signal 15 from ")
        image.event(f"uadmin 2 {function}$")
        h.equal(process.code(), i.standin_kernel.ENDED + function)
        h.check(f"entry mv{level} ended" not in " ".join(image.events()) or
                f"entry mv{level} ended 0" in image.events(), image.events())


@h.case
def descriptors():
    """started with descriptors 0 to 2 closed, the application has the console and nothing else"""
    process, image = starts(config("%P", "sleep"))
    directory = f"/proc/{i.outer_pid(process, pids(process, image, 1)[0])}/fd"
    links = {int(name): os.readlink(f"{directory}/{name}") for name in os.listdir(directory)}
    h.equal(sorted(links), [0, 1, 2, 240])  # the last is the stand-in's, for the contract
    h.equal(links[0], "/dev/null")
    h.check(links[1] == links[2] and "console" in links[1] or "pts" in links[1], links)
    unharmed(process, image)


@h.case
def upgraded():
    """mvinit upgrade: the shim executes itself, init takes it for the same entry, and the application stays"""
    process, image = starts(config("%P", "sleep", backoff="1ms"))
    application = pids(process, image, 1)[0]
    code, said = i.verb(process, "upgrade")
    h.check(code == 0 and "error" not in said, f"{code} {said}")
    process.expect(f"takes over: the application, pid {application}, goes on")
    unharmed(process, image)
    i.kill(process, application, signal.SIGKILL)
    pids(process, image, 1)
    unharmed(process, image)


if __name__ == "__main__":
    h.main()
