"""What the application inherits: nothing of what mvinit was started with but what it is meant to have."""

import os
import resource
import signal
import socket

import harness as h


def leak():
    """Called in what becomes mvinit: descriptors, blocked and ignored signals that must not reach the application."""
    for _ in range(3):
        os.set_inheritable(os.open("/etc/passwd", os.O_RDONLY), True)
    for end in os.pipe():
        os.set_inheritable(end, True)
    os.dup2(1, 200)
    for end in socket.socketpair():
        os.set_inheritable(end.detach(), True)
    signal.pthread_sigmask(signal.SIG_BLOCK, set(range(1, 65)) - {9, 19, 32, 33})
    for number in set(range(1, 65)) - {9, 19, 32, 33}:
        signal.signal(number, signal.SIG_IGN)


def report(*options, config=None, env=None, before=leak):
    if config is not None:
        return h.container(config, env=env, before=before).report()
    return h.start([*options, *h.probe("report")], env=env, before=before).report()


CONFIG = '[app]\ncommand = ["%P", "report"]\nrestart = "never"\n'


@h.case
def descriptors():
    """only descriptors 0 to 2 are open in the application, with and without a configuration"""
    for got in (report(), report(config=CONFIG)):
        h.equal(sorted(got["fds"], key=int), ["0", "1", "2"])


@h.case
def signals():
    """no signal is blocked or ignored in the application, whatever mvinit was started with"""
    for got in (report(), report(config=CONFIG)):
        h.equal(got["blocked"], 0, "blocked")
        h.equal(got["ignored"], 0, "ignored")


@h.case
def ignored_child_signal():
    """SIGCHLD ignored by mvinit's parent does not lose the application's exit code"""
    before = lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    h.equal(h.run(h.probe("exit", 9), before=before).code(), 9)


@h.case
def session():
    """the application leads a session and a process group of its own, and its parent is PID 1"""
    got = report()
    h.equal((got["ppid"], got["sid"], got["pgid"]), (1, got["pid"], got["pid"]))
    h.equal(got["death_signal"], 0, "parent death signal")


@h.case
def variables():
    """a container's environment is inherited, but for mvinit's own variables"""
    env = {"MVINIT_X": "1", "MVINIT_SOCKET": "/x", "KEPT": "yes", "EMPTY": "", "MVINIT": "kept"}
    got = dict(entry.split("=", 1) for entry in report(env=env)["environment"])
    h.equal([name for name in got if name.startswith("MVINIT_")], [])
    h.equal((got["KEPT"], got["EMPTY"], got["PATH"]), ("yes", "", "/usr/sbin:/usr/bin:/sbin:/bin"))


@h.case
def oom_score():
    """the OOM score is left alone"""
    def before():
        with open("/proc/self/oom_score_adj", "w") as file:
            file.write("321")
    h.equal(report(before=before)["oom_score_adj"], "321")


@h.case
def limits():
    """resource limits, nice value and umask that nobody set in the configuration are handed on by a container's init"""
    def before():
        resource.setrlimit(resource.RLIMIT_NOFILE, (123, 456))
        os.nice(3)
        os.umask(0o027)
    got = report(before=before)
    h.equal((got["limits"]["nofile"], got["nice"], got["umask"]), ([123, 456], 3, 0o027))


@h.case
def machine_environment():
    """on a machine the environment is made anew: PATH, HOME, TERM, and the user's names, and nothing else"""
    process = h.machine(CONFIG)
    got = dict(entry.split("=", 1) for entry in process.report()["environment"])
    h.equal(got.pop("PATH"), "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
    h.equal(got.pop("HOME"), "/root")
    h.equal(set(got) - {"TERM", "USER", "LOGNAME", "SHELL"}, set(), "more variables")


@h.case
def machine_descriptors():
    """on a machine stdin is /dev/null, stdout and stderr are the console, and nothing else is open"""
    fds = h.machine(CONFIG).report()["fds"]
    h.equal(sorted(fds, key=int), ["0", "1", "2"])
    h.equal(fds["0"], "/dev/null")
    h.equal(fds["1"], fds["2"])
    h.check("null" not in fds["1"], fds["1"])


h.main()
