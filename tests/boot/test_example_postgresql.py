"""packaging/examples/postgresql.toml, with a blank disk."""

import subprocess
import tempfile

import examples
from guest import DEADLINE, check, run

PASSWORD = (examples.EXAMPLES / "postgresql/etc/postgresql/password").read_text().strip()


def ask(guest, statement):
    return examples.client("postgresql", "usr/lib/postgresql/15/bin/psql", "-X", "-A", "-t", "-v", "ON_ERROR_STOP=1",
                           "-h", "127.0.0.1", "-p", str(guest.port()), "-U", "postgres", "-c", statement,
                           env={"PGPASSWORD": PASSWORD})


def boot(path, disk):
    return examples.guest(path, 5432, memory=384, disk=disk)


def end(guest):
    guest.power_button()
    guest.expect(r"received fast shutdown request")
    guest.expect(r"database system is shut down")
    guest.expect(r"application exited with code 0")
    guest.expect_end("poweroff")


def postgresql():
    """PostgreSQL makes its cluster on a blank disk, answers psql, and has the row after power-off and another boot"""
    with tempfile.TemporaryDirectory(prefix="mvinit-postgresql-") as folder, examples.image("postgresql") as path:
        disk = examples.blank_disk(folder, 256)
        with boot(path, disk) as guest:
            guest.expect(r"/dev/vda is blank")
            guest.expect(r"application ready", deadline=4 * DEADLINE)  # initdb is a minute of an emulated processor
            ask(guest, "create table kept (word text); insert into kept values ('ÄPFEL')")
            end(guest)
        done = subprocess.run(["/sbin/e2fsck", "-n", "-f", disk], capture_output=True, text=True, check=False)
        check(done.returncode == 0, f"the disk is not clean: {done.stdout}")
        with boot(path, disk) as guest:
            guest.expect(r"application ready")
            check("is blank" not in guest.text and "make-cluster" not in guest.text, "the disk was made anew")
            check("was interrupted" not in guest.text, "PostgreSQL found that it was not shut down")
            check(ask(guest, "select lower(word) from kept") == "äpfel", "the row is lost, or the locale")
            check(ask(guest, "select now() at time zone 'Europe/Berlin' > '2000-01-01'") == "t", "no time zones")
            end(guest)


run(postgresql)
