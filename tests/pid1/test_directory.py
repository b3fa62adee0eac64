"""The working directory: a container's is the one that mvinit was started in, a machine's is /."""

import os

import harness as h

REPORT = '[app]\ncommand = ["%P", "report"]\nrestart = "never"\n'


def elsewhere():
    """A directory with a program called x, and the function that makes it the current one."""
    directory = h.scratch()
    os.symlink(h.PROBE, os.path.join(directory, "x"))
    return directory, lambda: os.chdir(directory)


@h.case
def kept():
    """without a configuration the application starts where mvinit does"""
    directory, enter = elsewhere()
    h.equal(h.start(h.probe("report"), before=enter).report()["cwd"], directory)
    h.equal(h.start(["-s", *h.probe("report")], before=enter, pid1=False).report()["cwd"], directory)


@h.case
def relative_command():
    """a command that is relative to it is found"""
    _, enter = elsewhere()
    h.equal(h.run(["--", "./x", "exit", "4"], before=enter).code(), 4)


@h.case
def relative_entry():
    """a directory of PATH that is relative to it as well"""
    _, enter = elsewhere()
    h.equal(h.run(["--", "x", "exit", "4"], before=enter, env={"PATH": "/no/such:."}).code(), 4)


@h.case
def configured():
    """with a configuration that names none, the same: for the application and for setup commands"""
    directory, enter = elsewhere()
    process = h.container(REPORT + '[[setup]]\ncommand = ["%P", "report"]\n', before=enter)
    h.equal([process.report()["cwd"], process.report()["cwd"]], [directory, directory])


@h.case
def relative_configuration():
    """a file that is named relative to it is read"""
    directory, enter = elsewhere()
    with open(os.path.join(directory, "c.toml"), "w") as file:
        file.write(REPORT.replace("%P", h.PROBE))
    h.equal(h.start(["--container", "-c", "c.toml"], before=enter).report()["cwd"], directory)


@h.case
def named():
    """[app] cwd is where the application starts, wherever mvinit does"""
    _, enter = elsewhere()
    h.equal(h.container(REPORT + 'cwd = "/usr"\n', before=enter).report()["cwd"], "/usr")


@h.case
def machine():
    """on a machine it is /, or what [app] cwd says"""
    def enter():
        os.chdir("/etc")
    h.equal(h.machine(REPORT, before=enter).report()["cwd"], "/")
    h.equal(h.machine(REPORT + 'cwd = "/out"\n', before=enter).report()["cwd"], "/out")


h.main()
