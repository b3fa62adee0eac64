#!/usr/bin/env python3
"""Tells by a program's symbols what its event loop waits with, and fails where that is not what was wanted.

    reactor.py epoll|select BINARY   BINARY: linked statically and not stripped (mvinit.sym)
    reactor.py --self-test
Exits with 0, 1, 2 (no symbols, usage) or 77 (BINARY is not there: skipped, to ctest).

select is what illumos waits with; there a program that pulls in epoll, eventfd or timerfd all the same would prove
nothing of it, as on illumos these are drivers that a stripped image has not got.
"""
import re
import subprocess
import sys
from pathlib import Path

EPOLL_CALLS = r"_*(epoll_\w+|eventfd\w*|timerfd_\w+)$"
# Wanted, what must be there, what must not.
REACTORS = {
    "epoll": ([r"boost::asio::detail::epoll_reactor::run\(", r"_*epoll_wait$"], [r"boost::asio::detail::select_reactor::"]),
    "select": ([r"boost::asio::detail::select_reactor::run\(", r"boost::asio::detail::pipe_select_interrupter::",
                r"_*(p?select\w*)$"], [r"boost::asio::detail::e(poll_reactor|ventfd_select_interrupter)::", EPOLL_CALLS]),
}


def complaints(wanted, names):
    """What is wrong with a program that has these symbols (demangled), as sentences."""
    needed, banned = REACTORS[wanted]
    for pattern in needed:
        if not any(re.match(pattern, name) for name in names):
            yield f"its loop is to wait with {wanted}, but no symbol matches {pattern}"
    for pattern in banned:
        for name in sorted(name for name in names if re.match(pattern, name))[:3]:
            yield f"its loop is to wait with {wanted}, but {name} was pulled in"


def symbols(binary):
    text = subprocess.run(["nm", "-C", "--defined-only", binary], check=True, capture_output=True, text=True).stdout
    return {parts[2] for parts in (line.split(" ", 2) for line in text.splitlines()) if len(parts) == 3}


def self_test():
    asio = "boost::asio::detail::"
    by_epoll = {asio + "epoll_reactor::run(long)", "epoll_wait", "eventfd"}
    by_select = {asio + "select_reactor::run(long)", asio + "pipe_select_interrupter::reset()", "__select"}
    cases = [("epoll", by_epoll, 0), ("select", by_select, 0), ("epoll", by_select, 3), ("epoll", set(), 2),
             ("select", by_select | {"epoll_create1"}, 1), ("select", by_select | {"timerfd_create"}, 1),
             ("select", by_select - {"__select"}, 1), ("epoll", by_epoll | by_select, 1), ("select", by_epoll, 6)]
    wrong = [(wanted, sorted(names), count) for wanted, names, count in cases
             if len(list(complaints(wanted, names))) != count]
    print(f"self-test: {len(cases)} cases, {len(wrong)} wrong {wrong}")
    return 1 if wrong else 0


def main(argv):
    if argv == ["--self-test"]:
        return self_test()
    if len(argv) != 2 or argv[0] not in REACTORS:
        print(__doc__, file=sys.stderr)
        return 2
    wanted, binary = argv
    if not Path(binary).exists():
        print(f"{binary}: not built, nothing was checked", file=sys.stderr)
        return 77
    names = symbols(binary)
    if not names:
        print(f"{binary}: no symbols: give the binary before it was stripped", file=sys.stderr)
        return 2
    found = list(complaints(wanted, names))
    for sentence in found:
        print(f"{binary}: {sentence}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
