"""Faults of PID 1 itself, hundreds of them, at random moments of everything that it does: the application does not
notice, and nothing is done twice or not at all.

The last line says how many there were, and what was lost. MVINIT_SEED and MVINIT_FAULTS: see survive.py.
"""

import os
import signal
import subprocess

import harness as h
from logs import application
from survive import Injector, Survivor, at_rest, chance, descriptors, needs_injector, phase, settled, share, status, survivor

SETUPS = 12
COUNTED = 40  # a real-time signal: the kernel queues each


def setups(probe, path):
    return "".join(f'[[setup]]\ncommand = ["{probe}", "run", "{path}", "{n}", "0", "2"]\n' for n in range(SETUPS))


def once_each(path):
    h.equal(h.lines(path), [str(n) for n in range(SETUPS)], "the setup commands")


def stopped(process, app, starts=1, code=7):
    """Ends it, faults or not: the application's code, and all of its lines."""
    process.send(signal.SIGTERM)
    h.equal(process.code(), code, process.output[-1500:])
    return app.tally(starts)


@phase
def booting():
    """in a container's boot: each [[setup]] command has run once, and the application is started once"""
    done = 0
    while done < share(16):
        process = h.container(survivor(more=setups("%P", "%D/setups")))
        injector = Injector(process, count=chance.randint(1, 12), early=chance.choice([0, 30, 70]),
                            calls=chance.choice([2, 12, 40]), pause=chance.choice([0, 2000, 8000]))
        app = Survivor(process).started()
        injector.wait()
        done += injector.count()
        once_each(os.path.join(process.directory, "setups"))
        stopped(process, app)


@phase
def booting_machine():
    """in a machine's boot, with its mounts and interfaces"""
    done = 0
    while done < share(8):
        words = '"%P", "survivor", "/out/app", "7"'
        process = h.machine(f"[app]\ncommand = [{words}]\n" + '[[sink]]\nto = "file"\npath = "/out/log"\n'
                            'when_full = "block"\n[[interface]]\nname = "lo"\naddresses = ["10.9.8.7/24"]\n'
                            + setups("%P", "/out/setups"))
        injector = Injector(process, count=chance.randint(1, 12), early=30, calls=chance.choice([2, 12, 40]),
                            pause=chance.choice([0, 2000, 8000]))
        app = Survivor(process, process.root.file("/out/app"), process.root.file("/out/log")).started()
        injector.wait()
        done += injector.count()
        once_each(process.root.file("/out/setups"))
        process.send(signal.SIGUSR2)
        h.equal(process.death(), signal.SIGINT)
        app.tally()


@phase
def steady():
    """while the application runs, writes, holds a connection, leaves orphans and is sent signals"""
    process = h.container(survivor("orphans=10"))
    app = Survivor(process).started()
    status(process)
    settle = at_rest(process)
    connection = app.connect()
    pid = app.pid()
    injector = Injector(process, count=share(34), pause=3000, calls=20)
    sent = 0
    while injector.running():
        process.send(COUNTED)
        sent += 1
        process.poll()
        injector.reach(injector.count() + 1)
    injector.wait()
    settled(process, settle, "after the faults")
    value = status(process)
    h.equal((value["phase"], value["restarts"], app.pid()), ("running", 0, pid))
    connection.close()
    stopped(process, app)
    came = app.ends()[0][3]
    h.check(came >= sent, f"{came} of {sent} signals came")
    if came != sent:
        print(f"# signals that came twice: {came - sent} of {sent}", flush=True)


@phase
def crashes():
    """while the application crashes and is started again: once each time, and the count is right"""
    process = h.container(survivor())
    app = Survivor(process).started()
    injector = Injector(process, pause=1000)
    runs = 1
    while injector.below(share(8)):
        os.kill(app.pid(), signal.SIGUSR2)
        runs += 1
        app.started(runs)
    h.equal(status(process)["restarts"], runs - 1)
    injector.stop()
    h.equal(status(process)["restarts"], runs - 1)
    stopped(process, app, runs)


@phase
def pauses():
    """in the pauses between a crash and the next start: they are as long as without, and grow"""
    process = h.container(survivor(backoff="50ms", max_backoff="200ms", reset_after="1h"))
    app = Survivor(process).started()
    injector = Injector(process, pause=1000)
    for run, pause in enumerate((50, 100, 200, 200), 1):
        os.kill(app.pid(), signal.SIGUSR2)
        app.started(run + 1)
        ended, began = app.ends()[run - 1][4], int(app.starts()[run][2])
        h.check(began - ended >= pause, f"started {began - ended} ms after end {run}, and not {pause} ms")
    injector.stop()
    stopped(process, app, 5)


@phase
def stopping():
    """while it is stopped: it ends with the application's code, and every line is there"""
    done = 0
    while done < share(12):
        process = h.container(survivor("orphans=20"))
        app = Survivor(process).started()
        injector = Injector(process, count=chance.randint(1, 12), early=40, pause=chance.choice([0, 1000]))
        injector.reach(chance.randrange(4))
        stopped(process, app)
        injector.wait(ends=True)
        done += injector.count()


@phase
def killing():
    """while it is stopped, with an application that refuses: stop_timeout holds, and is not begun anew"""
    process = h.container(application("%P", "escape", "%D/fate", "refuse", "refuse", stop_timeout="300ms"))
    process.expect("^ready")
    fate = os.path.join(process.directory, "fate")
    h.until(lambda: h.lines(fate) == ["up"], "the escapee is up")
    injector = Injector(process, pause=2000)
    injector.reach(2)
    process.send(signal.SIGTERM)
    h.equal(process.code(), 137)
    injector.stop(ends=True)


@phase
def asked():
    """while clients ask: each is answered by this image or by the next"""
    process = h.container(survivor())
    app = Survivor(process).started()
    status(process)
    settle = at_rest(process)
    waiter = subprocess.Popen([h.BINARY, "wait", "--down", "--control", os.path.join(process.directory, "control")],
                              stderr=subprocess.PIPE, text=True, env=h.environment(None))
    # Who has not asked yet sees the connection end: it has when it sleeps, and is on record when the next one is answered.
    h.until(lambda: len(descriptors(process)) > len(settle) and h.state(waiter.pid) == "S", "it waits")
    status(process)
    pid = app.pid()
    injector = Injector(process, count=share(6), pause=1000)
    while injector.running():
        value = status(process)
        h.equal((value["phase"], value["restarts"]), ("running", 0))
    injector.wait()
    h.equal(app.pid(), pid)
    verb(process, "stop")
    h.equal((waiter.wait(h.DEADLINE), waiter.stderr.read()), (0, ""), "wait --down through all of it")
    waiter.stderr.close()
    verb(process, "start")
    app.started(2)
    settled(process, settle, "after the clients")
    stopped(process, app, 2)


def verb(process, *words):
    """Asks, with a request that may be made again where PID 1 was cut off before it had answered."""
    def done():
        process.poll()
        return subprocess.run([h.BINARY, *words, "--control", os.path.join(process.directory, "control")],
                              capture_output=True, timeout=h.DEADLINE, check=False,
                              env=h.environment(None)).returncode == 0
    h.until(done, " ".join(words))


@phase
def reloads():
    """while the configuration is read again: the one that was taken last is what the next start has"""
    process = h.container(survivor("generation=0"))
    app = Survivor(process).started()
    with open(process.config) as file:
        text = file.read()
    injector = Injector(process, pause=1000, early=40)
    runs, generation = 1, 0
    while injector.below(share(8)):
        generation += 1
        with open(process.config + ".new", "w") as file:
            file.write(text.replace("generation=0", f"generation={generation}"))
        os.rename(process.config + ".new", process.config)
        verb(process, "reload")
        if chance.random() < 0.5:
            os.kill(app.pid(), signal.SIGUSR2)
            runs += 1
            app.started(runs)
            h.equal(app.starts()[-1][3], str(generation), "the generation that was started")
    injector.stop()
    stopped(process, app, runs)


def note(when):
    return f'[[hook]]\nwhen = "{when}"\ncommand = ["%P", "run", "%D/hooks", "{when}", "0", "2"]\n'


@phase
def hooks():
    """while hooks run: each once for each start and end"""
    process = h.container(survivor(more=note("before_start") + note("before_stop") + note("after_stop")))
    app = Survivor(process).started()
    injector = Injector(process, pause=1000)
    runs = 1
    while injector.below(share(8)):
        os.kill(app.pid(), signal.SIGUSR2)
        runs += 1
        app.started(runs)
    stopped(process, app, runs)
    injector.stop(ends=True)
    around = ["before_start", "after_stop"] * (runs - 1) + ["before_start", "before_stop", "after_stop"]
    h.equal(h.lines(os.path.join(process.directory, "hooks")), around)


needs_injector()
h.main()
