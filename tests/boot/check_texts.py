"""What mvimage check can say, read out of its sources; and what of that no case has shown."""

import re

TOKENS = re.compile(r'//[^\n]*|"((?:[^"\\\n]|\\.)*)"|\'(?:[^\'\\\n]|\\.)*\'')
PLAIN = {"architecture", "configuration", "hosts", "plan"}  # ids of one word; the others have a hyphen
ID = re.compile(r"[a-z]+(?:-[a-z]+)+")

# What no kernel can show, and why.
EXCEPTIONS = {
    "the image has neither entrypoint nor command": "no kernel boots an OCI image",
    "make mvinit its entrypoint": "no kernel boots an OCI image",
    "the image is to be run by ": "no kernel boots an OCI image",
    "add it to that file of the image, or give a number as its User": "no kernel boots an OCI image",
    "looking at all files": "how far it is, and no finding",
    "mvimage: warning: modes below %zu directories are not looked at: %s\\n": "of the host, whose user it is",
    "[inittab] honour is for the init of a machine or zone: here init runs /etc/inittab itself, or nobody ": "of illumos",
    "does: take it out": "of illumos",
    ": dhcp is for illumos only: give addresses and gateway, boot with ip=dhcp if the kernel has ": "the parser is faster",
    "CONFIG_IP_PNP_DHCP, or run a DHCP client as [[setup]]": "the parser is faster",
    "[system] root": "where a problem of illumos begins",
}


def statements(source):
    """The string literals of each statement, with its text without them."""
    literals = []

    def replace(found):
        if found.group(1) is None:
            return ""
        literals.append(found.group(1).replace('\\"', '"'))
        return f"\0{len(literals) - 1}\0"

    for each in TOKENS.sub(replace, source).split(";"):
        yield [literals[int(number)] for number in re.findall("\0(\\d+)\0", each)], each


def sayings(source, planner=False):
    """(ids, text): the text belongs to a finding of one of these; none: it may be of any. And all ids."""
    ids, found = set(), []
    for literals, code in statements(source):
        own = {each for each in literals if ID.fullmatch(each) or each in PLAIN}
        ids |= own
        if planner and "problem(" in code:
            own, literals = {"plan"}, [part for each in literals for part in each.split("%")]
        elif planner:
            continue
        found += [(own, each) for each in literals if re.search(r"[A-Za-z]", each) and " " in each]
    return found, ids


def of_sources(repository):
    found, ids = [], set()
    for path in sorted((repository / "packaging/image").glob("*.cpp")):
        text = path.read_text()
        if path.name != "check_illumos.cpp" and re.search(r"\bfindings_?\.add\(", text):
            texts, own = sayings(re.sub(r"\bfail\([^;]*;", ";", text))
            found, ids = found + texts, ids | own
    for name in ("planning.cpp", "linux_plan.cpp"):
        found += sayings((repository / "plumb" / name).read_text(), planner=True)[0]
    return found, ids


def not_shown(repository, shown):
    """shown: (id, what is said) of each finding that a kernel showed to be true. Lines, one for each text and id left."""
    found, ids = of_sources(repository)
    left = [f"{each}: no case shows this finding" for each in sorted(ids - {name for name, _ in shown})]
    excused = set()
    for own, text in found:
        if any(text in said for name, said in shown if not own or name in own):
            continue
        if text in EXCEPTIONS:
            excused.add(text)
        else:
            left.append(f"{sorted(own)}: no case shows what is said so: {text!r}")
    return left + [f"{text!r} is no exception any more" for text in EXCEPTIONS.keys() - excused]
