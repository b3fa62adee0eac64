#!/usr/bin/env python3
"""Many more faults than the tests inject: test_survive.py again and again, with another seed each time.

    soak.py [FAULTS [PROGRAM...]]

FAULTS: 100,000 where nothing is said. PROGRAM: of build/, release, musl and release-select, as far as they are there.
$PROBE as in harness.py. Ends with the first failure. The last line is the sum.
"""

import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.path.join(os.path.dirname(os.path.dirname(HERE)), "build")
ROUND = 2000  # faults of one run of the tests


def programs():
    named = sys.argv[2:] or [os.path.join(BUILD, preset, "mvinit") for preset in ("release", "musl", "release-select")]
    return [path for path in named if os.access(path, os.X_OK)]


def probe():
    places = [os.environ.get("PROBE")] + [os.path.join(BUILD, preset, "tests/pid1/probe") for preset in ("debug", "release")]
    return next(path for path in places if path and os.access(path, os.X_OK))


def one_round(program):
    """Runs the tests once; gives what they counted, or nothing where one failed."""
    environment = os.environ | {"MVINIT": program, "PROBE": probe(), "MVINIT_FAULTS": str(ROUND)}
    environment.pop("MVINIT_SEED", None)
    done = subprocess.run([sys.executable, "-B", os.path.join(HERE, "test_survive.py")], env=environment, check=False,
                          capture_output=True, text=True)
    found = re.search(r"^faults injected (\d+), applications lost (\d+), log lines lost (\d+)$", done.stdout, re.M)
    if done.returncode != 0:
        print(done.stdout + done.stderr, flush=True)
    return done.returncode == 0, [int(each) for each in found.groups()] if found else [0, 0, 0]


def main():
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    total = [0, 0, 0]
    good = bool(programs())
    while good and total[0] < wanted:
        for program in programs():
            good, counted = one_round(program)
            total = [before + more for before, more in zip(total, counted)]
            print(f"{os.path.basename(os.path.dirname(program))}: {counted[0]} faults, {total[0]} in all", flush=True)
            if not good:
                break
    print(f"faults injected {total[0]}, applications lost {total[1]}, log lines lost {total[2]}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
