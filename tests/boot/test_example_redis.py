"""packaging/examples/redis.toml, with the disk that it says how to make."""

from examples import Example
from guest import check, run

CLIENT = "redis-cli -e -p 6379 "


def redis():
    """Redis answers redis-cli, saves when the machine is switched off, and has its data after the next boot"""
    with Example("redis") as example:
        example.provide("usr/bin/redis-cli")
        with example.guest() as guest:
            guest.expect(r"application ready")
            check(example.ask(guest) == "PONG", "it does not answer")
            check(example.ask(guest, CLIENT + "set greeting 'still here'") == "OK", "it does not take a value")
            check(example.ask(guest, CLIENT + "incrby boots 1") == "1", "it does not count")
            guest.power_button()
            guest.expect(r"User requested shutdown|Received SIGTERM")
            guest.expect(r"DB saved on disk")
            guest.expect(r"application exited with code 0")
            guest.expect_end("poweroff")
            check("WARNING" not in guest.text, "Redis warns of the machine's settings")
        with example.guest() as guest:
            guest.expect(r"application ready")
            check(example.ask(guest, CLIENT + "get greeting") == "still here", "the value is lost")
            check(example.ask(guest, CLIENT + "incrby boots 1") == "2", "the count is lost")
            guest.power_button()
            guest.expect_end("poweroff")


run(redis)
