#!/usr/bin/env python3
"""Kernel modules: with those that they depend on, uncompressed, and with the files that mvinit loads them by."""

import lzma

from builder import Tree, case, check, equal, has, lacks, newc, refused, run
from elf import elf
from module import module

KERNEL = "lib/modules/6.1.0-test/"


def tree(image="", more='[system]\nmodules = ["card debug=1"]\npower_button = false'):
    made = Tree(image='kernel = "kernel"\ncompression = "none"\n' + image, more=more)
    made.add({KERNEL + "kernel/net/card.ko": module(depends="bus,phy-lib", softdep=["pre: crc gone post: late"]),
              KERNEL + "kernel/net/phy_lib.ko.xz": lzma.compress(module(depends="bus")),
              KERNEL + "kernel/bus.ko": module(), KERNEL + "kernel/crc.ko": module(), KERNEL + "kernel/late.ko": module(),
              KERNEL + "kernel/acpi/button.ko": module(), KERNEL + "modules.builtin": "kernel/fs/ext9.ko\n"}, "kernel")
    return made


@case
def dependencies():
    """depends and softdep pre are followed, .xz is unpacked, modules.dep has them in the order to load"""
    with tree() as each:
        each.run("build", "-o", "image")
        entries = newc(each.base / "image")
        equal(entries[KERNEL + "modules.dep"][1].decode().splitlines(),
              ["kernel/bus.ko:", "kernel/net/card.ko: kernel/net/phy_lib.ko kernel/bus.ko", "kernel/crc.ko:",
               "kernel/net/phy_lib.ko: kernel/bus.ko"], "modules.dep")
        equal(entries[KERNEL + "modules.softdep"][1], b"softdep card pre: crc gone post: late\n", "modules.softdep")
        equal(entries[KERNEL + "kernel/net/phy_lib.ko"][1], module(depends="bus"), "unpacked")
        equal(entries[KERNEL + "modules.builtin"][1], b"kernel/fs/ext9.ko\n", "modules.builtin")
        lacks(each, f"/{KERNEL}kernel/late.ko", f"/{KERNEL}kernel/acpi/button.ko")
        equal(each.why(f"/{KERNEL}kernel/bus.ko")[1:], [f"  /{KERNEL}kernel/net/card.ko: depends of module card",
              "  mvinit.toml:4:12: system.modules"], "why")


@case
def aliases():
    """a softdep by an alias stands for the modules that have it, and mvinit is given their names"""
    with tree() as each:
        each.add({KERNEL + "kernel/net/card.ko": module(softdep=["pre: crc-any gone"]),
                  KERNEL + "kernel/crc.ko": module(alias=["crc-any", "pci:v1*"]),
                  KERNEL + "kernel/crc-fast.ko": module(alias=["crc-any"], depends="bus")}, "kernel")
        each.run("build", "-o", "image")
        entries = newc(each.base / "image")
        equal(entries[KERNEL + "modules.softdep"][1], b"softdep card pre: crc crc_fast gone\n", "modules.softdep")
        for name in ("crc", "crc-fast", "bus"):
            check(f"{KERNEL}kernel/{name}.ko" in entries, f"{name}.ko is missing")


@case
def wanted():
    """image.modules and the power button's come along; built-in ones are no files; unknown ones are errors"""
    with tree('modules = ["late", "ext9"]', "") as each:
        has(each, f"/{KERNEL}kernel/late.ko", f"/{KERNEL}kernel/acpi/button.ko")
        each.configure(image='kernel = "kernel"\nmodules = ["lste"]')
        refused(each, "mvinit.toml:8:12: image.modules: kernel 6.1.0-test has no module lste")
        each.configure(image='modules = ["late"]')
        refused(each, "image.modules: no kernel is named")


@case
def without_kernel():
    """an initramfs without the modules that mvinit is to load is warned of; a container is none"""
    with Tree(more='[system]\nmodules = ["card"]') as each:
        each.run("build", "-n")
        check("warning: mvinit.toml:4:11: system.modules: no module is in the image" in each.said, each.said)
        each.run("build", "-n", "-t", "oci")
        equal(each.said, "", "said of a container")


@case
def wrong_kernel():
    """a directory without a kernel, or with two, is refused; so is a file that is no module"""
    with tree() as each:
        each.add({"lib/modules/6.2/x": ""}, "kernel")
        refused(each, "2 versions below lib/modules")
        each.configure(image='kernel = "root"')
        refused(each, "0 versions below lib/modules")
    with tree() as each:
        each.put(each.base / "kernel" / KERNEL / "kernel/net/card.ko", "no module")
        refused(each, "card.ko")
        check("card.ko" in each.said, each.said)


@case
def merged_usr():
    """where /lib is a link, it comes along for the modules behind it, and why knows the way"""
    with tree() as each:
        (each.root / "usr").mkdir()
        (each.root / "lib").rename(each.root / "usr/lib")
        (each.root / "lib").symlink_to("usr/lib")
        each.put(each.root / "bin/app", elf())
        equal(each.paths()["/lib"]["target"], "usr/lib", "/lib")
        equal(each.why(f"/{KERNEL}kernel/bus.ko")[1:], [f"  /usr/{KERNEL}kernel/net/card.ko: depends of module card",
              "  mvinit.toml:4:12: system.modules"], "why")


@case
def updates():
    """a module in updates/ is the one that is taken, as depmod does, and one in extra/ the last"""
    with tree() as each:
        each.add({KERNEL + "updates/dkms/bus.ko": module(name="new"), KERNEL + "extra/card.ko": module(name="other")}, "kernel")
        has(each, f"/{KERNEL}updates/dkms/bus.ko", f"/{KERNEL}kernel/net/card.ko")
        lacks(each, f"/{KERNEL}kernel/bus.ko", f"/{KERNEL}extra/card.ko")


@case
def missing_dependency():
    """a module that another one depends on and that is not there is told with the line that wants the first"""
    with tree() as each:
        each.add({KERNEL + "kernel/bus.ko": module(depends="gone")}, "kernel")
        refused(each, "mvinit.toml:4:12: system.modules: kernel 6.1.0-test has no module gone",
                f"(for /{KERNEL}kernel/bus.ko: depends of module bus)")


@case
def cycle():
    """modules that depend on each other end nobody's search"""
    with tree() as each:
        each.add({KERNEL + "kernel/bus.ko": module(depends="phy_lib")}, "kernel")
        has(each, f"/{KERNEL}kernel/bus.ko", f"/{KERNEL}kernel/net/phy_lib.ko")


run()
