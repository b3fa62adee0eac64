"""mvinit start, stop, restart, kill, reload, wait, poweroff, reboot and halt, over the control socket."""

import signal
import subprocess
import threading

import asking
import control
import harness as h


def state(process):
    return asking.ask(process, "status", "--json").stdout.split('"phase": "')[1].split('"')[0]


def deaf():
    """A machine whose application is asked to stop in vain, for an hour."""
    return asking.machine("catch", more='stop_timeout = "1h"\n')


@h.case
def stop_and_start():
    """stop waits until the application is gone, which is then down until start; start waits until it is ready"""
    process = asking.machine("catch", "15", "0")
    h.equal(asking.ask(process, "stop").returncode, 0)
    process.expect("^signal 15")
    h.equal(state(process), "down")
    h.equal(asking.ask(process, "status").returncode, 7)
    value = asking.answer(process, "start")
    h.equal(value, {"ok": True, "verb": "start", "exit": 0})
    process.expect("^ready")
    h.equal(asking.ask(process, "status").returncode, 0)


@h.case
def again():
    """stop of one that is down and start of one that runs are done already: 0"""
    process = asking.machine("sleep")
    h.equal(asking.ask(process, "start").returncode, 0)
    for _ in range(2):
        h.equal(asking.ask(process, "stop").returncode, 0)
    h.equal(state(process), "down")


@h.case
def restart():
    """restart gives it another pid, without a pause, and says nothing"""
    process = asking.machine("sleep")
    before = asking.answer(process, "status")["app_pid"]
    done = asking.ask(process, "restart")
    h.equal((done.returncode, done.stdout, done.stderr), (0, "", ""))
    value = asking.answer(process, "status")
    h.check(value["app_pid"] not in (0, before), str(value))


@h.case
def timed_out():
    """--timeout: 5 where it is not done by then; the machine goes on with it"""
    process = deaf()
    done = asking.ask(process, "stop", "--timeout", "50ms")
    h.equal(done.returncode, 5, done.stderr)
    h.check("the application is not down in time" in done.stderr, done.stderr)
    value = asking.answer(process, "wait", "--down", "--timeout", "50ms", code=5)
    h.equal(value["error"], "the application is not down in time")
    value = asking.answer(process, "wait", "--timeout", "50ms", code=5)
    h.equal(value["error"], "the application is not ready in time")


@h.case
def no_wait():
    """--no-wait: 0 as soon as it is begun"""
    process = deaf()
    h.equal(asking.ask(process, "stop", "--no-wait").returncode, 0)
    h.equal(state(process), "stopping")


@h.case
def kill():
    """kill sends the application a signal, by name or number, and is refused where it does not run"""
    process = asking.machine("catch")
    h.equal(asking.ask(process, "kill", "USR1").returncode, 0)
    process.expect("^signal 10 ")
    h.equal(asking.answer(process, "kill", "RTMIN+7")["ok"], True)
    process.expect("^signal 41 ")
    h.equal(asking.ask(process, "kill", "KILL").returncode, 0)
    process.expect("killed by SIGKILL")
    h.until(lambda: state(process) == "backing_off", "the pause")
    done = asking.ask(process, "kill", "15")
    h.equal(done.returncode, 1, done.stderr)
    h.check("does not run" in done.stderr, done.stderr)


@h.case
def waits():
    """wait --down returns once somebody else has stopped it, wait --ready at once where it is so"""
    process = asking.machine("sleep")
    h.equal(asking.ask(process, "wait").returncode, 0)
    codes = []
    thread = threading.Thread(target=lambda: codes.append(asking.ask(process, "wait", "--down").returncode))
    thread.start()
    h.equal(asking.ask(process, "stop").returncode, 0)
    thread.join(h.DEADLINE)
    h.equal(codes, [0])


@h.case
def reload():
    """reload tells what counts from when; a file with errors is refused with 1, and its first error told"""
    process = asking.machine("sleep")
    process.root.write("/etc/mvinit.toml", '[app]\ncommand = ["/sbin/probe", "sleep", "other"]\n')
    h.equal(asking.ask(process, "reload").returncode, 0)
    process.expect("reload: taken")
    process.root.write("/etc/mvinit.toml", '[app]\ncommand = ["/sbin/probe"]\nnonsense = 1\nx = 1\n')
    value = asking.answer(process, "reload", code=1)
    h.equal(value["error"], "/etc/mvinit.toml:3:1: unknown key 'nonsense' in [app]")


@h.case
def ends():
    """poweroff, reboot and halt end the machine, each in its own way"""
    for verb, death in (("poweroff", signal.SIGINT), ("reboot", signal.SIGHUP), ("halt", signal.SIGINT)):
        process = asking.machine("sleep")
        asking.ended_it(asking.ask(process, verb), verb)
        process.expect("asked to " + ("power off" if verb == "poweroff" else verb))
        h.equal(process.death(), death, verb)


@h.case
def ending():
    """while the machine is being ended it cannot be started, stopped or waited for: 1, with the cause"""
    process = deaf()
    h.equal(asking.ask(process, "poweroff").returncode, 0)
    for words in (("start",), ("restart",), ("wait", "--ready")):
        value = asking.answer(process, *words, code=1)
        h.check("being ended" in value["error"], str(value))


@h.case
def elsewhere():
    """--control names the socket, for the init and for who asks; a container's init is steered alike"""
    directory = h.scratch()
    process = h.container('[app]\ncommand = ["%P", "sleep"]\n', "--control", directory + "/control")
    process.expect("^ready")
    h.until(lambda: control.listens(directory + "/control"), "the control socket")

    def verb(*words):
        return subprocess.run([h.BINARY, *words, "--control", directory + "/control"], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=h.DEADLINE, env=h.environment(None))
    h.equal(verb("restart").returncode, 0)
    process.expect("^ready")
    h.equal(verb("poweroff").returncode, 0)
    process.code()


h.main()
