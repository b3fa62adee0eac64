"""-g: signals go to the application's process group instead of to it alone."""

import harness as h


@h.case
def group():
    """-g: a member of the application's group gets the signal as well"""
    process = h.start(["-g", *h.probe("family")])
    process.shows("member ready", "leader ready")
    process.send(10)
    h.equal(process.code(), 0)
    h.check("member 10" in process.output and "leader 10" in process.output, process.output)


@h.case
def alone():
    """without -g only the application gets the signal"""
    process = h.start(h.probe("family"))
    process.shows("member ready", "leader ready")
    process.send(10)
    process.expect("^leader 10")
    process.send(15)
    h.equal(process.code(), 7)
    h.check("member 10" not in process.output, process.output)


@h.case
def by_environment():
    """TINI_KILL_PROCESS_GROUP in the environment is as good as -g"""
    process = h.start(h.probe("family"), env={"TINI_KILL_PROCESS_GROUP": "1"})
    process.shows("member ready", "leader ready")
    process.send(10)
    h.equal(process.code(), 0)
    h.check("member 10" in process.output, process.output)


h.main()
