#!/usr/bin/env python3
"""How fast the application's output gets into a rotated file, and what that costs: mvinit's logger beside s6-log (Debian's
package s6) in the same run, interleaved; with stamps beside s6-log with stamps.

    log_throughput.py [--runs N] [--megabytes N] [--block BYTES] [--directory DIR] [--json]

The application is tests/pid1/probe, which writes numbered lines of 100 bytes in blocks (0: each line by itself). The time
counts from its start until all is in files; the CPU is that of everything but the application. Every run is checked:
the newest file ends with the last line. $MVINIT, $PROBE: other programs. As root, for the pid namespace.
"""
import argparse
import glob
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests/pid1"))
import namespaces  # noqa: E402

LINE = 100
FILE_SIZE = 64 << 20
KEPT = 3

CONFIG = """
[app]
command = [{command}]
restart = "never"
[[sink]]
to = "file"
path = "{path}"
size = {size}
files = {kept}
{more}
"""


def writer(options, cpu_file):
    count = options.megabytes * 1_000_000 // LINE
    return [options.probe, "number", str(count), str(LINE), str(options.block), cpu_file]


def run_mvinit(options, directory, cpu_file, more):
    config = os.path.join(directory, "mvinit.toml")
    command = ", ".join(f'"{word}"' for word in writer(options, cpu_file))
    with open(config, "w") as file:
        file.write(CONFIG.format(command=command, path=os.path.join(directory, "log/current"), size=FILE_SIZE, kept=KEPT,
                                 more=more))
    pid = namespaces.fork_into_new_pid_namespace()
    if pid == 0:
        try:
            os.setsid()
            os.execv(options.mvinit, [options.mvinit, "--container", "-c", config])
        finally:
            os._exit(124)
    _, status, usage = os.wait4(pid, 0)
    if status != 0:
        raise SystemExit(f"mvinit ended with status {status}")
    return usage.ru_utime + usage.ru_stime


def run_s6(options, directory, cpu_file, more):
    os.mkdir(os.path.join(directory, "log"))
    reader, inner = os.pipe()
    logger = subprocess.Popen([options.s6_log, "-b", *more, f"n{KEPT}", f"s{FILE_SIZE}", os.path.join(directory, "log")],
                              stdin=reader)
    os.close(reader)
    application = subprocess.Popen(writer(options, cpu_file), stdout=inner)
    os.close(inner)
    application.wait()
    _, status, usage = os.wait4(logger.pid, 0)
    if status != 0:
        raise SystemExit(f"s6-log ended with status {status}")
    # mvinit's figure has the application's in it, as its parent it reaped it.
    return usage.ru_utime + usage.ru_stime + cpu_of_application(cpu_file)


def cpu_of_application(cpu_file):
    with open(cpu_file) as file:
        return int(file.read()) / 1e6


def check(options, directory):
    last = options.megabytes * 1_000_000 // LINE - 1
    with open(os.path.join(directory, "log/current"), "rb") as file:
        data = file.read()
    newest = data
    if not data:
        newest = open(max(glob.glob(os.path.join(directory, "log/@*"))), "rb").read()
    if f"1 {last} ".encode() not in newest[-LINE:]:
        raise SystemExit(f"{directory}: the last line is not there")


def one_run(options, what):
    directory = tempfile.mkdtemp(prefix="mvinit-log-", dir=options.directory)
    cpu_file = os.path.join(directory, "cpu")
    try:
        begin = time.monotonic()
        run = run_s6 if what in S6 else run_mvinit
        cpu = run(options, directory, cpu_file, {**CANDIDATES, **S6}[what])
        seconds = time.monotonic() - begin
        check(options, directory)
        return {"mb_per_s": options.megabytes / seconds,
                "cpu_ms_per_mb": (cpu - cpu_of_application(cpu_file)) * 1000 / options.megabytes}
    finally:
        shutil.rmtree(directory, ignore_errors=True)


# t: TAI64N, the cheaper one of its two stamps.
S6 = {"s6-log": [], "s6-log, stamped": ["t"]}
CANDIDATES = {"mvinit": "", "mvinit, block": 'when_full = "block"', "s6-log": None, "mvinit, stamped": "stamp = true",
              "s6-log, stamped": None}


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--megabytes", type=int, default=300)
    parser.add_argument("--block", type=int, default=65536)
    parser.add_argument("--directory", default="/dev/shm" if os.path.isdir("/dev/shm") else None)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    options.mvinit = os.path.abspath(os.environ.get("MVINIT") or os.path.join(ROOT, "build/musl/mvinit"))
    options.probe = os.path.abspath(os.environ.get("PROBE") or os.path.join(ROOT, "build/debug/tests/pid1/probe"))
    options.s6_log = shutil.which("s6-log")
    return options


def main():
    options = parse()
    candidates = [name for name in CANDIDATES if name not in S6 or options.s6_log]
    results = {name: [] for name in candidates}
    for _ in range(options.runs):
        for name in candidates:
            results[name].append(one_run(options, name))
    table = {name: {key: statistics.median(run[key] for run in runs) for key in runs[0]} for name, runs in results.items()}
    if options.json:
        print(json.dumps({"block": options.block, "megabytes": options.megabytes, "runs": options.runs, "results": table}))
        return
    print(f"{options.megabytes} MB in lines of {LINE} bytes, writes of {options.block or LINE} bytes, median of {options.runs}")
    for name, figures in table.items():
        print(f"{name:16} {figures['mb_per_s']:8.1f} MB/s {figures['cpu_ms_per_mb']:8.3f} CPU ms/MB")
    if not options.s6_log:
        print("s6-log is not installed: nothing to compare with")


if __name__ == "__main__":
    main()
