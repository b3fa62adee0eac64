"""mvinit as a zone's init: whose the network is decides what is done, and how the zone ends."""

import os
import signal

import image as i
from image import h

APP = '[app]\ncommand = ["%P", "catch", "15", "0"]\n'
CARD = '[[interface]]\nname = "vnic0"\naddresses = ["10.0.0.5/24"]\ngateway = "10.0.0.1"\n'
IPMGMTD = "0 SMF_FMRI=svc:/network/ip-interface-management:default /lib/inet/ipmgmtd"


def boots(config, facts, *arguments, **options):
    image = i.Image(config + APP, "zone", facts, **options)
    process = i.zone_start(image, *arguments)
    process.expect("^ready")
    return process, image


@h.case
def exclusive():
    """exclusive-IP: lo0, ipmgmtd, address and route; no dlmgmtd, no soconfig, no devfsadm"""
    process, image = boots(CARD, ["nic=vnic0"])
    run = image.commands()
    h.equal([line for line in run if not line.startswith("0 ")], [])
    h.equal([line for line in run if any(word in line for word in ("dlmgmtd", "soconfig", "devfsadm", "autopush"))], [])
    h.check(run.index(IPMGMTD) < run.index("0 /sbin/ifconfig vnic0 inet 10.0.0.5/24 up")
            < run.index("0 /sbin/route -n add default -gateway 10.0.0.1"), run)
    h.check("0 /sbin/ifconfig lo0 plumb 127.0.0.1 up" in run, run)


@h.case
def allowed():
    """with an allowed-address ipmgmtd does link, address and route; mvinit only lo0"""
    process, image = boots("", ["nic=vnic0", "network=vnic0 10.0.0.7/24 10.0.0.1"])
    run = image.commands()
    h.equal([line for line in run if not line.startswith("0 ")], [])
    h.check(IPMGMTD in run and not any("vnic0" in line or "route" in line for line in run), run)
    h.equal(image.read("/standin/net/vnic0").splitlines(), ["inet", "10.0.0.7/24"])
    h.equal(image.read("/standin/net/routes"), "default 10.0.0.1\n")


@h.case
def shared():
    """shared-IP: no network step at all"""
    process, image = boots("", ["exclusive=0"])
    h.equal(image.commands(), [])


@h.case
def start():
    """started with what zoneadm hands on, with no descriptors and no environment; sysinfo sets the host name"""
    process, image = boots('[system]\nhostname = "web"\n', ["exclusive=0"], "-m", "milestone=none", "-s")
    h.equal(image.calls("sysinfo"), ["sysinfo(258, web, 4) = 0"])


@h.case
def ends():
    """INT halts, FPE reboots, EMT and PWR power off: each by uadmin, none by an exit, and the zone needs no sync"""
    for number, function in ((signal.SIGINT, 0), (signal.SIGFPE, 1), (64, 6), (signal.SIGPWR, 6)):
        process, image = boots("", ["exclusive=0"])
        for ignored in (signal.SIGTERM, signal.SIGQUIT, signal.SIGBUS, signal.SIGPIPE):
            i.kill(process, initpid(image), ignored)
        i.kill(process, initpid(image), number)
        image.event(f"uadmin 2 {function}$")
        h.equal(process.code(), i.standin_kernel.ENDED + function, f"signal {number}")
        process.poll()
        h.check("signal 15" in process.output, process.output)
        h.equal(image.calls("sync", "uadmin", "init executed again"), [f"uadmin(2, {function}, 0) = 0"])


def initpid(image):
    return int(image.event(r"init started (\d+)").group(1))


@h.case
def ends_well():
    """an application that ends for good halts the zone, it does not end its init"""
    for words, function in ((["exit", "0"], 6), (["exit", "3"], 6)):
        command = ", ".join(f'"{word}"' for word in ["%P", *words])
        image = i.Image(f'[app]\ncommand = [{command}]\nrestart = "never"\n', "zone", ["exclusive=0"])
        process = i.zone_start(image)
        image.event(f"uadmin 2 {function}$")
        h.equal(process.code(), i.standin_kernel.ENDED + function)


@h.case
def daemon():
    """an application that daemonises is supervised on until its contract is empty, whoever reaps its processes"""
    image = i.Image('[app]\ncommand = ["/sbin/sh", "-c", "/sbin/probe hold /out/held x & exit 0"]\nbackoff = "1ms"\n',
                    "zone", ["exclusive=0"])
    process = i.zone_start(image)
    h.until(lambda: h.lines(image.file("/out/held")), "the daemon")
    i.kill(process, initpid(image), signal.SIGINT)
    image.event("uadmin 2 0$")
    h.check(any("sigsend" in line and line.endswith("15) = 0") for line in image.calls("sigsend")), image.calls("sigsend"))
    h.equal(h.lines(image.file("/out/held")), ["x"])


@h.case
def orphans():
    """on a kernel that gives the zone's orphans to its init they are reaped, and are nothing to it otherwise"""
    for version, adopts in (("joyent_20210713T000000Z", True), ("illumos-a8962f2d31", False)):
        script = "for n in 1 2 3; do (/sbin/probe hold /out/held $n &); done; exec /sbin/probe catch 15 0"
        image = i.Image(f'[app]\ncommand = ["/sbin/sh", "-c", "{script}"]\n', "zone",
                        ["exclusive=0", f"version={version}"])
        process = i.zone_start(image, adopts=adopts)
        application = i.outer_pid(process, int(process.expect(r"^ready (\d+)$").group(1)))
        h.until(lambda: len(h.lines(image.file("/out/held"))) == 3, "the orphans")
        init = i.outer_pid(process, initpid(image))
        parent = init if adopts else process.pid
        orphans = h.until(lambda: len({pid for pid, _ in h.children(parent)} - {init, application}) == 3 and
                          {pid for pid, _ in h.children(parent)} - {init, application}, "who has the orphans")
        for pid in orphans:
            os.kill(pid, signal.SIGKILL)
        h.until(lambda: not orphans & {pid for pid, _ in h.children(parent)}, "that they are reaped")
        h.equal([pid for pid, _ in h.children(init)], [application], "children of mvinit")


@h.case
def honoured():
    """[inittab] honour: sysinit, then boot and bootwait, then the default level's entries, beside the application"""
    entry = "/sbin/sh -c 'echo {0} >>/out/order{1}'"
    text = "is:3:initdefault:\n" + "".join(
        f"{name}:{levels}:{action}:{entry.format(name, more)}\n" for name, levels, action, more in (
            ("once", "3", "once", "; exec /sbin/probe sleep"), ("six", "6", "once", ""), ("wait", "3", "wait", ""),
            ("boot", "", "boot", ""), ("bw", "", "bootwait", ""), ("sys", "", "sysinit", "")))
    image = i.Image('[inittab]\nhonour = true\n' + APP, "zone", ["exclusive=0"], inittab=text)
    process = i.zone_start(image)
    process.expect("^ready")
    order = image.file("/out/order")
    h.until(lambda: {"sys", "bw", "boot", "wait", "once"} <= set(h.lines(order)), f"all entries, not just {h.lines(order)}")
    got = h.lines(order)
    h.equal((got[0], "six" in got), ("sys", False))
    h.check(got.index("bw") < got.index("wait"), got)


if __name__ == "__main__":
    h.main()
