"""Who the application is, and what it may: user, groups, umask, directory, limits, nice, privileges, capabilities."""

import harness as h

NET_BIND, SYS_TIME, KILL = 10, 25, 5


def report(settings, machine=True):
    text = f'[app]\ncommand = ["%P", "report"]\nrestart = "never"\n{settings}'
    process = h.machine(text) if machine else h.container(text)
    return process.report()


def variables(got):
    return dict(entry.split("=", 1) for entry in got["environment"])


@h.case
def user_by_name():
    """a user by name: uid, gid, its groups from /etc/group, and its HOME, USER, LOGNAME and SHELL"""
    got = report('user = "web"\n')
    h.equal((got["uid"], got["euid"], got["gid"], got["egid"]), (33, 33, 44, 44))
    h.equal(set(got["groups"]) - {44}, {55})
    env = variables(got)
    h.equal([env.get(name) for name in ("HOME", "USER", "LOGNAME", "SHELL")],
            ["/srv/web", "web", "web", "/sbin/probe"])


@h.case
def user_by_number():
    """a user and a group by number, though nobody has these; no other groups"""
    got = report('user = "1234"\ngroup = "5678"\n')
    h.equal((got["uid"], got["gid"]), (1234, 5678))
    h.equal(set(got["groups"]) - {5678}, set())


@h.case
def group_by_name():
    """a group by name beside the user"""
    got = report('user = "web"\ngroup = "extra"\n')
    h.equal((got["uid"], got["gid"]), (33, 55))


@h.case
def no_capabilities_left():
    """a user that is not root has no capability"""
    got = report('user = "web"\n')["capabilities"]
    h.equal((got["effective"], got["permitted"], got["ambient"]), (0, 0, 0))


@h.case
def unknown_user():
    """an unknown user is told, and the machine ends"""
    process = h.machine('[app]\ncommand = ["%P", "exit", "0"]\nuser = "nosuchuser"\nrestart = "never"\n')
    process.expect("nosuchuser")
    process.death()


@h.case
def umask_and_directory():
    """umask and cwd"""
    got = report('umask = "027"\ncwd = "/out"\n')
    h.equal((got["umask"], got["cwd"]), (0o027, "/out"))


@h.case
def missing_directory():
    """a cwd that is not there is told with its cause and remedy; never run elsewhere instead"""
    process = h.container('[app]\ncommand = ["%P", "exit", "0"]\ncwd = "/no/such"\nrestart = "never"\n')
    h.equal(process.code(), 125)
    process.expect(r"chdir.*No such file or directory.*cwd")


@h.case
def limits():
    """limits: one number for both, or soft and hard"""
    got = report('limits = { nofile = 4096, core = "0:1000000", nproc = "100:200", stack = "65536:1048576" }\n',
                 machine=False)["limits"]
    h.equal((got["nofile"], got["nproc"], got["stack"]), ([4096, 4096], [100, 200], [65536, 1048576]))
    h.equal(got["core"], [0, 1000000])


@h.case
def unlimited():
    """limits that are unlimited"""
    got = report('limits = { fsize = "unlimited", cpu = "1000:unlimited" }\n', machine=False)["limits"]
    h.equal((got["fsize"], got["cpu"]), ([-1, -1], [1000, -1]))


@h.case
def nice():
    """nice, above and below 0"""
    for value in (7, -5):
        h.equal(report(f"nice = {value}\n")["nice"], value)


@h.case
def no_new_privileges():
    """no_new_privs, and its absence"""
    h.equal(report("no_new_privs = true\n")["no_new_privs"], 1)
    h.equal(report("")["no_new_privs"], 0)


@h.case
def capabilities_of_root():
    """capabilities = [...] for root: nothing else is left, and nothing else can be had again"""
    wanted = 1 << NET_BIND | 1 << SYS_TIME
    got = report('capabilities = ["net_bind_service", "CAP_SYS_TIME"]\n')["capabilities"]
    h.equal((got["effective"], got["permitted"], got["bounding"]), (wanted, wanted, wanted))


@h.case
def capabilities_of_user():
    """capabilities = [...] with another user: it has these, by the ambient set"""
    wanted = 1 << NET_BIND
    got = report('user = "web"\ncapabilities = ["net_bind_service"]\n')
    h.equal(got["uid"], 33)
    h.equal([got["capabilities"][name] for name in ("effective", "permitted", "bounding", "ambient")], [wanted] * 4)


@h.case
def no_capabilities():
    """capabilities = [] leaves none, for root as well"""
    got = report("capabilities = []\n")["capabilities"]
    h.equal([got[name] for name in ("effective", "permitted", "bounding", "ambient", "inheritable")], [0] * 5)


@h.case
def untouched():
    """without any of these, a container's application is what mvinit is"""
    got = report("", machine=False)
    full = h.start(h.probe("report")).report()
    h.equal(got["capabilities"], full["capabilities"])
    h.equal((got["uid"], got["gid"], got["nice"]), (0, 0, 0))


h.main()
