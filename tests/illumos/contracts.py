"""Process contracts as the emulation in kernel/ keeps them, from the side of who is no mvinit: the stand-in init.

Contract N is the directory /system/contract/process/N with a FIFO "members" and a file "status" of key=value lines. A
member is a process that holds the FIFO open for writing as descriptor 240, which fork and exec hand on; where nobody
does, the contract is empty. What a process may do with whose contract is as illumos says (contract.c, process.c).
"""

import os
import signal

PLACE = "/system/contract/process"
MEMBER = 240
CORE, SIGNAL, HWERR = 8, 0x10, 0x20
INHERIT, NOORPHAN, REGENT = 1, 2, 8
CORE_SIGNALS = {signal.SIGQUIT, signal.SIGILL, signal.SIGTRAP, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE,
                signal.SIGSEGV, signal.SIGXCPU, signal.SIGXFSZ, signal.SIGSYS}


def path(number, name):
    return f"{PLACE}/{number}/{name}"


def every():
    """The ids of all contracts, dead ones (whose directory keeps the number from coming again) left out."""
    return sorted(int(name) for name in os.listdir(PLACE) if name.isdigit())


GONE = {"state": "dead", "holder": 0, "holder_contract": 0, "fatal": 0, "param": 0, "regent": 0, "cookie": 0}


def status(number):
    """What is known of a contract. Its holder may give it up at any moment: then it is dead."""
    try:
        with open(path(number, "status")) as file:
            pairs = (line.rstrip("\n").split("=") for line in file)
            return {key: int(value) if value.isdigit() else value for key, value in pairs}
    except FileNotFoundError:
        return dict(GONE)


def write_status(number, **changes):
    known = {**status(number), **changes}
    with open(path(number, "status.new"), "w") as file:
        file.write("".join(f"{key}={value}\n" for key, value in known.items()))
    os.rename(path(number, "status.new"), path(number, "status"))


def create(cookie, fatal, param):
    """A contract held by us; returns its id, the FIFO's reading end, and its writing end for the member to be."""
    numbers = [int(name.split(".")[0]) for name in os.listdir(PLACE) if name.split(".")[0].isdigit()]
    number = max(numbers, default=0) + 1
    os.mkdir(f"{PLACE}/{number}")
    os.mkfifo(path(number, "members"))
    for name in ("ctl", "events"):
        os.close(os.open(path(number, name), os.O_CREAT | os.O_WRONLY))
    write_status(number, cookie=cookie, holder=os.getpid(), state="owned", fatal=fatal, critical=1, info=0, param=param,
                 regent=0, holder_contract=0)
    reader = os.open(path(number, "members"), os.O_RDONLY | os.O_NONBLOCK)
    writer = os.open(path(number, "members"), os.O_WRONLY)
    return number, reader, writer


def abandon(number):
    write_status(number, state="dead")
    os.rename(f"{PLACE}/{number}", f"{PLACE}/{number}.dead")


def members(number):
    wanted = path(number, "members")
    found = []
    for name in os.listdir("/proc"):
        try:
            if name.isdigit() and os.readlink(f"/proc/{name}/fd/{MEMBER}") == wanted:
                found.append(int(name))
        except OSError:
            pass  # no member, or gone
    return found


def kill_all(number):
    """SIGKILL to every member, those that are born meanwhile included."""
    while True:
        found = [pid for pid in members(number) if pid != os.getpid()]
        if not found:
            return
        for pid in found:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass


def lives(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


def holder_gone(number, log):
    """What becomes of a contract whose holder has ended."""
    known = status(number)
    if known["state"] != "owned":
        return  # it was given up just now
    parent = known["holder_contract"]
    regent = parent in every() and status(parent)["param"] & REGENT
    if known["param"] & INHERIT and regent:
        write_status(number, state="inherited", holder=0, regent=parent)
        log(f"contract {number} inherited")
    elif known["param"] & NOORPHAN:
        kill_all(number)
        abandon(number)
        log(f"contract {number} killed: no orphans")
    else:
        write_status(number, state="orphan", holder=0)
        log(f"contract {number} orphaned")


def sweep(log):
    for number in every():
        known = status(number)
        if known["state"] == "owned" and known["holder"] != os.getpid() and not lives(known["holder"]):
            holder_gone(number, log)


def transfer(old, new):
    """What the old contract inherited can be adopted by the members of the new one."""
    for number in every():
        known = status(number)
        if known["state"] == "inherited" and known["regent"] == old:
            write_status(number, regent=new)
