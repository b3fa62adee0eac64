"""A child that hangs before its exec does not keep PID 1."""

import os
import signal

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


h.main()
