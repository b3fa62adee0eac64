"""What mvimage check finds is true: the very image that it was found in is booted, and fails that way.

One guest runs nearly all: its application starts an mvinit for each configuration, as the init of a machine would be, and
the console shows what becomes of it. Files that are so in one case alone are put there before, and taken away behind it.
"""

import json
import pathlib
import re
import subprocess
import tempfile

import check_texts
import disks
import images
from check_cases import ABSENT, FALSE, MODULES, SERVER, TRUE, broken_files, entry
from disks import MVIMAGE
from guest import REPOSITORY, Guest, check, run

import newc  # its folder is known since check_cases

# Twice is as it was: what the case has changes places with what is there, also where one of them is nothing.
SCRIPT = """exchange() {
    [ ! -f $1.list ] || while read path; do
        mv /$path $1.kept; mv $1/$path /$path; mv $1.kept $1/$path
    done <$1.list 2>/dev/null
}
for case in /cases/*.toml; do
    exchange ${case%.toml}
    echo "== $case =="
    /sbin/mvinit --machine -c $case
    echo "== ended =="
    exchange ${case%.toml}
done
echo "== all =="
exit 1
"""
END = '[rescue]\ncommand = ["/bin/gone"]\non_app_failure = true\n'
CARD = '[system]\nmodules = ["e1000"]\n' + images.NETWORK.format(driver="e1000")
NET = f"user,id=net0,guestfwd=tcp:{SERVER}:53-cmd:python3 -B {REPOSITORY}/tests/boot/name_server.py"
# Where neither a card nor a module matters.
QUICK = {"machine": "microvm-acpi", "kernel": "kernel-cloud", "nic": None}

# (id, config, shown, files) of both tables, in the order of the guest.
CASES = [(name, *rest) for name, _, *rest in TRUE] + FALSE
CASES = [case if len(case) == 4 else (*case, {}) for case in CASES]
# (id, what is said) of all that a kernel is seen to agree to.
said_and_shown = set()


def case_name(number):
    return f"cases/{number:03}"


def with_cases(tree):
    """Each configuration, and beside it the files that change places for it."""
    for number, (_, config, _, files) in enumerate(CASES):
        own = {f"{case_name(number)}/{path}": what for path, what in files.items() if what is not None}
        tree |= {f"{case_name(number)}.toml": config, **own}
        if files:
            # A directory for each path, also for those that only go.
            tree |= {f"{case_name(number)}/{pathlib.Path(path).parent}": entry(None) for path in files}
            tree[f"{case_name(number)}.list"] = "".join(f"{path}\n" for path in files)
    return tree


def findings(path, *words):
    done = subprocess.run([MVIMAGE, "check", path, "--json", *words], capture_output=True, text=True, check=False)
    check(done.returncode in (0, 1), f"mvimage check: {done.stderr}")
    return json.loads(done.stdout)


def note(list_, name, what):
    """The findings of this kind in which this is said."""
    found = [each for each in list_ if each["id"] == name and what in each["what"]]
    said_and_shown.update((name, f"{each['what']}: {each['remedy']}") for each in found)
    return found


def joined(path, base, tree):
    """An archive behind one that is compressed; the kernel takes it only where the bytes before it fill words of four."""
    path.write_bytes(base + bytes(-len(base) % 4) + newc.newc(tree))


def are_found(path, base, tree):
    """Each finding is among those of the image as it is in its case; what else there is, it has with all of them."""
    for number, (name, config, _, files) in enumerate(CASES):
        file, image = path.parent / "case.toml", path
        file.write_text(config)
        if files:
            image = path.parent / "changed"
            joined(image, base, {each: what for each, what in (tree | files).items() if what is not None})
        list_ = findings(image, "--machine", "-c", file)
        errors = {each["id"] for each in list_ if each["severity"] == "error"}
        if number < len(TRUE):
            check(note(list_, name, TRUE[number][1]), f"{TRUE[number][:2]} is not found with\n{config}\nbut {list_}")
            check(errors <= {name}, f"{name}: more errors are found: {errors}")
        else:
            check(name not in {each["id"] for each in list_} and not errors, f"{name} is found with\n{config}\n: {list_}")
    own = findings(path)
    check([each["id"] for each in own if each["severity"] == "error"] == ["command-missing"], f"of the image's own: {own}")


def are_shown(text):
    missed = []
    for number, (name, _, shown, _) in enumerate(CASES):
        begin = text.index(f"== /{case_name(number)}.toml ==")
        own = text[begin:text.index("== ended ==", begin)]
        if not re.search(shown, own, re.MULTILINE):
            missed.append(f"{name}: /{shown}/ is not in\n{own}")
    check(not missed, "\n".join(missed))


def true():
    """errors and warnings of mvimage check, each one seen on the console of the image that it was found in"""
    tree = broken_files() | {"bin/fine": "#!/bin/busybox sh\n"}
    with images.shell(SCRIPT, CARD + END, copy=["/usr/bin/id", "/usr/bin/getent", "/usr/bin/env"], modules="",
                      app='restart = "never"') as path:
        base = path.read_bytes()
        joined(path, base, with_cases(dict(tree)))
        are_found(path, base, tree)
        with Guest(path, memory=256, netdev=NET) as guest:
            guest.expect("== all ==", deadline=180)
            guest.expect(r"/bin/gone.*No such file")
            guest.expect_end("poweroff")
            are_shown(guest.text)


def bare():
    """an initramfs without /init, where a kernel looks for another root and panics; without modules, so that none loads"""
    with images.shell("", '[system]\nmodules = ["nothing"]\n', modules="") as path:
        list_ = findings(path)
        check([each["id"] for each in list_] == ["modules-absent", "init-missing"], f"{list_}")
        check(note(list_, "init-missing", "boots with rdinit=/sbin/init alone"), f"{list_}")
        note(list_, "modules-absent", "")
        with Guest(path, append="rdinit=/init", **QUICK) as guest:
            guest.expect("Unable to mount root fs")
        with Guest(path, **QUICK) as guest:
            guest.expect(f"load module nothing: {ABSENT}: .*modules.dep")


def no_init():
    """an initramfs in which no kernel finds anything to start"""
    with tempfile.TemporaryDirectory(prefix="mvinit-check-") as name:
        path = pathlib.Path(name) / "image"
        path.write_bytes(newc.newc({"etc/mvinit.toml": '[app]\ncommand = ["/app"]\n', "app": "#!/app\n"}))
        check(note(findings(path), "init-missing", "nor /sbin/init"), f"{findings(path)}")
        root = pathlib.Path(name) / "root"
        newc.tar({"etc/mvinit.toml": '[app]\ncommand = ["/app"]\n', "app": "#!/app\n"}, root)
        check(note(findings(root, "--machine"), "init-missing", "neither /init nor"), f"{findings(root, '--machine')}")
        with Guest(path, **QUICK) as guest:
            guest.expect("Unable to mount root fs")


def disk():
    """an ext4 without /sbin/init: mvroot cannot start it, and starts /sbin/mvinit where init= names that and it is there"""
    with tempfile.TemporaryDirectory(prefix="mvinit-check-") as name:
        root, = disks.small(pathlib.Path(name), "echo it runs")
        check(findings(root) == [], f"{findings(root)}")
        disks.change(root, "rm /usr/sbin/init")
        list_ = findings(root)
        check(note(list_, "init-missing", "boots with init=/sbin/mvinit alone") == list_ != [], f"{list_}")
        with disks.boot(root, "root=/dev/vda rw") as guest:
            guest.expect(f"mvroot: error: execute /sbin/init: {ABSENT}")
        with disks.boot(root, "root=/dev/vda rw init=/sbin/mvinit") as guest:
            guest.expect("^it runs")
            guest.expect_end("poweroff")
        disks.change(root, "rm /usr/sbin/mvinit")
        list_ = findings(root)
        check(note(list_, "init-missing", "nor /sbin/mvinit") == list_ != [], f"{list_}")
        with disks.boot(root, "root=/dev/vda rw init=/sbin/mvinit") as guest:
            guest.expect(f"mvroot: error: execute /sbin/mvinit: {ABSENT}")


def all_texts():
    """whatever the sources of mvimage check can say, one of these cases has shown, or cannot be shown"""
    left = check_texts.not_shown(REPOSITORY, said_and_shown)
    check(not left, "\n".join(left))


run(true, bare, no_init, disk, all_texts)
