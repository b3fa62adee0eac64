"""A virtual machine under test: QEMU with its console on a pipe and its monitor on a socket.

Everything is waited for with a deadline. The guest is always ended by its process id, and by the kernel too should the
test itself be killed.
"""

import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
CACHE = REPOSITORY / "build/cache"
# Seconds that a condition may take. Generous: only a failing test ever spends it whole.
DEADLINE = float(os.environ.get("MVINIT_TEST_DEADLINE", "90"))

# icount: a microvm has nothing to measure its clock against but the PIT, which goes wrong, and Linux then hangs, where
# the guest does not get the host's processor all the time. Counting instructions, the guest cannot tell.
MACHINES = {
    "pc": ["qemu-system-x86_64", "-M", "pc"],
    "microvm": ["qemu-system-x86_64", "-M", "microvm,acpi=off", "-icount", "shift=auto"],
    "microvm-acpi": ["qemu-system-x86_64", "-M", "microvm,acpi=on", "-icount", "shift=auto"],
    "arm64": ["qemu-system-aarch64", "-M", "virt", "-cpu", "cortex-a57"],
}
CONSOLES = {"arm64": "ttyAMA0"}


class Failure(Exception):
    pass


def check(condition, message):
    if not condition:
        raise Failure(message)


def wait_until(what, condition, deadline=None):
    """Polls condition() until it gives something true, and gives that."""
    end = time.monotonic() + (deadline or DEADLINE)
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.05)
    raise Failure(f"waited for {what} in vain")


def kernel_image(tree):
    images = sorted(tree.glob("boot/vmlinuz-*"))
    check(images, f"no kernel in {tree}: run packaging/setup boot")
    return images[0]


class Monitor:
    """QEMU's machine protocol: commands, and the events that say how the machine ended."""

    def __init__(self, path, process):
        self.socket = socket.socket(socket.AF_UNIX)

        def connect():
            check(process.poll() is None, "QEMU ended at once: see its messages above")
            try:
                self.socket.connect(str(path))
                return True
            except OSError:
                return False

        wait_until("QEMU's monitor", connect)
        self.stream = self.socket.makefile("rw", encoding="utf-8")
        self.changed = threading.Condition()
        self.answers, self.events = [], []
        threading.Thread(target=self._read, daemon=True).start()
        self.command("qmp_capabilities")

    def _read(self):
        try:
            for line in self.stream:
                message = json.loads(line)
                with self.changed:
                    if "event" in message:
                        self.events.append(message)
                    elif "QMP" not in message:
                        self.answers.append(message)
                    self.changed.notify_all()
        except (OSError, ValueError):
            pass  # QEMU has ended; what matters was said before

    def command(self, name, **arguments):
        json.dump({"execute": name, "arguments": arguments}, self.stream)
        self.stream.flush()
        with self.changed:
            answered = self.changed.wait_for(lambda: self.answers, timeout=DEADLINE)
            check(answered, f"QEMU's monitor did not answer {name}")
            answer = self.answers.pop(0)
        check("error" not in answer, f"QEMU's monitor on {name}: {answer}")
        return answer["return"]

    def shutdown_reason(self):
        with self.changed:
            reasons = [e["data"]["reason"] for e in self.events if e["event"] == "SHUTDOWN"]
        return reasons[0] if reasons else None


class Guest:
    """One boot. Use it in a with statement: leaving it ends QEMU, and after a failure shows the console's end."""

    def __init__(self, image, *, machine="pc", kernel="kernel", memory=128, append="", arguments="", devices=(),
                 nic="e1000", netdev="user,id=net0,hostfwd=tcp:127.0.0.1:0-:80", kernel_file=None):
        console = CONSOLES.get(machine, "ttyS0")
        # Before append, whose words count where both say something.
        rdinit = "rdinit=/sbin/init" if kernel_file is None else ""
        words = f"console={console} {rdinit} quiet panic=-1 no_timer_check {append}"
        if arguments:
            words += f" -- {arguments}"
        self.folder = tempfile.TemporaryDirectory(prefix="mvinit-guest-")
        monitor = pathlib.Path(self.folder.name) / "monitor"
        command = ["setpriv", "--pdeathsig", "KILL", *MACHINES[machine], "-accel", "tcg", "-m", str(memory),
                   "-kernel", str(kernel_file or kernel_image(CACHE / kernel)), "-initrd", str(image), "-append", words,
                   "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-serial", "stdio",
                   "-qmp", f"unix:{monitor},server=on,wait=off"]
        if nic:
            command += ["-netdev", netdev, "-device", f"{nic},netdev=net0"]
        command += devices
        self.text, self.position, self.changed = "", 0, threading.Condition()
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        try:
            self.monitor = Monitor(monitor, self.process)
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        self.close()
        if error is not None:
            print("---- the console's last lines:\n" + "\n".join(self.text.splitlines()[-60:]) + "\n----")

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.reader.join()
        self.process.stdin.close()
        self.process.stdout.close()
        self.folder.cleanup()

    def _read(self):
        while data := os.read(self.process.stdout.fileno(), 65536):
            with self.changed:
                self.text += data.decode(errors="replace").replace("\r", "")
                self.changed.notify_all()
        with self.changed:
            self.changed.notify_all()

    def expect(self, pattern, deadline=None):
        """Waits until the console shows a match after the last one found, and gives it."""
        end = time.monotonic() + (deadline or DEADLINE)
        with self.changed:
            while True:
                found = re.compile(pattern, re.MULTILINE).search(self.text, self.position)
                if found:
                    self.position = found.end()
                    return found
                # Once its line is whole: what is waited for may be in it.
                check(not re.search("Kernel panic.*\n", self.text), f"kernel panic while waiting for /{pattern}/")
                check(self.reader.is_alive(), f"the guest ended without showing /{pattern}/")
                left = end - time.monotonic()
                check(left > 0, f"the console did not show /{pattern}/")
                self.changed.wait(timeout=min(left, 1))

    def expect_all(self, *patterns):
        """The same for several, in whatever order: what mvinit says of an application and its own words may overtake
        each other."""
        before, ends = self.position, []
        for pattern in patterns:
            self.position = before
            self.expect(pattern)
            ends.append(self.position)
        self.position = max(ends)

    def send(self, text):
        self.process.stdin.write(text.encode())
        self.process.stdin.flush()

    def port(self):
        """The port of this machine that leads to the guest's port 80: QEMU chose a free one."""
        table = self.monitor.command("human-monitor-command", **{"command-line": "info usernet"})
        found = re.search(r"HOST_FORWARD\]\s+\d+\s+127\.0\.0\.1\s+(\d+)", table)
        check(found, f"QEMU forwards no port: {table}")
        return int(found.group(1))

    def fetch(self, path="/", deadline=None):
        """The page's text. Asked for until it comes: the card's link takes a while to come up."""
        url = f"http://127.0.0.1:{self.port()}{path}"

        def try_once():
            check(self.process.poll() is None, f"the guest ended while {url} was asked for")
            try:
                with urllib.request.urlopen(url, timeout=2) as answer:
                    return answer.read().decode()
            except (OSError, urllib.error.URLError):
                return None

        return wait_until(url, try_once, deadline)

    def send_request(self, path):
        """Asks for a page whose answer does not matter, because asking for it is the point."""
        with socket.create_connection(("127.0.0.1", self.port()), timeout=DEADLINE) as connection:
            connection.sendall(f"GET {path} HTTP/1.0\r\n\r\n".encode())
            connection.recv(1)

    def power_button(self):
        """Presses it until mvinit says that it noticed: its driver is loaded only after the application was started.
        What comes of it may stand before that word: signals are sent first."""
        before = self.position

        def press():
            try:
                self.monitor.command("system_powerdown")
                found = self.expect(r"asked to power off|messages were lost", deadline=3)
                self.position = before
                return found
            except OSError:  # it is gone: what it did is what expect_end() looks at
                return True
            except Failure:
                check(self.process.poll() is None, "the guest ended without a word about the power button")
                return None

        wait_until("mvinit to notice the power button", press)

    def ctrl_alt_del(self):
        keys = [{"type": "qcode", "data": key} for key in ("ctrl", "alt", "delete")]
        self.monitor.command("send-key", keys=keys)

    def expect_end(self, reason):
        """Waits for the machine's end: "poweroff" or "reboot", and in no case a panic."""
        try:
            self.process.wait(timeout=DEADLINE)
        except subprocess.TimeoutExpired:
            raise Failure("the guest did not end") from None
        self.reader.join()
        found = wait_until("QEMU's last words", self.monitor.shutdown_reason, 5)
        check("Kernel panic" not in self.text, "the kernel panicked")
        wanted = {"poweroff": "guest-shutdown", "reboot": "guest-reset"}[reason]
        check(found == wanted, f"the guest ended by {found}, not by {wanted}")


def run(*cases):
    """Runs the cases of one test file, says what each checks, and exits 0 or 1."""
    failures = 0
    for case in cases:
        title = case.__doc__.strip().splitlines()[0]
        began = time.monotonic()
        try:
            case()
            print(f"ok   {title} ({time.monotonic() - began:.1f} s)", flush=True)
        except Failure as failure:
            failures += 1
            print(f"FAIL {title}: {failure}", flush=True)
    sys.exit(1 if failures or not cases else 0)
