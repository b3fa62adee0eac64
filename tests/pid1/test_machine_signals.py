"""A machine's init: what each signal means. In a pid namespace reboot(2) ends PID 1 by SIGHUP for a reboot and by
SIGINT for power off and halt (Linux kernel/pid_namespace.c)."""

import os
import signal

import control
import harness as h

APP = '[app]\ncommand = ["%P", "catch", "15", "0"]\n'
REBOOT = ("rebooting", signal.SIGHUP)
POWER_OFF = ("powering off", signal.SIGINT)
HALT = ("halting", signal.SIGINT)
MEANINGS = {
    signal.SIGINT: REBOOT, signal.SIGTERM: REBOOT, h.RTMIN + 5: REBOOT,
    signal.SIGPWR: POWER_OFF, signal.SIGUSR2: POWER_OFF, h.RTMIN + 3: POWER_OFF, h.RTMIN + 4: POWER_OFF,
    h.RTMIN + 13: HALT, signal.SIGUSR1: HALT,
}


def booted(config=APP, **options):
    process = h.machine(config, **options)
    process.expect("^ready")
    return process


def ends(number):
    words, death = MEANINGS[number]
    process = booted()
    process.send(number)
    process.expect("^signal 15 from 1$")
    h.equal(process.death(), death, f"signal {int(number)}")
    process.expect(rf"^mvinit: \[ *\d+\.\d+\] .*{words}")


@h.case
def reboot():
    """INT (ctrl-alt-del), TERM and RTMIN+5 stop the application and reboot"""
    for number in (signal.SIGINT, signal.SIGTERM, h.RTMIN + 5):
        ends(number)


@h.case
def power_off():
    """PWR, USR2, RTMIN+3 and RTMIN+4 stop the application and power off"""
    for number in (signal.SIGPWR, signal.SIGUSR2, h.RTMIN + 3, h.RTMIN + 4):
        ends(number)


@h.case
def halt():
    """RTMIN+13, and USR1 where the control socket is in its place, stop the application and halt"""
    for number in (h.RTMIN + 13, signal.SIGUSR1):
        ends(number)


@h.case
def control_socket():
    """USR1 makes a control socket anew that was deleted: it ends nothing, and the application is not told"""
    process = booted()
    place = control.place(process)
    control.status(process)
    os.unlink(place)
    process.send(signal.SIGUSR1)
    control.status(process)
    process.send(signal.SIGTERM)
    process.expect("^signal 15 from 1$")
    h.equal(process.death(), signal.SIGHUP)
    h.check("SIGUSR1" not in process.output and "signal 10 " not in process.output, process.output)


@h.case
def others():
    """every other signal is ignored: neither forwarded nor deadly"""
    process = booted()
    for number in sorted(set(range(1, 65)) - set(MEANINGS) - {1, signal.SIGKILL, signal.SIGSTOP}):
        process.send(number)
    process.send(signal.SIGTERM)
    process.expect("^signal 15 from 1$")
    h.equal(process.death(), signal.SIGHUP)
    got = [line for line in process.output.splitlines() if line.startswith("signal")]
    h.equal(set(got) - {"signal 15 from 1", "signal 18 from 1"}, set(), "the application got")


@h.case
def second_request():
    """a second request during a stop kills what is left, and its own meaning counts"""
    process = booted('[app]\ncommand = ["%P", "catch"]\nstop_timeout = "1h"\n')
    process.send(signal.SIGTERM)
    process.expect("^signal 15 from 1$")
    process.send(signal.SIGUSR2)
    h.equal(process.death(), signal.SIGINT)


@h.case
def ends_by_itself():
    """an application that ends for good powers the machine off, whether well or not"""
    for code in (0, 3):
        process = h.machine(f'[app]\ncommand = ["%P", "exit", "{code}"]\nrestart = "never"\n')
        h.equal(process.death(), signal.SIGINT)
        process.expect("powering off")


@h.case
def end_actions():
    """[end] success and failure choose"""
    config = ('[app]\ncommand = ["%P", "exit", "{}"]\nrestart = "never"\n'
              '[end]\nsuccess = "reboot"\nfailure = "halt"\n')
    process = h.machine(config.format(0))
    h.equal(process.death(), signal.SIGHUP)
    process.expect("rebooting")
    process = h.machine(config.format(3))
    h.equal(process.death(), signal.SIGINT)
    process.expect("halting")


@h.case
def escapees():
    """what the application left running is ended before the machine: by SIGTERM, or by SIGKILL after stop_timeout"""
    for word, fate in (("obey", ["up", "term"]), ("refuse", ["up", "refused"])):
        process = booted(f'[app]\ncommand = ["%P", "escape", "/out/fate", "{word}", "obey"]\nstop_timeout = "300ms"\n')
        h.until(lambda: h.lines(process.root.file("/out/fate")) == ["up"], "the escapee is up")
        process.send(signal.SIGTERM)
        h.equal(process.death(), signal.SIGHUP)
        h.equal(h.lines(process.root.file("/out/fate")), fate)


@h.case
def boot_messages():
    """the console tells that the application was started, with its pid, and how long booting took"""
    process = h.machine(APP)
    process.shows("ready", "Started in ")
    h.check("application /sbin/probe started, pid " in process.output, process.output)
    h.check("(mvinit)" in process.output, process.output)


@h.case
def no_boot_line():
    """the boot line tells of an application that runs: there is none when it cannot be executed"""
    for program in ("/no/such/program", "/etc/passwd"):
        process = h.machine(f'[app]\ncommand = ["{program}"]\nbackoff = "1ms"\nmax_backoff = "1ms"\n')
        for _ in range(3):
            process.expect(f"exec {program}: ")
        process.send(signal.SIGUSR2)
        h.equal(process.death(), signal.SIGINT)
        h.check("Started in" not in process.output, process.output)


@h.case
def boot_failure():
    """a setup command that fails: the last lines name it, and [end] boot_failure says what follows"""
    config = '[[setup]]\ncommand = ["%P", "exit", "4"]\n[end]\nboot_failure = "{}"\n'
    for action, death in (("reboot", signal.SIGHUP), ("poweroff", signal.SIGINT), ("halt", signal.SIGINT)):
        process = h.machine(APP + config.format(action))
        h.equal(process.death(), death, action)
        last = process.output.splitlines()[-4:]
        h.check(any("probe" in line and "code 4" in line for line in last), f"the last lines: {last}")


@h.case
def rescue_shell():
    """[rescue] on_boot_failure: the rescue command runs on the console as its session's leader; leaving it ends the machine"""
    process = h.machine(APP + '[[setup]]\ncommand = ["%P", "exit", "4"]\n'
                        '[rescue]\ncommand = ["%P", "echo"]\non_boot_failure = true\n')
    process.expect("rescue shell: /sbin/probe echo")
    process.expect("^ready")
    process.type("hello\n")
    process.expect("^echo hello$")
    process.type("\x04")
    h.equal(process.death(), signal.SIGINT)


@h.case
def rescue_signal():
    """a signal while the rescue command runs ends the machine in its own way"""
    process = h.machine(APP + '[[setup]]\ncommand = ["%P", "exit", "4"]\n'
                        '[rescue]\ncommand = ["%P", "echo"]\non_boot_failure = true\n')
    process.expect("^ready")
    process.send(signal.SIGTERM)
    h.equal(process.death(), signal.SIGHUP)


@h.case
def hostname():
    """[system] hostname is set"""
    process = h.machine('[app]\ncommand = ["%P", "report"]\nrestart = "never"\n[system]\nhostname = "tested"\n')
    h.equal(process.report()["host"], "tested")


h.main()
