"""Where the control socket cannot be made, that is said, with what to do, and everything else goes on."""

import os
import signal
import socket

import control
import harness as h
import namespaces

APP = '[app]\ncommand = ["%P", "catch", "15", "0"]\n'
REMEDY = "mount a tmpfs at /run"


def serves(process):
    """The application runs, gets its signals, and mvinit ends with it."""
    process.shows("ready 2\n")
    process.send(signal.SIGUSR2)
    process.expect("^signal 12 ")
    process.send(signal.SIGTERM)
    h.equal(process.code(), 0)


def on_run(options, flags=0):
    return lambda: namespaces.mount("run", "/run", "tmpfs", flags, options)


@h.case
def read_only_run():
    """/run is read-only"""
    process = h.container(APP, before=on_run("mode=755", namespaces.MS_RDONLY))
    process.shows("mvinit: control socket /run/mvinit/control.sock: Read-only file system", REMEDY)
    serves(process)
    h.check("warning" not in process.output, process.output)


@h.case
def last_line():
    """the line of booting is the last that a machine says, also where there is no control socket"""
    process = h.machine(APP, before=on_run("mode=755", namespaces.MS_RDONLY))
    process.shows("control socket /run/mvinit/control.sock: Read-only file system", "Started in ")
    ours = [line for line in process.output.splitlines() if line.startswith("mvinit: ")]
    h.check("Started in" in ours[-1], f"not the last: {ours}")


@h.case
def full_run():
    """/run is full"""
    process = h.container(APP, before=on_run("nr_inodes=1"))
    process.shows("control socket /run/mvinit/control.sock: No space left on device", REMEDY)
    serves(process)


def fill_run():
    """A /run that has place for names and for nothing in them."""
    namespaces.mount("run", "/run", "tmpfs", 0, "size=4k")
    with open("/run/full", "w") as file:
        file.write("x" * 4096)


@h.case
def no_bytes_in_run():
    """/run has place for no more bytes: a socket has none"""
    process = h.container(APP, before=fill_run)
    process.expect("^ready")
    h.equal(control.status(process)["phase"], "running")
    serves(process)


@h.case
def machine_without_run():
    """a machine whose /run is full or read-only boots, says so, and restarts, reloads and ends as any other"""
    for options, flags, why in (("nr_inodes=1", 0, "No space left"), ("mode=755", namespaces.MS_RDONLY, "Read-only")):
        process = h.machine(APP + 'backoff = "1ms"\n', before=on_run(options, flags))
        process.shows("ready 2\n", f"control socket /run/mvinit/control.sock: {why}", "Started in ")
        os.kill(h.children(process.pid)[0][0], signal.SIGKILL)
        process.expect("application was killed by SIGKILL")
        process.expect("^ready")
        process.send(signal.SIGHUP)
        process.expect("reload")
        process.send(signal.SIGUSR2)
        h.equal(process.death(), signal.SIGINT)


@h.case
def noexec_run():
    """/run is mounted noexec: that hinders nothing"""
    process = h.container(APP, before=on_run("mode=755", 8))
    process.expect("^ready")
    h.equal(control.status(process)["phase"], "running")
    serves(process)


@h.case
def no_run():
    """there is no /run: it is made; on a read-only root it cannot be"""
    for read_only in (False, True):
        root = namespaces.Root(APP.replace("%P", "/sbin/probe"), console=None, run=None, read_only=read_only)
        process = h.start(["--container", "-c", "/etc/mvinit.toml"], root=root, network=True)
        if read_only:
            process.shows("control socket /run/mvinit/control.sock: ", REMEDY)
        else:
            process.expect("^ready")
            h.equal(control.status(process)["file"], "/etc/mvinit.toml")
            process.send(signal.SIGTERM)
            h.equal(process.code(), 0)
            h.check(not os.path.exists(root.file("/run/mvinit/control.sock")), "the socket is left behind")
            continue
        serves(process)


@h.case
def asked_for():
    """a socket that was asked for and cannot be had is worth a warning"""
    process = h.container(APP + '[control]\npath = "/proc/self/x/sock"\n')
    process.shows("mvinit: warning: control socket /proc/self/x/sock: ")
    serves(process)


@h.case
def wrong_group():
    """a group that nobody knows is told, and the socket is root's"""
    process = h.container(APP + '[control]\ngroup = "no-such-group"\n')
    process.shows("warning: control socket /run/mvinit/control.sock: ", "no-such-group", "root alone may use it")
    process.expect("^ready")
    h.until(lambda: os.path.exists(control.place(process)), "the socket")
    h.equal(os.stat(control.place(process)).st_mode & 0o777, 0o600)
    serves(process)


@h.case
def no_socket():
    """what is no socket stays, whatever it is"""
    for make in (lambda path: open(path, "w").close(), os.mkdir, lambda path: os.symlink("/nowhere", path), os.mkfifo):
        directory = h.scratch()
        make(directory + "/sock")
        kind = os.lstat(directory + "/sock").st_mode
        process = h.container(APP + f'[control]\npath = "{directory}/sock"\n')
        process.shows("something is there that is no socket", "remove it")
        serves(process)
        h.equal(os.lstat(directory + "/sock").st_mode, kind)


@h.case
def left_over():
    """a socket that a mvinit left which was killed is taken over"""
    directory = h.scratch()
    settings = APP + f'[control]\npath = "{directory}/sock"\n'
    process = h.container(settings)
    process.expect("^ready")
    control.status(process, directory + "/sock")
    process.send(signal.SIGKILL)
    process.wait()
    h.check(os.path.exists(directory + "/sock"), "nothing was left")
    second = h.container(settings)
    second.expect("^ready")
    h.until(lambda: control.status(second, directory + "/sock")["file"] == second.config, "the second one's answer")
    serves(second)
    h.check(not os.path.exists(directory + "/sock"), "the socket is left behind")


@h.case
def two():
    """another mvinit's socket stays its own, while it runs and at the other's end"""
    directory = h.scratch()
    settings = APP + f'[control]\npath = "{directory}/sock"\n'
    first = h.container(settings)
    first.expect("^ready")
    control.status(first, directory + "/sock")
    second = h.container(settings)
    second.shows(f"warning: control socket {directory}/sock: another mvinit answers there", "--control")
    serves(second)
    h.equal(control.status(first, directory + "/sock")["file"], first.config)
    serves(first)


@h.case
def a_foreign_server():
    """somebody else's socket stays, too, even where that one has no time"""
    directory = h.scratch()
    foreign = socket.socket(socket.AF_UNIX)
    foreign.bind(directory + "/sock")
    foreign.listen(0)
    clients = []
    for _ in range(3):  # until its backlog is full
        clients.append(socket.socket(socket.AF_UNIX))
        clients[-1].setblocking(False)
        try:
            clients[-1].connect(directory + "/sock")
        except BlockingIOError:
            break
    process = h.container(APP + f'[control]\npath = "{directory}/sock"\n')
    process.shows("another mvinit answers there")
    serves(process)
    h.check(os.path.exists(directory + "/sock"), "it was removed")


@h.case
def too_long():
    """a path that is too long for a socket is an error of the configuration, with its place"""
    process = h.container(APP + f'[control]\npath = "/{"x" * 107}"\n')
    process.expect(r"mvinit\.toml:4:8: control\.path: .* is too long for a socket: at most 107 bytes")
    process.wait()


h.main()
