#!/usr/bin/env python3
"""Checks what the illumos program asks of the system that it will run on: libraries, and names in libc.

    illumos.py BINARY     BINARY: build/illumos/mvinit, of a cross compiler
    illumos.py --self-test
Exits with 0, 1, 2 or 77 (BINARY is not there, or there is no readelf: skipped, to ctest).

A single-purpose image has few libraries, and libc only grows: what it got after ILLUMOS_0.29 (December 2018) is in no
older system. The names are looked at, too, as a sysroot's libc may be a stand-in without versions. Source:
usr/src/lib/libc/port/mapfile-vers.
"""
import re
import subprocess
import sys
from pathlib import Path

LIBRARIES = {"libc.so.1", "libcontract.so.1", "libm.so.2"}
NEWEST = 29
TOO_NEW = set("""getlocalename_l dprintf vdprintf fdclose secure_getenv timespec_getres syncfs ptsname_r execvpe execvex
fexecve errc verrc vwarnc warnc memrchr getgrouplist __stack_chk_guard __stack_chk_fail upanic qsort_r futimes lutimes
c16rtomb c32rtomb mbrtoc16 mbrtoc32 fmemopen open_memstream open_wmemstream reallocf wcslcat wcslcpy strtonumx
pthread_cond_clockwait pthread_mutex_clocklock pthread_rwlock_clockrdlock pthread_rwlock_clockwrlock sem_clockwait
strerrordesc_np strerrorname_np posix_spawn_file_actions_addchdir posix_spawn_file_actions_addfchdir
posix_spawn_file_actions_addchdir_np posix_spawn_file_actions_addfchdir_np getcontext_extd ucontext_alloc""".split())
# Drivers that a stripped image has not got stand behind these.
DRIVERS = r"(epoll_\w+|eventfd\w*|timerfd_\w+|signalfd)$"


def complaints(told):
    """told: the words of readelf -W --dynamic --version-info --dyn-syms."""
    for library in re.findall(r"\(NEEDED\).*\[(.*)\]", told):
        if library not in LIBRARIES:
            yield f"needs {library}, which a small image has not got"
    for minor in sorted({int(found) for found in re.findall(r"Name: ILLUMOS_0\.(\d+) ", told)}):
        if minor > NEWEST:
            yield f"needs ILLUMOS_0.{minor} of libc, newer than ILLUMOS_0.{NEWEST}"
    undefined = set(re.findall(r" UND ([^@\s]+)", told))
    for name in sorted(undefined & TOO_NEW):
        yield f"needs {name}, which libc has only since after ILLUMOS_0.{NEWEST}"
    for name in sorted(name for name in undefined if re.match(DRIVERS, name)):
        yield f"needs {name}, and with it a driver in the image"


def self_test():
    needed = " 0x01 (NEEDED)             Shared library: [%s]\n"
    symbol = "    21: 0000000000000000     0 FUNC    GLOBAL DEFAULT  UND %s\n"
    version = "  0x0030:   Name: ILLUMOS_0.%d  Flags: none  Version: 10\n"
    cases = [(needed % "libc.so.1" + symbol % "poll@SUNW_0.7 (2)" + version % 29, 0), (needed % "libscf.so.1", 1),
             (version % 30, 1), (symbol % "dprintf@SUNW_0.7 (2)", 1), (symbol % "epoll_wait", 1),
             (symbol % "fork@SUNW_0.7", 0), ("   7: 0000000000401000   0 FUNC  GLOBAL DEFAULT   12 dprintf\n", 0)]
    wrong = [(told, count) for told, count in cases if len(list(complaints(told))) != count]
    print(f"self-test: {len(cases)} cases, {len(wrong)} wrong {wrong}")
    return 1 if wrong else 0


def main(argv):
    if argv == ["--self-test"]:
        return self_test()
    if len(argv) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    if not Path(argv[0]).exists():
        print(f"{argv[0]}: not built (it needs a cross compiler), nothing was checked", file=sys.stderr)
        return 77
    command = ["readelf", "-W", "--dynamic", "--version-info", "--dyn-syms", argv[0]]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    if "Shared library: [libc.so.1]" not in told:
        print(f"{argv[0]}: no program for illumos: it does not name libc.so.1", file=sys.stderr)
        return 2
    found = list(complaints(told))
    for sentence in found:
        print(f"{argv[0]}: {sentence}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
