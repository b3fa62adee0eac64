"""-e: exit codes that become 0."""

import harness as h


@h.case
def one():
    """-e 143 makes 143 a 0 and leaves its neighbours"""
    for code, wanted in ((143, 0), (142, 142), (144, 144), (0, 0), (1, 1)):
        h.equal(h.run(["-e", "143", *h.probe("exit", code)]).code(), wanted, f"code {code}")


@h.case
def several():
    """-e may be given several times, at both ends of the range too"""
    options = ["-e", "255", "-e", "1", "-e", "0"]
    for code, wanted in ((255, 0), (1, 0), (0, 0), (2, 2), (254, 254)):
        h.equal(h.run([*options, *h.probe("exit", code)]).code(), wanted, f"code {code}")


@h.case
def signals():
    """-e 143 also holds for an application that SIGTERM killed"""
    h.equal(h.run(["-e", "143", *h.probe("raise", 15)]).code(), 0)
    h.equal(h.run(["-e", "143", *h.probe("raise", 9)]).code(), 137)


@h.case
def refused():
    """a code above 255, a negative one and a word are refused and named"""
    for word in ("256", "-1", "many"):
        process = h.run(["-e", word, *h.probe("exit", 0)])
        h.check(process.code() not in (0,), f"-e {word} was taken")
        process.expect(word)


h.main()
