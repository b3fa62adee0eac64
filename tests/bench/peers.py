"""The inits that are measured, and how each is told to run the application /app/probe.

Every one is the one that Debian packages, with as little configuration as it takes: no shell, no script between it and
the application. A way names how mvinit is run: "forward" (no file: tini's way), "config" (a container with a
configuration file) or "machine" (the machine's role).
"""

from dataclasses import dataclass, field, replace

PROBE = "/app/probe"
SERVICE = {"service/probe/run": "->" + PROBE}  # "->": a symbolic link
ACCOUNTS = {"etc/passwd": "root:x:0:0:root:/root:/bin/sh\n", "etc/group": "root:x:0:\nutmp:x:43:\n", "etc/fstab": ""}
CGROUPS = {"sys": "sysfs", "sys/fs/cgroup": "cgroup2"}


@dataclass(frozen=True)
class Peer:
    """command: what is executed. files: contents by path, below /etc and /service. tell: the signal that asks it to
    end. forwards: the one that makes it send SIGTERM to the application. Empty: there is none. places: more mounts."""

    name: str
    command: tuple
    files: dict = field(default_factory=dict)
    tell: str = "TERM"
    forwards: str = "TERM"
    restarts: bool = False
    places: dict = field(default_factory=dict)
    note: str = ""

    def __str__(self):
        return self.name


def toml(app="", rest=""):
    return f'[app]\ncommand = ["{PROBE}"]\n{app}{rest}'


def mvinit(build, way, app="", suffix="", rest=""):
    """build: "musl" or "release"; app: further keys of [app]."""
    program = f"/app/mvinit-{build}"
    name = f"mvinit {build}, {way}{suffix}"
    if way == "forward":
        return Peer(name, (program, "--", PROBE))
    words = ["--container"] if way == "config" else ["--machine"]
    note = "from Linux 6.17 on most of it is the mounting of cgroup2, which waits for RCU" if way == "machine" else ""
    return Peer(name, (program, *words, "-c", "/etc/mvinit.toml"), ACCOUNTS | {"etc/mvinit.toml": toml(app, rest)},
                restarts=True, note=note)


def machine_with_cgroups(build):
    """Without the slowest of a machine's mounts: from Linux 6.17 on, that of cgroup2 waits for RCU."""
    peer = mvinit(build, "machine", suffix=", cgroup2 there")
    return replace(peer, places=CGROUPS, note="")


ALONE = Peer("application alone", (PROBE,), note="no init: the floor")
TINI = Peer("tini", ("/usr/bin/tini", "--", PROBE))
TINI_STATIC = Peer("tini-static", ("/usr/bin/tini-static", "--", PROBE))
DUMB_INIT = Peer("dumb-init", ("/usr/bin/dumb-init", "--", PROBE))
CATATONIT = Peer("catatonit", ("/usr/bin/catatonit", "--", PROBE))
FORWARDERS = [TINI, TINI_STATIC, DUMB_INIT, CATATONIT]

S6 = Peer("s6", ("/usr/bin/s6-svscan", "/service"), SERVICE, restarts=True)
# runsvdir leaves its services alone at SIGTERM; at SIGHUP it has runsv send it, and ends before that has come about.
RUNIT = Peer("runit", ("/usr/bin/runsvdir", "/service"), SERVICE, tell="HUP", forwards="", restarts=True)
BUSYBOX = Peer("busybox init", ("/bin/busybox", "init"), ACCOUNTS | {"etc/inittab": f"::respawn:{PROBE}\n"},
               restarts=True)
FINIT = Peer("finit", ("/sbin/finit",), ACCOUNTS | {
    "etc/finit.conf": f"runlevel 2\nservice [2345] respawn log:null {PROBE} -- the application\n"},
    restarts=True)
SYSVINIT = Peer("sysvinit", ("/sbin/init",), ACCOUNTS | {"etc/inittab": f"id:2:initdefault:\np:2:respawn:{PROBE}\n"},
                tell="", forwards="", restarts=True)
SUPERVISORS = [S6, RUNIT, BUSYBOX, FINIT, SYSVINIT]


def ways(*names):
    """mvinit's contenders, the small program first: it is what the ratios are to."""
    return [mvinit(build, way) for way in names for build in ("musl", "release")]
