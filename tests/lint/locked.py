#!/usr/bin/env python3
"""Fails where what lies in the section that PID 1 locks in memory calls or jumps to what lies elsewhere.

    locked.py BINARY      BINARY: linked and not stripped (mvinit.sym)
    locked.py --self-test
Exits with 0, 1 or 77 (BINARY is not there: skipped, to ctest).

Allowed is note_fault(), whose own fault goes to the minimal loop.
"""
import re
import subprocess
import sys
from pathlib import Path

SECTION = "last_resort_text"
LIMIT = 8192  # bytes: two pages, of which there are more in memory for nothing but this
ALLOWED = r"plumb::bare::note_fault\("
# An instruction that goes to an address: "call   401000 <f()+0x4>", "jmp 401000 <f>", "b.eq 401000 <f>", "cbz x0, 401000 <f>".
GOES = re.compile(r"\t(?P<word>call\w*|j\w+|bl?|b\.\w+|cbn?z|tbn?z)\s+(?:\S+,\s*)*(?:0x)?(?P<to>[0-9a-f]+) <(?P<name>.*)>")


def leaving(listing, start, end):
    """The instructions of objdump's listing that leave [start, end)."""
    for line in listing.splitlines():
        goes = GOES.search(line)
        if goes and not start <= int(goes["to"], 16) < end and not re.match(ALLOWED, goes["name"]):
            yield line.strip()


def objdump(*words):
    return subprocess.run(["objdump", *words], check=True, capture_output=True, text=True).stdout


def check(binary):
    if not Path(binary).exists():
        print(f"skipped: {binary} is not there")
        return 77
    found = re.search(rf"\b{SECTION}\s+([0-9a-f]+)\s+([0-9a-f]+)", objdump("-h", binary))
    if not found:
        print(f"{binary}: there is no section {SECTION}")
        return 1
    size, start = (int(number, 16) for number in found.groups())
    wrong = list(leaving(objdump("-d", "-C", "-j", SECTION, binary), start, start + size))
    for line in wrong:
        print(f"{binary}: leaves {SECTION}: {line}")
    if size > LIMIT:
        print(f"{binary}: {SECTION} has {size} bytes, more than {LIMIT}")
    print(f"{binary}: {size} bytes of {SECTION}, {len(wrong)} instructions leave it")
    return 1 if wrong or size > LIMIT else 0


def self_test():
    cases = [
        ("  401000:\te8 fb 0f 00 00 \tcall   402000 <memset>", True),
        ("  401000:\te9 fb 0f 00 00 \tjmp    402000 <OUTLINED_FUNCTION_3>", True),
        ("  401000:\t94000400 \tbl\t402000 <memcpy>", True),
        ("  401000:\tb4000400 \tcbz\tx0, 402000 <f>", True),
        ("  401000:\te8 fb 0f 00 00 \tcall   401800 <plumb::bare::now_ms()>", False),
        ("  401000:\te8 fb 0f 00 00 \tcall   402000 <plumb::bare::note_fault(int, siginfo_t const&, void const*)>", False),
        ("  401000:\t74 10 \tje     401012 <f()+0x12>", False),
    ]
    wrong = [line for line, leaves in cases if bool(list(leaving(line, 0x401000, 0x402000))) != leaves]
    for line in wrong:
        print(f"self-test: {line}")
    print(f"self-test: {len(cases)} cases, {len(wrong)} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(self_test() if sys.argv[1] == "--self-test" else check(sys.argv[1]))
