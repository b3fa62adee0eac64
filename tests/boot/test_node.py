"""Node.js with a hello-world server: the original use."""

import images
from guest import Guest, check, run

SERVER = """require('http').createServer((request, answer) => answer.end('hello from node ' + process.pid + '\\n'))
  .listen(80, () => console.log('node is listening'));
"""
CONFIG = '[app]\ncommand = ["/usr/bin/node", "/srv/server.js"]\n[system]\nmodules = ["e1000"]\n'
# Parts of Node.js's own library that Debian keeps as files.
PARTS = [f"/usr/share/nodejs/{name}" for name in ("acorn", "acorn-walk", "cjs-module-lexer", "undici")]


def node():
    """pc with e1000: Node.js serves its page from 256 MB"""
    image = images.Image(CONFIG + images.NETWORK.format(driver="e1000"), tree="node", copy=["/usr/bin/node", *PARTS],
                         files=images.ACCOUNTS | {"srv/server.js": SERVER})
    # ramfs: the tmpfs that a kernel takes otherwise holds no more than half of the memory.
    with image as path, Guest(path, memory=256, append="rootfstype=ramfs") as guest:
        guest.expect(r"application /usr/bin/node started, pid \d+")
        guest.expect(r"node is listening")
        page = guest.fetch()
        check(page.startswith("hello from node "), f"not our page: {page!r}")
        guest.power_button()
        guest.expect_end("poweroff")


run(node)
