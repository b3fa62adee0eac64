"""mvinit exec: a command with the application's environment, user, directory, limits and the rest, or as a plain shell
is started; its exit status is the command's."""

import json
import os
import subprocess

import asking
import harness as h

APP = """user = "web"
group = "extra"
cwd = "/out"
umask = "0027"
nice = 3
no_new_privs = true
env = {A = "1", B = "with blanks and %41\\nand a line"}
limits = {nofile = "100:200"}
"""


def report(process, *words):
    done = asking.ask(process, "exec", *words, "/sbin/probe", "report", environment={"STRAY": "1", "TERM": "vt220"})
    h.equal(done.returncode, 0, done.stderr)
    return json.loads(done.stdout[len("report "):])


def variables(got):
    return dict(entry.split("=", 1) for entry in got["environment"])


@h.case
def as_the_application():
    """exec runs a command as the application is run: environment, user and groups, directory, umask, limits, nice"""
    process = asking.machine("report-and-wait", more=APP)
    app = process_report(process)
    got = report(process, "--")
    for name in ("uid", "euid", "gid", "egid", "groups", "umask", "nice", "cwd", "no_new_privs"):
        h.equal(got[name], app[name], name)
    h.equal(got["limits"]["nofile"], app["limits"]["nofile"])
    h.equal(variables(got), variables(app))
    h.check("STRAY" not in variables(got), str(got["environment"]))


def process_report(process):
    """What the application was handed: its report came before it was ready."""
    line = [line for line in process.output.splitlines() if line.startswith("report ")][0]
    return json.loads(line[len("report "):])


@h.case
def capabilities():
    """the capabilities that the application keeps, and no others"""
    process = asking.machine("report-and-wait", more='user = "web"\ncapabilities = ["net_bind_service"]\n')
    h.equal(report(process)["capabilities"], process_report(process)["capabilities"])


@h.case
def exit_status():
    """the exit status is the command's; 127 where it is not there, 126 where it cannot be executed"""
    process = asking.machine("sleep", files={"/etc/plain": "x"})
    for words, code in ((("/sbin/probe", "exit", "42"), 42), (("nosuchcommand",), 127), (("/etc/plain",), 126)):
        done = asking.ask(process, "exec", "--", *words)
        h.equal(done.returncode, code, done.stderr)
        h.check(code == 42 or f"run {words[0]}: " in done.stderr, done.stderr)
    done = asking.ask(process, "exec", "--json", "--", "nosuchcommand")
    value = json.loads(done.stdout)
    h.equal((done.returncode, value["ok"], value["exit"], value["verb"], done.stderr), (127, False, 127, "exec", ""))
    h.check(value["error"].startswith("run nosuchcommand: No such file or directory: "), value["error"])
    h.equal(asking.ask(process, "exec", "/sbin/probe", "raise", "9").returncode, -9)
    h.equal(asking.ask(process, "exec", "probe", "exit", "3").returncode, 3)


@h.case
def own_failures():
    """what fails before the command is there: 125, as env(1) has it; with --json as an object"""
    directory = h.scratch()
    for words in (["exec", "--control", directory + "/none", "true"], ["exec"], ["exec", "--nonsense", "true"]):
        done = subprocess.run([h.BINARY, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=h.DEADLINE, env=h.environment(None))
        h.equal((done.returncode, done.stdout), (125, ""), str(words))
    done = subprocess.run([h.BINARY, "exec", "--json", "--control", directory + "/none", "true"],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=h.DEADLINE,
                          env=h.environment(None))
    value = json.loads(done.stdout)
    h.equal((done.returncode, value["ok"], value["exit"], value["verb"]), (125, False, 125, "exec"))


@h.case
def rescue():
    """exec --rescue: root, PATH, HOME and TERM and nothing else, in /, without asking anybody"""
    process = asking.machine("sleep", more=APP)
    got = report(process, "--rescue", "--")
    h.equal((got["uid"], got["gid"], got["cwd"], got["nice"]), (0, 0, "/", 0))
    env = variables(got)
    h.equal((sorted(env), env["HOME"], env["TERM"]), (["HOME", "PATH", "TERM"], "/", "vt220"))
    directory = h.scratch()
    done = subprocess.run([h.BINARY, "exec", "--rescue", "--control", directory + "/none", h.PROBE, "exit", "9"],
                          stdin=subprocess.DEVNULL, timeout=h.DEADLINE, env=h.environment(None))
    h.equal(done.returncode, 9)


@h.case
def rescue_shell():
    """exec --rescue without a command is the [rescue] command of the configuration, or /bin/sh"""
    process = asking.machine("sleep", more='[rescue]\ncommand = ["/sbin/probe", "exit", "17"]\n')
    h.equal(asking.ask(process, "exec", "--rescue").returncode, 17)
    process = asking.machine("sleep", shell="/bin/sh")
    done = asking.ask(process, "exec", "--rescue", stdin="echo shell $HOME\nexit 5\n")
    h.equal((done.returncode, done.stdout), (5, "shell /\n"), done.stderr)


@h.case
def standard_descriptors():
    """standard input and output are the caller's, and no other descriptor of ours is handed on"""
    process = asking.machine("sleep")
    done = asking.ask(process, "exec", "/sbin/probe", "echo", stdin="hello\n")
    h.check("echo hello" in done.stdout, done.stdout)
    h.equal(sorted(report(process)["fds"]), ["0", "1", "2"])


h.main()
