"""An application that the kernel kills for want of memory, told from one that somebody kills."""

import json
import os
import signal
import subprocess

import harness as h
import namespaces

CGROUPS = "/sys/fs/cgroup"
LIMIT = 64 << 20


class Group:
    """A control group with little memory, of whichever version there is, for as long as a case runs."""

    def __init__(self):
        v1 = os.path.isdir(f"{CGROUPS}/memory")
        self.path = f"{CGROUPS}/{'memory/' if v1 else ''}mvinit-test-{os.getpid()}"
        self.words = "cgroup memory.oom_control" if v1 else "cgroup memory.events"
        self.limit = "memory.limit_in_bytes" if v1 else "memory.max"
        self.swap = "memory.memsw.limit_in_bytes" if v1 else "memory.swap.max"

    def __enter__(self):
        os.makedirs(self.path)
        self.write(self.limit, LIMIT)
        if os.path.exists(f"{self.path}/{self.swap}"):
            self.write(self.swap, LIMIT if "memsw" in self.swap else 0)
        return self

    def __exit__(self, *_):
        h._end_case()
        h.until(self.remove, "the group is empty")

    def remove(self):
        try:
            os.rmdir(self.path)
        except OSError:
            return False
        return True

    def write(self, name, value):
        with open(f"{self.path}/{name}", "w") as file:
            file.write(str(value))

    def enter(self):
        self.write("cgroup.procs", 0)


APP = '[app]\ncommand = ["%P", "{}"]\nrestart = "{}"\nbackoff = "1ms"\nmax_backoff = "1ms"\n'


@h.case
def named():
    """the console names it, with what says so and the remedy, each time anew"""
    with Group() as group:
        process = h.container(APP.format("eat", "always"), before=group.enter)
        for _ in range(2):
            process.expect("^ready")
            process.expect(f"error: application was killed by SIGKILL: out of memory \\({group.words}\\) after .*: "
                           "give the machine or the cgroup more memory")


@h.case
def code():
    """the exit code is that of SIGKILL"""
    with Group() as group:
        process = h.container(APP.format("eat", "never"), before=group.enter)
        h.equal(process.code(), 137)
        h.check("out of memory" in process.output, process.output)


@h.case
def somebody():
    """SIGKILL by somebody is not for want of memory, also after one that was; status counts the latter"""
    with Group() as group:
        process = h.container('[app]\ncommand = ["/bin/sh", "-c", "test -e %D/eaten && exec %P sleep; '
                              'touch %D/eaten; exec %P eat"]\nbackoff = "1ms"\n[control]\npath = "%D/control"\n', before=group.enter)
        process.expect("out of memory")
        process.expect("^ready")
        os.kill(h.children(process.pid)[0][0], signal.SIGKILL)
        process.expect("application was killed by SIGKILL after")
        done = subprocess.run([h.BINARY, "status", "--json", "--control", os.path.join(process.directory, "control")],
                              capture_output=True, check=False)
        h.equal(json.loads(done.stdout)["oom_kills"], 1)


SYS_RESOURCE = 24


def oom_score_adj(pid):
    with open(f"/proc/{pid}/oom_score_adj") as file:
        return int(file.read())


def write_score(value):
    """For `before`: what a container runtime does."""
    with open("/proc/self/oom_score_adj", "w") as file:
        file.write(str(value))


def application(process):
    return h.until(lambda: h.children(process.pid), "the application")[0][0]


HELPERS = """
[health]
command = ["%P", "report", "%D/health"]
interval = "10ms"
[[hook]]
when = "before_start"
command = ["%P", "report", "%D/hook"]
"""


@h.case
def spared():
    """the init of a container is spared by the OOM killer where it may be, and nothing that it starts, early or late, is"""
    wanted = -1000 if namespaces.has_capability(SYS_RESOURCE) else 123
    process = h.container('[app]\ncommand = ["%P", "report-and-wait", "%D/app"]\nbackoff = "1ms"\n' + HELPERS,
                          before=lambda: write_score(123))
    files = {name: os.path.join(process.directory, name) for name in ("app", "hook", "health")}
    for count in (1, 2, 3):
        h.until(lambda: len(h.lines(files["app"])) == count, f"start {count}")
        h.until(lambda: len(h.lines(files["health"])) > 2 * count, "it is asked for its health")
        h.until(lambda: oom_score_adj(process.pid) == wanted, f"PID 1 is {wanted} to the OOM killer")
        os.kill(application(process), signal.SIGKILL)
    for name, path in files.items():
        found = {json.loads(line)["oom_score_adj"] for line in h.lines(path)}
        h.equal(found, {"123"}, name)


@h.case
def not_spared():
    """where it may not ask for that, or only stands in front of a command, it stays as it is, and says nothing of it"""
    denied = {"before": lambda: namespaces.drop_capability(SYS_RESOURCE)}
    for start in (lambda: h.container('[app]\ncommand = ["%P", "catch"]\n', **denied),
                  lambda: h.start(h.probe("catch"))):
        process = start()
        process.expect("^ready")
        process.send(signal.SIGUSR1)
        process.expect("^signal 10 from 1$")  # it is done with booting, too
        h.equal((oom_score_adj(process.pid), oom_score_adj(application(process))), (0, 0))
        h.check("warning" not in process.output, process.output)


h.main()
