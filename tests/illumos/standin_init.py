"""A stand-in for illumos init, init(8), in a zone without svc.startd: see standin_kernel.py for what it runs as. Asked
for "init 5", "halt", "poweroff" or "reboot" it does what these do, and "core CONTRACT" tells it that a member of that
contract has dumped core.

Real seconds are kept where a rule is about them (three ends within 15 s); those that are only waited (5 s of grace) can
be shortened.
"""

import os
import signal
import time

import contracts
import standin_inittab
from standin_kernel import Pid1, become, guarded, log

RESETTING = "/etc/svc/volatile/resetting"
FUNCTIONS = {"halt": 0, "reboot": 1, "poweroff": 6}
WINDOW = 15.0  # (newest - oldest) / 3 < 5 s


class Init(Pid1):
    """init(8) of a blank zone."""

    def __init__(self, grace):
        super().__init__(grace)
        self.smf = None  # its pid
        self.contract = None
        self.reader = None
        self.ends = []
        self.maintenance = False
        self.own = []  # its table: (entry, pid, contract, reader)
        self.level = None
        self.paused = False

    def run(self):
        for entry in standin_inittab.read("/etc/inittab")[0]:
            if entry.action == "sysinit":
                self.carry_out(entry, path="/sbin:/usr/sbin:/usr/bin")
        self.start_smf()
        while True:
            self.wait([self.reader] if self.reader is not None else [])
            for request in self.asked():
                self.obey(request)
            for pid, status in self.reap():
                self.ended(pid, status)
            if self.reader is not None and self.is_empty():
                self.smf_empty()
            if self.paused and not os.path.exists(RESETTING):
                self.start_smf()

    def ended(self, pid, status):
        if pid == self.smf:
            code = os.waitstatus_to_exitcode(status)
            log(f"smf {pid} exited {code}" if code >= 0 else f"smf {pid} killed by {-code}")
            self.smf = None
            # All that kill it from here are outside of its contract, but for its own abort.
            if code < 0:
                self.fatal(self.contract, contracts.CORE if -code in contracts.CORE_SIGNALS else contracts.SIGNAL)
        for own in [own for own in self.own if own[1] == pid]:
            log(f"entry {own[0].name} ended {os.waitstatus_to_exitcode(status)}")
            self.own.remove(own)
            if own[0].action == "respawn" and self.level in own[0].levels:
                self.start_entry(own[0])

    def fatal(self, number, event):
        if number in contracts.every() and contracts.status(number)["fatal"] & event:
            log(f"contract {number} killed: {'core' if event == contracts.CORE else 'signal'}")
            contracts.kill_all(number)

    def environment(self, path="/usr/sbin:/usr/bin"):
        environment = {"PATH": path}
        try:
            with open("/etc/default/init") as file:
                environment.update(line.strip().split("=", 1) for line in file if "=" in line and line[0] != "#")
        except FileNotFoundError:
            pass
        return environment

    def shell(self, command, cookie, fatal, param, path="/usr/sbin:/usr/bin", predecessor=None):
        number, reader, writer = contracts.create(cookie, fatal, param)
        if predecessor is not None:  # by the template, so before the child can look
            contracts.transfer(predecessor, number)
            contracts.abandon(predecessor)
        pid = os.fork()
        if pid == 0:
            become(writer, "/sbin/sh", ["INITSH", "-c", "exec " + command], self.environment(path),
                   {signal.SIGTTIN, signal.SIGTTOU, signal.SIGTSTP})
        os.close(writer)
        return pid, number, reader

    def carry_out(self, entry, path="/usr/sbin:/usr/bin"):
        """Runs an entry to its end."""
        pid, number, reader = self.shell(entry.process, 0, contracts.HWERR, contracts.INHERIT | contracts.REGENT, path)
        _, status = os.waitpid(pid, 0)
        os.close(reader)
        contracts.abandon(number)
        log(f"entry {entry.name} ended {os.waitstatus_to_exitcode(status)}")

    def start_entry(self, entry):
        pid, number, reader = self.shell(entry.process, 0, contracts.HWERR, contracts.INHERIT | contracts.REGENT)
        os.close(reader)
        self.own.append((entry, pid, number))
        log(f"entry {entry.name} started {pid}")

    def start_smf(self):
        command = standin_inittab.read("/etc/inittab")[1]
        self.paused = os.path.exists(RESETTING)
        if self.paused:
            return log("smf not started: resetting")
        if command is None:
            self.maintenance = True
            return log("maintenance: no smf entry")
        old = self.contract
        fatal = contracts.HWERR | contracts.SIGNAL | contracts.CORE
        self.smf, self.contract, self.reader = self.shell(command, 1, fatal, contracts.INHERIT | contracts.REGENT,
                                                          predecessor=old)
        log(f"smf started {self.smf} contract {self.contract}")

    def is_empty(self):
        try:
            return os.read(self.reader, 1) == b""  # no writer is left
        except BlockingIOError:
            return False

    def smf_empty(self):
        if self.smf is not None:  # it has closed its files, so it is about to be there to be reaped
            pid, status = os.waitpid(self.smf, 0)
            self.ended(pid, status)
            contracts.sweep(log)
        os.close(self.reader)
        self.reader = None
        log(f"contract {self.contract} empty")
        self.ends = (self.ends + [time.monotonic()])[-3:]
        if len(self.ends) == 3 and self.ends[2] - self.ends[0] < WINDOW:
            self.maintenance = True
            return log("maintenance: three ends within 15 s")
        self.start_smf()

    # ---- requests

    def obey(self, request):
        word, *rest = request
        if word == "init":
            self.change_level(rest[0])
        elif word in FUNCTIONS:
            self.end_as_halt_does(word)
        elif word == "uadmin":
            self.uadmin(*rest)
        elif word == "core":
            self.fatal(int(rest[0]), contracts.CORE)

    def change_level(self, level):
        self.level = level
        leaving = [own for own in self.own if level not in own[0].levels]
        for number in (signal.SIGTERM, signal.SIGKILL):
            end = time.monotonic() + self.grace
            for own in leaving:
                if contracts.lives(own[1]):
                    os.kill(own[1], number)
            while any(contracts.lives(own[1]) for own in leaving) and time.monotonic() < end:
                time.sleep(0.005)
        log(f"level {level}: the repository server is not running")
        for entry in standin_inittab.read("/etc/inittab")[0]:
            if level not in entry.levels:
                continue
            if entry.action == "wait":
                self.carry_out(entry)
            elif entry.action in ("once", "respawn"):
                self.start_entry(entry)

    def end_as_halt_does(self, how):
        """halt(8): init is frozen, everybody gets SIGTERM and five seconds."""
        with open(RESETTING, "w"):
            pass
        log(f"{how}: SIGTERM to all")
        self.kill_everybody(signal.SIGTERM)
        end = time.monotonic() + self.grace
        while time.monotonic() < end:
            for request in self.asked():
                if request[0] == "uadmin":  # whoever is asked to stop may be quicker
                    self.uadmin(*request[1:])
            time.sleep(0.005)
        self.uadmin(2, FUNCTIONS[how])


def blank_zone(grace=5.0):
    """Becomes the init of a zone without SMF; does not return."""
    guarded(lambda: Init(grace).run())
