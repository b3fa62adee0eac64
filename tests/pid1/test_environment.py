"""env, env_files and clear_env."""

import os

import harness as h


def variables(settings, files=(), env=None):
    process = None
    directory = h.scratch()
    for name, text in files:
        with open(os.path.join(directory, name), "w") as file:
            file.write(text)
    process = h.container(f'[app]\ncommand = ["%P", "report"]\nrestart = "never"\n{settings.replace("%F", directory)}',
                          env=env)
    return dict(entry.split("=", 1) for entry in process.report()["environment"])


@h.case
def inherited():
    """env is laid over what a container inherits"""
    got = variables('env = { A = "1", B = "x=y z" }\n', env={"A": "0", "C": "3"})
    h.equal((got["A"], got["B"], got["C"]), ("1", "x=y z", "3"))


@h.case
def files():
    """env_files: NAME=value lines, comments, quotes; later files win over earlier ones, env wins over all"""
    first = "# comment\n\nA=1\nB=\"two words\"\nC='3'\nD=first\nE=\n"
    second = "D=second\nF=file\n"
    got = variables('env_files = ["%F/one", "%F/two"]\nenv = { F = "env" }\n', [("one", first), ("two", second)])
    h.equal([got.get(name) for name in "ABCDEF"], ["1", "two words", "3", "second", "", "env"])


@h.case
def cleared():
    """clear_env: PATH and HOME, env_files and env, and nothing that was inherited"""
    got = variables('clear_env = true\nenv_files = ["%F/one"]\nenv = { B = "2" }\n', [("one", "A=1\n")],
                    env={"INHERITED": "x", "TERM": "dumb"})
    h.equal(set(got) - {"PATH", "HOME", "A", "B"}, set(), "others")
    h.equal((got["A"], got["B"]), ("1", "2"))


@h.case
def missing_file():
    """an env file that is not there is told with its name and cause"""
    process = h.container('[app]\ncommand = ["%P", "exit", "0"]\nrestart = "never"\nenv_files = ["/no/such/env"]\n')
    h.check(process.code() != 0, "it ran all the same")
    process.expect(r"/no/such/env.*No such file or directory")


@h.case
def bad_line():
    """a line of an env file that is no NAME=value is told with file and line"""
    directory = h.scratch()
    path = os.path.join(directory, "env")
    with open(path, "w") as file:
        file.write("A=1\nno assignment\n")
    process = h.container(f'[app]\ncommand = ["%P", "exit", "0"]\nrestart = "never"\nenv_files = ["{path}"]\n')
    h.check(process.code() != 0, "it ran all the same")
    process.expect(r"/env:2")


@h.case
def path_search():
    """the PATH that env sets is the one along which the command is found"""
    directory = h.scratch()
    os.symlink(h.PROBE, os.path.join(directory, "sought"))
    process = h.container(f'[app]\ncommand = ["sought", "exit", "6"]\nrestart = "never"\nenv = {{ PATH = "{directory}" }}\n')
    h.equal(process.code(), 6)


@h.case
def machine():
    """on a machine the kernel's leftover words and mvinit's variables do not reach the application, TERM does"""
    root = h.namespaces.Root('[app]\ncommand = ["/sbin/probe", "report"]\nenv = { A = "1" }\n')
    process = h.start(["--machine", "-c", "/etc/mvinit.toml"], root=root, network=True,
                      env={"BOOT_IMAGE": "x", "MVINIT_X": "1", "TERM": "vt220", "PATH": "/strange"})
    got = dict(entry.split("=", 1) for entry in process.report()["environment"])
    h.equal((got["TERM"], got["A"]), ("vt220", "1"))
    h.check("BOOT_IMAGE" not in got and "MVINIT_X" not in got and got["PATH"] != "/strange", str(got))


h.main()
