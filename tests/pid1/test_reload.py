"""SIGHUP on a machine reads the configuration again."""

import os
import signal

import harness as h

PAUSE = 'backoff = "1ms"\nmax_backoff = "1ms"\n'


def booted(*words, more=""):
    process = h.machine(config(*words, more=more))
    process.expect("^ready")
    return process


def config(*words, more=""):
    return "[app]\ncommand = [" + ", ".join(f'"{word}"' for word in ("/sbin/probe", *words)) + f"]\n{PAUSE}{more}"


def end_application(process):
    """Kills the application, so that it is started again."""
    os.kill(h.children(process.pid)[0][0], signal.SIGKILL)
    process.expect("killed by SIGKILL")


@h.case
def changed_command():
    """a changed command is what is started next; the running application is left alone"""
    process = booted("catch")
    pid = h.children(process.pid)[0][0]
    process.root.write("/etc/mvinit.toml", config("say", "changed"))
    process.send(signal.SIGHUP)
    process.expect("reload")
    h.equal(h.children(process.pid)[0][0], pid, "the application")
    end_application(process)
    process.expect("^changed$")
    h.check("signal 1 " not in process.output, "SIGHUP reached the application")


@h.case
def broken():
    """a file with errors is refused with file, line and column, and the old configuration stays"""
    process = booted("catch")
    process.root.write("/etc/mvinit.toml", config("say", "changed") + 'restrat = "never"\n')
    process.send(signal.SIGHUP)
    process.expect(r"/etc/mvinit\.toml:5:\d+: .*restrat")
    process.expect("old")
    end_application(process)
    process.expect("^ready")
    h.check("changed" not in process.output, process.output)


@h.case
def gone():
    """a file that is gone is told, and the old configuration stays"""
    process = booted("catch")
    os.unlink(process.root.file("/etc/mvinit.toml"))
    process.send(signal.SIGHUP)
    process.expect(r"/etc/mvinit\.toml.*No such file or directory")
    end_application(process)
    process.expect("^ready")


@h.case
def again():
    """a file that was refused can be mended and read again"""
    process = booted("catch")
    process.root.write("/etc/mvinit.toml", "[app\n")
    process.send(signal.SIGHUP)
    process.expect(r"/etc/mvinit\.toml:1:\d+: ")
    process.root.write("/etc/mvinit.toml", config("say", "mended"))
    process.send(signal.SIGHUP)
    process.expect("reload: taken")
    end_application(process)
    process.expect("^mended$")


@h.case
def refused_whole():
    """what comes with a refused [app] is refused, too: the log level stays"""
    process = booted("catch")
    process.root.write("/etc/mvinit.toml",
                       config("catch", more='user = "nosuch"\n') + '[console]\nlevel = "error"\n')
    process.send(signal.SIGHUP)
    process.expect("the old configuration stays")
    process.send(signal.SIGUSR2)
    process.expect("SIGUSR2: asked to power off")


@h.case
def policy():
    """a changed restart policy counts from now on"""
    process = booted("catch")
    process.root.write("/etc/mvinit.toml", config("catch", more='restart = "never"\n'))
    process.send(signal.SIGHUP)
    process.expect("reload: taken")
    os.kill(h.children(process.pid)[0][0], signal.SIGKILL)
    h.equal(process.death(), signal.SIGINT)


@h.case
def what_waits():
    """what counts at once, from the application's next start and from the next boot is told, a line each"""
    process = booted("catch")
    process.root.write("/etc/mvinit.toml", config("say", "x", more='restart = "never"\nenv = { A = "1" }\n') +
                       '[system]\nhostname = "other"\n[[mount]]\ntarget = "/data"\ntype = "tmpfs"\n')
    process.send(signal.SIGHUP)
    process.expect("reload: taken")
    process.expect(r"reload: \[app\] restart: from now on$")
    process.expect(r"reload: \[app\] command, env: from the next start of the application \(mvinit restart\)$")
    process.expect(r"reload: \[\[mount\]\] /data; \[system\] hostname: from the next boot$")
    # Compared with what was taken last.
    process.send(signal.SIGHUP)
    process.expect("reload: nothing has changed")


@h.case
def console_level():
    """[console] level counts from now on"""
    process = booted("catch")
    process.root.write("/etc/mvinit.toml", config("catch") + '[console]\nlevel = "error"\n')
    process.send(signal.SIGHUP)
    h.until(lambda: process.send(signal.SIGQUIT) or quiet(process), "it says no more that SIGQUIT is ignored")


def quiet(process):
    process.poll()
    before = process.output.count("ignored SIGQUIT")
    process.send(signal.SIGQUIT)
    process.send(signal.SIGCONT)
    h.until(lambda: not pending(process.pid), "the signals are taken")
    process.poll()
    return process.output.count("ignored SIGQUIT") == before


def pending(pid):
    with open(f"/proc/{pid}/status") as file:
        return any(line.startswith("ShdPnd") and int(line.split()[1], 16) for line in file)


@h.case
def while_stopping():
    """a reload during a stop does not hold it up"""
    process = h.machine('[app]\ncommand = ["/sbin/probe", "catch", "15", "0"]\n')
    process.expect("^ready")
    process.send(signal.SIGTERM)
    if process.alive():
        process.send(signal.SIGHUP)
    h.equal(process.death(), signal.SIGHUP)


h.main()
