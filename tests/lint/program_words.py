"""What mvinit understands, read from its sources: verbs, the options of each, signals, the names that are linked to it."""
import re

ALWAYS = "for_run"


def read(root, name):
    return (root / name).read_text()


def masks(header):
    """Name -> bits of enum For."""
    bits = {}
    for name, value in re.findall(r"(for_\w+) = ([^,]+),", header):
        total = 0
        for word in value.split("|"):
            word = word.strip()
            total |= int(word) if word.isdigit() else bits[word]
        bits[name] = total
    return bits


def option_table(source, bits):
    """(letter or "", long name, bits, takes a value) of each option."""
    found = []
    for letter, name, where, rest in re.findall(
            r"\{('\w'|0),\s*\"(--[a-z-]+)\",\s*([\w| ]+),\s*(nullptr,|\[)", source):
        total = 0
        for word in where.split("|"):
            total |= bits[word.strip()]
        found.append(("" if letter == "0" else letter.strip("'"), name, total, rest == "nullptr,"))
    return found


def verb_table(source, bits):
    """Verb -> bits of its options."""
    verbs = {}
    for name, where in re.findall(r"\{\"(\w+)\", Verb::\w+, (for_\w+|0)", source):
        verbs[name] = bits.get(where, 0)
    return verbs


class Words:
    def __init__(self, root):
        bits = masks(read(root, "conf/arguments_reader.hpp"))
        table = option_table(read(root, "conf/arguments_options.cpp"), bits)
        verbs = verb_table(read(root, "conf/arguments.cpp"), bits)
        self.verbs = set(verbs)
        # verb -> its options, long and short; "": without a verb
        self.options = {verb: self._of(table, where) for verb, where in {**verbs, "": bits[ALWAYS]}.items()}
        self.all_options = set().union(*self.options.values())
        self.linked_options = set()
        for letter, name in re.findall(r"\{('\w'|0), [\w| ]+, Does::\w+, \"([a-z-]*)\"\}",
                                       read(root, "conf/linked_names.cpp")):
            self.linked_options |= {name} - {""} | ({"-" + letter.strip("'")} if letter != "0" else set())
        self.linked_names = set(re.findall(r"\{\"(\w+)\", \w+, Verb::\w+\}", read(root, "conf/linked_names.cpp")))
        signals = re.search(r"names\[\] = \{(.*?)\};", read(root, "conf/signals.cpp"), re.S).group(1)
        self.signals = set(re.findall(r'"(\w+)"', signals)) | {"RTMIN", "RTMAX"}
        self.usage = re.search(r'R"\((.*)\)"', read(root, "conf/usage.cpp"), re.S).group(1)

    @staticmethod
    def _of(table, where):
        found = set()
        for letter, name, bits, _ in table:
            if bits & where:
                found |= {name} | ({"-" + letter} if letter else set())
        return found

    def long_options(self, verb):
        return {option for option in self.options[verb] if option.startswith("--")}


class ImageWords:
    """The same of mvimage."""

    def __init__(self, root):
        source = read(root, "packaging/image/options.cpp")
        self.verbs = set(re.findall(r'"(\w+)"', re.search(r"verbs\[\] = \{(.*?)\};", source, re.S).group(1)))
        makers = re.search(r'makers = "([a-z ]*)"', source).group(1)
        self.targets = set(re.findall(r'\{"(\w+)", static_cast<int>\(ImageTarget::', read(root, "conf/parse_image.cpp")))
        self.options = {}
        for name, takers in re.findall(r'\{"(--[a-z-]+)", "[^"]*", (makers|"[a-z ]*"), ', source):
            self.options[name] = set((makers if takers == "makers" else takers.strip('"')).split())

    def long_options(self, verb):
        return {"--help"} | {name for name, takers in self.options.items() if not takers or verb in takers}
