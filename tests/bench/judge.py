"""The targets, each held against what was measured in this very run: ratios, and limits of size that no clock is in.

A target is met, met within the noise (TOLERANCE of the ratio above it), not met, or not measured.
"""

TOLERANCE = 0.05
SMALL = "mvinit musl, "
FORWARDERS = ("tini", "tini-static", "dumb-init", "catatonit")


class Report:
    """The medians of a run, by scenario, contender and column."""

    def __init__(self, report):
        self.report = report

    def median(self, scenario, contender, column):
        for one in self.report.get(scenario, {}).get("contenders", []):
            if one["name"] == contender:
                return one["median"].get(column)
        return None

    def best(self, scenario, column, allowed=lambda name: True):
        """(median, name) of the best that is not mvinit, or None."""
        found = [(one["median"][column], one["name"]) for one in self.report.get(scenario, {}).get("contenders", [])
                 if one["median"].get(column) is not None and not one["name"].startswith(("mvinit", "application"))
                 and allowed(one["name"])]
        return min(found, default=None)


def verdict(value, limit, exact=False):
    if value is None or limit is None:
        return "not measured"
    if value <= limit:
        return "met"
    return "within noise" if not exact and value <= limit * (1 + TOLERANCE) else "NOT MET"


def against(report, what, scenario, contender, column, other, limit):
    """The ratio of contender to other; other: (median, name) or None."""
    value = report.median(scenario, contender, column)
    base, name = other or (None, "best peer")
    got = value / base if value is not None and base else None
    figure = "" if got is None else f"{got:.2f} of {name}"
    return (f"{what}: at most {limit:g} of {name}", figure, verdict(got, limit))


def limit(what, value, most, unit):
    figure = "" if value is None else f"{value:g} {unit}"
    return (f"{what}: at most {most:g} {unit}", figure, verdict(value, most, exact=True))


def starts(report):
    tini = (report.median("start", "tini-static", "start"), "tini-static")
    return [against(report, "exec to application, with a file", "start", SMALL + "config", "start", tini, 0.6),
            against(report, "exec to application, without", "start", SMALL + "forward", "start", tini, 0.5)]


def sizes(report):
    program = report.report.get("program", {}).get("musl")
    lines = [limit("program", None if program is None else round(program / 1024, 1), 440, "KB")]
    for way in ("config", "forward", "machine"):
        lines.append(limit(f"private dirty, {way}", report.median("memory", SMALL + way, "private"), 40, "KB"))
        lines.append(limit(f"resident, {way}", report.median("memory", SMALL + way, "rss"), 520, "KB"))
    return lines


def prompt(report):
    """Those that reap at once: who lets thousands of zombies gather does less a piece, but is not one to equal."""
    return lambda name: not report.median("reaping", name, "left")


def equals(report):
    reaper = report.best("reaping", "reap", prompt(report))
    lines = []
    for way in ("forward", "config"):
        lines.append(against(report, f"CPU per reap, {way}", "reaping", SMALL + way, "reap", reaper, 1))
    forwarder = report.best("forwarding", "forward")
    lines.append(against(report, "SIGTERM forwarding", "forwarding", SMALL + "forward", "forward", forwarder, 1))
    supervisor = report.best("forwarding", "forward", lambda name: name not in FORWARDERS)
    lines.append(against(report, "SIGTERM as the order to stop", "forwarding", SMALL + "config", "forward", supervisor,
                         1))
    stopper = report.best("stop", "stop")
    for way in ("forward", "config"):
        lines.append(against(report, f"container stop, {way}", "stop", SMALL + way, "stop", stopper, 1))
    return lines


def machine(report):
    lines = []
    for scenario, column, what in (("machine", "listening", "hand-over to listening"),
                                   ("counted", "listening", "the same, counted")):
        alone = (report.median(scenario, "application alone", column), "application alone")
        lines.append(against(report, what, scenario, "mvinit musl", column, alone, 1.05))
    alone, ours = (report.median("smallest", name, "memory") for name in ("application alone", "mvinit musl"))
    more = None if alone is None or ours is None else ours - alone
    return [*lines, limit("smallest memory, above the application alone", more, 1, "MB")]


def logs(report):
    theirs, ours = report.median("logs", "s6-log", "mb_per_s"), report.median("logs", "mvinit", "mb_per_s")
    slower = None if not theirs or not ours else theirs / ours
    figure = "" if slower is None else f"{1 / slower:.2f} of s6-log"
    return [("log throughput: at least 1 of s6-log", figure, verdict(slower, 1)),
            against(report, "CPU per MB of log", "logs", "mvinit", "cpu_ms_per_mb",
                    (report.median("logs", "s6-log", "cpu_ms_per_mb"), "s6-log"), 1)]


def judge(raw):
    """Rows of (target, figure, verdict)."""
    report = Report(raw)
    gap = report.median("restart", SMALL + "config, keen", "long")
    rest = [limit("restart gap", None if gap is None else round(gap / 1e6, 2), 1, "ms")]
    return [*starts(report), *sizes(report), *equals(report), *rest, *machine(report), *logs(report)]
