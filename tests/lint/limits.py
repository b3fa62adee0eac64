#!/usr/bin/env python3
"""Prints and checks what mvinit costs: bytes on disk, and memory when idle as PID 1 with an application running.

    limits.py --size BINARY BYTES [--size BINARY BYTES]... [--memory BINARY]

--memory runs BINARY as PID 1 of a new pid namespace, once as a machine with a configuration and once as
`mvinit -- command`, waits until the application runs and mvinit sleeps, and reads /proc/PID/smaps_rollup. It needs
root, or user namespaces. Where neither is to be had, or a BINARY is not there, it says so and exits with 77 (skipped,
to ctest).
"""
import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PRIVATE_DIRTY_KB = 48
RSS_KB = 520
DEADLINE_S = 60
CONFIG = """[app]
command = ["/bin/sleep", "3600"]
stdout = "null"
stderr = "null"
"""
APPLICATION = ["/bin/sleep", "3600"]
# poll ppoll epoll_wait epoll_pwait select pselect6 rt_sigtimedwait, on x86-64
SLEEPING_CALLS = {"7", "271", "232", "281", "23", "270", "128"}


# What a container runtime gives; a larger environment is carried twice, on the stack and for the application.
ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "TERM": "xterm",
               "HOSTNAME": "web-1", "LANG": "C.UTF-8", "NGINX_VERSION": "1.22.1"}


def check_size(binary, limit):
    size = os.stat(binary).st_size
    fits = size <= limit
    print(f"{binary}: {size} bytes on disk, limit {limit}: {'ok' if fits else 'TOO LARGE by ' + str(size - limit)}")
    return fits


def namespace_command():
    """unshare(1) with what this user may have; None where it may have nothing."""
    base = ["unshare", "--pid", "--fork", "--mount", "--mount-proc", "--uts", "--net", "--kill-child"]
    for command in (base, base + ["--user", "--map-root-user"]):
        if subprocess.run(command + ["true"], capture_output=True).returncode == 0:
            return command
    return None


def read(path):
    try:
        return Path(path).read_text()
    except OSError:
        return ""


def children(pid):
    return [int(child) for child in read(f"/proc/{pid}/task/{pid}/children").split()]


def application_of(mvinit):
    """The pid of the application once it has been executed, or None."""
    for child in children(mvinit):
        if read(f"/proc/{child}/cmdline").split("\0")[:2] == APPLICATION:
            return child
    return None


def is_asleep(mvinit):
    """In state S and, where the kernel says it, waiting in a call that an event loop sleeps in."""
    state = read(f"/proc/{mvinit}/stat").rpartition(") ")[2][:1]
    call = read(f"/proc/{mvinit}/syscall").split(" ")[0].strip()
    return state == "S" and (call == "" or os.uname().machine != "x86_64" or call in SLEEPING_CALLS)


def cpu_time(pid):
    return read(f"/proc/{pid}/stat").rpartition(") ")[2].split()[11:13]


def is_idle(mvinit):
    """Asleep, with nothing else of it running, and at the second look no tick further."""
    if mvinit is None or application_of(mvinit) is None or len(children(mvinit)) != 1 or not is_asleep(mvinit):
        return False
    before = cpu_time(mvinit)
    time.sleep(0.05)
    return is_asleep(mvinit) and cpu_time(mvinit) == before


def wait_idle(shell):
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline and shell.poll() is None:
        mvinit = next(iter(children(shell.pid)), None)
        if is_idle(mvinit):
            return mvinit
        time.sleep(0.02)
    return None


def memory(pid):
    lines = read(f"/proc/{pid}/smaps_rollup").splitlines()
    values = {line.split(":")[0]: int(line.split()[1]) for line in lines[1:]}
    return values["Rss"], values["Private_Dirty"]


def end(shell, mvinit):
    """By pid: the namespace's init takes all of it with it; unshare is waited for."""
    if mvinit is not None:
        os.kill(mvinit, 9)
    else:
        shell.kill()
    shell.wait()


def check_memory(title, command):
    output = tempfile.TemporaryFile()
    shell = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=ENVIRONMENT)
    mvinit = None
    try:
        mvinit = wait_idle(shell)
        if mvinit is None:
            output.seek(0)
            print(f"{title}: never idle with its application; its output:\n{output.read().decode(errors='replace')}")
            return False
        rss, dirty = memory(mvinit)
    finally:
        end(shell, mvinit)
    fits = rss <= RSS_KB and dirty <= PRIVATE_DIRTY_KB
    print(f"{title}: {rss} KB resident (limit {RSS_KB}), {dirty} KB private dirty (limit {PRIVATE_DIRTY_KB}): "
          f"{'ok' if fits else 'TOO MUCH'}")
    return fits


def write_back(binary):
    """Pages of a file that was written a moment ago count as private dirty until they are on the disk."""
    descriptor = os.open(binary, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)


def check_both_memories(binary):
    write_back(binary)
    namespace = namespace_command()
    if namespace is None:
        print("memory: no namespaces for this user: not measured", file=sys.stderr)
        return None
    with tempfile.NamedTemporaryFile("w", suffix=".toml") as config:
        config.write(CONFIG)
        config.flush()
        os.chmod(config.name, 0o644)
        machine = check_memory("as a machine's init", namespace + [binary, "--machine", "-c", config.name])
    container = check_memory("as a container's init", namespace + [binary, "--"] + APPLICATION)
    return machine and container


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", nargs=2, action="append", default=[], metavar=("BINARY", "BYTES"))
    parser.add_argument("--memory", metavar="BINARY")
    options = parser.parse_args()
    if not options.size and not options.memory:
        parser.error("nothing to check")
    for binary in [binary for binary, _ in options.size] + [options.memory] * bool(options.memory):
        if not os.path.exists(binary):
            print(f"{binary}: not built, nothing was checked", file=sys.stderr)
            return 77
    good = [check_size(binary, int(limit)) for binary, limit in options.size]
    measured = check_both_memories(os.path.abspath(options.memory)) if options.memory else True
    if not all(good) or measured is False:
        return 1
    return 77 if measured is None else 0


if __name__ == "__main__":
    sys.exit(main())
