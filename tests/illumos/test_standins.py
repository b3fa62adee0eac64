"""The stand-ins for illumos themselves: that each refuses what the real one would, so that a plan which works with them
has done the right things in the right order."""

import image as i
from image import h

FMRI = "SMF_FMRI=svc:/network/ip-interface-management:default /lib/inet/ipmgmtd"
DLMGMTD = "SMF_FMRI=svc:/network/datalink-management:default /sbin/dlmgmtd"
SOCONFIG = "/sbin/soconfig -d /etc/sock2path.d"
CARD = ["nic=e1000g0"]
ZONE = ["nic=vnic0"]


def statuses(kind, facts, lines, **options):
    """The exit status that each of the commands gave, run one after the other."""
    image = i.Image("", kind, facts, **options)
    i.script(image, "; ".join(lines)).wait()
    return [int(line.split()[0]) for line in image.commands()]


def table(kind, facts, *rows, **options):
    got = statuses(kind, facts, [row[0] for row in rows], **options)
    h.equal(list(zip(got, (row[0] for row in rows))), [(row[1], row[0]) for row in rows])


@h.case
def sockets():
    """before soconfig there is no socket, so no ifconfig and no route"""
    table("global", CARD, ("/sbin/ifconfig lo0 plumb 127.0.0.1 up", 1),
          ("/sbin/route -n add default -gateway 10.0.0.1", 1), (SOCONFIG, 0), ("/sbin/ifconfig lo0 plumb 127.0.0.1 up", 0))


@h.case
def addresses():
    """an address needs ipmgmtd and a plumbed interface; plumbing twice is noise and success;
    a second ipmgmtd takes the door over"""
    table("global", CARD, (SOCONFIG, 0), ("/sbin/ifconfig e1000g0 inet 10.0.0.5/24 up", 1),
          ("/sbin/ifconfig e1000g0 plumb", 0), ("/sbin/ifconfig e1000g0 plumb", 0),
          ("/sbin/ifconfig e1000g0 inet 10.0.0.5/24 up", 1), ("/lib/inet/ipmgmtd", 1), (FMRI, 0), (FMRI, 0),
          ("/sbin/ifconfig e1000g0 inet 10.0.0.5/24 up", 0), ("/sbin/ifconfig e1000g0 inet fe80::5/64 up", 1),
          ("/sbin/ifconfig e1000g1 plumb", 1))


@h.case
def routes():
    """a route needs an interface that reaches its gateway"""
    table("global", CARD, (SOCONFIG, 0), (FMRI, 0), ("/sbin/ifconfig e1000g0 plumb", 0),
          ("/sbin/route -n add default -gateway 10.0.0.1", 128), ("/sbin/ifconfig e1000g0 inet 10.0.0.5/24 up", 0),
          ("/sbin/route -n add default -gateway 10.0.1.1", 128), ("/sbin/route -n add default -gateway 10.0.0.1", 0),
          ("/sbin/route add default 10.0.0.1", 1))


@h.case
def paravirtual():
    """vioif needs its node, by devfsadm, and dlmgmtd, which wants its own FMRI"""
    table("global", ["nic=vioif0 node=no dladm=yes"], (SOCONFIG, 0), ("/sbin/ifconfig vioif0 plumb", 1),
          ("/usr/sbin/devfsadm", 0), ("/sbin/ifconfig vioif0 plumb", 1), ("/sbin/dlmgmtd", 1),
          ("SMF_FMRI=svc:/network/ip-interface-management:default /sbin/dlmgmtd", 1), (DLMGMTD, 0),
          ("/sbin/ifconfig vioif0 plumb", 0))


@h.case
def leases():
    """DHCP needs 127.0.0.1, ipmgmtd and a bounded wait; dhcpinfo needs the lease"""
    dhcp = "/sbin/ifconfig e1000g0 auto-dhcp primary wait 5"
    table("global", CARD + ["dhcp=e1000g0 10.0.0.9/24 10.0.0.1", "dhcpinfo=Hostname web"], (SOCONFIG, 0),
          ("/sbin/ifconfig e1000g0 plumb", 0), (FMRI, 0), (dhcp, 6), ("/sbin/dhcpinfo Hostname", 2),
          ("/sbin/ifconfig lo0 plumb 127.0.0.1 up", 0), ("/sbin/ifconfig e1000g0 auto-dhcp primary", 1), (dhcp, 0),
          ("/sbin/dhcpinfo Hostname", 0), ("/sbin/dhcpinfo -i e1000g1 Hostname", 2))
    table("global", CARD, (SOCONFIG, 0), ("/sbin/ifconfig e1000g0 plumb", 0), (FMRI, 0),
          ("/sbin/ifconfig lo0 plumb 127.0.0.1 up", 0), (dhcp, 4))


@h.case
def zones():
    """what a zone may not do: dlmgmtd, anything in a shared-IP one, an address of its own beside the allowed one"""
    table("zone", ZONE, (DLMGMTD, 1), (FMRI, 0), ("/sbin/ifconfig vnic0 plumb", 0),
          ("/sbin/ifconfig vnic0 inet 10.0.0.5/24 up", 0))
    table("zone", ZONE + ["exclusive=0"], (FMRI, 1), ("/sbin/ifconfig lo0 plumb 127.0.0.1 up", 1))
    table("zone", ZONE + ["network=vnic0 10.0.0.7/24 10.0.0.1"], (FMRI, 0), ("/sbin/ifconfig vnic0 plumb", 0),
          ("/sbin/ifconfig vnic0 inet 10.0.0.5/24 up", 1), ("/sbin/route -n add default -gateway 10.0.0.1", 1))


@h.case
def ramdisk():
    """only the root of the ramdisk, by its /devices path, is remounted; autopush needs its table"""
    table("global", [], ("/etc/fs/ufs/mount -o remount,rw /dev/dsk/c0d0s0 /", 32), ("/sbin/autopush -f /etc/absent", 1),
          ("/sbin/autopush -f /etc/iu.ap", 0), ("/etc/fs/ufs/mount -o remount,rw /devices/ramdisk:a /", 0),
          read_only=True)


def blank(entry, extra=""):
    image = i.Image("", inittab=f"{extra}smf::sysinit:{entry}\n")
    process = i.shim_start(image, grace=0.2)
    return process, image


def said(image, count):
    return h.until(lambda: len(h.lines(image.file("/standin/said"))) >= count and h.lines(image.file("/standin/said")),
                   "what the probe says")


@h.case
def entry():
    """the smf entry gets no descriptors, this PATH, umask and argv[0]; sysinit lines run first, in order"""
    process, image = blank("/sbin/sh -c 'exec >/out/got; echo PATH=$PATH; umask; exec /sbin/probe sleep'",
                           "a::sysinit:/sbin/sh -c 'echo a >>/out/order'\nb::sysinit:/sbin/sh -c 'echo b$PATH >>/out/order'\n"
                           "c:3:respawn:/sbin/probe exit 0\n")
    image.event("smf started")
    h.until(lambda: "0022" in h.lines(image.file("/out/got")), "what it was given")
    h.equal(h.lines(image.file("/out/order")), ["a", "b/sbin:/usr/sbin:/usr/bin"])
    h.check("PATH=/usr/sbin:/usr/bin" in h.lines(image.file("/out/got")), image.read("/out/got"))
    h.check(not any("entry c" in line for line in image.events()), "an entry of a level ran without one")


@h.case
def core_dump():
    """a core dump in the smf contract takes all members down, in a contract of its own only that one"""
    process, image = blank("/sbin/contracts core")
    image.event(r"contract 1 killed: core")
    image.event(r"contract 1 empty")
    image.event(r"smf started \d+ contract 2")
    process, image = blank("/sbin/contracts guarded")
    h.equal(said(image, 2)[1], "empty 2 ack 0 abandon 0")
    h.check(not any("killed" in line or "empty" in line for line in image.events()), image.events())


@h.case
def restart():
    """only the end of the last member of the contract makes init start again"""
    process, image = blank("/sbin/contracts leave")
    image.event(r"smf \d+ exited 0")
    child = int(said(image, 1)[0].split()[1])
    h.check(not any("empty" in line for line in image.events()), image.events())
    i.kill(process, child, 9)
    image.event("contract 1 empty")
    image.event(r"smf started \d+ contract 2")


@h.case
def maintenance():
    """three ends within 15 s: maintenance, whatever the exit status; and no start while the zone is resetting"""
    process, image = blank("/sbin/probe exit 0")
    image.event("maintenance")
    h.equal(sum("smf started" in line for line in image.events()), 3)
    image = i.Image("", inittab="smf::sysinit:/sbin/probe sleep\n")
    image.write("/etc/svc/volatile/resetting", "")
    process = i.shim_start(image)
    image.event("not started: resetting")


@h.case
def inheritance():
    """a contract with INHERIT outlives its holder and can be adopted by the next; with NOORPHAN it dies"""
    process, image = blank("/sbin/contracts keep")
    child, contract = said(image, 1)[0].split()[1::2]
    holder = int(image.event(r"smf started (\d+)").group(1))
    i.kill(process, holder, 9)
    image.event(f"contract {contract} inherited")
    h.equal(said(image, 2)[1], f"adopted {contract} 0")
    i.kill(process, int(child), 9)
    h.equal(said(image, 3)[2], f"empty {contract} ack 0 abandon 0")
    process, image = blank("/sbin/contracts alone")
    child = int(said(image, 1)[0].split()[1])
    i.kill(process, int(image.event(r"smf started (\d+)").group(1)), 9)
    image.event("killed: no orphans")
    h.until(lambda: i.outer_pid(process, child) is None, "the end of the child")


@h.case
def events():
    """what became empty before a pbundle was opened is told only after a reset"""
    process, image = blank("/sbin/contracts late")
    h.equal(said(image, 3), ["not told", "empty 2 ack 0 abandon 0", "told"])


@h.case
def ends():
    """halt creates resetting, asks everybody to end and halts; init 5 runs the entries of its level"""
    process, image = blank("/sbin/probe catch", "mv5:5:once:/sbin/sh -c 'echo five >/out/five'\n")
    image.event("smf started")
    image.request("init 5")
    image.event("entry mv5 ended 0")
    h.equal(image.read("/out/five"), "five\n")
    image.request("halt")
    image.event("uadmin 2 0")
    h.equal(process.code(), i.standin_kernel.ENDED)


if __name__ == "__main__":
    h.main()
