"""packaging/examples/nginx.toml."""

import http.client

import examples
from guest import check, run


def nginx():
    """nginx serves its page and answers what it has begun when the machine is switched off"""
    with examples.image("nginx") as path, examples.guest(path, 80) as guest:
        guest.expect(r"application ready")
        page = guest.fetch()
        check(page == (examples.EXAMPLES / "nginx/srv/www/index.html").read_text(), f"not its page: {page!r}")
        connection = http.client.HTTPConnection("127.0.0.1", guest.port(), timeout=30)
        connection.request("GET", "/index.html")
        answer = connection.getresponse()
        check((answer.status, answer.getheader("Content-Type")) == (200, "text/html"), f"{answer.status} {answer.headers}")
        check(answer.getheader("Server") == "nginx", "it tells its version")
        answer.read()
        guest.power_button()
        guest.expect(r"application exited with code 0")
        guest.expect_end("poweroff")
        check("alert" not in guest.text and "emerg" not in guest.text, "nginx complains")


run(nginx)
