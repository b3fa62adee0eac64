"""packaging/examples/nginx.toml."""

import http.client

from examples import EXAMPLES, Example
from guest import check, run


def nginx():
    """nginx serves its page and answers what it has begun when the machine is switched off"""
    with Example("nginx") as example, example.guest() as guest:
        guest.expect(r"application ready")
        guest.fetch()
        page = example.ask(guest)
        check(page == (EXAMPLES / "nginx/srv/www/index.html").read_text().strip(), f"not its page: {page!r}")
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


def broken():
    """an nginx.conf that nginx does not take is told with its line, and it is not started"""
    with Example("nginx") as example:
        (example.folder / "nginx/etc/nginx/nginx.conf").write_text("worker_processes 1;\nnonsense;\n")
        example.make_image()
        with example.guest() as guest:
            guest.expect(r'unknown directive "nonsense" in /etc/nginx/nginx.conf:2')
            guest.expect(r"hook before_start .* the application is not started")
            check("application /usr/sbin/nginx started" not in guest.text, "nginx was started all the same")


run(nginx, broken)
