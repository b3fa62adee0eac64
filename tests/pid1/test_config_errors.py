"""A configuration that cannot be used: every error with its place on the console, and the end as configured."""

import signal

import harness as h

BROKEN = """[app]
command = ["/sbin/probe", "exit", "0"]
restrat = "never"
umask = "9"

[[mount]]
taget = "/x"
"""


@h.case
def container():
    """a container ends with 125, all errors stand on its console with line and column"""
    process = h.container(BROKEN)
    h.equal(process.code(), 125)
    process.expect(r"mvinit\.toml:3:1: .*restrat.*did you mean 'restart'")
    process.expect(r"mvinit\.toml:4:\d+: .*umask")
    process.expect(r"mvinit\.toml:7:1: .*taget.*did you mean 'target'")


@h.case
def machine():
    """a machine powers off, with the errors on its console"""
    process = h.machine(BROKEN)
    h.equal(process.death(), signal.SIGINT)
    process.expect(r"/etc/mvinit\.toml:3:1: .*restrat")
    process.expect(r"/etc/mvinit\.toml:4:\d+: ")
    process.expect("mvinit check")
    process.expect("powering off")


@h.case
def of_illumos():
    """an inittab to be run, which Linux has no init for, is refused before anything is run, in either role"""
    config = '[app]\ncommand = ["%P", "catch"]\n[inittab]\nhonour = true\n'
    process = h.machine(config, shell="/sbin/sh", files={"/etc/inittab": "s1::sysinit:%P say none\n"})
    h.equal(process.death(), signal.SIGINT)
    h.check("none" not in process.output and "ready" not in process.output, process.output)
    process.expect(r"error: \[inittab\] honour is for illumos only")
    process = h.container(config)
    h.equal(process.code(), 125)
    process.expect(r"error: \[inittab\] honour is for illumos only")


@h.case
def end_as_configured():
    """[end] boot_failure of a file with errors elsewhere is followed"""
    process = h.machine(BROKEN + '[end]\nboot_failure = "reboot"\n')
    h.equal(process.death(), signal.SIGHUP)
    process.expect("rebooting")


@h.case
def rescue_as_configured():
    """[rescue] of a file with errors elsewhere is followed: the errors can be mended on the spot"""
    process = h.machine(BROKEN + '[rescue]\ncommand = ["/sbin/probe", "echo"]\non_boot_failure = true\n')
    process.expect(r"/etc/mvinit\.toml:3:1: ")
    process.expect("^ready")
    process.type("\x04")
    h.equal(process.death(), signal.SIGINT)


@h.case
def no_toml():
    """text that is no TOML: the place is told"""
    process = h.container('[app]\ncommand = ["a", "b"\n')
    h.equal(process.code(), 125)
    process.expect(r"mvinit\.toml:\d+:\d+: ")


@h.case
def no_command():
    """no command at all: told by the name of the key"""
    process = h.container("[app]\nnice = 1\n")
    h.equal(process.code(), 125)
    process.expect(r"mvinit\.toml:.*.*command")


@h.case
def command_from_argv():
    """a file without a command is complete with one on the command line"""
    h.equal(h.container('[app]\nrestart = "never"\n', "--", h.PROBE, "exit", "8").code(), 8)


@h.case
def missing_file():
    """a machine without its file says which it looked for, and who named it"""
    process = h.machine("", "-c", "/etc/other.toml")
    h.equal(process.death(), signal.SIGINT)
    process.expect(r"/etc/other\.toml.*No such file or directory.*is it in the image.*mvinit.config=")


@h.case
def machine_by_command_line():
    """a machine with an application on the command line needs no file"""
    root = h.namespaces.Root()
    process = h.start(["--machine", "--", "/sbin/probe", "catch", "15", "0"], root=root, network=True)
    process.expect("^ready")
    process.send(signal.SIGTERM)
    h.equal(process.death(), signal.SIGHUP)


@h.case
def default_file():
    """PID 1 of a container without a command reads /etc/mvinit.toml"""
    root = h.namespaces.Root('[app]\ncommand = ["/sbin/probe", "exit", "9"]\nrestart = "never"\n')
    h.equal(h.run([], root=root).code(), 9)


@h.case
def file_not_read():
    """with a command and no -c a container does not read /etc/mvinit.toml, were it ever so broken"""
    root = h.namespaces.Root("not TOML at all")
    process = h.run(["--", "/sbin/probe", "exit", "9"], root=root)
    h.equal(process.code(), 9)
    h.check("toml" not in process.output, process.output)


h.main()
