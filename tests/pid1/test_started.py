"""The end of booting: the line that says how long it took, the stamps that are kept of it, the budget."""

import json
import os
import re
import signal
import subprocess
from xml.etree import ElementTree

import control
import harness as h

APP = '[app]\ncommand = ["%P", "sleep"]\n'
LINE = r"Started in (\d+)\.(\d{3})s \(mvinit\) \+ (\d+)\.(\d{3})s \(application\) = (\d+)\.(\d{3})s"


def stamps(process):
    """The text that PID 1 keeps, or None."""
    folder = f"/proc/{process.pid}/fd"
    for name in os.listdir(folder):
        if "boot-stamps" in os.readlink(f"{folder}/{name}"):
            with open(f"{folder}/{name}") as file:
                return file.read()
    return None


def milliseconds(found):
    words = [int(word) for word in found.groups()]
    return [words[at] * 1000 + words[at + 1] for at in range(0, len(words), 2)]


@h.case
def machine():
    """on a machine it is mvinit's last line, it adds up, and the stamps say the same"""
    process = h.machine(APP + '[[setup]]\ncommand = ["%P", "run", "/out/one", "x", "0"]\n')
    process.shows("ready", "Started in ")
    found = re.search(LINE, process.output)
    h.check(found, process.output)
    mvinit, application, total = milliseconds(found)
    h.equal(mvinit + application, total)
    ours = [line for line in process.output.splitlines() if line.startswith("mvinit: ")]
    h.check("Started in" in ours[-1], f"not the last: {ours}")
    text = stamps(process)
    h.check(re.search(r"^step \d+ \d+ ok [\d,-]+ run /sbin/probe run /out/one x 0\t", text, re.M), text)
    at = {name: int(value) for name, value in re.findall(r"^(zero|began|configured|exec|ready) (\d+)$", text, re.M)}
    h.equal(at["zero"], at["began"])
    h.check(at["began"] <= at["configured"] <= at["exec"] <= at["ready"], text)
    h.equal(((at["exec"] - at["zero"]) // 1000, (at["ready"] - at["zero"]) // 1000), (mvinit, total))
    process.send(signal.SIGUSR2)
    h.equal(process.death(), signal.SIGINT)


def analyze(process, *words):
    """What mvinit analyze says, asked from outside."""
    command = [h.BINARY, "analyze", "--control", f"/proc/{process.pid}/root/run/mvinit/control.sock", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@h.case
def asked():
    """mvinit analyze begins with the same line, its JSON and its picture say the same"""
    process = h.machine(APP + '[[setup]]\ncommand = ["%P", "exit", "3"]\noptional = true\n')
    process.shows("ready", "Started in ")
    line = re.search(LINE, process.output).group(0)
    h.until(lambda: control.listens(control.place(process)), "the socket")
    told = analyze(process)
    h.equal((told.returncode, told.stderr, told.stdout.splitlines()[0]), (0, "", line))
    h.check("  run /sbin/probe exit 3, failed, after " in told.stdout, told.stdout)
    data = json.loads(analyze(process, "--json").stdout)
    h.equal((data["ok"], data["verb"], data["kernel_us"]), (True, "analyze", None))
    h.equal(data["mvinit_us"] + data["application_us"], data["total_us"])
    costs = [step["cost_us"] for step in data["steps"]]
    h.equal(costs, sorted(costs, reverse=True))
    failed = [step for step in data["steps"] if not step["ok"]]
    h.equal([step["name"] for step in failed], ["run /sbin/probe exit 3"])
    h.check(failed[0]["after"] and max(failed[0]["after"]) < failed[0]["number"], str(failed))
    folder = h.scratch()
    told = analyze(process, "--svg", folder + "/boot.svg")
    h.equal((told.returncode, told.stderr, told.stdout.splitlines()[0]), (0, "", line))
    h.equal(os.listdir(folder), ["boot.svg"])
    with open(folder + "/boot.svg") as file:
        text = file.read()
    h.equal(analyze(process, "--svg", "-").stdout, text)
    picture = ElementTree.fromstring(text)
    words = [word.text for word in picture.iter("{http://www.w3.org/2000/svg}text")]
    h.check(words[0] == line and "run /sbin/probe exit 3" in words, str(words))
    bars = [one for one in picture.iter("{http://www.w3.org/2000/svg}rect") if len(one)]
    h.equal(len(bars), len(data["steps"]) + 2)
    told = analyze(process, "--svg", "/proc/no/such/picture.svg")
    h.check(told.returncode == 1 and "/proc/no/such/picture.svg" in told.stderr, f"{told}")


@h.case
def ready_later():
    """where the application has to become ready, the line waits for that, and it is the application's part"""
    process = h.machine(APP + '[ready]\nafter = "150ms"\n')
    process.expect("^ready")
    process.expect("Started in")
    mvinit, application, total = milliseconds(re.search(LINE, process.output))
    # The clock of ready counts whole milliseconds.
    h.check(application >= 148 and mvinit + application == total, process.output)
    h.check(re.search(r"^ready \d+$", stamps(process), re.M), stamps(process))


@h.case
def not_asked():
    """without a configuration there is nothing to be told, and no mvinit is an error of its own"""
    folder = h.scratch()
    process = h.start(["--control", folder + "/socket", *h.probe("sleep")])
    process.expect("^ready")
    h.until(lambda: control.listens(folder + "/socket"), "the socket")
    words = [h.BINARY, "analyze", "--control"]
    told = subprocess.run([*words, folder + "/socket"], capture_output=True, text=True, check=False)
    h.check(told.returncode == 6 and "not measured" in told.stderr, f"{told}")
    told = subprocess.run([*words, folder + "/none"], capture_output=True, text=True, check=False)
    h.check(told.returncode == 3 and folder + "/none" in told.stderr, f"{told}")


@h.case
def container():
    """a container's init says nothing of it, but keeps the stamps"""
    process = h.container(APP)
    process.expect("^ready")
    h.until(lambda: "ready " in (stamps(process) or ""), "the stamps")
    h.check("Started in" not in process.output, process.output)


@h.case
def forward_only():
    """without a configuration nothing is kept"""
    process = h.start(h.probe("sleep"))
    process.expect("^ready")
    h.equal(stamps(process), None)


@h.case
def budget():
    """a start that takes longer than its budget is a warning that names the dearest steps, before the boot line"""
    slow = '[[setup]]\ncommand = ["%P", "run", "/out/one", "x", "0", "300"]\n'
    process = h.machine(APP + slow + '[boot]\nbudget = "20ms"\n')
    process.expect(r"warning: starting took \d+\.\d+s, more than \[boot\] budget = 0\.020s: the dearest steps: "
                   r"run /sbin/probe run /out/one x 0 300 0\.\d+s")
    process.expect("Started in")
    other = h.machine(APP + slow + '[boot]\nbudget = "1h"\n')
    other.expect("Started in")
    h.check("budget" not in other.output, other.output)


@h.case
def parallel():
    """parallel commands run beside each other, the others and the application after them"""
    hold = '[[setup]]\ncommand = ["%P", "until", "%D/log", "{}", "%D/{}", "0"]\nparallel = true\n'
    process = h.container('[app]\ncommand = ["%P", "run", "%D/log", "app", "0"]\nrestart = "never"\n'
                          + hold.format("one", "go") + hold.format("two", "go")
                          + '[[setup]]\ncommand = ["%P", "run", "%D/log", "three", "0"]\n')
    log = os.path.join(process.directory, "log")
    h.until(lambda: sorted(h.lines(log)) == ["one", "two"], "both run")
    with open(os.path.join(process.directory, "go"), "w"):
        pass
    h.equal(process.code(), 0)
    h.equal(h.lines(log)[2:], ["three", "app"])


@h.case
def parallel_failure():
    """one that fails ends the others, and its error is the last line before that of the boot"""
    process = h.container('[app]\ncommand = ["%P", "sleep"]\n'
                          '[[setup]]\ncommand = ["%P", "hold", "%D/held", "x", "deaf"]\nparallel = true\ntimeout = "0"\n'
                          '[[setup]]\ncommand = ["%P", "until", "%D/log", "y", "%D/held", "3"]\nparallel = true\n')
    h.equal(process.code(), 125)
    errors = [line for line in process.output.splitlines() if "error: " in line]
    h.equal(len(errors), 2)
    h.check("code 3" in errors[0] and "booting failed" in errors[1], str(errors))
    h.check("ready" not in process.output, process.output)


@h.case
def parallel_optional():
    """an optional one that fails, or does not end in time, is told, and the rest goes on"""
    process = h.container('[app]\ncommand = ["%P", "run", "%D/log", "app", "0"]\nrestart = "never"\n'
                          '[[setup]]\ncommand = ["/no/such/setup"]\nparallel = true\noptional = true\n'
                          '[[setup]]\ncommand = ["%P", "hold", "%D/held", "x", "deaf"]\nparallel = true\noptional = true\n'
                          'timeout = "200ms"\n'
                          '[[setup]]\ncommand = ["%P", "exit", "4"]\nparallel = true\noptional = true\n')
    h.equal(process.code(), 0)
    process.expect("warning: .*/no/such/setup.*No such file or directory")
    h.check(re.search("warning: .*did not end within 200ms", process.output), process.output)
    h.check(re.search("warning: .*code 4", process.output), process.output)
    h.equal(h.lines(os.path.join(process.directory, "log")), ["app"])


@h.case
def parallel_stop():
    """a request to stop ends them all: nothing after them is run"""
    hold = '[[setup]]\ncommand = ["%P", "hold", "%D/{}", "x", "deaf"]\nparallel = true\ntimeout = "0"\noptional = true\n'
    process = h.container(APP + hold.format("one") + hold.format("two")
                          + '[[setup]]\ncommand = ["%P", "run", "%D/log", "three", "0"]\n')
    h.until(lambda: all(h.lines(os.path.join(process.directory, name)) for name in ("one", "two")), "both run")
    process.send(signal.SIGTERM)
    h.equal(process.code(), 143)
    h.equal(h.lines(os.path.join(process.directory, "log")), [])
    h.check("error" not in process.output and "ready" not in process.output, process.output)


h.main()
