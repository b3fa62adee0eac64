#!/usr/bin/env python3
"""Adds up what the tests that inject faults have counted: total_of_faults.py LEAST FILE...

Each FILE is one program's, with the line that its test ends with; there are to be LEAST faults in all, and nothing lost.
"""

import os
import re
import sys

LINE = re.compile(r"faults injected (\d+), applications lost (\d+), log lines lost (\d+)\n")


def counted(path):
    with open(path) as file:
        return [int(number) for number in LINE.fullmatch(file.read()).groups()]


def main(least, paths):
    there = [path for path in paths if os.path.exists(path)]
    if not there:
        print("SKIPPED: NOTHING WAS ADDED UP: none of the tests that inject faults has run")
        return 77
    totals = [sum(numbers) for numbers in zip(*map(counted, there))]
    print(f"faults injected {totals[0]}, applications lost {totals[1]}, log lines lost {totals[2]}")
    missing = [os.path.basename(path) for path in paths if path not in there]
    if missing:
        print(f"no count of: {', '.join(missing)}")
    if totals[0] < least:
        print(f"fewer than {least} faults: were MVINIT_FAULTS or the tests' shares made smaller?")
    return 0 if totals[0] >= least and totals[1:] == [0, 0] else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2:]))
