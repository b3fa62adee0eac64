"""mvinit called as poweroff, reboot, halt, shutdown, telinit and init."""

import os
import signal
import subprocess

import asking
import harness as h

ENDS = {"poweroff": ("power off", signal.SIGINT), "reboot": ("reboot", signal.SIGHUP), "halt": ("halt", signal.SIGINT)}


def machine():
    """A machine in whose /sbin these names are links to mvinit."""
    process = asking.machine("sleep")
    for name in ("poweroff", "reboot", "halt", "shutdown", "telinit", "init"):
        os.symlink("mvinit", process.root.file("/sbin/" + name))
    return process


ENDED = (0, -signal.SIGTERM, -signal.SIGKILL)


@h.case
def ends():
    """each name ends the machine as people know it"""
    for words, verb in ((["poweroff"], "poweroff"), (["reboot", "-n"], "reboot"), (["halt"], "halt"),
                        (["halt", "-p"], "poweroff"), (["shutdown", "-r", "now"], "reboot"),
                        (["shutdown", "now"], "poweroff"), (["telinit", "6"], "reboot"), (["init", "0"], "poweroff")):
        process = machine()
        done = asking.within(process, "/sbin/" + words[0], *words[1:])
        # Who asks for it runs in that machine, and may be ended with it.
        h.check(done.returncode in ENDED and done.stderr == "", f"{words}: {done}")
        process.expect("asked to " + ENDS[verb][0])
        h.equal(process.death(), ENDS[verb][1], str(words))


@h.case
def reloads():
    """telinit q has the configuration read again"""
    process = machine()
    h.equal(asking.within(process, "/sbin/telinit", "q").returncode, 0)
    process.expect("reload: taken")


@h.case
def refused():
    """other times, run levels and words are refused with 2 and a remedy; nothing is ended"""
    process = machine()
    for words in (["shutdown"], ["shutdown", "+5"], ["shutdown", "-h", "23:00"], ["telinit", "3"], ["init", "1"],
                  ["reboot", "now"], ["poweroff", "--nonsense"], ["init", "5"], ["telinit"]):
        done = asking.within(process, "/sbin/" + words[0], *words[1:])
        h.equal((done.returncode, done.stdout), (2, ""), str(words))
        h.check(done.stderr.startswith("mvinit: error: "), done.stderr)
    for words in (["halt", "-w"], ["shutdown", "-c"], ["shutdown", "-k", "now"], ["reboot", "--help"]):
        done = asking.within(process, "/sbin/" + words[0], *words[1:])
        h.equal((done.returncode, done.stderr), (0, ""), str(words))
        h.check(done.stdout, str(words))
    h.equal(asking.ask(process, "status").returncode, 0)


@h.case
def forced():
    """poweroff -f does not wait for an application that does not stop"""
    process = asking.machine("catch", more='stop_timeout = "1h"\n')
    os.symlink("mvinit", process.root.file("/sbin/poweroff"))
    h.check(asking.within(process, "/sbin/poweroff", "-f").returncode in ENDED, "refused")
    h.equal(process.death(), signal.SIGINT)


@h.case
def init_of_a_container():
    """as PID 1 the name init is the init's, with a container's command too; as another process with anything but a run
    level as well"""
    directory = h.scratch()
    link = os.path.join(directory, "init")
    os.symlink(h.BINARY, link)
    h.equal(h.run(["--", h.PROBE, "exit", "7"], binary=link).code(), 7)
    done = subprocess.run([link, "-s", "--", h.PROBE, "exit", "8"], stdin=subprocess.DEVNULL, timeout=h.DEADLINE,
                          capture_output=True, env=h.environment(None))
    h.equal(done.returncode, 8)
    poweroff = os.path.join(directory, "poweroff")
    os.symlink(h.BINARY, poweroff)
    h.equal(h.run(["--", h.PROBE, "exit", "9"], binary=poweroff).code(), 9)


@h.case
def misspelt():
    """a misspelt verb is told, unless there is a command of that name"""
    done = subprocess.run([h.BINARY, "chek"], stdin=subprocess.DEVNULL, timeout=h.DEADLINE, capture_output=True,
                          text=True, env=h.environment(None))
    h.equal(done.returncode, 127, done.stderr)
    h.check("did you mean 'check'?" in done.stderr, done.stderr)
    directory = h.scratch()
    os.symlink(h.PROBE, os.path.join(directory, "chek"))
    done = subprocess.run([h.BINARY, "chek", "exit", "4"], stdin=subprocess.DEVNULL, timeout=h.DEADLINE,
                          capture_output=True, text=True, env=h.environment({"PATH": directory}))
    h.equal(done.returncode, 4, done.stderr)
    h.check("did you mean" not in done.stderr, done.stderr)
    process = h.run(["staus"])
    h.equal(process.code(), 127)
    h.check("did you mean 'status'?" in process.output, process.output)


h.main()
