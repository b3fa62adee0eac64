"""A sink that stalls: nothing else does, unless that was asked for, and what is lost is told."""

import json
import os
import re
import signal
import socket
import subprocess

import harness as h
import namespaces
from logs import all_there, application, content, loggers, numbers, sink


def log(process, name="log"):
    return os.path.join(process.directory, name)


def accounted(text):
    """The numbers that lines have, and how many lines the notices between tell of; both must fit together."""
    expected = 0
    for line in text.splitlines():
        notice = re.search(rb"mvinit: (\d+) lines? \((\d+) bytes\) w(?:as|ere) dropped here: (.*)", line)
        if notice:
            expected += int(notice.group(1))
        elif re.search(rb"1 \d+ x", line):
            number = int(re.search(rb"1 (\d+) x", line).group(1))
            h.equal(number, expected, str(line))
            expected = number + 1
    return expected


def unread(sinks, stdio):
    """The application writes 50000 lines and stays; the console is read only after that."""
    process = h.container(application("/bin/sh", "-c", "%P number 50000 80 0 %D/done; exec %P hold %D/held x") + sinks
                          + sink(to="file", path="%D/log"), stdio=stdio)
    h.until(lambda: h.lines(log(process, "done")), "the application has written all")
    h.until(lambda: len(numbers(content(log(process)))) == 50000, "the file has all")
    process.expect(r" 49999 x+$")
    text = process.output.encode()
    h.check(b"dropped here: the console stalled\n" in text, process.output[-500:])
    h.equal(accounted(text), 50000)
    process.send(signal.SIGTERM)
    process.wait()


@h.case
def unread_pipe():
    """a console that nobody reads stalls neither the application nor the file; what it missed is told to it later"""
    unread(sink(to="console"), "pipe")
    unread(sink(to="console", stamp=True), "pipe")


@h.case
def unread_terminal():
    """the same for a terminal, and for sockets"""
    unread(sink(to="console", stamp=True), "pty")
    unread(sink(to="console"), "stream")


@h.case
def block():
    """when_full = "block" lets the application wait, and loses nothing"""
    process = h.container(application("%P", "number", "50000", "80", "0", "%D/done", restart="never")
                          + sink(to="console", when_full="block") + sink(to="file", path="%D/log"))
    got = []

    def settled():
        got.append(os.path.getsize(log(process)) if os.path.exists(log(process)) else 0)
        return len(got) > 400 and got[-1] > 0 and len(set(got[-300:])) == 1
    h.until(settled, "the file does not grow any more")
    h.equal(h.lines(log(process, "done")), [])
    h.check(got[-1] < 50000 * 80, "it has all")
    h.equal(process.code(), 0)  # reads
    # mvinit's own messages go to the same console, where a line may be half written.
    all_there(re.sub(rb"mvinit: [^\n]*\n", b"", process.output.encode()), 50000)
    all_there(content(log(process)), 50000)


@h.case
def unread_syslog():
    """a syslog daemon that reads nothing, then goes, then comes again"""
    directory = h.scratch()
    path = os.path.join(directory, "log.sock")
    daemon = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    daemon.bind(path)
    process = h.container(application("/bin/sh", "-c", "%P number 2000 60 0 %D/done; %P until /dev/null w %D/go 0; echo again; sleep 1000",
                                      restart="never") + sink(to="syslog", path=path, buffer="4K"))
    h.until(lambda: h.lines(log(process, "done")), "the application has written all")
    records = []

    def take():
        daemon.setblocking(False)
        try:
            while True:
                records.append(daemon.recv(2000))
        except BlockingIOError:
            pass
        return any(b" 1999 " in record for record in records)
    h.until(take, "the last line")
    h.check(all(re.match(rb"<30>sh\[\d+\]: 1 |<28>mvinit: ", record) for record in records), str(records[:3]))
    h.check(any(b"dropped here: syslog stalled" in record for record in records), str(records[-60:]))
    h.check(not any(b"\n" in record for record in records), "a newline")
    h.equal(accounted(b"\n".join(records)), 2000)
    daemon.close()
    os.unlink(path)
    open(log(process, "go"), "w").close()
    process.expect("log to .*log.sock: ")
    daemon = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    daemon.bind(path)
    daemon.settimeout(h.DEADLINE)
    h.check(daemon.recv(2000).endswith(b": again"), "it was sent again")


@h.case
def no_syslog():
    """no syslog daemon at all: told once, and the rest goes on"""
    process = h.container(application("%P", "number", "30000", "60", restart="never")
                          + sink(to="syslog", path="/nowhere/log") + sink(to="file", path="%D/log"))
    h.equal(process.code(), 0)
    h.equal(len(numbers(content(log(process)))), 30000)
    h.equal(process.output.count("log to /nowhere/log: No such file or directory"), 2, process.output)
    h.check(re.search(r"\d+ lines were lost at the end", process.output), process.output)


@h.case
def counted():
    """status has every sink, with the number of lines that it did not get"""
    process = h.container(application("/bin/sh", "-c", "%P number 2000 60 0 %D/done; exec %P hold %D/held x")
                          + sink(to="syslog", path="/nowhere/log", buffer="4K") + sink(to="file", path="%D/log")
                          + '[control]\npath = "%D/control"\n')

    def status(*words):
        return subprocess.run([h.BINARY, "status", "--control", log(process, "control"), *words], capture_output=True,
                              text=True, check=False).stdout

    def sinks():
        return json.loads(status("--json"))["sink"]
    h.until(lambda: len(numbers(content(log(process)))) == 2000, "the file has all")
    h.until(lambda: sinks()[0]["dropped"] > 1900, "lines for syslog are dropped")
    h.equal(sinks()[1], {"dropped": 0, "to": log(process)})
    h.equal(sinks()[0]["to"], "/nowhere/log")
    h.check(re.search(r"^log to {8}/nowhere/log, lines dropped: 19\d\d\nlog to {8}/\S*/log\n", status(), re.M), status())
    dropped = sinks()[0]["dropped"]
    process.send(signal.SIGTERM)
    process.wait()
    process.poll()
    lost = int(re.search(r"(\d+) lines were lost at the end", process.output).group(1))
    h.check(dropped <= lost == 2000, f"{dropped} {lost} {process.output}")


@h.case
def full_disk():
    """a full disk: told once on the console, and again in the log when it goes on"""
    disk = h.scratch()
    namespaces.mount("tmpfs", disk, "tmpfs", 0, "size=64k")
    try:
        filler = os.path.join(disk, "filler")
        with open(filler, "w") as file:
            file.write("f" * 40960)
        process = h.container(application("/bin/sh", "-c", "%P number 20000 60 0 %D/done; %P until /dev/null w %D/go 0; "
                                          "echo again; sleep 1000", restart="never")
                              + sink(to="file", path=os.path.join(disk, "log"), buffer="4K"))
        h.until(lambda: h.lines(log(process, "done")), "the application has written all")
        process.expect("log to .*/log: No space left on device: lines will be lost")
        os.unlink(filler)
        open(log(process, "go"), "w").close()
        h.until(lambda: b"again\n" in content(os.path.join(disk, "log")), "it goes on")
        text = content(os.path.join(disk, "log"))
        h.check(b"were dropped here: No space left on device\n" in text, str(text[-300:]))
        h.equal(accounted(text), 20000)
        process.poll()
        h.equal(process.output.count("No space left"), 1, process.output)
        process.close()
    finally:
        subprocess.run(["umount", "-l", disk], check=True)


@h.case
def fifo():
    """a FIFO that nobody reads, then somebody does"""
    path = os.path.join(h.scratch(), "fifo")
    os.mkfifo(path)
    process = h.container(application("%P", "number", "5000", "60", "0", "%D/done", restart="on_failure")
                          .replace("on_failure", "never")
                          + sink(to="file", path=path, buffer="4K") + sink(to="file", path="%D/log"))
    h.until(lambda: h.lines(log(process, "done")) or not process.alive(), "the application has written all")
    process.wait()
    h.equal(len(numbers(content(log(process)))), 5000)
    process.shows("No such device or address")


@h.case
def frozen_disk():
    """a disk that takes nothing for ever: the application goes on, and so does another sink"""
    # The process that writes the file is stopped: for all others that is the same as one that waits for its disk.
    process = h.container(application("/bin/sh", "-c", "%P until /dev/null w %D/go 0; %P number 100000 80 0 %D/done; "
                                      "exec %P hold %D/held x")
                          + sink(to="file", path="%D/frozen") + sink(to="file", path="%D/log"))
    writers = h.until(lambda: len(loggers(process, "mvinit-log-file")) == 2 and loggers(process, "mvinit-log-file"), "both")
    os.kill(writers[0], signal.SIGSTOP)
    open(log(process, "go"), "w").close()
    h.until(lambda: h.lines(log(process, "done")), "the application has written all")
    h.until(lambda: len(numbers(content(log(process)))) == 100000, "the other file has all")
    os.kill(writers[0], signal.SIGCONT)
    h.until(lambda: b" 99999 x" in content(log(process, "frozen")), "the first one goes on")
    text = content(log(process, "frozen"))
    h.check(b"dropped here: the file stalled\n" in text, "nothing was dropped")
    h.equal(accounted(text), 100000)


h.main()
