"""Patterns and words of single values, in what ECMA 262 and Rust's regex have in common, and keywords of draft 4."""
import re

OCTET = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
IPV4 = OCTET + r"(\." + OCTET + "){3}"
HEX = "[0-9A-Fa-f]{1,2}"
GROUP = "[0-9A-Fa-f]{1,4}"
# Port 1 to 65535.
PORT = ":0*([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])"
HOURS = "0*([0-9]{1,4}|10000)h"
LIMIT = "(unlimited|[0-9]+)"


def ipv6():
    """Eight groups, or fewer and one ::; the last two may be an IPv4 address."""
    head = f"({GROUP}:)"
    ways = [head + "{7}" + GROUP, head + "{1,7}:", f":((:{GROUP}){{1,7}}|:)", head + "{6}" + IPV4]
    ways += [f"{head}{{1,{7 - tail}}}(:{GROUP}){{1,{tail}}}" for tail in range(1, 7)]
    ways += [f"{head}{{{before}}}:{head}{{0,{5 - before}}}{IPV4}" for before in range(1, 6)] + [f"::{head}{{0,5}}{IPV4}"]
    return f"({'|'.join(ways)})"


IPV6 = ipv6()


def text(pattern=None, **more):
    return {"type": "string", **({"pattern": f"^{pattern}$"} if pattern else {}), **more}


def choice(words):
    return {"enum": list(words)}


PATH = {"type": "string", "pattern": "^/"}
NAME = text(minLength=1)
ADDRESS = text(f"({IPV4}|{IPV6})")
PREFIXED = text(f"({IPV4}/0*([12]?[0-9]|3[0-2])|{IPV6}/0*(12[0-8]|1[01][0-9]|[1-9]?[0-9]))")

# What `mvinit check` says of a string that is none of its kind, and what is one.
KINDS = {
    "is not a host name": text("[A-Za-z0-9.-]{1,64}"),
    "is not an interface's name": text("[^/ \\t\\n:]{1,31}"),
    "is not a MAC address": text(f"{HEX}(:{HEX}(:{HEX}){{4}}|-{HEX}(-{HEX}){{4}})"),
    "is no address with a port": text(f"({IPV4}|\\[{IPV6}\\]){PORT}"),
    "cannot be asked for": text(f"http://({IPV4}|\\[{IPV6}\\])({PORT})?(/[!-\"$-~]*)?"),
    "is neither console, null, inherit nor an absolute path": {"anyOf": [choice(("console", "null", "inherit")), PATH]},
    "is not an absolute path": PATH,
    "is not an address with prefix": PREFIXED,
    "is not an address such as": ADDRESS,
}


def duration(least, whole_seconds):
    """least: in milliseconds. Only what is below 10 ms can be told by a pattern."""
    milliseconds = "([0-9]*000|0+)ms" if whole_seconds else "[0-9]+ms"
    units = [HOURS, "[0-9]+m", "[0-9]+s", milliseconds]
    parts = ["".join([unit, *(f"({later})?" for later in units[at + 1:])]) for at, unit in enumerate(units)]
    refused = ("(?![0hms]*$)" if least else "") + ("(?!0*[0-9]ms$)" if least >= 10 else "")
    return {"type": "string", "pattern": f"^{refused}({'|'.join(['0'] * (not least) + parts)})$"}


def size(low, high):
    number = {"type": "integer", "minimum": low}
    if high < 2**63 - 1:
        number["maximum"] = high
    return {"anyOf": [number, text("0*[1-9][0-9]*[KMG]?" if low else "[0-9]+[KMG]?")]}


def any_case(word):
    return "".join(f"[{each.upper()}{each.lower()}]" if each.isalpha() else each for each in word)


def signal(names):
    """In capital letters for an editor to offer, and as the program takes them: any case, SIG before it, numbers."""
    spelled = [any_case(name) for name in names]
    real = any_case("RTMIN") + r"\+0*([12]?[0-9]|30)", any_case("RTMAX") + "-0*([12]?[0-9]|30)"
    number = "0*([1-9]|[1-5][0-9]|6[0-4])"
    return {"anyOf": [choice(names), text(f"({number}|({any_case('SIG')})?({'|'.join([*spelled, *real])}))")]}


def signal_names(root):
    source = (root / "conf/signals.cpp").read_text()
    names = re.search(r"names\[\] = \{(.*?)\};", source, re.S).group(1)
    aliases = re.search(r"aliases\[\] = \{(.*?)\};", source, re.S).group(1)
    return re.findall(r'"(\w+)"', names + aliases) + ["RTMIN", "RTMAX"]


def listed_names(root, function):
    """The words that a function of conf/names.cpp returns."""
    source = (root / "conf/names.cpp").read_text()
    return re.findall(r'"(\w+)"', re.search(rf" {function}\(\) \{{(.*?)\n\}}", source, re.S).group(1))


def limits(names):
    value = {"anyOf": [{"type": "integer", "minimum": 0}, text(f"{LIMIT}(:{LIMIT})?")]}
    return {"type": "object", "properties": {name: value for name in names}, "additionalProperties": False}


def capability(names):
    return {"anyOf": [choice(names), text(f"({any_case('cap_')})?({'|'.join(map(any_case, names))})")]}


ARGV = {"type": "array", "minItems": 1, "items": [NAME], "additionalItems": {"type": "string"}}
ENVIRONMENT = {"type": "object", "patternProperties": {"^[^=]+$": {"type": "string"}}, "additionalProperties": False}
# net.core.somaxconn without quotes is tables within tables.
SETTINGS = {"type": "object", "patternProperties": {"^[^ ]+$": {"anyOf": [
    {"type": "string"}, {"type": "integer"}, {"$ref": "#/definitions/settings"}]}}, "additionalProperties": False}
