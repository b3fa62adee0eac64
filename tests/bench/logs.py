"""How fast the application's output gets into rotated files, and what that costs: tests/bench/log_throughput.py,
where it is there, with runit's svlogd beside its own contenders."""

import importlib.util
import os
import shutil
import subprocess
import tempfile
import time
from types import SimpleNamespace

from running import HOME, REPOSITORY, TREE, Unmeasurable, in_real_time
from scenario import Scenario
from table import Column

PATH = REPOSITORY / "tests/bench/log_throughput.py"
MEGABYTES = 300


def throughput():
    """The module, or None. s6-log is dynamic: its libraries are in the tree that it was unpacked into."""
    if not PATH.exists():
        return None
    os.environ["LD_LIBRARY_PATH"] = ":".join(str(path) for path in (TREE / "usr/lib").glob("*-linux-gnu"))
    spec = importlib.util.spec_from_file_location("log_throughput", PATH)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def contenders():
    module = throughput()
    return [*(module.CANDIDATES if module else ["mvinit", "s6-log"]), "svlogd"]


def options():
    return SimpleNamespace(megabytes=MEGABYTES, block=65536, directory="/dev/shm", mvinit=str(HOME / "bin/mvinit-musl"),
                           probe=str(REPOSITORY / "build/debug/tests/pid1/probe"), s6_log=str(TREE / "usr/bin/s6-log"))


def run_svlogd(module, settings, directory, cpu_file):
    log = os.path.join(directory, "log")
    os.mkdir(log)
    with open(os.path.join(log, "config"), "w", encoding="utf-8") as file:
        file.write(f"s{module.FILE_SIZE}\nn{module.KEPT}\n")
    with subprocess.Popen(module.writer(settings, cpu_file), stdout=subprocess.PIPE) as application:
        logger = subprocess.Popen([TREE / "usr/bin/svlogd", log], stdin=application.stdout)
        application.stdout.close()
    usage = os.wait4(logger.pid, 0)[2]
    return usage.ru_utime + usage.ru_stime


def measure_svlogd(module, settings):
    directory = tempfile.mkdtemp(prefix="mvinit-log-", dir=settings.directory)
    try:
        began = time.monotonic()
        cpu = run_svlogd(module, settings, directory, os.path.join(directory, "cpu"))
        seconds = time.monotonic() - began
        module.check(settings, directory)
        return {"mb_per_s": MEGABYTES / seconds, "cpu_ms_per_mb": cpu * 1000 / MEGABYTES}
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def measure(name):
    module, settings = throughput(), options()
    if module is None:
        raise Unmeasurable("tests/bench/log_throughput.py is not there: nothing is captured yet")
    if not os.access(settings.probe, os.X_OK):
        raise Unmeasurable("build/debug/tests/pid1/probe has not been built")
    try:
        with in_real_time():
            return measure_svlogd(module, settings) if name == "svlogd" else module.one_run(settings, name)
    except (SystemExit, OSError) as error:
        raise Unmeasurable(str(error)) from None


SCENARIO = Scenario("logs", f"{MEGABYTES} MB of 100-byte lines into rotated files",
                    [Column("mb_per_s", "MB/s", 1, 0, more=True), Column("cpu_ms_per_mb", "CPU ms/MB", 1, 3)],
                    contenders, measure, rounds=5, quick=1, base="s6-log",
                    remark="in memory; CPU of everything but the application")
