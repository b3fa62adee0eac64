"""packaging/examples/redis.toml, with the disk that it says how to make."""

import re
import subprocess
import tempfile

import examples
from guest import check, run


def make_disk(folder):
    """As the example says, with the numbers that it says."""
    owner = re.search(r"root_owner=\d+:\d+", (examples.EXAMPLES / "redis.toml").read_text()).group(0)
    disk = examples.blank_disk(folder, 64)
    subprocess.run(["/sbin/mke2fs", "-q", "-F", "-t", "ext4", "-E", owner, disk], check=True)
    return disk


def ask(guest, *words):
    return examples.client("redis", "usr/bin/redis-cli", "-e", "-p", str(guest.port()), *words)


def redis():
    """Redis answers redis-cli, saves when the machine is switched off, and has its data after the next boot"""
    with tempfile.TemporaryDirectory(prefix="mvinit-redis-") as folder, examples.image("redis") as path:
        disk = make_disk(folder)
        with examples.guest(path, 6379, disk=disk) as guest:
            guest.expect(r"application ready")
            check(ask(guest, "set", "greeting", "still here") == "OK", "it does not take a value")
            check(ask(guest, "incrby", "boots", "1") == "1", "it does not count")
            guest.power_button()
            guest.expect(r"User requested shutdown|Received SIGTERM")
            guest.expect(r"DB saved on disk")
            guest.expect(r"application exited with code 0")
            guest.expect_end("poweroff")
            check("WARNING" not in guest.text, "Redis warns of the machine's settings")
        with examples.guest(path, 6379, disk=disk) as guest:
            guest.expect(r"application ready")
            check(ask(guest, "get", "greeting") == "still here", "the value is lost")
            check(ask(guest, "incrby", "boots", "1") == "2", "the count is lost")
            guest.power_button()
            guest.expect_end("poweroff")


run(redis)
