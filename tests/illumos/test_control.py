"""The control socket where a zone has it: in /etc/svc/volatile, and anew once mvinit is executed again."""

import os
import socket

import image as i
from image import h

APP = '[app]\ncommand = ["%P", "catch", "15", "0"]\n'
USUAL = "/etc/svc/volatile/mvinit/control.sock"


def ask(process, request):
    def attempt():
        client = socket.socket(socket.AF_UNIX)
        client.settimeout(h.DEADLINE)
        try:
            client.connect(f"/proc/{process.pid}/root{USUAL}")
            return client
        except OSError:
            client.close()
            return None
    client = h.until(attempt, "a connection")
    client.send(f"1 {request}\n".encode())
    text = b""
    while piece := client.recv(65536):
        text += piece
    client.close()
    return text.decode()


def values(answer):
    h.check(answer.startswith("ok\n"), answer)
    return dict(line.split(" ", 1) for line in answer.splitlines()[1:])


@h.case
def zone():
    """status knows the contract, kill reaches the application, a stranger is refused by getpeerucred"""
    process = i.zone_start(i.Image(APP, "zone", ["exclusive=0"]))
    process.expect("^ready")
    got = values(ask(process, "status"))
    h.equal((got["platform"], got["pid"], got["phase"]), ("illumos", "2", "running"))
    h.check(int(got["contract"]) > 0, str(got))
    h.equal(ask(process, "kill 12"), "ok\n")
    process.expect("^signal 12 ")


@h.case
def deleted():
    """a socket that was deleted comes again with a reload"""
    process = i.zone_start(i.Image(APP, "zone", ["exclusive=0"]))
    process.expect("^ready")
    values(ask(process, "status"))
    os.unlink(f"/proc/{process.pid}/root{USUAL}")
    i.kill(process, 2, 1)
    values(ask(process, "status"))


h.main()
