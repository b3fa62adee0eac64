"""packaging/examples/node.toml."""

import json

import examples
from guest import check, run


def node():
    """Node.js answers as an unprivileged user, and its handler of SIGTERM ends it when the machine is switched off"""
    with examples.image("node") as path, examples.guest(path, 8080, memory=320, append="rootfstype=ramfs") as guest:
        guest.expect(r"application ready")
        said = json.loads(guest.fetch("/some/path"))
        check(said == {"host": "node", "user": 65534, "path": "/some/path"}, f"not its answer: {said}")
        guest.power_button()
        guest.expect(r"node has answered all")
        guest.expect(r"application exited with code 0")
        guest.expect_end("poweroff")


run(node)
