"""How the application ended is how mvinit ends."""

import os
import signal

import harness as h

NOT_DEADLY = {signal.SIGCHLD, signal.SIGCONT, signal.SIGURG, signal.SIGWINCH, signal.SIGSTOP, signal.SIGTSTP,
              signal.SIGTTIN, signal.SIGTTOU}


@h.case
def codes():
    """all 256 exit codes are passed on"""
    wrong = {}
    for code in range(256):
        got = h.run(h.probe("exit", code)).code()
        if got != code:
            wrong[code] = got
    h.equal(wrong, {}, "codes that changed")


@h.case
def signals():
    """every signal that ends a process becomes 128 plus its number"""
    wrong = {}
    for number in sorted(set(range(1, 65)) - NOT_DEADLY):
        got = h.run(h.probe("raise", number)).code()
        if got != 128 + number:
            wrong[number] = got
    h.equal(wrong, {}, "signals whose code is wrong")


@h.case
def not_found():
    """a command that is not there ends with 127, and the message names it"""
    process = h.run(["--", "/no/such/program"])
    h.equal(process.code(), 127)
    process.expect(r"/no/such/program.*No such file or directory")


@h.case
def not_found_in_path():
    """a command that is nowhere in PATH ends with 127"""
    h.equal(h.run(["--", "no-such-program-anywhere"]).code(), 127)


@h.case
def found_in_path():
    """a command without a slash is looked for in PATH"""
    directory = h.scratch()
    os.symlink(h.PROBE, os.path.join(directory, "sought"))
    h.equal(h.run(["--", "sought", "exit", "5"], env={"PATH": "/nowhere:" + directory}).code(), 5)


@h.case
def not_executable():
    """a file without execute permission, a directory and an unknown format all end with 126"""
    directory = h.scratch()
    plain = os.path.join(directory, "plain")
    noise = os.path.join(directory, "noise")
    for path, mode in ((plain, 0o644), (noise, 0o755)):
        with open(path, "w") as file:
            file.write("\x01\x02 no program")
        os.chmod(path, mode)
    for path, cause in ((plain, "Permission denied"), (directory, "Permission denied"), (noise, "Exec format error")):
        process = h.run(["--", path])
        h.equal(process.code(), 126, path)
        process.expect(cause)


@h.case
def own_failure():
    """a word on the command line that is not understood ends with 125 or 2, and is named"""
    process = h.run(["--no-such-option", "--", h.PROBE, "exit", "0"])
    h.check(process.code() in (125, 2), f"code {process.code()}")
    process.expect("no-such-option")


@h.case
def missing_configuration():
    """a configuration file that is not there is our own failure: 125, with the cause"""
    process = h.run(["--container", "-c", "/no/such/mvinit.toml"])
    h.equal(process.code(), 125)
    process.expect(r"/no/such/mvinit\.toml.*No such file or directory")


@h.case
def last_output():
    """what the application wrote last before its end is not lost"""
    process = h.run(h.probe("spew", 500, 3))
    h.equal(process.code(), 3)
    h.equal(process.output.count("x" * 99), 500, "lines")


h.main()
