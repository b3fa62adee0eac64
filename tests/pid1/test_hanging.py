"""A child that hangs before its exec, or in the midst of a system call, does not keep PID 1."""

import os
import select
import signal
import struct

import control
import harness as h
import namespaces

NOT_PRIVATE = namespaces.MS_REC | namespaces.MS_PRIVATE


def hanging(settings):
    """An application that does not come to its exec, and an end that does not wait for it."""
    process = h.container(f'[app]\ncommand = ["%P", "exit", "0"]\nstop_timeout = "300ms"\n{settings}')
    child = lambda: h.children(process.pid)  # noqa: E731
    h.until(child, "the child is there")
    h.check(process.alive(), process.output)
    return process


@h.case
def fifo():
    """standard output is a FIFO that nobody reads: it is killed on stop"""
    directory = h.scratch()
    path = os.path.join(directory, "fifo")
    os.mkfifo(path)
    process = hanging(f'stdout = "{path}"\n')
    process.send(signal.SIGTERM)
    h.equal(process.code(), 137)


def silent_file_system():
    """A mounted file system whose server, the descriptor, never answers; seen by us and what we start only."""
    namespaces._call("unshare", namespaces.NEWNS)  # pylint: disable=protected-access
    namespaces.mount("none", "/", None, NOT_PRIVATE)
    directory = h.scratch()
    server = os.open("/dev/fuse", os.O_RDWR)
    namespaces.mount("silent", directory, "fuse", 0, f"fd={server},rootmode=40000,user_id=0,group_id=0")
    return directory, server


@h.case
def file_system():
    """the application's directory is on a file system that does not answer: PID 1 reads signals, refuses a reload, stops"""
    directory, server = silent_file_system()
    try:
        process = hanging(f'cwd = "{directory}"\n')
        process.expect("started, pid")  # after a second it is not waited for
        refusal = control.ask(process, "reload")
        h.check(refusal.startswith("error 4 the application is still being executed"), refusal)
        process.expect("reload: the application is still being executed")
        process.send(signal.SIGTERM)
        h.equal(process.code(), 137)
    finally:
        os.close(server)
        namespaces._libc.umount2(directory.encode(), namespaces.MNT_DETACH)  # pylint: disable=protected-access


@h.case
def file_system_comes_back():
    """its server goes away: what the child then fails at is told when it has ended"""
    directory, server = silent_file_system()
    process = hanging(f'cwd = "{directory}"\nrestart = "never"\n')
    process.expect("started, pid")
    namespaces._libc.umount2(directory.encode(), namespaces.MNT_DETACH)  # pylint: disable=protected-access
    os.close(server)
    process.code()
    h.check("chdir" in process.output, process.output)


INIT = 26


def next_request(server):
    """What the kernel asks of a file system's server: the operation, and the number of the request."""
    h.check(select.select([server], [], [], h.DEADLINE)[0], "the kernel asks nothing")
    return struct.unpack_from("=IQ", os.read(server, 65536 + 4096), 4)


def take_on(server):
    """The file system begins, and its server takes a request and leaves it unanswered: who waits for that is not killed
    by anything, as the kernel sees it (fuse: "request is already in userspace")."""
    operation, number = next_request(server)
    h.equal(operation, INIT)
    # Version 7.31, and nothing that is not asked for.
    answer = struct.pack("=IIIIHHIIHH", 7, 31, 65536, 0, 0, 0, 65536, 1, 0, 0) + bytes(28)
    os.write(server, struct.pack("=IiQ", 16 + len(answer), 0, number) + answer)
    next_request(server)


def cannot_be_killed(command, ready, code):
    """Stops an application, once it has said it is ready, while a process of it is in a sleep that nothing ends: that is
    said, and mvinit ends."""
    directory, server = silent_file_system()
    try:
        process = h.container(f'[app]\ncommand = {command}\nstop_timeout = "200ms"\n'.replace("%F", f"{directory}/file"))
        take_on(server)
        process.shows("started, pid", ready)
        process.send(signal.SIGTERM)
        process.expect("did not go even after SIGKILL .in uninterruptible sleep")
        h.equal("".join(state for _, state in h.children(process.pid)), "D")
        # The kernel waits for all that is left in a pid namespace before it lets go of its init, which has no files then.
        h.until(lambda: not os.listdir(f"/proc/{process.pid}/fd"), "mvinit's own end")
    finally:
        os.close(server)
        namespaces._libc.umount2(directory.encode(), namespaces.MNT_DETACH)  # pylint: disable=protected-access
    h.equal(process.code(), code)


@h.case
def uninterruptible():
    """the application is in an uninterruptible sleep: the stop kills it, says that it does not go, and ends"""
    cannot_be_killed('["%P", "run", "%F", "x", "0"]', "", 137)


@h.case
def uninterruptible_descendant():
    """a descendant of it is: the same, and the application's code is passed on"""
    cannot_be_killed('["/bin/sh", "-c", "cat %F & exec %P catch 15 7"]', "ready ", 7)


h.main()
