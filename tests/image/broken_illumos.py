"""Zones and images for illumos that are broken in one way each, and what mvimage check is to find there."""

import elf
from newc import entry

STATIC = elf.elf(osabi=elf.SOLARIS)
SHIM = "smf::sysinit:/sbin/mvinit\nmv0:0:once:/sbin/mvinit halt\nmv5:5:once:/sbin/mvinit poweroff\nmv6:6:once:/sbin/mvinit reboot\n"
ZONE = {
    "sbin/mvinit": STATIC, "sbin/sh": STATIC, "opt/app": STATIC, "lib/inet/ipmgmtd": STATIC, "sbin/ifconfig": STATIC,
    "sbin/route": STATIC, "etc/ipadm/ipadm.conf": "", "etc/nsswitch.conf": "hosts: files dns\n", "tmp": entry(None, 0o1777),
    "etc/passwd": "root:x:0:0::/root:/sbin/sh\n", "etc/group": "root::0:\n",
}
GLOBAL = ZONE | {
    "kernel/x": "", "sbin/soconfig": STATIC, "etc/sock2path.d/x": "x", "usr/sbin/devfsadm": STATIC, "sbin/dlmgmtd": STATIC,
    "etc/dladm/datalink.conf": "", "devices": None, "dev": None, "proc": None, "system/contract": None,
    "system/object": None, "etc/svc/volatile": None, "etc/mnttab": "", "etc/fs/ufs/mount": STATIC, "sbin/autopush": STATIC,
    "etc/iu.ap": "",
}
GLOBAL = {path: entry(None) if what is None else what for path, what in GLOBAL.items()}
NET0 = '[app]\ncommand = ["/opt/app"]\n[[interface]]\nname = "net0"\naddresses = ["10.0.0.2/24"]\ngateway = "10.0.0.1"\n'
BARE = '[app]\ncommand = ["/opt/app"]\n'
LONG = "opt/local/machine/of/ours/sbin/mvinit"

ILLUMOS = [
    ("illumos-file-missing", "error", None, NET0, (ZONE, {"lib/inet/ipmgmtd": None}), "/lib/inet/ipmgmtd is not in"),
    ("illumos-file-missing", "error", None, NET0, (ZONE, {"sbin/ifconfig": None}), "/sbin/ifconfig is not in"),
    ("illumos-file-missing", "error", None, NET0, (GLOBAL, {"sbin/soconfig": None}), "/sbin/soconfig is not in"),
    ("illumos-data-missing", "error", None, NET0, (GLOBAL, {"etc/sock2path.d/x": None, "etc/sock2path.d": entry(None)}),
     "/etc/sock2path.d is empty"),
    ("illumos-data-missing", "error", None, NET0, (GLOBAL, {"etc/sock2path.d/x": None}), "is not in the image"),
    ("illumos-data-missing", "warning", None, NET0, (ZONE, {"etc/ipadm/ipadm.conf": None}), "ipadm.conf"),
    ("illumos-mount-point-missing", "error", None, NET0, (GLOBAL, {"devices": None}), "the kernel panics"),
    ("illumos-mount-point-missing", "warning", None, NET0, (GLOBAL, {"etc/mnttab": None}), "leaves it unmounted"),
    ("command-not-executable", "error", None, NET0, (ZONE, {"sbin/ifconfig": entry(STATIC, 0o644)}), "/sbin/ifconfig"),
    ("architecture", "error", "/opt/app", BARE, (ZONE, {"opt/app": elf.elf(linux=True)}),
     "/opt/app is for Linux, and the image is one of illumos"),
    ("architecture", "error", "/opt/app", BARE, (ZONE, {"opt/app": elf.elf(osabi=3)}), "/opt/app is for Linux, and"),
    ("init-missing", "error", None, BARE, (ZONE, {"sbin/mvinit": None}), "there is no mvinit in the image"),
    ("init-path-long", "error", None, BARE, (ZONE, {"sbin/mvinit": None, LONG: STATIC}), "has 38 bytes"),
    ("init-link", "error", None, BARE, (ZONE, {"sbin/mvinit": ("link", "/opt/own"), "opt/own": STATIC}), "absolute link"),
    ("inittab", "error", None, BARE, (ZONE, {"etc/inittab": SHIM + "x:3:once:/bin/x"}), "no newline"),
    ("inittab", "error", None, BARE, (ZONE, {"etc/inittab": SHIM, "sbin/sh": None}), "init starts everything with /sbin/sh"),
    ("inittab", "error", "honour", BARE + "[inittab]\nhonour = true\n", (ZONE, {}), "/etc/inittab is not in the image"),
    ("inittab-entry", "error", None, BARE, (ZONE, {"etc/inittab": SHIM + "mvinit:5:once:/sbin/mvinit halt\n"}),
     "/etc/inittab:5: "),
]
