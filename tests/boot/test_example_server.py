"""packaging/examples/server.toml: a static program of C++ and nothing else."""

import pathlib
import subprocess
import tempfile

import examples
from guest import Failure, check, run


def server():
    """a static server of C++ answers curl, and ends by itself when the machine is switched off"""
    with tempfile.TemporaryDirectory(prefix="mvinit-server-") as folder:
        program = pathlib.Path(folder) / "srv/server"
        program.parent.mkdir()
        done = subprocess.run(["g++", "-std=c++20", "-Os", "-static", "-s", "-Wall", "-Wextra", "-Werror", "-o", program,
                               examples.EXAMPLES / "server/server.cpp"], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Failure(done.stderr)
        with examples.image("server", folder) as path, examples.guest(path, 8080) as guest:
            guest.expect(r"application ready")
            url = f"http://127.0.0.1:{guest.port()}/"
            page = subprocess.run(["curl", "-fsS", "--noproxy", "*", "--retry", "20", "--retry-all-errors", "--retry-delay",
                                   "1", url], capture_output=True, text=True, check=False)
            check(page.stdout.endswith("of a static server\n"), f"not its page: {page.stdout!r} {page.stderr}")
            guest.power_button()
            guest.expect(r"server ends")
            guest.expect_end("poweroff")


run(server)
