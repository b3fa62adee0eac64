"""An application that forks without end, within a limit: a stop of it ends."""

import os
import signal

import harness as h

USER, LIMIT = 61235, 200  # a user of whom there is no other process
CONFIG = """
[app]
command = ["{probe}", "{verb}"]
stop_timeout = "300ms"
user = "{user}"
group = "{user}"
limits = {{ nproc = {limit} }}
"""


def running():
    """How many processes that user has."""
    count = 0
    for name in os.listdir("/proc"):
        try:
            count += name.isdigit() and os.stat(f"/proc/{name}").st_uid == USER
        except OSError:
            pass  # it has ended meanwhile
    return count


def bombed(verb, **options):
    probe = h.public_copy(h.PROBE)
    process = h.container(CONFIG.format(probe=probe, verb=verb, user=USER, limit=LIMIT), **options)
    process.expect("^ready")
    return process


@h.case
def before():
    """a bomb that is there already: SIGKILL after stop_timeout ends all of it"""
    process = bombed("bomb")
    h.until(lambda: running() > LIMIT // 2, "the bomb")
    process.send(signal.SIGTERM)
    h.equal(process.code(), 137)
    h.equal(running(), 0)


@h.case
def meanwhile():
    """one that begins with the stop"""
    process = bombed("fuse")
    process.send(signal.SIGTERM)
    process.expect("^the bomb$")
    h.equal(process.code(), 137)
    h.equal(running(), 0)


@h.case
def subreaper():
    """the same where mvinit is not PID 1, and has to look for its descendants"""
    process = bombed("bomb", pid1=False)
    h.until(lambda: running() > LIMIT // 2, "the bomb")
    os.kill(h.children(process.pid)[0][0], signal.SIGTERM)
    h.equal(process.code(), 137)
    h.equal(running(), 0)


h.main()
