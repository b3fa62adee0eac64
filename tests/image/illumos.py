"""A small root of illumos, to make zones and ramdisks of."""

from builder import Tree
from elf import SOLARIS, library, program

LINKER = "/lib/amd64/ld.so.1"
FILES = {"opt/app": program("libc.so.1", interpreter=LINKER, osabi=SOLARIS), "lib/amd64/ld.so.1": library("ld.so.1"),
         "lib/64": ("link", "amd64"), "lib/amd64/libc.so.1": library("libc.so.1"),
         "sbin/sh": program("libc.so.1", interpreter=LINKER, osabi=SOLARIS)}
STOCK = ("# stock\nap::sysinit:/sbin/autopush -f /etc/iu.ap\n"
         "smf::sysinit:/lib/svc/bin/svc.startd\t>/dev/msglog 2<>/dev/msglog </dev/console\np3:s1234:powerfail:/usr/sbin/x\n")


def illumos_tree(files=None, image=""):
    tree = Tree({path: what for path, what in (FILES | (files or {})).items() if what is not None}, app='command = ["/opt/app"]', image=image)
    tree.put(tree.base / "mvinit", program("libc.so.1", interpreter=LINKER, osabi=SOLARIS))
    return tree
