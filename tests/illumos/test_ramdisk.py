"""The global zone's PID 1 on a ramdisk: the plan is carried out against stand-ins for illumos's programs, each of which
refuses what comes too early or with the wrong words."""

import signal

import image as i
from image import h

APP = '[app]\ncommand = ["%P", "catch", "15", "0"]\n'
SET_UP = ["/sbin/autopush -f /etc/iu.ap", "/etc/fs/ufs/mount -o remount,rw /devices/ramdisk:a /",
          "/sbin/soconfig -d /etc/sock2path.d"]
IPMGMTD = "SMF_FMRI=svc:/network/ip-interface-management:default /lib/inet/ipmgmtd"
DLMGMTD = "SMF_FMRI=svc:/network/datalink-management:default /sbin/dlmgmtd"
LOOPBACK = ["/sbin/ifconfig lo0 plumb 127.0.0.1 up", "/sbin/ifconfig lo0 inet6 plumb ::1 up"]

LEASE = ["nic=e1000g0", "dhcp=e1000g0 10.0.0.9/24 10.0.0.1", "dhcpinfo=DNSserv 10.0.0.2", "dhcpinfo=DNSserv 10.0.0.3",
         "dhcpinfo=DNSdmain example.org", "dhcpinfo=Hostname leased"]


def boots(config, facts, start=True, name='hostname = "web"\n', **options):
    image = i.Image('[system]\nroot = "rw"\n' + name + config + APP, "global", facts, read_only=True, **options)
    process = i.kernel_start(image)
    if start:
        process.expect("^ready")
    return process, image


def refused(image):
    return [line for line in image.commands() if not line.startswith("0 ")]


def stands_before(image, *commands):
    """The commands were all run, and in this order."""
    run = [line.split(" ", 1)[1] for line in image.commands()]
    places = [run.index(command) if command in run else -1 for command in commands]
    h.check(-1 not in places and places == sorted(places), f"wanted {commands}, got {run}")


@h.case
def static():
    """static addresses: the ramdisk is made writable, the network is up, the application runs"""
    process, image = boots('[[interface]]\nname = "e1000g0"\naddresses = ["10.0.0.5/24"]\ngateway = "10.0.0.1"\n',
                           ["nic=e1000g0"])
    h.equal(refused(image), [])
    stands_before(image, *SET_UP, IPMGMTD, LOOPBACK[0], "/sbin/ifconfig e1000g0 plumb",
                  "/sbin/ifconfig e1000g0 inet 10.0.0.5/24 up", "/sbin/route -n add default -gateway 10.0.0.1")
    mounts = image.calls("mount")
    for target, kind in (("/var/run", "tmpfs"), ("/tmp", "tmpfs"), ("/dev/fd", "fd")):
        h.check(any(f", {target}, 0x104, {kind}, " in line and line.endswith("= 0") for line in mounts), mounts)
    h.equal(image.calls("sysinfo"), ["sysinfo(258, web, 4) = 0"])


@h.case
def dhcp():
    """DHCP: a bounded wait, then resolv.conf and the host name of the lease"""
    process, image = boots('[[interface]]\nname = "e1000g0"\ndhcp = true\n', LEASE, name="")
    h.equal(refused(image), [])
    lease = next(line for line in image.commands() if "auto-dhcp" in line)
    h.check(" primary wait " in lease, lease)
    h.equal(image.read("/standin/net/routes"), "default 10.0.0.1\n")
    resolver = image.read("/etc/resolv.conf").splitlines()
    h.equal(sorted(resolver), ["nameserver 10.0.0.2", "nameserver 10.0.0.3", "search example.org"])
    h.equal(image.calls("sysinfo"), ["sysinfo(258, leased, 7) = 0"])
    # What the configuration says goes before what the lease says.
    process, image = boots('[[interface]]\nname = "e1000g0"\ndhcp = true\n[dns]\nservers = ["10.9.9.9"]\n', LEASE)
    h.equal(image.read("/etc/resolv.conf").splitlines(), ["nameserver 10.9.9.9"])
    h.equal(image.calls("sysinfo"), ["sysinfo(258, web, 4) = 0"])


@h.case
def no_lease():
    """a lease that does not come is told with the step and what to do; optional, it does not keep the application"""
    config = '[[interface]]\nname = "e1000g0"\ndhcp = true\noptional = true\n'
    process, image = boots(config, ["nic=e1000g0"], start=False)
    process.expect("^ready")
    h.check("auto-dhcp" in process.output and "exited with code 4" in process.output, process.output)
    process, image = boots(config.replace("optional = true", ""), ["nic=e1000g0"], start=False)
    process.expect("booting failed")
    h.equal(process.code(), 66)


@h.case
def paravirtual():
    """vioif under bhyve: devfsadm makes its node and dlmgmtd runs, before it is plumbed"""
    process, image = boots('[[interface]]\nname = "vioif0"\naddresses = ["10.0.0.5/24"]\n',
                           ["nic=vioif0 node=no dladm=yes"])
    h.equal(refused(image), [])
    stands_before(image, SET_UP[2], "/usr/sbin/devfsadm", DLMGMTD, IPMGMTD, "/sbin/ifconfig vioif0 plumb",
                  "/sbin/ifconfig vioif0 inet 10.0.0.5/24 up")


@h.case
def ipv6():
    """IPv6: static addresses, and router advertisements by in.ndpd"""
    process, image = boots('[[interface]]\nname = "e1000g0"\naddresses = ["2001:db8::5/64"]\ngateway = "2001:db8::1"\n',
                           ["nic=e1000g0"])
    h.equal(refused(image), [])
    stands_before(image, LOOPBACK[1], "/sbin/ifconfig e1000g0 inet6 plumb up",
                  "/sbin/ifconfig e1000g0 inet6 addif 2001:db8::5/64 up",
                  "/sbin/route -n add -inet6 default -gateway 2001:db8::1")
    process, image = boots('[[interface]]\nname = "e1000g0"\naccept_ra = true\n', ["nic=e1000g0"])
    h.equal(refused(image), [])
    stands_before(image, "/sbin/ifconfig e1000g0 inet6 plumb up", "/usr/lib/inet/in.ndpd")


@h.case
def missing():
    """a program that is not in the image is named, with what has it and what still works"""
    config = '[[interface]]\nname = "e1000g0"\naddresses = ["10.0.0.5/24"]\n'
    for program, package in (("/lib/inet/ipmgmtd", "SUNWcs"), ("/sbin/ifconfig", "SUNWcs"), ("/sbin/soconfig", "SUNWcs")):
        process, image = boots(config, ["nic=e1000g0"], start=False, without=[program])
        process.expect("booting failed")
        h.equal(process.code(), 66)
        line = next((line for line in process.output.splitlines() if "error:" in line and program in line), "")
        h.check(package in line, process.output)


@h.case
def daemons():
    """the management daemons outlive the step that started them"""
    process, image = boots('[[interface]]\nname = "e1000g0"\naddresses = ["10.0.0.5/24"]\n', ["nic=e1000g0"])
    alive = [state for _, state in h.children(process.pid) if state != "Z"]
    h.equal(len(alive), 3, "ipmgmtd, dlmgmtd and the application")


@h.case
def signals():
    """INT halts, FPE reboots, PWR powers off, by uadmin after sync; run levels 1 to 4 and TERM are nothing here"""
    for number, code in ((signal.SIGINT, 60), (signal.SIGFPE, 61), (signal.SIGPWR, 66), (64, 65 + 1)):
        process, image = boots("", [])
        for ignored in (signal.SIGTERM, signal.SIGQUIT, signal.SIGILL, signal.SIGTRAP, signal.SIGABRT, signal.SIGBUS,
                        signal.SIGSEGV, signal.SIGSYS, signal.SIGPIPE):
            process.send(ignored)
        process.send(number)
        process.expect("^signal 15 from 1$")
        h.equal(process.code(), code, f"signal {number}")
        ends = image.calls("sync", "uadmin")
        h.equal(ends, ["sync()", f"uadmin(2, {code - 60}, 0) = 0"])


@h.case
def somebody_elses():
    """where no mvinit runs a whole machine is ended for its own init's entries alone, after sync"""
    image = i.Image("", "global", [])
    refused = i.script(image, "/sbin/sh -c '/sbin/mvinit poweroff; echo code $?'")
    refused.expect("power off the machine: no mvinit runs here, and we are no entry of init's: use its own command")
    refused.expect("^code 3")
    refused.wait()
    h.equal(image.calls("sync", "uadmin"), [])
    image = i.Image("", "global", [])
    i.script(image, "/sbin/mvinit poweroff; true")  # which waits for its end, that only a real kernel brings
    h.until(lambda: image.calls("sync", "uadmin") == ["sync()", "uadmin(2, 6, 0) = 0"], "sync and uadmin")


if __name__ == "__main__":
    h.main()
