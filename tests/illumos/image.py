"""Images of illumos, on Linux: a root file system with the stand-ins for illumos's programs in it, and the ways in which
mvinit is started there. See commands/commands.hpp and kernel/machine.hpp for what
/standin holds."""

import contextlib
import functools
import os
import re
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "pid1"))
_BUILD = os.path.join(os.path.dirname(os.path.dirname(HERE)), "build/debug/tests")
os.environ.setdefault("MVINIT", os.path.join(os.path.dirname(_BUILD), "mvinit_illumos"))
os.environ.setdefault("PROBE", os.path.join(_BUILD, "pid1/probe"))
STANDIN = os.environ.get("STANDIN") or os.path.join(_BUILD, "illumos/standin_commands")
CONTRACTS = os.environ.get("CONTRACTS") or os.path.join(_BUILD, "illumos/probe_contracts")

import contracts  # noqa: E402
import harness as h  # noqa: E402
import namespaces  # noqa: E402
import standin_init  # noqa: E402
import standin_kernel  # noqa: E402

PROGRAMS = {
    "global": ("/sbin/ifconfig", "/sbin/route", "/sbin/dhcpinfo", "/sbin/soconfig", "/usr/sbin/devfsadm", "/sbin/dlmgmtd",
               "/lib/inet/ipmgmtd", "/usr/lib/inet/in.ndpd", "/sbin/autopush", "/etc/fs/ufs/mount"),
    "zone": ("/sbin/ifconfig", "/sbin/route", "/sbin/dhcpinfo", "/sbin/dlmgmtd", "/lib/inet/ipmgmtd",
             "/usr/lib/inet/in.ndpd"),
}
FILES = ("/sbin/dhcpagent", "/etc/iu.ap", "/etc/dhcp/inittab", "/etc/default/init", "/etc/sock2path.d/socket%2Fcore",
         "/etc/nsswitch.conf")
# What the kernel and zoneadmd mount.
MOUNTED = {
    "global": ("/ramdisk:a / ufs", "/devices /devices devfs", "/dev /dev dev", "ctfs /system/contract ctfs",
               "proc /proc proc", "mnttab /etc/mnttab mntfs", "swap /etc/svc/volatile tmpfs",
               "objfs /system/object objfs"),
    "zone": ("rpool/zones/web / zfs", "/dev /dev dev", "ctfs /system/contract ctfs", "proc /proc proc",
             "mnttab /etc/mnttab mntfs", "swap /etc/svc/volatile tmpfs", "objfs /system/object objfs"),
}


@functools.cache
def libraries(program):
    """The shared libraries of a program and its interpreter; none where it is static."""
    if not namespaces.interpreter(program):
        return []
    said = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
    return re.findall(r"(/\S+) \(0x", said)


class Image(namespaces.Root):
    """The root of a machine ("global") or of a zone. facts: lines of /standin/zone; without: programs left out;
    read_only: as the root of a ramdisk is at first."""

    def __init__(self, config, kind="zone", facts=(), without=(), read_only=False, inittab=None):
        super().__init__(config.replace("%P", "/sbin/probe"), run=None, read_only=read_only)
        self.kind = kind
        # Found before there is a namespace.
        self.libraries = sorted({name for program in (h.BINARY, "/bin/dash") for name in libraries(program)})
        for name in ("standin/net", "standin/bin", "system/contract/process", "system/object", "etc/svc/volatile",
                     "var/run", "tmp", "devices", "usr/bin", "proc"):
            os.makedirs(self.file("/" + name))
        for name in ("/system/contract/process/template", "/system/contract/process/latest") + FILES:
            os.makedirs(os.path.dirname(self.file(name)), exist_ok=True)
            self.write(name, "")
        self.write("/standin/zone", "".join(line + "\n" for line in self._facts(facts)))
        self.write("/standin/mnttab", "".join(f"{words.replace(' ', chr(9))}\trw,dev=1\t1\n" for words in MOUNTED[kind]))
        os.symlink("../standin/mnttab", self.file("/etc/mnttab"))
        if inittab is not None:
            self.write("/etc/inittab", inittab)
        self._install(without)

    def _facts(self, facts):
        if self.kind == "global":
            return ["zoneid=0", "name=global", "root_type=ufs", *facts]
        return ["zoneid=7", "name=web", "brand=sparse", "root_type=zfs", *facts]

    def _install(self, without):
        shutil.copy(STANDIN, self.file("/standin/bin/commands"))
        for name in PROGRAMS[self.kind]:
            if name not in without:
                os.makedirs(os.path.dirname(self.file(name)), exist_ok=True)
                os.symlink("/standin/bin/commands", self.file(name))
        shutil.copy("/bin/dash", self.file("/sbin/sh"))
        os.symlink("../../sbin/sh", self.file("/usr/bin/sh"))
        os.symlink("usr/bin", self.file("/bin"))

    def _programs(self, binary, probe):
        for source, target in [(binary, "/sbin/mvinit"), (probe, "/sbin/probe"), (CONTRACTS, "/sbin/contracts")] + \
                [(name, name) for name in self.libraries]:
            os.makedirs(os.path.dirname(self.file(target)), exist_ok=True)
            with open(self.file(target), "a"):
                pass
            namespaces.bind(source, self.file(target))
        for name in ("/standin", "/system/contract", "/etc/svc/volatile", "/out"):  # stay writable
            namespaces.bind(self.file(name), self.file(name))

    def _devices(self):
        super()._devices()
        os.makedirs(self.file("/dev/net"))
        os.mkdir(self.file("/dev/fd"))
        for line in self.read("/standin/zone").splitlines():
            if line.startswith("nic=") and "node=no" not in line:
                with open(self.file("/dev/net/" + line[4:].split()[0]), "w"):
                    pass
        for name in ("msglog", "syscon"):
            os.symlink("console", self.file("/dev/" + name))

    # ---- what was seen

    def commands(self):
        return h.lines(self.file("/standin/commands"))

    def calls(self, *names):
        """The calls of the emulated kernel, of these names."""
        return [line for line in h.lines(self.file("/standin/calls")) if not names or line.split("(")[0] in names]

    def events(self):
        return h.lines(self.file("/standin/events"))

    def event(self, pattern, count=1):
        """Waits until the count-th event that matches is there, and returns the match."""
        def found():
            matches = [match for match in (re.search(pattern, line) for line in self.events()) if match]
            return matches[count - 1] if len(matches) >= count else None
        try:
            return h.until(found, pattern)
        except h.Failure as failure:
            raise h.Failure(f"{failure}; events: {self.events()}; last calls: {self.calls()[-12:]}") from None

    def request(self, text):
        """Asks the stand-in init for something."""
        file = os.open(self.file("/standin/control"), os.O_WRONLY | os.O_NONBLOCK)
        os.write(file, (text + "\n").encode())
        os.close(file)


def kernel_start(image, *arguments):
    """PID 1 of the global zone, as the kernel starts it: no descriptors, no environment."""
    process = h.start([], root=image, stdio="closed",
                      before=lambda: os.execve("/sbin/mvinit", ["/sbin/mvinit", *arguments], {}))
    process.image = image
    return process


def zone_start(image, *arguments, grace=5.0, adopts=False):
    """A zone's init; the process is the kernel of the zone. adopts: the zone's orphans become the init's."""
    process = h.start([], root=image, stdio="closed",
                      before=lambda: standin_kernel.zone("/sbin/mvinit", list(arguments), grace, adopts))
    process.image = image
    return process


def shim_start(image, grace=5.0):
    """The smf entry of an /etc/inittab; the process is init."""
    process = h.start([], root=image, stdio="closed", before=lambda: standin_init.blank_zone(grace))
    process.image = image
    return process


def script(image, text):
    """sh as PID 1, running text: to try the stand-ins for programs."""
    process = h.start([], root=image, stdio="closed", before=lambda: os.execve(
        "/sbin/sh", ["sh", "-c", "exec </dev/null >/dev/console 2>&1; " + text], {"PATH": "/sbin:/usr/sbin:/usr/bin"}))
    process.image = image
    return process


def outer_pid(process, inner):
    """The process id here of a process that has the id inner in the namespace of process; None where it has gone."""
    space = os.readlink(f"/proc/{process.pid}/ns/pid")
    for name in os.listdir("/proc"):
        try:
            if name.isdigit() and os.readlink(f"/proc/{name}/ns/pid") == space:
                with open(f"/proc/{name}/status") as file:
                    words = re.search(r"^NSpid:(.*)$", file.read(), re.M).group(1).split()
                if int(words[-1]) == inner and len(words) > 1:
                    return int(name)
        except OSError:
            pass
    return None


def members(process, contract):
    """The process ids here of the members of a contract."""
    wanted = f"/system/contract/process/{contract}/members"
    found = []
    for name in os.listdir("/proc"):
        with contextlib.suppress(OSError):
            if name.isdigit() and os.readlink(f"/proc/{name}/fd/{contracts.MEMBER}").endswith(wanted):
                if os.readlink(f"/proc/{name}/ns/pid") == os.readlink(f"/proc/{process.pid}/ns/pid"):
                    found.append(int(name))
    return found


def kill(process, inner, number):
    pid = outer_pid(process, inner)
    h.check(pid, f"there is no process {inner}")
    os.kill(pid, number)


def verb(process, *words):
    """A verb of mvinit in the image: its code, and all that it says."""
    def enter():
        """With Linux's /proc, without which sanitizers would have something to say as well."""
        namespaces.own_mounts_of(os.open(f"/proc/{process.pid}/ns/mnt", os.O_RDONLY))
        namespaces.mount("proc", "/proc", "proc")
    done = subprocess.run(["/sbin/mvinit", *words], preexec_fn=enter, capture_output=True, text=True,
                          timeout=h.DEADLINE * 2, check=False, env={})
    return done.returncode, done.stdout + done.stderr
