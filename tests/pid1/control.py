"""A client of the control socket, byte by byte, as the tests of it want one."""

import os
import socket

import harness as h

USUAL = "/run/mvinit/control.sock"


def place(process, path=USUAL):
    """The socket's path as we see it from outside of its namespaces."""
    return f"/proc/{process.pid}/root{path}"


def is_there(process, path=USUAL):
    return os.path.exists(place(process, path))


def listens(path):
    """Whether somebody takes connections there: the file is there a moment before."""
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(path)
        except OSError:
            return False
    return True


def connect(process, path=USUAL):
    """Connected to the socket, once it is there."""
    def attempt():
        client = socket.socket(socket.AF_UNIX)
        client.settimeout(h.DEADLINE)
        try:
            client.connect(place(process, path))
            return client
        except OSError:
            client.close()
            return None
    return h.until(attempt, f"a connection to {path}")


def rest_of(client):
    """All that is answered to the end; who did not read all that we wrote resets the connection after its answer."""
    text = b""
    while True:
        try:
            piece = client.recv(65536)
        except ConnectionResetError:
            piece = b""
        if not piece:
            client.close()
            return text.decode()
        text += piece


def ask(process, request, path=USUAL):
    """The answer to the words of request."""
    client = connect(process, path)
    client.send(b"1 " + request.encode() + b"\n")
    return rest_of(client)


def done(process, request, path=USUAL):
    """Asks, is not refused, and gives the lines as pairs."""
    answer = ask(process, request, path)
    h.check(answer.startswith("ok\n"), f"{request}: {answer!r}")
    return [tuple(line.split(" ", 1)) for line in answer.splitlines()[1:]]


def status(process, path=USUAL):
    return dict(done(process, "status", path))


def passed(process, request):
    """The contents of the file whose descriptor is passed as the answer."""
    client = connect(process)
    client.send(b"1 " + request.encode() + b"\n")
    text, files, _, _ = socket.recv_fds(client, 4096, 4)
    h.equal((text, len(files)), (b"ok\n", 1), request)
    h.equal(rest_of(client), "")
    try:
        return os.pread(files[0], 1 << 20, 0).decode()
    finally:
        os.close(files[0])


def as_user(process, uid, gid, groups, request, path=USUAL):
    """What a user of these numbers is answered, or the word of the error that it gets."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        answer = "nothing"
        try:
            os.chroot(f"/proc/{process.pid}/root")  # whose /proc that user may not look into
            os.chdir("/")
            os.setgroups(groups)
            os.setresgid(gid, gid, gid)
            os.setresuid(uid, uid, uid)
            client = socket.socket(socket.AF_UNIX)
            client.settimeout(h.DEADLINE)
            client.connect(path)
            try:
                client.send(b"1 " + request.encode() + b"\n")
            except BrokenPipeError:
                pass  # it has been refused already
            answer = rest_of(client)
        except OSError as error:
            answer = os.strerror(error.errno)
        finally:
            os.write(writer, answer.encode())
            os._exit(0)
    os.close(writer)
    os.waitpid(child, 0)
    answer = os.read(reader, 65536).decode()
    os.close(reader)
    return answer
