"""packaging/examples/server.toml: a static program of C++ and nothing else."""

from examples import Example
from guest import check, run


def server():
    """a static server of C++ answers curl, and ends by itself when the machine is switched off"""
    with Example("server") as example, example.guest() as guest:
        example.run("g++ -std=c++20 -Wall -Wextra -Werror -fsyntax-only server/server.cpp")
        guest.expect(r"application ready")
        guest.fetch()
        page = example.ask(guest)
        check(page.endswith("of a static server"), f"not its page: {page!r}")
        guest.power_button()
        guest.expect(r"server ends")
        guest.expect_end("poweroff")


run(server)
