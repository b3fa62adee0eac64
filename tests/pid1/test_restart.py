"""The application is started again by its policy. Times are read from mvinit's own messages, never from a clock."""

import os
import re

import harness as h


def config(command, **settings):
    text = "[app]\ncommand = [" + ", ".join(f'"{word}"' for word in command) + "]\n"
    for name, value in settings.items():
        text += f"{name} = " + (f'"{value}"' if isinstance(value, str) else str(value)) + "\n"
    return text


def milliseconds(text):
    """"250 ms", "1.5s", "2 s" -> ms."""
    number, unit = re.fullmatch(r"([\d.]+) ?(ms|s|m)", text).groups()
    return round(float(number) * {"ms": 1, "s": 1000, "m": 60000}[unit])


def announced(process, count):
    """The pauses that the next count messages tell."""
    return [milliseconds(process.expect(r"restarting in ([\d.]+ ?m?s)").group(1)) for _ in range(count)]


@h.case
def always():
    """restart = "always" starts again after success and after failure"""
    for code in (0, 3):
        process = h.container(config(["%P", "run", "%D/runs", "x", str(code)], backoff="1ms", max_backoff="1ms"))
        h.until(lambda: len(h.lines(os.path.join(process.directory, "runs"))) >= 4, "four runs")


@h.case
def default():
    """always is the default, for an application that a signal killed as well"""
    process = h.container(config(["%P", "raise", "9"], backoff="1ms", max_backoff="1ms"))
    for _ in range(3):
        process.expect("killed by SIGKILL")


@h.case
def on_failure():
    """restart = "on_failure" starts again after a failure, and ends with a success"""
    script = "echo x >> %D/runs; [ $(wc -l < %D/runs) -ge 3 ]"
    process = h.container(config(["/bin/sh", "-c", script], restart="on_failure", backoff="1ms"))
    h.equal(process.code(), 0)
    h.equal(len(h.lines(os.path.join(process.directory, "runs"))), 3)


@h.case
def success_codes():
    """success_exit_codes are successes, and passed on as they are"""
    process = h.container(config(["%P", "exit", "75"], restart="on_failure", success_exit_codes="@")
                          .replace('"@"', "[0, 75]"))
    h.equal(process.code(), 75)


@h.case
def never():
    """restart = "never" ends with the application's status, exit or signal"""
    h.equal(h.container(config(["%P", "exit", "6"], restart="never")).code(), 6)
    h.equal(h.container(config(["%P", "raise", "9"], restart="never")).code(), 137)


@h.case
def grows():
    """the pause begins with backoff, doubles, and stays at max_backoff"""
    process = h.container(config(["%P", "exit", "1"], backoff="10ms", max_backoff="70ms"))
    h.equal(announced(process, 6), [10, 20, 40, 70, 70, 70])


@h.case
def default_backoff():
    """the pause begins with 100 ms where nothing else is said"""
    h.equal(announced(h.container(config(["%P", "exit", "1"])), 2), [100, 200])


@h.case
def at_once():
    """a run of at least reset_after is followed by a start at once, without a pause"""
    process = h.container(config(["%P", "run", "%D/runs", "x", "1", "30"], reset_after="1ms", backoff="1h",
                                 max_backoff="1h"))
    h.until(lambda: len(h.lines(os.path.join(process.directory, "runs"))) >= 4, "four runs")
    process.poll()
    h.check("restarting in" not in process.output, process.output)


@h.case
def reset():
    """a long run resets the pause that had grown"""
    # The fourth run is the long one: it stays for 1.1 seconds.
    script = "echo x >> %D/runs; [ $(wc -l < %D/runs) -ne 4 ] || exec %P run %D/long x 1 1100; exit 1"
    process = h.container(config(["/bin/sh", "-c", script], backoff="10ms", reset_after="1s"))
    h.equal(announced(process, 3), [10, 20, 40])
    process.expect("restarting at once")
    h.equal(announced(process, 2), [10, 20])


@h.case
def max_restarts():
    """more than max_restarts within restart_window ends it, with the application's status"""
    process = h.container(config(["%P", "run", "%D/runs", "x", "9"], backoff="1ms", max_backoff="1ms", max_restarts=3,
                                 restart_window="1h"))
    h.equal(process.code(), 9)
    h.equal(len(h.lines(os.path.join(process.directory, "runs"))), 4, "runs")
    h.check("3" in process.output and "restart" in process.output, process.output)


@h.case
def missing_program():
    """a program that is not there is told with cause and tried again, and is run once it is there"""
    process = h.container(config(["%D/late", "run", "%D/runs", "x", "0"], backoff="5ms", max_backoff="5ms"))
    process.expect(r"exec .*/late: No such file or directory")
    process.expect(r"exec .*/late: No such file or directory")
    os.symlink(h.PROBE, os.path.join(process.directory, "late"))
    h.until(lambda: h.lines(os.path.join(process.directory, "runs")), "it ran")


@h.case
def missing_program_never():
    """with restart = "never" a missing program ends with 127, one that is no program with 126"""
    h.equal(h.container(config(["/no/such/program"], restart="never")).code(), 127)
    h.equal(h.container(config(["/etc/passwd"], restart="never")).code(), 126)


@h.case
def messages():
    """the messages name the pid, the code or signal, and what follows"""
    process = h.container(config(["%P", "exit", "3"]))
    process.expect(r"^mvinit: .*application .*probe started, pid \d+$")
    process.expect(r"^mvinit: .*application exited with code 3 after .*; restarting in 100 ms$")


h.main()
