"""The machines that are booted: each init with the application /server, e1000.ko and an image of their own."""

import pathlib
from dataclasses import dataclass, field

import images
from guest import CACHE
from running import HOME, TREE


MVINIT_TOML = """[app]
command = ["/server"]
[system]
modules = ["e1000"]
[[interface]]
driver = "e1000"
addresses = ["10.0.2.15/24"]
gateway = "10.0.2.2"
"""

_images = {}

# The least that a machine needs: fewer mounts than mvinit makes. {module}: the path of e1000.ko.
SET_UP = """#!/bin/busybox sh
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sysfs /sys
/bin/busybox mount -t devtmpfs devtmpfs /dev
/bin/busybox insmod {module}
/bin/busybox ip address add 10.0.2.15/24 dev eth0
/bin/busybox ip link set eth0 up
/bin/busybox ip route add default via 10.0.2.2
"""
EMPTY = {f"{name}/.keep": "" for name in ("proc", "sys", "dev", "run", "tmp")}


class Image(images.Image):
    """The same with symbolic links: a content that begins with "->"."""

    @staticmethod
    def _add(path, content):
        if isinstance(content, str) and content.startswith("->"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.symlink_to(content[2:])
        else:
            images.Image._add(path, content)


def module():
    """Where e1000.ko is in the image."""
    found = sorted((CACHE / "kernel").glob("lib/modules/*/kernel/drivers/net/ethernet/intel/e1000/e1000.ko"))
    return "/" + str(found[0].relative_to(CACHE / "kernel"))


@dataclass(frozen=True)
class Machine:
    """init: becomes /sbin/init. arguments: its words. off: the signal that makes it power off."""

    name: str
    init: pathlib.Path
    config: str = None
    files: dict = field(default_factory=dict)
    copy: tuple = ()
    arguments: str = ""
    off: int = 12
    note: str = ""

    def __str__(self):
        return self.name

    def image(self):
        """The path of its image; it is made once, and goes with this process."""
        if self.name not in _images:
            _images[self.name] = self._make_image()
        return _images[self.name].path

    def _make_image(self):
        files = images.ACCOUNTS | EMPTY | self.files | {
            "server": HOME / "bin/server", "handover": HOME / "bin/handover", "off.signal": str(self.off)}
        return Image(self.config, files=files, copy=self.copy, tree="inits", init=self.init)


def script(name, text):
    """A script that is to be an init is a file of its own."""
    path = HOME / name
    path.write_text(text)
    path.chmod(0o755)
    return path


def machines():
    set_up = SET_UP.format(module=module())
    busybox = ("/bin/busybox",)
    scan = "PATH=/usr/bin:/bin exec /usr/bin/s6-svscan /service\n"
    return [
        Machine("application alone", HOME / "bin/server", arguments=module(), note="no init: the floor"),
        Machine("mvinit musl", HOME / "bin/mvinit-musl", MVINIT_TOML),
        Machine("mvinit release", HOME / "bin/mvinit-release", MVINIT_TOML),
        Machine("busybox init", TREE / "bin/busybox", note="with a script in busybox's shell",
                files={"bin/busybox": "->/sbin/init", "etc/rc": set_up,
                       "etc/inittab": "::sysinit:/etc/rc\n::respawn:/server\n"}),
        Machine("s6", script("s6-init", set_up + scan), copy=busybox + ("/usr/bin/s6-svscan", "/usr/bin/s6-supervise"),
                files={"service/server/run": HOME / "bin/server",
                       "service/.s6-svscan/finish": "#!/bin/busybox sh\nexec /bin/busybox poweroff -f\n"}, off=15,
                note="with a script in busybox's shell"),
        Machine("finit", TREE / "sbin/finit", copy=busybox, note="with a script in busybox's shell",
                files={"etc/rc": set_up, "etc/fstab": "", "bin/sh": "->busybox", "bin/mount": "->busybox",
                       "etc/finit.conf": "run [S] /etc/rc -- network\nservice [2] log:console /server -- server\n"}),
    ]
