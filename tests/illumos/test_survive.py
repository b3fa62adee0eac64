"""What goes on over the end of an init or shim, and over its own faults, beside the application: its output, back-off,
stop, hooks, readiness. Each is done by the kernel, which executes an init again, by a fault, where mvinit does so
itself, and by request."""

import ctypes
import json
import os
import re
import shutil
import signal
import struct

import image as i
from image import h
import control
import logs
import survive

APP = '[app]\ncommand = ["%P", "sleep"]\nbackoff = "1ms"\n'
SINKS = (logs.sink(to="file", path="/out/log", when_full="block") + logs.sink(to="file", path="/out/stamped", stamp=True)
         + logs.sink(to="ring", size="64M"))
WAYS = ("end", "fault", "upgrade")
USUAL = "/etc/svc/volatile/mvinit/control.sock"


class Zone:
    """A zone whose init is mvinit."""

    def __init__(self, config, start=i.zone_start):
        self.image = i.Image(config, "zone", ["exclusive=0"], inittab="smf::sysinit:/sbin/mvinit\n" if start is i.shim_start
                             else None)
        os.mkdir(self.image.file("/out/app"))
        os.mkfifo(self.image.file("/standin/die"))
        self.process = start(self.image)
        pattern = r"smf started (\d+)" if start is i.shim_start else r"init started (\d+)"
        self.init = int(self.image.event(pattern).group(1))
        self.images = 0

    @property
    def pid(self):
        """Of the init, here: what an injector wants to know of a process."""
        return i.outer_pid(self.process, self.init)

    def __getattr__(self, name):
        """All else is the container's."""
        return getattr(self.process, name)

    def settled(self):
        """Its status, once it answers: all of the last start is over then."""
        self.poll()
        answer = control.ask(self.process, "status", path=USUAL)
        h.check(answer.startswith("ok\n"), answer)
        return dict(line.split(" ", 1) for line in answer.splitlines()[1:])

    def again(self, way):
        """Another image takes over."""
        if way == "fault":
            survive.Injector(self, count=1, early=0, forget=0, kinds="jump").wait()
            self.expect("had a fault .* and was executed again")
        elif way == "upgrade":
            code, said = i.verb(self.process, "upgrade")
            h.equal(code, 0, said)
            self.expect("takes over")
        else:
            self.images += 1
            with open(self.image.file("/standin/die"), "wb", buffering=0) as file:
                file.write(b"!")
            h.until(lambda: self.poll() or self.image.calls("init executed again")[self.images - 1:], "the new init")
            self.expect("takes over")
        self.settled()


def size_of(path):
    """0 for a file that no logger has made yet."""
    return os.path.getsize(path) if os.path.exists(path) else 0


def each_way(function):
    def both():
        for way in WAYS:
            function(way)
    both.__doc__, both.__name__ = function.__doc__, function.__name__
    return h.case(both)


@each_way
def output(way):
    """no line of the application is lost or doubled, no write of it fails, and old loggers are reaped"""
    zone = Zone('[app]\ncommand = ["%P", "survivor", "/out/app", "7", "orphans=10"]\nstop_timeout = "60s"\n' + SINKS)
    app = survive.Survivor(zone.process, zone.image.file("/out/app"), zone.image.file("/out/log"))
    app.started()
    zone.settled()
    before = len(h.children(zone.pid))
    for _ in range(2):
        size = size_of(app.log)
        h.until(lambda seen=size: zone.poll() or size_of(app.log) > seen + 4000, "more lines")
        zone.again(way)
    h.until(lambda: zone.poll() or len(h.children(zone.pid)) <= before, "the end of the old loggers")
    h.until(lambda: not h.zombies(zone.pid), "no zombies")
    lines = zone.image.file("/out/stamped")
    size = size_of(lines)
    h.until(lambda: zone.poll() or size_of(lines) > size + 4000, "lines of the new loggers")
    code, said = i.verb(zone.process, "log")
    with open(app.log) as file:
        first, last = file.readline().strip(), said.splitlines()[-1]
        h.check(code == 0 and said.splitlines()[0] == first, f"{code}: the ring begins with {said[:80]}")
        h.check(last in file.read(), f"the ring ends with {last}")
    i.kill(zone.process, zone.init, signal.SIGINT)
    zone.image.event("uadmin 2 0$")
    h.check(app.tally() > 0, "no lines")


@each_way
def backing_off(way):
    """the pause before a restart goes on, with what it has become by then"""
    zone = Zone('[app]\ncommand = ["%P", "run", "/out/runs", "x", "1"]\nbackoff = "1h"\nmax_backoff = "2h"\n')
    zone.expect("restarting in 1h")
    before = zone.settled()
    zone.again(way)
    value = zone.settled()
    h.equal((value["phase"], value["restarts"]), ("backing_off", before["restarts"]))
    h.equal(h.lines(zone.image.file("/out/runs")), ["x"])
    client = control.connect(zone.process, USUAL)
    client.send(b"1 start\n")
    zone.expect("restarting in 2h")
    client.close()
    h.equal(h.lines(zone.image.file("/out/runs")), ["x", "x"])


@each_way
def stopping(way):
    """a stop that was under way goes on: nobody is told twice, and the application is down at its end"""
    zone = Zone('[app]\ncommand = ["%P", "catch"]\nstop_timeout = "1h"\n')
    application = int(zone.expect(r"^ready (\d+)$").group(1))
    client = control.connect(zone.process, USUAL)
    client.send(b"1 stop\n")
    zone.expect("^signal 15 ")
    zone.settled()  # a fault before it is noted that the signal was sent would send it again
    zone.again(way)
    h.equal(zone.settled()["phase"], "stopping")
    h.equal(zone.process.output.count("signal 15 "), 1)
    i.kill(zone.process, application, signal.SIGKILL)
    h.until(lambda: zone.settled()["phase"] == "down", "down")
    client.close()


@each_way
def hooks(way):
    """a hook that runs is not run again, and the application is started once it has ended"""
    zone = Zone(APP + '[[hook]]\nwhen = "before_start"\ncommand = ["%P", "until", "/out/steps", "x", "/out/go", "0"]\n')
    steps = zone.image.file("/out/steps")
    h.until(lambda: zone.poll() or h.lines(steps) == ["x"], "the hook")
    zone.again(way)
    zone.image.write("/out/go", "")
    zone.expect("^ready")
    h.equal(h.lines(steps), ["x"])


@each_way
def ready(way):
    """an application that was not ready can still say so, by descriptor and by notification, and no write of it fails"""
    for setting, words in (("fd = 3", ["line", "3", "wait:/out/go", "here\\n"]),
                           ("notify = true", ["notify", "wait:/out/go", "READY=1"])):
        zone = Zone(f'[app]\ncommand = {json.dumps(["%P", *words])}\n[ready]\n{setting}\ntimeout = "1h"\n')
        h.until(lambda z=zone: z.settled()["phase"] == "running", "running")
        zone.again(way)
        h.equal(zone.settled()["ready_ms"], "0")
        zone.image.write("/out/go", "")
        h.until(lambda z=zone: z.settled()["ready_ms"] != "0", "ready")
        h.equal(zone.settled()["restarts"], "0")


@each_way
def probing(way):
    """a probe that is being made keeps nobody from asking the next mvinit"""
    zone = Zone(APP + '[ready]\nhttp = "http://127.0.0.1:9/"\ntimeout = "1h"\n')
    zone.expect(r"^ready")
    zone.again(way)
    h.check("another mvinit answers" not in zone.process.output, zone.process.output[-900:])


def spoil(zone, name, instead=os.mkdir):
    """What lies there of an mvinit's is gone; instead: what comes in its place."""
    path = zone.image.file(name if name.startswith("/") else "/etc/svc/volatile/mvinit/" + name)
    os.unlink(path)
    instead(path)


@h.case
def lost():
    """what cannot be opened again is told, each with its cause and what follows, and the application goes on"""
    sinks = SINKS + logs.sink(to="file", path="/out/errors", streams="stderr")
    zone = Zone('[app]\ncommand = ["%P", "survivor", "/out/app", "7"]\nbackoff = "1ms"\n[ready]\nfd = 3\n' + sinks)
    app = survive.Survivor(zone.process, zone.image.file("/out/app"), zone.image.file("/out/log")).started()
    before = zone.settled()
    for name in ("ready", "boot-stamps", "log", "configuration"):
        spoil(zone, name)
    spoil(zone, "output", lambda path: None)
    spoil(zone, "output.2", lambda path: open(path, "w").close())
    zone.again("upgrade")
    directory = r"Is a directory"
    place = "open again /etc/svc/volatile/mvinit/"
    for name, cause, means in (
            ("configuration", directory, "the configuration is taken from its own file"),
            ("boot-stamps", directory, "mvinit analyze knows nothing"),
            ("ready", directory, "that the application is ready is not heard before its next start: mvinit restart"),
            ("log", directory, "mvinit log has nothing"),
            ("output", "No such file or directory", "what the application writes is not read, .*: mvinit restart"),
            ("output.2", "File exists", "what the application writes is not read, .*: mvinit restart")):
        h.check(re.search(rf"{place}{name}: {cause}: {means}$", zone.process.output, re.M), zone.process.output)
    h.equal(zone.process.output.count(place), 6)
    value = zone.settled()
    h.equal([value[key] for key in ("phase", "app_pid", "restarts")], ["running", before["app_pid"], "0"])
    client = control.connect(zone.process, USUAL)
    client.send(b"1 restart\n")
    app.started(2)
    client.close()
    size = size_of(app.log)
    h.until(lambda: zone.poll() or size_of(app.log) > size + 4000, "its lines are read again")


@h.case
def lost_notifications():
    """a notification socket that cannot be made again is told; the application's next start has one again"""
    zone = Zone('[app]\ncommand = ["%P", "notify", "wait:/out/go", "READY=1"]\nbackoff = "1ms"\n[ready]\nnotify = true\n')
    h.until(lambda: zone.settled()["phase"] == "running", "running")
    place = f"/etc/svc/volatile/mvinit/notify.{zone.init}.sock"
    spoil(zone, place)
    zone.again("upgrade")
    h.check(re.search(rf"open again {place}: Address already in use: notifications of the application are not heard .*: "
                      "mvinit restart", zone.process.output), zone.process.output)
    zone.image.write("/out/go", "")
    os.rmdir(zone.image.file(place))
    h.equal((zone.settled()["phase"], zone.settled()["ready_ms"]), ("running", "0"))
    client = control.connect(zone.process, USUAL)
    client.send(b"1 restart\n")
    h.until(lambda: zone.settled()["ready_ms"] != "0", "ready")
    client.close()


@h.case
def taken():
    """of the configuration as a reload has taken it there is a whole one at every moment, which the next init goes by"""
    zone = Zone(APP)
    zone.settled()
    good = zone.image.read("/etc/mvinit.toml")
    seen = []
    for number in range(1, 4):
        zone.image.write("/etc/mvinit.toml", good + f"stop_timeout = \"{number}h\"\n")
        watch = Watch(zone.image.file("/etc/svc/volatile/mvinit"))
        h.equal(i.verb(zone.process, "reload")[0], 0)
        zone.settled()
        seen.append(watch.changes("configuration.reloaded"))
    # Never one that was not whole: nothing but another one in its place.
    h.equal(seen, [["moved to"]] * 3)
    zone.image.write("/etc/mvinit.toml", "[nonsense]\n")
    zone.again("end")
    h.equal(zone.settled()["phase"], "running")
    h.check("nonsense" not in zone.process.output, zone.process.output[-900:])
    with open(zone.image.file("/etc/svc/volatile/mvinit/configuration.reloaded")) as file:
        h.equal(file.read(), good + 'stop_timeout = "3h"\n')


class Watch:
    """What happens to the names of a directory, by inotify(7)."""
    KINDS = {0x2: "modified", 0x80: "moved to", 0x100: "created", 0x200: "deleted"}

    def __init__(self, directory):
        libc = ctypes.CDLL(None, use_errno=True)
        self.file = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        h.check(libc.inotify_add_watch(self.file, directory.encode(), sum(self.KINDS)) >= 0, os.strerror(ctypes.get_errno()))

    def changes(self, name):
        """All that has happened to that name, in order. The watch is over."""
        data, found = os.read(self.file, 1 << 16), []
        os.close(self.file)
        while data:
            kind, size = struct.unpack_from("=4xI4xI", data)
            if data[16:16 + size].rstrip(b"\0").decode() == name:
                found.append(self.KINDS[kind & 0xfff])
            data = data[16 + size:]
        return found


@h.case
def refused():
    """a next mvinit that cannot use its configuration keeps the application, until another one can"""
    for start in (i.zone_start, i.shim_start):
        zone = Zone(APP, start)
        application = int(zone.expect(r"^ready (\d+)$").group(1))
        zone.settled()
        good = zone.image.read("/etc/mvinit.toml")
        zone.image.write("/etc/mvinit.toml", "[nonsense]\n")
        os.unlink(zone.image.file("/etc/svc/volatile/mvinit/configuration"))
        if start is i.zone_start:
            i.verb(zone.process, "upgrade")
        else:
            i.kill(zone.process, zone.init, signal.SIGKILL)
            zone.init = int(zone.image.event(r"smf started (\d+)", 2).group(1))
        zone.expect("goes on, but from now on mvinit only reaps and passes on stop signals")
        h.check(i.outer_pid(zone.process, application), "the application has gone")
        zone.image.write("/etc/mvinit.toml", good)
        h.equal(i.verb(zone.process, "upgrade", "/sbin/mvinit")[0], 0)
        h.equal(zone.settled()["phase"], "running")
        i.kill(zone.process, application, signal.SIGKILL)
        h.check(int(zone.expect(r"^ready (\d+)$").group(1)) != application, "not started again")


@survive.phase
def many():
    """faults anywhere in steady state: the application stays, none of its lines is lost, and the plan is not done twice"""
    zone = Zone('[app]\ncommand = ["%P", "survivor", "/out/app", "7", "orphans=10"]\nstop_timeout = "60s"\n' + SINKS)
    app = survive.Survivor(zone.process, zone.image.file("/out/app"), zone.image.file("/out/log")).started()
    zone.settled()
    done = zone.image.commands(), zone.image.calls("mount")
    survive.Injector(zone, count=survive.share(4), early=0, poke=10).wait()
    zone.settled()
    h.equal((zone.image.commands(), zone.image.calls("mount")), done, "carried out")
    i.kill(zone.process, zone.init, signal.SIGINT)
    zone.image.event("uadmin 2 0$")
    h.check(app.tally() > 0, "no lines")


@h.case
def shim():
    """a fault of the shim is no end of it: init starts nothing, the application stays its child"""
    zone = Zone(APP, i.shim_start)
    application = int(zone.expect(r"^ready (\d+)$").group(1))
    zone.settled()
    zone.again("fault")
    h.equal(zone.settled()["app_pid"], str(application))
    h.equal(sum("smf started" in line for line in zone.image.events()), 1)
    i.kill(zone.process, application, signal.SIGKILL)
    h.check(int(zone.expect(r"^ready (\d+)$").group(1)) != application, "not started again")


def thrice(config=APP, start=i.zone_start):
    """A zone whose mvinit has had three faults within 10 s."""
    zone = Zone(config, start)
    zone.application = int(zone.expect(r"^ready (\d+)$").group(1))
    zone.settled()
    for _ in range(2):
        zone.again("fault")
    survive.Injector(zone, count=1, early=0, forget=0, kinds="jump", **{"await": 0}).wait()
    said = zone.expect(r'fatal: SIG\w+ at address 0x[0-9a-f]+ while running, last step "[^"]+": third within 10 s: .*')
    h.check(f"the application, pid {zone.application}, goes on" in said.group(0), said.group(0))
    h.until(lambda: zone.image.calls("mlockall"), "it stays in memory")
    return zone


def sleeps_or_gone(pid):
    if pid is None:
        return True
    with open(f"/proc/{pid}/stat") as file:
        return file.read().rpartition(") ")[2][0] == "S"


@h.case
def last_output():
    """a signal that comes while the loggers are waited for cuts nothing of the last output off"""
    zone = Zone('[app]\ncommand = ["%P", "catch", "15", "0"]\n' + logs.sink(to="file", path="/out/log", when_full="block"))
    log = zone.image.file("/out/log")
    h.until(lambda: zone.poll() or any("ready " in line for line in h.lines(log)), "its first line")
    loggers = [pid for pid, _ in h.children(zone.pid) if pid != i.outer_pid(zone.process, int(zone.settled()["app_pid"]))]
    h.check(loggers, "no loggers")
    for pid in loggers:
        os.kill(pid, signal.SIGSTOP)
    i.kill(zone.process, zone.init, signal.SIGINT)
    zone.expect("application exited")
    for _ in range(50):
        h.check(zone.pid, f"it has not waited: {zone.process.output}")
        i.kill(zone.process, zone.init, signal.SIGHUP)
        h.until(lambda: sleeps_or_gone(zone.pid), "it waits again")
    for pid in loggers:
        os.kill(pid, signal.SIGCONT)
    zone.image.event("uadmin 2 0$")
    h.check("signal 15 " in h.lines(log)[-1], h.lines(log))
    h.check("killing it" not in zone.process.output, zone.process.output)


@h.case
def third():
    """after three faults within 10 s it only reaps and passes on; mvinit upgrade gets out of that"""
    for start in (i.zone_start, i.shim_start):
        zone = thrice(start=start)
        answer = control.ask(zone.process, "status", path=USUAL)
        h.check(answer.startswith("error 3 mvinit faulted three times"), answer)
        code, said = i.verb(zone.process, "upgrade", "/sbin/none")
        h.check(code == 1 and "the mvinit that runs stays" in said, f"{code} {said}")
        answer = control.ask(zone.process, "upgrade /etc/mvinit.toml", path=USUAL)
        h.check("/etc/mvinit.toml: cannot be read, or is no program" in answer, answer)
        code, said = i.verb(zone.process, "upgrade")
        h.equal(code, 0, said)
        h.equal(zone.settled()["app_pid"], str(zone.application))
        i.kill(zone.process, zone.application, signal.SIGKILL)
        zone.expect(r"^ready")


@h.case
def third_and_stop():
    """then a stop signal still stops the application and ends the zone, and its end has another mvinit executed"""
    zone = thrice('[app]\ncommand = ["%P", "catch", "15", "0"]\nbackoff = "1ms"\n')
    i.kill(zone.process, zone.init, signal.SIGINT)
    zone.expect("^signal 15 ")
    zone.image.event("uadmin 2 0$")
    zone = thrice()
    i.kill(zone.process, zone.application, signal.SIGKILL)
    zone.expect("no application is left: executing mvinit again in 1 s")
    zone.expect(r"^ready")
    zone.settled()


@h.case
def third_and_no_end():
    """an end that the kernel refuses then is told with its cause, mvinit stays, and the next request tries it again"""
    zone = thrice('[app]\ncommand = ["%P", "catch", "15", "0"]\n')
    facts = zone.image.read("/standin/zone")
    zone.image.write("/standin/zone", facts + "uadmin=1\n")
    for number, function in ((signal.SIGINT, 0), (signal.SIGFPE, 1)):
        i.kill(zone.process, zone.init, number)
        zone.expect(r"fatal: uadmin\(2\): EPERM \(1\): end it from the global zone, or reset it")
        h.equal(zone.image.calls("uadmin")[-1], f"uadmin(2, {function}, 0) = 1")
    h.equal((zone.process.output.count("signal 15 "), len(zone.image.calls("uadmin"))), (1, 2))
    answer = control.ask(zone.process, "upgrade", path=USUAL)
    h.check(answer.startswith("error 3 upgrade: the application is being stopped"), answer)
    zone.image.write("/standin/zone", facts)
    i.kill(zone.process, zone.init, signal.SIGINT)
    zone.image.event("uadmin 2 0$")


@h.case
def no_program():
    """with no mvinit to execute any more a fault leaves the minimal loop, and another mvinit takes over from it"""
    zone = Zone(APP)
    application = int(zone.expect(r"^ready (\d+)$").group(1))
    zone.settled()
    other = zone.image.file("/sbin/other")
    shutil.copy(h.BINARY, other)
    h.equal(i.verb(zone.process, "upgrade", "/sbin/other")[0], 0)
    zone.settled()
    os.unlink(other)
    survive.Injector(zone, count=1, early=0, forget=0, kinds="jump", **{"await": 0}).wait()
    zone.expect(r"fatal: execute /sbin/other: ENOENT \(2\): from now on only reaping and passing on stop signals")
    h.check(i.outer_pid(zone.process, application), "the application has gone")
    h.equal(zone.image.calls("mlockall"), ["mlockall(1)"])
    h.equal(i.verb(zone.process, "upgrade", "/sbin/mvinit")[0], 0)
    h.equal(zone.settled()["app_pid"], str(application))


if __name__ == "__main__":
    h.main()
