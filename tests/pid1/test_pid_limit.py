"""No process to be had: the failure is told with its cause and remedy, and overcome when there is one again."""

import os
import resource
import signal

import harness as h

NOBODY = 61234  # a user of whom there is no process
PAUSE = 'backoff = "5ms"\nmax_backoff = "5ms"\n'


def become_nobody(limit):
    """A process limit that binds: root's would not."""
    resource.setrlimit(resource.RLIMIT_NPROC, (limit, limit))
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)


class Holders:
    """Processes of that user, which use up its limit until they are ended."""

    def __init__(self, count, probe, directory):
        self.pids = [self._start(probe, os.path.join(directory, f"held{i}")) for i in range(count)]
        h.until(lambda: all(h.lines(os.path.join(directory, f"held{i}")) for i in range(count)), "the holders")

    @staticmethod
    def _start(probe, path):
        pid = os.fork()
        if pid == 0:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            os.execv(probe, [probe, "hold", path])
        return pid

    def end(self):
        while self.pids:
            pid = self.pids.pop()
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


@h.case
def fork_fails():
    """fork fails with EAGAIN at the process limit: told with its remedy, and started when there is room again"""
    directory = h.scratch()
    binary, probe = h.public_copy(h.BINARY), h.public_copy(h.PROBE)
    config = os.path.join(directory, "mvinit.toml")
    with open(config, "w") as file:
        file.write(f'[app]\ncommand = ["{probe}", "catch", "15", "0"]\n{PAUSE}')
    holders = Holders(1, probe, directory)
    try:
        process = h.start(["--container", "-c", config], before=lambda: become_nobody(2), binary=binary)
        for _ in range(2):
            process.expect(r"start .*\(fork\): Resource temporarily unavailable.*nproc.*; restarting in")
        h.check(process.alive(), "mvinit gave up")
    finally:
        holders.end()
    process.expect(r"^ready")
    process.send(signal.SIGTERM)
    h.equal(process.code(), 0)


@h.case
def fork_fails_forwarding():
    """without a configuration a fork that fails ends mvinit with 125"""
    binary, probe = h.public_copy(h.BINARY), h.public_copy(h.PROBE)
    process = h.run(["--", probe, "exit", "0"], before=lambda: become_nobody(1), binary=binary)
    h.equal(process.code(), 125)
    process.expect("Resource temporarily unavailable")


@h.case
def exec_fails():
    """the application's user has as many processes as its limit: told, and started when these have gone"""
    directory = h.scratch()
    probe = h.public_copy(h.PROBE)
    holders = Holders(2, probe, directory)
    try:
        process = h.container(f'[app]\ncommand = ["{probe}", "catch", "15", "0"]\nuser = "{NOBODY}"\n'
                              f'group = "{NOBODY}"\nlimits = {{ nproc = 1 }}\n{PAUSE}')
        for _ in range(2):
            process.expect(r"probe.*: Resource temporarily unavailable.*nproc.*; restarting in")
    finally:
        holders.end()
    process.expect(r"^ready")
    process.send(signal.SIGTERM)
    h.equal(process.code(), 0)


h.main()
