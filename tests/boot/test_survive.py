"""Faults of PID 1 on a real kernel, where its end is a panic: from its first steps to power-off."""

import os
import pathlib
import random
import re
import socket
import threading

import images
from guest import REPOSITORY, Guest, check, run

PROBE = pathlib.Path(os.environ.get("PROBE") or REPOSITORY / "build/debug/tests/pid1/probe")
SEED = int(os.environ.get("MVINIT_SEED") or random.SystemRandom().randrange(1 << 31))
FAULTS = int(os.environ.get("MVINIT_FAULTS") or 200)
# What the kernel executes: the injector is there before mvinit is. While it boots and while it ends, mvinit is given time
# between faults to come further: each image of it begins with reading all again, and the guest is slow. The limit of its
# stack is lower than mvinit wants it for executing itself: here, where it has every capability, also the hard one.
PRELUDE = """#!/bin/busybox sh
ulimit -Ss 1024
ulimit -Hs 2048
inject() { /sbin/probe inject 1 proc=1 early=20 "$@" >>/faults; }
{
    inject pause=300000 seed=%d count=10
    until [ -e /run/app/starts ]; do /bin/busybox usleep 50000; done
    inject pause=30000 seed=%d count=%d
    /bin/busybox grep stack /proc/1/limits >/dev/console
    echo "injected all of them" >/dev/console
    inject pause=300000 seed=%d count=20
} &
exec /sbin/init "$@"
""" % (SEED, SEED + 1, max(1, FAULTS - 10), SEED + 2)
CONFIG = """[app]
command = ["/sbin/probe", "survivor", "/run/app", "0", "port=80", "orphans=50", "pace=5000"]
[system]
modules = ["e1000"]
[[sink]]
to = "file"
path = "/run/log"
when_full = "block"
[[hook]]
when = "after_stop"
command = ["/sbin/probe", "tally", "/run/app", "/run/log", "injected=/faults", "wait=20000"]
[[hook]]
when = "after_stop"
command = ["/bin/busybox", "grep", "-h", "-e", "setup", "-e", "stack", "/setups", "/proc/self/limits"]
""" + images.NETWORK.format(driver="e1000") + "".join(f'[[setup]]\ncommand = ["/sbin/probe", "run", "/setups", "setup {n}", "0", "5"]\n' for n in range(8))


class Connection(threading.Thread):
    """Sends something and waits until it comes back, until it is told to end or the connection does."""

    def __init__(self, guest):
        super().__init__(daemon=True)
        self.guest, self.rounds, self.error, self.done = guest, 0, None, threading.Event()
        self.start()

    def run(self):
        try:
            with self.connected() as connection:
                while not self.done.is_set():
                    word = f"{self.rounds}\n".encode()
                    connection.sendall(word)
                    check(connection.recv(512) == word, "something else came back")
                    self.rounds += 1
        except Exception as error:  # pylint: disable=broad-except
            self.error = error

    def connected(self):
        """QEMU takes connections before the guest does: one counts once something came back."""
        while True:
            connection = socket.create_connection(("127.0.0.1", self.guest.port()), timeout=60)
            connection.settimeout(5)
            try:
                connection.sendall(b"hello\n")
                if connection.recv(512) == b"hello\n":
                    connection.settimeout(120)
                    return connection
            except OSError:
                pass
            connection.close()

    def end(self):
        self.done.set()
        self.join(120)
        check(self.error is None and self.rounds > 0, f"the connection: {self.error} after {self.rounds} rounds")


def faults():
    """PID 1 faults from boot to power-off: no panic, one application, each setup command once, every line"""
    print(f"MVINIT_SEED={SEED}", flush=True)
    with images.Image(CONFIG, files=images.ACCOUNTS | {"sbin/probe": PROBE, "prelude": PRELUDE}, copy=["/bin/busybox"]) \
            as image, Guest(image, append="rdinit=/prelude") as guest:
        guest.expect(r"application /sbin/probe started, pid \d+", deadline=300)
        connection = Connection(guest)
        guest.expect("injected all of them", deadline=300)
        connection.end()
        guest.power_button()
        found = guest.expect(r"^faults injected (\d+), applications lost (\d+), log lines lost (\d+)$")
        guest.expect_end("poweroff")
        check(guest.text.count("application /sbin/probe started") == 1, "it was started more than once")
        setups = re.findall(r"^setup (\d)$", guest.text, re.M)
        check(setups == [str(n) for n in range(8)], f"the setup commands ran: {setups}")
        stacks = re.findall(r"^Max stack size +(\d+) +(\d+)", guest.text, re.M)
        check(stacks == [("67108864", "67108864"), ("1048576", "2097152")], f"stacks of PID 1, of what it starts: {stacks}")
        print(found.group(0), flush=True)
        check(int(found.group(1)) >= FAULTS and found.groups()[1:] == ("0", "0"), found.group(0))


run(faults)
