"""The hardware watchdog, QEMU's i6300esb: a machine whose application is well stays up, a hang of it or of PID 1 resets."""

import os
import pathlib

import images
from guest import REPOSITORY, Guest, check, run

PROBE = pathlib.Path(os.environ.get("PROBE") or REPOSITORY / "build/debug/tests/pid1/probe")
DEVICES = ["-device", "i6300esb", "-action", "watchdog=reset"]
CONFIG = """[system]
modules = ["i6300esb"]
[watchdog]
device = "/dev/watchdog"
timeout = "2s"
[console]
level = "debug"
"""
# Every second of the guest's clock a line.
TICKS = """/bin/busybox httpd -f -p 127.0.0.1:80 -h /www &
trap 'exit 0' TERM
n=0
while :; do
    echo "tick $n"
    n=$((n + 1))
    /bin/busybox sleep 1 & wait $!
done
"""
HEALTH = '[health]\nhttp = "http://127.0.0.1:80/"\ninterval = "200ms"\ntimeout = "200ms"\nfailures = 1000000\n'


def boots(script, config=CONFIG, files=None):
    return images.shell(script, config, {"www/index.html": "well\n", "sbin/probe": PROBE} | (files or {}),
                        modules="button,i6300esb")


def was_reset(guest):
    guest.expect_end("reboot")
    check(any(each["event"] == "WATCHDOG" for each in guest.monitor.events), "it was not the watchdog that reset")


FAULTS = "/sbin/probe inject 1 proc=1 count=6 pause=1000000 early=0 seed=1 >/dev/null && echo faults done &\n"


def well():
    """a machine whose application answers is not reset, also where PID 1 has faults, and power-off stops the watchdog"""
    with boots(FAULTS + TICKS, CONFIG + HEALTH) as image, Guest(image, nic=None, devices=DEVICES) as guest:
        guest.expect(r"watchdog /dev/watchdog: i6300ESB.*time-out 2 s")
        guest.expect(r"^faults done")
        guest.expect(r"^tick 12")
        check(guest.text.count("and was executed again") == 6, "the faults were not told")
        guest.power_button()
        guest.expect(r"powering off")
        guest.expect_end("poweroff")
        check(not any(each["event"] == "WATCHDOG" for each in guest.monitor.events), "the watchdog acted")


def application_hangs():
    """an application that no longer answers, and that no restart is to help, has the machine reset"""
    stop = "#!/bin/busybox sh\n/bin/busybox sleep 3\nkill -STOP $1\n"
    script = "/hang $$ &\nexec /bin/busybox httpd -f -p 127.0.0.1:80 -h /www\n"
    with boots(script, CONFIG + HEALTH, {"hang": stop}) as image, \
            Guest(image, nic=None, devices=DEVICES) as guest:
        guest.expect(r"has not been well for too long: the watchdog is fed no more")
        was_reset(guest)


def restarts_without_end():
    """an application that is started again and again, and is never well, has the machine reset"""
    script = "exit 1\n"
    config = CONFIG + "[ready]\nnotify = true\n"
    with boots(script, config) as image, Guest(image, nic=None, devices=DEVICES) as guest:
        guest.expect(r"application exited with code 1.*restarting")
        was_reset(guest)


def init_hangs():
    """a PID 1 whose loop no longer turns has the machine reset, though the application is well"""
    script = "/sbin/probe hang-init &\n" + TICKS
    with boots(script) as image, Guest(image, nic=None, devices=DEVICES) as guest:
        guest.expect(r"init hangs")
        guest.expect(r"^tick 1")
        was_reset(guest)


run(well, application_hangs, restarts_without_end, init_hangs)
