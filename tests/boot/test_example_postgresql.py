"""packaging/examples/postgresql.toml, with a blank disk."""

import re

from examples import EXAMPLES, Example
from guest import DEADLINE, check, run

PASSWORD = (EXAMPLES / "postgresql/etc/postgresql/password").read_text().strip()


def ask(example, guest, statement):
    return example.ask(guest, f"PGPASSWORD={PASSWORD} psql -X -A -t -v ON_ERROR_STOP=1 -h 127.0.0.1 -p 5432 -U postgres "
                              f'-c "{statement}"')


def end(guest):
    guest.power_button()
    guest.expect(r"received fast shutdown request")
    guest.expect(r"database system is shut down")
    guest.expect(r"application exited with code 0")
    guest.expect_end("poweroff")


def postgresql():
    """PostgreSQL makes its cluster on a blank disk, answers psql, and has the row after power-off and another boot"""
    with Example("postgresql") as example:
        example.provide("usr/lib/postgresql/15/bin/psql")
        with example.guest() as guest:
            guest.expect(r"/dev/vda is blank")
            guest.expect(r"application ready", deadline=4 * DEADLINE)  # initdb is a minute of an emulated processor
            check("PostgreSQL 15" in example.ask(guest), "it does not answer as is written")
            ask(example, guest, "create table kept (word text); insert into kept values ('ÄPFEL')")
            end(guest)
        example.run(f"/sbin/e2fsck -n -f {example.disk()}")
        with example.guest() as guest:
            guest.expect(r"application ready")
            check(not re.search("is blank|make-cluster", guest.text), "the disk was made anew")
            check("was interrupted" not in guest.text, "PostgreSQL found that it was not shut down")
            check(ask(example, guest, "select lower(word) from kept") == "äpfel", "the row is lost, or the locale")
            check(ask(example, guest, "select now() at time zone 'Europe/Berlin' > '2000-01-01'") == "t", "no time zones")
            end(guest)


run(postgresql)
