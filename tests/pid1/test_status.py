"""mvinit status: what it says of an application that runs, and of one that does not; to people and to programs."""

import json
import os
import socket
import subprocess

import asking
import control
import harness as h


@h.case
def text():
    """status shows the application, its state, pid, memory and processes, interfaces, and mvinit itself; exit code 0"""
    process = asking.machine("catch")
    done = asking.ask(process, "status")
    h.equal((done.returncode, done.stderr), (0, ""), done.stdout)
    lines = dict((line[:14].strip(), line[14:]) for line in done.stdout.splitlines() if line[0] != " ")
    h.equal(lines["application"], "/sbin/probe catch")
    h.check(lines["state"].startswith("running, ready for "), done.stdout)
    h.check(lines["pid"].startswith("2, up "), done.stdout)
    h.equal(lines["restarts"], "0")
    h.check(" kB resident" in lines["memory"] or " MB resident" in lines["memory"], done.stdout)
    h.check(lines["processes"].startswith("2 probe, "), done.stdout)
    h.check(lines["interfaces"].startswith("lo "), done.stdout)
    h.check(lines["mvinit"].endswith(", pid 1, machine") and " kB resident" in lines["own memory"], done.stdout)
    h.equal(lines["configuration"], "/etc/mvinit.toml")
    h.check(all(len(line) < 80 for line in done.stdout.splitlines()), done.stdout)


@h.case
def from_outside():
    """asked from another pid and network namespace it shows the processes and interfaces of its own"""
    process = asking.machine("catch", more='[[interface]]\nname = "lo"\naddresses = ["10.9.8.7/24"]\n')
    inside = asking.answer(process, "status")
    done = subprocess.run([h.BINARY, "status", "--json", "--control", f"/proc/{process.pid}/root{asking.SOCKET}"],
                          capture_output=True, text=True, timeout=h.DEADLINE, env=h.environment(None))
    h.equal((done.returncode, done.stderr), (0, ""))
    value = json.loads(done.stdout)
    h.equal([(each["pid"], each["parent"], each["name"]) for each in value["processes"] if not each["own"]],
            [(2, 1, "probe")])
    h.check(value["memory"]["resident_kb"] > 0 and value["own_memory"]["resident_kb"] > 0, str(value))
    h.equal(value["interfaces"], inside["interfaces"])


@h.case
def as_json():
    """status --json has the same, with numbers as numbers"""
    process = asking.machine("catch", more='[[interface]]\nname = "lo"\naddresses = ["10.9.8.7/24"]\n')
    value = asking.answer(process, "status")
    h.equal((value["command"], value["phase"], value["app_pid"], value["restarts"], value["role"], value["pid"]),
            ("/sbin/probe catch", "running", 2, 0, "machine", 1))
    h.check(0 < value["started_ms"] <= value["ready_ms"] <= value["now_ms"], str(value))
    h.check(value["memory"]["resident_kb"] > 0 and value["own_memory"]["resident_kb"] > 0, str(value))
    own = [each for each in value["processes"] if not each["own"]]
    h.equal([(each["pid"], each["parent"], each["name"]) for each in own], [(2, 1, "probe")])
    (lo,) = [each for each in value["interfaces"] if each["name"] == "lo"]
    h.check(lo["state"] == "up" and "10.9.8.7/24" in lo["addresses"], str(lo))


@h.case
def tree():
    """descendants stand below who started them, in another session or not"""
    process = h.machine('[app]\ncommand = ["%P", "family"]\n')
    process.expect("leader ready")
    h.until(lambda: asking.has_socket(process), "the control socket")
    value = asking.answer(process, "status")
    h.equal([(each["pid"], each["parent"]) for each in value["processes"]], [(2, 1), (3, 2)])


@h.case
def not_running():
    """an application that waits to be started again: exit code 7, when it is started, and how it ended"""
    process = h.machine('[app]\ncommand = ["%P", "exit", "3"]\nbackoff = "1h"\nmax_backoff = "1h"\n')
    process.expect("restarting in")
    h.until(lambda: asking.has_socket(process), "the control socket")
    done = asking.ask(process, "status")
    h.equal(done.returncode, 7, done.stdout)
    h.check("state         backing off\n" in done.stdout and "next start    in " in done.stdout, done.stdout)
    h.check("exit" in done.stdout and "3" in done.stdout, done.stdout)
    value = asking.answer(process, "status", code=7)
    h.equal((value["phase"], value["app_pid"], value["processes"]), ("backing_off", 0, []))
    h.check(value["next_start_ms"] > value["now_ms"], str(value))


@h.case
def nobody():
    """where no mvinit can be asked: exit code 3, with the socket's path and what to look at"""
    missing = os.path.join(h.scratch(), "no.sock")
    for words in (["status"], ["start"], ["kill", "HUP"], ["wait"], ["poweroff"], ["reload"]):
        done = subprocess.run([h.BINARY, *words, "--control", missing], stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=h.DEADLINE, env=h.environment(None))
        h.equal((done.returncode, done.stdout), (3, ""), str(words))
        h.check(missing in done.stderr and "no mvinit runs here" in done.stderr, done.stderr)


@h.case
def denied():
    """who is neither root nor of the group: exit code 4"""
    directory = h.scratch()
    process = h.container('[app]\ncommand = ["%P", "sleep"]\n', "--control", directory + "/control")
    process.expect("^ready")
    h.until(lambda: control.listens(directory + "/control"), "the control socket")
    binary = os.path.join(directory, "mvinit")
    if h.DYNAMIC:
        binary = h.BINARY
    else:
        with open(h.BINARY, "rb") as source, open(binary, "wb") as target:
            target.write(source.read())
        os.chmod(binary, 0o755)
    for words in (["status"], ["stop"], ["status", "--json"]):
        done = subprocess.run([binary, *words, "--control", directory + "/control"], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=h.DEADLINE, env=h.environment(None), user=65534,
                              group=65534, extra_groups=[])
        h.equal(done.returncode, 4, done.stdout + done.stderr)
        h.check("root" in done.stdout + done.stderr, done.stdout + done.stderr)


@h.case
def not_listening():
    """a socket that nobody listens at: exit code 3"""
    path = os.path.join(h.scratch(), "dead.sock")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.close()
    done = subprocess.run([h.BINARY, "status", "--control", path], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=h.DEADLINE, env=h.environment(None))
    h.equal(done.returncode, 3, done.stderr)


h.main()
