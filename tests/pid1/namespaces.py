"""New namespaces, and small root file systems in them, through system calls that Python 3.11 has no names for."""

import ctypes
import os
import shutil
import stat
import struct
import tempfile

NEWNS, NEWUTS, NEWIPC, NEWPID, NEWNET = 0x20000, 0x4000000, 0x8000000, 0x20000000, 0x40000000
MS_RDONLY, MS_NOSUID, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 1, 2, 32, 4096, 16384, 1 << 18
MNT_DETACH = 2
_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}

_libc = ctypes.CDLL(None, use_errno=True)
_roots = []


def _call(name, *arguments):
    if getattr(_libc, name)(*arguments) != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{name}{arguments}: {os.strerror(error)}")


def mount(source, target, kind, flags=0, options=None):
    _call("mount", source.encode(), target.encode(), kind.encode() if kind else None, ctypes.c_ulong(flags),
          options.encode() if options else None)


def bind(source, target, read_only=False):
    mount(source, target, None, MS_BIND | MS_REC)
    if read_only:
        mount("none", target, None, MS_REMOUNT | MS_BIND | MS_RDONLY)


def fork_into_new_pid_namespace():
    """fork(2) whose child is PID 1 of a new pid namespace; only the child is in it, later forks are not."""
    ours = os.open("/proc/self/ns/pid", os.O_RDONLY)
    _call("unshare", NEWPID)
    pid = os.fork()
    if pid != 0:
        _call("setns", ours, NEWPID)
        os.close(ours)
    return pid


def own_mounts_of(space):
    """From here on our mounts are a copy of those of the mount namespace that this descriptor is of."""
    _call("setns", space, NEWNS)
    _call("unshare", NEWNS)
    mount("none", "/", None, MS_REC | MS_PRIVATE)


def has_capability(number):
    """Whether we have it, root or not."""
    with open("/proc/self/status") as file:
        words = dict(line.split(":", 1) for line in file)
    return int(words["CapEff"], 16) >> number & 1 == 1


def drop_capability(number):
    """From the bounding set: what is executed next does not have it, though it is root's."""
    _call("prctl", 24, ctypes.c_ulong(number), 0, 0, 0)  # PR_CAPBSET_DROP


class Root:
    """A root file system with the probe and the binary and little else. Files of it are at path, for us as well.

    console: "pty" puts a terminal at /dev/console whose other side the test reads; None: there is no console.
    dev, proc: whether these are there and mounted. run: "rw", "ro" or None for no such directory. read_only: all of it.
    """

    def __init__(self, config=None, console="pty", dev=True, proc=True, run="rw", read_only=False):
        self.path = tempfile.mkdtemp(prefix="mvinit-root-")
        os.chmod(self.path, 0o755)
        self.dev, self.proc, self.run, self.read_only = dev, proc, run, read_only
        self.console = self.slave = None
        if dev and console == "pty":
            self.console, self.slave = os.openpty()
        for name in ("etc", "sbin", "old", "out"):  # what is put into out is seen from outside, no mount covers it
            os.mkdir(os.path.join(self.path, name))
        os.chmod(os.path.join(self.path, "out"), 0o777)
        if config is not None:
            self.write("/etc/mvinit.toml", config)
        self.write("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\nweb:x:33:44:web:/srv/web:/sbin/probe\n")
        self.write("/etc/group", "root:x:0:\nwww:x:44:\nextra:x:55:web\n")
        _roots.append(self)

    def file(self, name):
        return self.path + name

    def write(self, name, text):
        """Puts the file in place whole, so that no reader sees half of it."""
        with open(self.file(name) + ".new", "w") as file:
            file.write(text)
        os.rename(self.file(name) + ".new", self.file(name))

    def read(self, name):
        with open(self.file(name)) as file:
            return file.read()

    def enter(self, binary, probe):
        """In the child, before its descriptors are set: makes this the root directory. Returns the path of the binary in it."""
        mount(self.path, self.path, None, MS_BIND | MS_REC)
        self._programs(binary, probe)
        if self.dev:
            self._devices()
        if self.proc:
            os.makedirs(self.file("/proc"), exist_ok=True)
            mount("proc", self.file("/proc"), "proc")
        if self.run:
            os.makedirs(self.file("/run"), exist_ok=True)
            mount("run", self.file("/run"), "tmpfs", MS_RDONLY if self.run == "ro" else 0)
        if self.read_only:
            mount("none", self.path, None, MS_REMOUNT | MS_BIND | MS_RDONLY)
        os.chdir(self.path)
        number = _PIVOT_ROOT[os.uname().machine]
        if _libc.syscall(ctypes.c_long(number), b".", b"old") != 0:
            raise OSError(ctypes.get_errno(), "pivot_root")
        os.chdir("/")
        _call("umount2", b"/old", MNT_DETACH)
        return "/sbin/mvinit"

    def _programs(self, binary, probe):
        for source, name in ((binary, "mvinit"), (probe, "probe")):
            target = self.file("/sbin/" + name)
            with open(target, "w"):
                pass
            bind(source, target)
        if interpreter(binary):  # a debug build is not static
            for name in ("/lib", "/lib64", "/usr/lib"):
                if os.path.isdir(name):
                    os.makedirs(self.file(name), exist_ok=True)
                    bind(name, self.file(name), True)

    def _devices(self):
        dev = self.file("/dev")
        os.makedirs(dev, exist_ok=True)
        mount("dev", dev, "tmpfs", MS_NOSUID, "mode=755")
        for name, minor in (("null", 3), ("zero", 5), ("full", 7)):
            os.mknod(f"{dev}/{name}", stat.S_IFCHR | 0o666, os.makedev(1, minor))
        os.mknod(f"{dev}/tty", stat.S_IFCHR | 0o666, os.makedev(5, 0))
        if self.slave is not None:
            for name in ("console", "other"):  # "other": for [console] device, which is opened anew wherever we run
                with open(f"{dev}/{name}", "w"):
                    pass
                bind(os.ttyname(self.slave), f"{dev}/{name}")

    def remove(self):
        if self.slave is not None:
            os.close(self.slave)
            os.close(self.console)
        # The mounts were all made in the child's mount namespace: here it is a plain directory.
        shutil.rmtree(self.path, ignore_errors=True)


def remove_roots():
    for root in _roots:
        root.remove()
    _roots.clear()


def enter(root, network, proc, binary, probe):
    """In the child: the other namespaces, none of whose mounts are seen outside. Returns the binary's path there."""
    _call("unshare", NEWNS | NEWUTS | NEWIPC | (NEWNET if network else 0))
    mount("none", "/", None, MS_REC | MS_PRIVATE)
    if root is not None:
        return root.enter(binary, probe)
    mount("run", "/run", "tmpfs", 0, "mode=755")  # as a container has its own: two of them would meet at their sockets
    if proc:
        mount("proc", "/proc", "proc")
    return binary


def interpreter(binary):
    """Whether the ELF program asks for a dynamic linker (PT_INTERP)."""
    with open(binary, "rb") as file:
        header = file.read(64)
        if header[:4] != b"\x7fELF":
            return False
        offset, size, count = struct.unpack_from("<Q", header, 32)[0], *struct.unpack_from("<HH", header, 54)
        file.seek(offset)
        return any(struct.unpack_from("<I", file.read(size))[0] == 3 for _ in range(count))
