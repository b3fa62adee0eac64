"""The verbs that ask the mvinit that runs, called from within its namespaces as an administrator there does."""

import json
import os
import subprocess

import control
import harness as h

SOCKET = "/run/mvinit/control.sock"


def within(process, *words, stdin="", environment=None, **options):
    """The finished process of a program in the namespaces and the root directory of a machine; words: its argv with
    the path first."""
    command = ["nsenter", f"--target={process.pid}", "--mount", "--pid", "--net", "--root", "--wd"]
    return subprocess.run([*command, *words], input=stdin, capture_output=True, text=True, timeout=h.DEADLINE,
                          env=h.environment(environment), **options)


def ask(process, *words, **options):
    """mvinit with these words beside the machine."""
    return within(process, "/sbin/mvinit", *words, **options)


def ended_it(done, what):
    """The verb has said nothing bad; the end that it asked for may have reached itself before it could exit."""
    h.check(done.returncode in (0, -15, -9) and done.stderr == "", f"{what}: {done.returncode} {done.stderr}")


def answer(process, *words, code=0):
    """What `mvinit WORDS --json` says, as an object; its exit code must be code, and be said there as well."""
    done = ask(process, *words, "--json")
    h.equal(done.returncode, code, f"{words}: {done.stdout}{done.stderr}")
    h.equal(done.stderr, "", f"{words}")
    value = json.loads(done.stdout)
    h.equal((value["verb"], value["exit"]), (words[0], code), done.stdout)
    h.equal(value["ok"], "error" not in value, done.stdout)
    return value


def has_socket(process):
    """Once it is in its own root: until then it sees ours, where another mvinit may have a socket."""
    root = f"/proc/{process.pid}/root"
    try:
        return not os.path.samefile(root + "/", "/") and control.listens(root + SOCKET)
    except OSError:
        return False


def machine(*application, more="", **options):
    """A machine whose application is the probe with these words; once it can be asked."""
    words = ", ".join(f'"{word}"' for word in ("/sbin/probe", *application))
    process = h.machine(f'[app]\ncommand = [{words}]\nbackoff = "1h"\nmax_backoff = "1h"\n{more}', **options)
    process.expect("^ready")
    h.until(lambda: has_socket(process), "the control socket")
    return process
