"""mvinit's reading and editing of /etc/inittab against the stand-in init, which has a reading of its own."""

import json
import os
import random
import subprocess

import image as i
import standin_inittab
from image import h

APP = '[app]\ncommand = ["%P", "catch", "15", "0"]\n'


def mvinit(*words):
    """A verb of mvinit, run here: none of these touches anything outside of --root."""
    return subprocess.run([h.BINARY, "inittab", *words], capture_output=True, text=True, timeout=60)


def plain(levels):
    return "".join(sorted(set(levels.lower()) - {"q"}))


def read_by_mvinit(root):
    said = json.loads(mvinit("check", "--root", root, "--json").stdout)
    entries = [(line["id"], plain(line["levels"]), line["action"], line["process"])
               for line in said["lines"] if line["fate"] in ("entry", "smf")]
    starts = said.get("starts") or {}
    return entries, starts.get("argv", [None])[-1]


def read_by_standin(root):
    entries, smf = standin_inittab.read_all(os.path.join(root, "etc/inittab"))
    return [(one.name, plain(one.levels), one.action, one.process) for one in entries], smf and "exec " + smf


def any_line(chance):
    """A line that is an entry more often than not, with something of everything that can be wrong with one."""
    name = chance.choice(["a", "smf", "smf", "12", "abcd", "abcde", " s m f", "", "x\t", "s2", "#c", "1a"])
    levels = chance.choice(["", "3", "s", "S", "23", "0123456", "abc", " 2 3", "q", "x", "2x", "s3", "A", "7"])
    action = chance.choice(["", "respawn", "sysinit", "sysinit", "once", "wait", "boot", "initdefault", "powerfail",
                            " once ", "Once", "onc", "off", "bootwait", "powerwait", "ondemand", "respawn wait"])
    process = chance.choice(["/bin/x", " /bin/x a b", "", "/bin/x: #y", "/bin/x \\\n  more", "/bin/x \\\\", "/bin/x \\", "/" + "y" * 248,
                             "/" + "y" * 249, "/" + "y" * 250, "/" + "z" * 505, "/" + "z" * 506, "/" + "z" * 507,
                             "/" + "z" * 600])
    line = chance.choice(["{0}:{1}:{2}:{3}"] * 12 + ["# {3}", "", "  \t", "{0}:{1}:{2}", "{0}:{1}", "{0}", "\t{0}:{1}:{2}:{3}"])
    return line.format(name, levels, action, process) + "\n"


@h.case
def agreement():
    """both read the same entries and the same smf command out of whatever the file says"""
    chance = random.Random(20)
    root = h.scratch()
    os.mkdir(os.path.join(root, "etc"))
    seen = 0
    for _ in range(40):
        text = "".join(any_line(chance) for _ in range(chance.randint(1, 40)))
        with open(os.path.join(root, "etc/inittab"), "w") as file:
            file.write(text)
        theirs, ours = read_by_mvinit(root), read_by_standin(root)
        differences = [pair for pair in zip(theirs[0], ours[0]) if pair[0] != pair[1]][:2]
        h.check(theirs == ours, f"mvinit, stand-in: {differences}, {theirs[1]!r}, {ours[1]!r}")
        seen += len(ours[0])
    h.check(seen > 100, f"only {seen} entries were compared")


@h.case
def installed():
    """what `inittab install` makes of a zone's file starts the shim, and init 5 then ends the zone; remove restores it"""
    stock = "ap::sysinit:/sbin/sh -c 'exit 0'\nsmf::sysinit:/lib/svc/bin/svc.startd >/dev/msglog 2<>/dev/msglog\n"
    image = i.Image(APP, "zone", ["exclusive=0"], inittab=stock)
    image.write("/sbin/mvinit", "")
    os.chmod(image.file("/sbin/mvinit"), 0o755)
    done = mvinit("install", "--root", image.path)
    h.equal(done.returncode, 0, done.stdout + done.stderr)
    checked = mvinit("check", "--root", image.path)
    h.equal(checked.returncode, 0, checked.stdout + checked.stderr)
    process = i.shim_start(image, grace=0.3)
    process.expect("^ready")
    h.check("entry ap ended 0" in image.events(), image.events())
    image.request("init 5")
    image.event("uadmin 2 6$")
    h.equal(process.code(), i.standin_kernel.ENDED + 6)
    done = mvinit("remove", "--root", image.path)
    h.equal((done.returncode, image.read("/etc/inittab")), (0, stock), done.stderr)


@h.case
def verdicts():
    """a file that check finds fault with does not boot under the stand-in init either, and the other way round"""
    shim = "/sbin/mvinit"
    for text, boots in ((f"smf::sysinit:{shim}\n", True), (f"smf::off:{shim}\n", True), (f"smf:x:sysinit:{shim}\n", False),
                        (f"smf:s:sysinit:{shim}\n", False), ("smf::sysinit:" + shim + " " + "x" * 250 + "\n", False),
                        ("x::sysinit:/bin/true\n", False), (f"smf::sysinit:/x\nsmf::sysinit:{shim}\n", True)):
        image = i.Image(APP, "zone", ["exclusive=0"], inittab=text)
        image.write("/sbin/mvinit", "")
        os.chmod(image.file("/sbin/mvinit"), 0o755)
        checked = mvinit("check", "--root", image.path)
        h.equal(checked.returncode, 0 if boots else 1, text + checked.stdout + checked.stderr)
        process = i.shim_start(image)
        if boots:
            process.expect("^ready")
        else:
            image.event("maintenance")


if __name__ == "__main__":
    h.main()
