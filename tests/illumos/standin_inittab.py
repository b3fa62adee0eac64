"""/etc/inittab as illumos init reads it, written from its description and not from mvinit's parser, so that the two
check each other."""

ACTIONS = ("off", "respawn", "ondemand", "once", "wait", "boot", "bootwait", "powerfail", "powerwait", "initdefault",
           "sysinit")
LEVELS = "0123456sSabcqQ"
LONGEST_LINE = 512  # of process, with the "exec " before it
LONGEST_SMF = 255


class Entry:
    def __init__(self, name, levels, action, process):
        self.name, self.levels, self.action, self.process = name, levels, action, process


def _logical_lines(text):
    kept = ""
    for line in text.split("\n"):
        comment = not kept and line.lstrip(" \t").startswith("#")
        kept += line
        # A backslash that is itself quoted quotes nothing; a comment is never continued.
        if not comment and (len(line) - len(line.rstrip("\\"))) % 2 == 1:
            kept += "\n"  # both characters stay in what sh is given
            continue
        yield kept
        kept = ""


def _squeeze(field):
    return field.replace(" ", "").replace("\t", "")


def _entry(line):
    if not line.strip() or line.lstrip().startswith("#") or line.count(":") < 3:
        return None
    name, levels, action, process = line.split(":", 3)
    name, levels, action = _squeeze(name), _squeeze(levels), _squeeze(action)
    if not 1 <= len(name) <= 4 or any(level not in LEVELS for level in levels):
        return None
    if len("exec " + process) >= LONGEST_LINE:
        return None
    if action == "":  # what stands here for it is not held against the levels
        action = "respawn" if name.isdigit() else "off"
    elif action not in ACTIONS:
        return None
    elif set(levels) & set("sS") and action not in ("initdefault", "powerfail", "powerwait", "wait"):
        return None
    # q and Q are letters that stand for no level.
    return Entry(name, levels.strip("qQ") or "0123456", action, process)


def read_all(path):
    """All entries of the file, and the command of the smf entry, None where init has none."""
    with open(path) as file:
        text = file.read()
    if len(text) < 10:
        return [], None
    entries = [entry for entry in map(_entry, _logical_lines(text)) if entry]
    smf = [entry.process for entry in entries if entry.name == "smf"]
    return entries, smf[-1] if smf and len("exec " + smf[-1]) <= LONGEST_SMF else None


def read(path):
    """The entries but for smf, and its command."""
    entries, smf = read_all(path)
    return [entry for entry in entries if entry.name != "smf"], smf
