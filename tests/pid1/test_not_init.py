"""A machine's role without being PID 1: somebody else's machine is not ended. The stub that is PID 1 here would be
ended by reboot(2) (Linux kernel/pid_namespace.c), and tells when its other child was."""

import os
import signal

import harness as h
from namespaces import Root

APP = '[app]\ncommand = ["%P", "catch", "15", "6"]\n'
ENDING = (signal.SIGTERM, signal.SIGINT, signal.SIGUSR2, signal.SIGPWR, h.RTMIN + 3, h.RTMIN + 5, h.RTMIN + 13)


def send(process, number):
    os.kill(h.children(process.pid)[0][0], number)


def ends_itself_only(process, code):
    h.equal(process.code(), code)
    for word in ("rebooting", "powering off", "halting"):
        h.check(f"] {word}" not in process.output, process.output)


@h.case
def requests():
    """every request to end a machine stops the application and ends mvinit, nobody else"""
    for number in ENDING:
        process = h.machine(APP, pid1=False)
        process.expect("^ready")
        send(process, number)
        process.expect(r"^signal 15 from \d+$")
        ends_itself_only(process, 6)


@h.case
def role_by_file():
    """the same where the configuration asks for the role"""
    for number in (signal.SIGTERM, signal.SIGUSR2):
        root = Root(APP.replace("%P", "/sbin/probe") + '[system]\nrole = "machine"\n')
        process = h.start(["-c", "/etc/mvinit.toml"], root=root, network=True, pid1=False)
        process.expect("^ready")
        send(process, number)
        ends_itself_only(process, 6)


@h.case
def stubborn():
    """a second request kills mvinit's descendants at once, and only these"""
    process = h.machine('[app]\ncommand = ["%P", "escape", "/out/fate", "refuse", "refuse"]\nstop_timeout = "1h"\n',
                        pid1=False)
    process.expect("^ready")
    send(process, signal.SIGTERM)
    process.expect("^main refused$")
    send(process, signal.SIGUSR2)
    ends_itself_only(process, 137)


@h.case
def by_itself():
    """an application that ends for good: its code is mvinit's"""
    for code in (0, 3):
        process = h.machine(f'[app]\ncommand = ["%P", "exit", "{code}"]\nrestart = "never"\n', pid1=False)
        ends_itself_only(process, code)


@h.case
def end_actions():
    """what [end] says is for an init's end"""
    process = h.machine('[app]\ncommand = ["%P", "exit", "3"]\nrestart = "never"\n[end]\nfailure = "reboot"\n', pid1=False)
    ends_itself_only(process, 3)


@h.case
def boot_failure():
    """a setup command that fails, or a signal while one runs, ends mvinit only"""
    for action in ("reboot", "rescue"):
        process = h.machine(APP + '[[setup]]\ncommand = ["%P", "exit", "4"]\n'
                            f'[end]\nboot_failure = "{action}"\n[rescue]\ncommand = ["%P", "sleep"]\n', pid1=False)
        ends_itself_only(process, 125)
    process = h.machine(APP + '[[setup]]\ncommand = ["%P", "hold", "/out/held", "x"]\ntimeout = "0"\n', pid1=False)
    h.until(lambda: h.lines(process.root.file("/out/held")), "the setup command runs")
    send(process, signal.SIGTERM)
    process.code()


h.main()
