"""What is asked and told over the control socket, request by request, and who may."""

import os
import signal

import control
import harness as h

CATCH = '[app]\ncommand = ["%P", "catch"]\n'


def caught(settings=CATCH, machine=False):
    process = h.machine(settings) if machine else h.container(settings)
    process.expect("^ready")
    return process


@h.case
def status():
    """status: who we are, what runs, since when"""
    process = caught()
    got = control.status(process)
    h.equal([got[name] for name in ("pid", "role", "platform", "file", "phase", "restarts")],
            ["1", "container", "linux", process.config, "running", "0"])
    h.equal(got["command"], f"{h.PROBE} catch")
    h.equal(int(got["app_pid"]), 2)
    h.check(0 < int(got["started_ms"]) <= int(got["now_ms"]), str(got))
    h.check("last_exit" not in got and "next_start_ms" not in got, str(got))


@h.case
def status_of_a_machine():
    """status on a machine: its role, its file, and how the last application ended"""
    process = caught(CATCH + 'backoff = "1ms"\n', machine=True)
    h.equal([control.status(process)[name] for name in ("role", "file")], ["machine", "/etc/mvinit.toml"])
    control.done(process, "kill 9")
    process.expect("killed by SIGKILL")
    process.expect("^ready")
    got = h.until(lambda: (lambda now: now if now["phase"] == "running" else None)(control.status(process)), "a restart")
    h.equal(got["restarts"], "1")
    h.check("SIGKILL" in got["last_exit"], str(got))


@h.case
def pause():
    """status in the pause before a restart: when it is to be started"""
    process = h.container('[app]\ncommand = ["%P", "exit", "3"]\nbackoff = "1h"\nmax_backoff = "1h"\n')
    process.expect("exited with code 3|exit code 3|code 3")
    got = h.until(lambda: (lambda now: now if now["phase"] == "backing_off" else None)(control.status(process)), "the pause")
    h.check(0 < int(got["next_start_ms"]) - int(got["now_ms"]) <= 3_600_000, str(got))
    h.equal(got["app_pid"], "0")
    h.check("3" in got["last_exit"], str(got))
    h.equal(control.ask(process, "kill 15"), "error 3 the application does not run\n")


@h.case
def same_signals():
    """signals 29 and 64, by which the socket announces a client, go to the application when somebody sends them"""
    process = caught()
    for number in (29, 64, 64):
        process.send(number)
        process.expect(f"^signal {number}")
        control.status(process)
    h.check("signal 0" not in process.output, process.output)


@h.case
def kill():
    """kill: the application gets that signal and no other"""
    process = caught()
    for number in (1, 10, 15, 34, 64):
        control.done(process, f"kill {number}")
        process.expect(f"^signal {number} from 0$|^signal {number} from 1$")
    for words in ("kill", "kill 0", "kill 65", "kill TERM", "kill -9"):
        h.check(control.ask(process, words).startswith("error 1 "), words)


def ended(verb, number):
    process = caught(machine=True)
    control.done(process, verb)
    process.expect("^signal 15 ")
    os.kill(h.children(process.pid)[0][0], signal.SIGKILL)
    h.equal(process.death(), number, verb)


@h.case
def ends():
    """poweroff, reboot and halt end the machine that way"""
    ended("poweroff", signal.SIGINT)  # what reboot(2) makes of it in a pid namespace
    ended("reboot", signal.SIGHUP)
    ended("halt", signal.SIGINT)


@h.case
def nothing_left():
    """at the end the socket is gone, who waits for that is told so, who waits for more is refused"""
    process = h.container('[app]\ncommand = ["%P", "catch", "15", "0"]\n[control]\npath = "%D/sock"\n')
    process.expect("^ready")
    path = process.directory + "/sock"
    down, ready, silent = (control.connect(process, path) for _ in range(3))
    down.send(b"1 wait down\n")
    ready.send(b"1 wait ready\n")
    h.equal(control.rest_of(ready), "ok\n")
    h.equal(control.done(process, "poweroff", path), [])
    process.wait()
    h.equal(control.rest_of(down), "ok\n")
    h.check(control.rest_of(silent).startswith("error 3 "), "a client without a request")
    h.check(not os.path.exists(path), "the socket is left behind")


@h.case
def wait_ready():
    """wait ready: answered when the application runs"""
    process = h.container('[app]\ncommand = ["%P", "exit", "3"]\nbackoff = "1h"\nmax_backoff = "1h"\n')
    h.until(lambda: control.status(process)["phase"] == "backing_off", "the pause")
    waiting = control.connect(process)
    waiting.send(b"1 wait ready\n")
    h.check(control.status(process)["phase"] == "backing_off", "it waits and others are answered")
    process.send(signal.SIGTERM)
    h.check(control.rest_of(waiting).startswith("error 3 "), "no end was told")
    process.wait()


@h.case
def steered():
    """stop: it is down and stays so; start: it runs again; restart: it is another; wait tells when"""
    process = h.container('[app]\ncommand = ["%P", "catch", "15", "3"]\nbackoff = "1ms"\n')
    process.expect("^ready")
    first = control.status(process)["app_pid"]
    control.done(process, "stop")
    control.done(process, "wait down")
    got = control.status(process)
    h.equal((got["phase"], got["app_pid"]), ("down", "0"))
    h.equal(control.ask(process, "kill 15"), "error 3 the application does not run\n")
    control.done(process, "stop")  # it is that already
    control.done(process, "start")
    control.done(process, "wait ready")
    second = control.status(process)["app_pid"]
    h.check(second not in (first, "0"), second)
    process.expect("^ready")
    control.done(process, "start")  # it runs already
    h.equal(control.status(process)["app_pid"], second)
    control.done(process, "restart")
    control.done(process, "wait ready")
    h.check(control.status(process)["app_pid"] not in (second, "0"), "the same application after a restart")


@h.case
def not_waited_for():
    """start and restart cut the pause before a restart short"""
    for verb in ("start", "restart"):
        process = h.container('[app]\ncommand = ["%P", "run", "%D/runs", "x", "3"]\nbackoff = "1h"\nmax_backoff = "1h"\n')
        runs = process.directory + "/runs"
        h.until(lambda: control.status(process)["phase"] == "backing_off", "the pause")
        control.done(process, verb)
        h.until(lambda: len(h.lines(runs)) == 2, verb)


@h.case
def too_late():
    """while the machine is being ended nothing is started any more, and who waits for ready is told"""
    process = caught()
    control.done(process, "stop")
    process.expect("^signal 15 ")
    waiting = control.connect(process)
    waiting.send(b"1 wait ready\n")
    control.done(process, "reboot")
    for request in ("start", "stop", "restart", "wait ready"):
        h.equal(control.ask(process, request), "error 3 the machine is being ended\n", request)
    h.equal(control.rest_of(waiting), "error 3 the machine is being ended\n")
    h.equal(control.status(process)["phase"], "stopping")


@h.case
def deleted():
    """SIGUSR1 to a machine's init makes a socket that was deleted again"""
    process = caught(machine=True)
    control.status(process)
    os.unlink(control.place(process))
    process.send(signal.SIGUSR1)
    h.equal(control.status(process)["phase"], "running")
    h.check("signal 10 " not in process.output, "the application got it")


@h.case
def program():
    """program: what is needed to run something as the application is"""
    process = h.container('[app]\ncommand = ["%P", "catch"]\nuser = "1234"\ngroup = "5678"\numask = "077"\nnice = 3\n'
                          'cwd = "/tmp"\nlimits = { nofile = "64:128" }\nenv = { A = "1\\n2%" }\n')
    process.expect("^ready")
    lines = control.passed(process, "program").splitlines()
    for line in (f"arg {h.PROBE}", "arg catch", "env A=1%0A2%25", "uid 1234", "gid 5678", "umask 63", "nice 3", "cwd /tmp",
                 "limit 7 64 128"):
        h.check(line in lines, f"{line!r} in {lines}")


@h.case
def absent():
    """log and analyze say what is not there"""
    process = caught()
    for request, word in (("log", "ring"),):
        answer = control.ask(process, request)
        h.check(answer.startswith("error 5 ") and word in answer, answer)


@h.case
def reload():
    """reload: taken, or refused with the old configuration kept"""
    process = caught(CATCH, machine=True)
    control.done(process, "reload")
    process.expect("reload: taken")
    process.root.write("/etc/mvinit.toml", "[app]\ncomand = []\n")
    answer = control.ask(process, "reload")
    h.check(answer.startswith("error 4 "), answer)
    process.expect("comand")
    h.equal(control.status(process)["phase"], "running")


@h.case
def moved():
    """reload: a socket that was deleted is made again, one that is to be elsewhere moves"""
    process = caught(CATCH, machine=True)
    control.status(process)
    os.unlink(control.place(process))
    process.send(signal.SIGHUP)
    process.expect("reload: taken")
    h.equal(control.status(process)["phase"], "running")
    process.root.write("/etc/mvinit.toml", '[app]\ncommand = ["/sbin/probe", "catch"]\n[control]\npath = "/run/b/c"\n')
    control.done(process, "reload")
    h.equal(control.status(process, "/run/b/c")["phase"], "running")
    h.check(not control.is_there(process), "the old socket is still there")


@h.case
def strangers():
    """other users cannot connect, and where the file lets them they are refused before they are heard"""
    process = caught(machine=True)
    control.status(process)
    h.equal(control.as_user(process, 33, 44, [], "status"), "Permission denied")
    os.chmod(control.place(process), 0o666)
    for request in ("status", "poweroff"):
        h.equal(control.as_user(process, 33, 44, [55], request),
                "error 2 needs root, or to be of the group in [control] group\n")
    h.equal(control.status(process)["phase"], "running")
    h.check(control.as_user(process, 0, 44, [], "status").startswith("ok\n"), "root of another group")


@h.case
def group():
    """members of [control] group are answered, by either kind of membership; the environment is not for them"""
    process = caught(CATCH + '[control]\ngroup = "extra"\n', machine=True)
    control.status(process)
    found = os.stat(control.place(process))
    h.equal((found.st_mode & 0o777, found.st_gid), (0o660, 55))
    many = list(range(1000, 1300))  # more than one look at them is enough for
    for gid, groups in ((55, []), (44, [55]), (44, many + [55])):
        h.check(control.as_user(process, 33, gid, groups, "status").startswith("ok\n"), f"{gid} {groups}")
        h.check(control.as_user(process, 33, gid, groups, "program").startswith("error 2 "), "program")
    h.equal(control.as_user(process, 33, 44, [], "status"), "Permission denied")
    os.chmod(control.place(process), 0o666)
    for groups in ([], many):
        h.check(control.as_user(process, 33, 44, groups, "status").startswith("error 2 "), f"{groups}")


@h.case
def own_user():
    """a mvinit that is not root is steered by its own user, the environment included"""
    def drop():
        os.setgroups([])
        os.setresgid(44, 44, 44)
        os.setresuid(33, 33, 33)
    directory = h.scratch()
    path = directory + "/c/sock"
    config = directory + "/mvinit.toml"
    with open(config, "w") as file:
        file.write(f'[app]\ncommand = ["{h.PROBE}", "catch"]\n[control]\npath = "{path}"\n')
    process = h.start(["--container", "-c", config], before=drop)
    process.expect("^ready")
    h.until(lambda: control.listens(path), "the socket")
    h.check(control.as_user(process, 33, 44, [], "status", path).startswith("ok\n"), "its own user")
    h.equal(control.as_user(process, 34, 44, [], "status", path), "Permission denied")
    h.check(control.ask(process, "status", path).startswith("ok\n"), "root")


@h.case
def forwarding():
    """mvinit -- command leaves nothing in the file system, unless --control asks for it"""
    process = h.start(h.probe("catch"))
    process.expect("^ready")
    process.send(signal.SIGUSR1)
    process.expect("^signal 10 ")
    h.check(not os.path.exists(f"/proc/{process.pid}/root/run/mvinit"), "there is /run/mvinit")
    process = h.container("[app]\ncommand = []\n".replace("[]", '["%P", "catch"]') + "[control]\nenabled = false\n")
    process.expect("^ready")
    h.check(not os.path.exists(f"/proc/{process.pid}/root/run/mvinit"), "there is /run/mvinit")


h.main()
