"""mvinit check, plan, version and help, as ordinary processes and as PID 1."""

import json
import os
import subprocess

import harness as h

GOOD = """[app]
command = ["/usr/sbin/nginx", "-g", "daemon off;"]
[[setup]]
command = ["/bin/true"]
[[mount]]
source = "tmpfs"
target = "/var/tmp"
type = "tmpfs"
mkdir = true
[[interface]]
driver = "e1000"
addresses = ["10.0.2.15/24"]
gateway = "10.0.2.2"
"""
BAD = '[app]\ncommand = ["/x"]\nrestrat = "never"\nnice = "high"\n'


def verb(*words, text=None):
    """The finished process of mvinit with words; FILE among them stands for a file of this text."""
    directory = h.scratch()
    path = os.path.join(directory, "mvinit.toml")
    if text is not None:
        with open(path, "w") as file:
            file.write(text)
    done = subprocess.run([h.BINARY, *[path if word == "FILE" else word for word in words]], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=h.DEADLINE, env=h.environment(None))
    return done


@h.case
def check_good():
    """check of a good file: 0, and not a word"""
    done = verb("check", "FILE", text=GOOD)
    h.equal((done.returncode, done.stdout, done.stderr), (0, "", ""))


@h.case
def check_bad():
    """check of a bad file: 1, every error with file, line and column on stderr"""
    done = verb("check", "FILE", text=BAD)
    h.equal((done.returncode, done.stdout), (1, ""))
    lines = done.stderr.splitlines()
    h.equal(len(lines), 2, done.stderr)
    h.check("/mvinit.toml:3:1: " in lines[0] and "did you mean 'restart'" in lines[0], lines[0])
    h.check("/mvinit.toml:4:" in lines[1], lines[1])


@h.case
def check_json():
    """check --json: an array on stdout with file, line, column, severity and message; empty for a good file"""
    done = verb("check", "--json", "FILE", text=BAD)
    h.equal(done.returncode, 1)
    found = json.loads(done.stdout)
    h.equal([(entry["line"], entry["column"], entry["severity"]) for entry in found][0], (3, 1, "error"))
    h.check("restrat" in found[0]["message"] and found[0]["file"].endswith("mvinit.toml"), str(found[0]))
    good = verb("check", "--json", "FILE", text=GOOD)
    h.equal((good.returncode, json.loads(good.stdout)), (0, []))


@h.case
def check_unreadable():
    """check of a file that is not there, or a directory: 2, with the cause"""
    done = verb("check", "/no/such/file.toml")
    h.equal(done.returncode, 2)
    h.check("/no/such/file.toml" in done.stderr and "No such file or directory" in done.stderr, done.stderr)
    done = verb("check", "/etc")
    h.equal(done.returncode, 2)
    h.check("/etc" in done.stderr and "directory" in done.stderr, done.stderr)


@h.case
def platform_contradiction():
    """plan --platform against the facts file's own platform: 2, said, no plan; agreeing, or facts that name none: a plan"""
    directory = h.scratch()
    facts = os.path.join(directory, "facts")
    with open(facts, "w") as file:
        file.write("platform = illumos\n")
    done = verb("plan", "--platform", "linux", "--facts", facts, "FILE", text=GOOD)
    h.equal((done.returncode, done.stdout), (2, ""))
    h.check("--platform contradicts " + facts + ", which says platform = illumos" in done.stderr, done.stderr)
    agreed = verb("plan", "--platform", "illumos", "--facts", facts, "FILE", text=GOOD)
    h.check(agreed.stdout.startswith("Plan for illumos"), agreed.stdout)
    with open(facts, "w") as file:
        file.write("role = machine\n")
    silent = verb("plan", "--platform", "illumos", "--facts", facts, "FILE", text=GOOD)
    h.check(silent.stdout.startswith("Plan for illumos"), silent.stdout)


@h.case
def usage_errors():
    """check and plan with words that they do not know: 2, and the word is named"""
    for words in (("check", "--jsno"), ("plan", "--platform", "plan9"), ("plan", "--facts"), ("check", "a", "b"),
                  ("plan", "--nonsense")):
        done = verb(*words)
        h.equal(done.returncode, 2, str(words))
        h.check(words[-1] in done.stderr, f"{words}: {done.stderr}")


@h.case
def plan_text():
    """plan: 0, with the steps as commands, the signals, and the ends"""
    done = verb("plan", "FILE", text=GOOD)
    h.equal((done.returncode, done.stderr), (0, ""))
    for words in ("mount", "/var/tmp", "10.0.2.15/24", "10.0.2.2", "e1000", "/bin/true", "/usr/sbin/nginx", "SIGTERM",
                  "SIGINT", "reboot", "power off"):
        h.check(words in done.stdout, f"{words!r} is not in {done.stdout}")


@h.case
def plan_platforms():
    """plan --platform: both can be planned for on this host, and differ"""
    texts = [verb("plan", "--platform", name, "FILE", text=GOOD) for name in ("linux", "illumos")]
    h.equal([done.returncode for done in texts], [0, 0], texts[1].stderr)
    h.check(texts[0].stdout != texts[1].stdout, "the plans are the same")


@h.case
def plan_json():
    """plan --json is JSON, for both platforms"""
    for name in ("linux", "illumos"):
        done = verb("plan", "--json", "--platform", name, "FILE", text=GOOD)
        h.equal(done.returncode, 0, name)
        value = json.loads(done.stdout)
        h.check(len(value["steps"]) > 3, f"{name}: {done.stdout}")


@h.case
def plan_bad():
    """plan of a bad file: 1 with the errors; of none: 2"""
    done = verb("plan", "FILE", text=BAD)
    h.equal((done.returncode, done.stdout), (1, ""))
    h.check(":3:1: " in done.stderr, done.stderr)
    h.equal(verb("plan", "/no/such/file.toml").returncode, 2)


@h.case
def plan_container():
    """plan of a container: setup and mounts only, the rest is left to the container's runtime, and said so"""
    done = verb("plan", "FILE", text=GOOD + '[system]\nrole = "container"\n')
    h.equal(done.returncode, 0, done.stderr)
    h.check("/bin/true" in done.stdout and "/var/tmp" in done.stdout, done.stdout)
    h.check("container's runtime" in done.stdout, done.stdout)
    h.check("ip addr" not in done.stdout, done.stdout)


@h.case
def plan_as_pid1():
    """plan and check as PID 1 of a container do what they do elsewhere, and exit"""
    directory = h.scratch()
    path = os.path.join(directory, "mvinit.toml")
    with open(path, "w") as file:
        file.write(GOOD)
    h.equal(h.run(["check", path]).code(), 0)
    process = h.run(["plan", path])
    h.equal(process.code(), 0)
    process.expect("/usr/sbin/nginx")


@h.case
def version_and_help():
    """version and help, by every name: 0, on stdout"""
    for words in (("version",), ("--version",)):
        done = verb(*words)
        h.equal((done.returncode, done.stdout.startswith("mvinit ")), (0, True), str(words))
    for words in (("help",), ("-h",), ("--help",)):
        done = verb(*words)
        h.check(done.returncode == 0 and "check" in done.stdout and "-g" in done.stdout, str(words))


@h.case
def printed_is_executed():
    """the steps that plan prints for a container are those that are executed"""
    text = ('[system]\nrole = "container"\n[app]\ncommand = ["%P", "exit", "0"]\nrestart = "never"\n'
            '[[setup]]\ncommand = ["%P", "run", "%D/log", "one", "0"]\n'
            '[[mount]]\nsource = "none"\ntarget = "%D/new"\ntype = "tmpfs"\nmkdir = true\n')
    process = h.container(text)
    h.equal(process.code(), 0)
    h.equal(h.lines(os.path.join(process.directory, "log")), ["one"])
    h.check(os.path.isdir(os.path.join(process.directory, "new")), "the mount point was not made")
    planned = subprocess.run([h.BINARY, "plan", process.config], capture_output=True, text=True,
                             timeout=h.DEADLINE, env=h.environment(None))
    h.equal(planned.returncode, 0, planned.stderr)
    h.check(f"{process.directory}/new" in planned.stdout and "run" in planned.stdout, planned.stdout)


h.main()
