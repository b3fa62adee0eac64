"""A clock that jumps, a machine that sleeps, a disk that stands still: mvinit counts on, and ends the machine all the
same. One boot, as each of these is over in a second."""

import pathlib
import re
import subprocess
import tempfile

import images
from guest import Guest, check, run, wait_until

CONFIG = """[system]
modules = ["virtio_pci", "virtio_blk"]
[[mount]]
source = "/dev/vda"
target = "/data"
type = "ext4"
mkdir = true
"""
APP = """backoff = "600ms"
max_backoff = "600ms"
stop_timeout = "1s"
"""

# Each start is a step. What comes on while mvinit waits is done by a process that is not of the application's group,
# which would be killed with it.
SCRIPT = r"""PATH=/bin:/sbin
b=/bin/busybox
now() { read up rest </proc/uptime; echo $up; }
later() {
    $b rm -f /run/apart
    $b setsid $b sh -c "echo >/run/apart; $1" &
    while [ ! -e /run/apart ]; do $b usleep 10000; done
}
step=$($b cat /run/step 2>/dev/null || echo 1)
echo $((step + 1)) >/run/step
echo "start $step at $(now) in $($b date +%Y)"
case $step in
1) later "$b sleep 0.3; $b date -s 2060-01-01; echo forward"; echo "end 1 at $(now)"; exit 1 ;;
2) later "$b sleep 0.3; $b date -s 1999-01-01; echo backward"; echo "end 2 at $(now)"; exit 1 ;;
3) trap 'echo "asked at $(now)"; $b date -s 2061-01-01' TERM
   later "/sbin/init restart --no-wait"
   while :; do $b sleep 0.1; done ;;
4) /sbin/init status --json | $b tr , '\n' | $b sed -n 's/.*"\([a-z_]*_ms\)": /figure \1 /p'
   echo "told all"
   later "$b sleep 0.3; echo asleep; echo mem >/sys/power/state; echo awake"; echo "end 4 at $(now)"; exit 1 ;;
5) /sbin/init status | $b grep -q running && echo "answered"
   $b fsfreeze --freeze /data
   $b setsid $b sh -c 'echo >/data/file' &
   while ! $b grep -q "^State:.D" /proc/$!/status; do $b sleep 0.1; done
   echo frozen
   while :; do $b sleep 1; done ;;
esac
"""


def moment(guest, words):
    """When that was said, by the guest's own monotonic clock."""
    return float(guest.expect(rf"^{words} at ([\d.]+)").group(1))


def clock_steps(guest):
    """Restarts wait for as long as they are to, and SIGKILL, too."""
    for step, year, jump in ((1, 2060, "forward"), (2, 1999, "backward")):
        ended = moment(guest, f"end {step}")
        guest.expect(rf"^{jump}")
        found = guest.expect(rf"^start {step + 1} at ([\d.]+) in {year}")
        check(float(found.group(1)) - ended > 0.5, f"restarted too soon after the step {jump}")
    # By mvinit's own stamp: the application tells later, on a busy host much later.
    asked = float(guest.expect(r"\[ *([\d.]+)\] asked to restart; stopping").group(1))
    moment(guest, "asked")
    guest.expect(r"SIGKILL")
    found = guest.expect(r"^start 4 at ([\d.]+) in 2061")
    check(float(found.group(1)) - asked > 0.9, "killed too soon")
    guest.expect(r"^told all")
    figures = dict(re.findall(r"^figure (\w+_ms) (\d+)$", guest.text, re.M))
    check({"now_ms", "started_ms"} <= set(figures), f"status tells {figures}")
    hour = 3_600_000
    check(all(int(value) < hour for value in figures.values()), f"status tells {figures}")


def sleep(guest):
    """The restart that was waited for comes after the machine woke up."""
    guest.expect(r"^asleep")
    slept = lambda: any(event["event"] == "SUSPEND" for event in guest.monitor.events)
    wait_until("the machine to sleep", slept)
    guest.monitor.command("system_wakeup")
    guest.expect_all(r"^awake", r"^start 5 ")
    guest.expect(r"^answered")


def bad_luck():
    """steps of the clock by decades, a sleep and a writer that cannot be killed: back-off, time-outs, status and end"""
    with tempfile.TemporaryDirectory() as folder:
        disk = pathlib.Path(folder) / "disk"
        with open(disk, "wb") as file:
            file.truncate(32 << 20)
        subprocess.run(["/sbin/mke2fs", "-q", "-F", "-t", "ext4", disk], check=True)
        image = images.shell(SCRIPT, CONFIG, app=APP, kernel="kernel-cloud",
                             modules="virtio_pci,virtio_blk,button")
        drive = ["-drive", f"file={disk},format=raw,if=none,id=disk", "-device", "virtio-blk-pci,drive=disk"]
        with image as path, Guest(path, kernel="kernel-cloud", nic=None, devices=drive) as guest:
            clock_steps(guest)
            sleep(guest)
            guest.expect(r"^frozen")
            guest.power_button()
            guest.expect(r"did not go even after SIGKILL")
            guest.expect_end("poweroff")


run(bad_luck)
