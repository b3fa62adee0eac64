"""packaging/examples/node.toml."""

import json

from examples import Example
from guest import check, run


def node():
    """Node.js answers as an unprivileged user, and its handler of SIGTERM ends it when the machine is switched off"""
    with Example("node") as example, example.guest() as guest:
        guest.expect(r"application ready")
        said = json.loads(guest.fetch("/some/path"))
        check(said == {"host": "node", "user": 65534, "path": "/some/path"}, f"not its answer: {said}")
        check(json.loads(example.ask(guest))["path"] == "/", "it answers otherwise when it is asked as is written")
        guest.power_button()
        guest.expect(r"node has answered all")
        guest.expect(r"application exited with code 0")
        guest.expect_end("poweroff")


run(node)
