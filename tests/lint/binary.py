#!/usr/bin/env python3
"""Fails on what has no place in PID 1: streams, locales, NSS, resolver, exceptions, RTTI's demangler, threads.

    binary.py BINARY [MAP]   BINARY: linked and not stripped (mvinit.sym); MAP: the linker's map, GNU ld's or lld's
    binary.py --self-test
Exits with 0, 1, 2 (no symbols) or 77 (BINARY is not there: skipped, to ctest).

Names each symbol and, with the map, the object it came from and who pulled that in, back to an object of ours.
What init/runtime_static.cpp defines in the library's place, to abort, is what keeps the library's out, and no finding.
What glibc's own start-up, stdio and strerror bring (unwinder, setlocale's tables) is excused: only where every link of
the chain is the C library's. printf's float conversion (fmt_fp, __printf_fp) is tolerated and said: it is part of
vfprintf in every C library, so whoever calls snprintf or abort with a message has it.
"""
import bisect
import re
import subprocess
import sys
import tempfile
from pathlib import Path

# What, symbols (demangled), whether the C library may bring it.
FORBIDDEN = [
    ("iostream", r"(vtable for |guard variable for )?std::(__\w+::)?(basic_[io]?stream|basic_iostream|ios_base|basic_ios|"
                 r"basic_streambuf|basic_filebuf|basic_[io]?fstream|[w]?c(in|out|err|log)$)", False),
    ("stringstream", r"(vtable for )?std::(__\w+::)?basic_([io]?stringstream|stringbuf)", False),
    ("locale", r"(vtable for |guard variable for )?std::(__\w+::)?(locale\b|ctype|numpunct|moneypunct|num_put|num_get|collate|"
               r"codecvt|time_get|time_put|money_get|money_put|messages)", False),
    ("locale", r"_*(setlocale|newlocale|uselocale|localeconv)$", True),
    ("NSS", r"_*(getpw(nam|uid|ent)(_r)?|getgr(nam|gid|ent)(_r)?|getaddrinfo|gethostby\w+|getservby\w+|initgroups)$|_*nss_\w+",
     False),
    ("exceptions", r"__cxa_(throw|rethrow|begin_catch|allocate_exception)\b|__gxx_personality_\w+|"
                   r"std::rethrow_exception\b", False),
    ("exceptions", r"_Unwind_(RaiseException|Resume|ForcedUnwind)$", True),
    ("RTTI", r"__cxa_demangle\b|__dynamic_cast\b|__gnu_cxx::__verbose_terminate_handler\b|d_demangle\w*", False),
    ("threads", r"_*(pthread_create|thrd_create)\w*|std::(__\w+::)?(thread|jthread)\b", False),
    ("regex", r"(vtable for )?std::(__\w+::)?basic_regex|_*regcomp$", False),
]
TOLERATED = r"fmt_fp|__printf_fp(_l)?|fmt::v\d+::detail::(dragonbox|format_float|bigint)\S*"
C_LIBRARY = r"(.*/)?lib(c|gcc_eh|gcc)\.a\(.*\)"
# Defined by init/runtime_static.cpp to abort. After link-time optimisation the map has one object for all: then they are
# ours where nothing of the real machinery is linked, without which the library's own could not work.
STAND_INS = r"__cxa_(allocate_exception|begin_catch|end_catch|free_exception|rethrow|throw)$|__gxx_personality_v0$|" \
            r"__gnu_cxx::__verbose_terminate_handler\b"
STAND_INS_OBJECT = r"(.*/)?runtime_static\.cpp\.o(bj)?"
OPTIMISED_OBJECT = r"(.*/)?(\S*\.)?lto\.(tmp|o)"
MACHINERY = {"_Unwind_RaiseException", "_Unwind_Find_FDE", "__cxa_demangle"}


def symbols(binary):
    """(address, demangled name) of everything defined in binary."""
    text = subprocess.run(["nm", "-C", "--defined-only", binary], check=True, capture_output=True, text=True).stdout
    for line in text.splitlines():
        parts = line.split(" ", 2)
        if len(parts) == 3:
            yield int(parts[0], 16), parts[2]


def last_of_path(name):
    return name.strip().rsplit("/", 1)[-1]


class LinkerMap:
    """Which object an address belongs to, and who asked for an object of an archive."""

    def __init__(self, text):
        self.asked = {}  # archive(member) -> (by whom, for which symbol)
        self.places = []  # (address, size, object)
        self.read_asked(text)
        self.read_places(text)
        self.places.sort()

    def read_asked(self, text):
        part = text.split("\nDiscarded input sections", 1)[0].split("\nMemory Configuration", 1)[0]
        for member, by, symbol in re.findall(r"^(\S[^\n]*\.a\([^\n)]*\))\s+(\S[^\n]*?) \(([^\n]+)\)$", part, re.M):
            self.asked.setdefault(member, (by, symbol))
        # lld's --why-extract, appended to the map: reference, tab, extracted, tab, symbol.
        for by, member, symbol in re.findall(r"^([^\t\n]+)\t([^\t\n]+\.a\([^\t\n]+\))\t([^\t\n]+)$", text, re.M):
            self.asked.setdefault(member, (by, symbol))

    def read_places(self, text):
        body = text.split("\nLinker script and memory map", 1)[-1]
        for address, size, name in re.findall(r"^ \S+\s+0x([0-9a-f]+)\s+0x([0-9a-f]+) (\S.*)$", body, re.M):
            self.add(address, size, name)
        for address, size, name in re.findall(r"^ *([0-9a-f]+) +[0-9a-f]+ +([0-9a-f]+) +\d+ {9}(\S.*?):\(", body, re.M):
            self.add(address, size, name)

    def add(self, address, size, name):
        if int(size, 16) and int(address, 16):
            self.places.append((int(address, 16), int(size, 16), name.strip()))

    def object_at(self, address):
        at = bisect.bisect_right(self.places, (address, float("inf"), "")) - 1
        if at >= 0 and address < self.places[at][0] + self.places[at][1]:
            return self.places[at][2]
        return None

    def chain(self, address):
        """The object, who asked for it, who asked for that ...: [(object, for which symbol it was asked)]"""
        links, name = [], self.object_at(address)
        while name is not None and name not in [link[0] for link in links]:
            by, symbol = self.asked.get(name, (None, ""))
            links.append((name, symbol))
            name = by
        return links


def stands_in(name, place, names):
    """True for a definition of runtime_static.cpp. place: the object, None unknown; names: all that are defined."""
    if place is None or not re.match(STAND_INS, name):
        return False
    if re.fullmatch(STAND_INS_OBJECT, place):
        return True
    return re.fullmatch(OPTIMISED_OBJECT, place) is not None and not MACHINERY & names


def excused(links):
    """True where the C library alone brought it: all but the last link, which is an object of ours."""
    return len(links) >= 2 and all(re.fullmatch(C_LIBRARY, name) for name, _ in links[:-1])


def chain_text(links):
    if not links:
        return "pulled in by: unknown (no linker map, or not in it)"
    words = f"in {last_of_path(links[0][0])}"
    for (_, symbol), (by, _) in zip(links, links[1:]):
        words += f"\n      <- {last_of_path(by)} for {symbol}"
    return words


def check(binary, linker_map):
    """Prints what is wrong, once for each kind and each reference of ours; the number of forbidden symbols."""
    found, floats, let_off, ours = {}, [], 0, 0
    defined = list(symbols(binary))
    names = {name.split("(")[0] for _, name in defined}
    # glibc's cancellation names the unwinder. The map tells only whom the linker met first, which may be an object of the
    # C++ library; where nothing can throw, or throwing aborts, it is glibc's alone all the same.
    throwing_is_ours = all(stands_in(name, linker_map.object_at(address), names)
                           for address, name in defined if name == "__cxa_throw")
    for address, name in defined:
        if re.match(TOLERATED, name):
            floats.append(name)
        for what, pattern, c_library_may in FORBIDDEN:
            if not re.match(pattern, name):
                continue
            links = linker_map.chain(address)
            if stands_in(name, linker_map.object_at(address), names):
                ours += 1
            elif c_library_may and (excused(links) or name.startswith("_Unwind_") and throwing_is_ours):
                let_off += 1
            else:
                culprit = chain_text(links[-2:])
                found.setdefault((what, culprit), []).append((len(links), name, chain_text(links)))
            break
    for (what, _), hits in sorted(found.items()):
        hits.sort()  # the shortest chain explains best
        names = ", ".join(name[:80] for _, name, _ in hits[:3])
        more = f" and {len(hits) - 3} more" if len(hits) > 3 else ""
        print(f"{what}: {names}{more}\n    {hits[0][2]}")
    total = sum(len(hits) for hits in found.values())
    print(f"binary: {total} forbidden symbol(s), {let_off} of the C library's own excused, {ours} ours that abort, "
          f"float conversion {'there: ' + ', '.join(sorted(set(floats))[:3]) if floats else 'absent'}")
    return total


SELF_TEST = {
    "std::basic_ostream<char>::flush()": "iostream", "std::cout": "iostream", "std::ios_base::Init::Init()": "iostream",
    "std::__1::basic_ostream<char, std::__1::char_traits<char> >::flush()": "iostream",
    "std::__cxx11::basic_stringstream<char>::str()": "stringstream", "std::locale::locale()": "locale",
    "std::__1::ctype<char>::id": "locale", "setlocale": "locale", "getpwnam": "NSS", "getaddrinfo": "NSS",
    "__nss_lookup": "NSS", "__cxa_throw": "exceptions", "_Unwind_RaiseException": "exceptions",
    "__gxx_personality_v0": "exceptions", "__cxa_demangle": "RTTI", "pthread_create": "threads",
    "std::thread::join()": "threads", "__pthread_create_2_1": "threads", "main": None, "conf::parse(int)": None,
    "std::string::append(char)": None, "init::locale_free()": None, "plumb::getpwnam_free()": None,
}
SAMPLE = r"""
#include <sstream>
int main(int argc, char** argv) { std::stringstream s; s << argv[0]; return static_cast<int>(s.str().size()) - argc; }
"""
STAND_IN_SAMPLE = """
#include <cstdlib>
extern "C" void __cxa_throw(void*, void*, void (*)(void*)) { abort(); }
int main() {}
"""
PLACES = [  # name, object, what else is defined, whether it is ours
    ("__cxa_throw", "CMakeFiles/mvinit.dir/init/runtime_static.cpp.o", {"_Unwind_RaiseException"}, True),
    ("__gnu_cxx::__verbose_terminate_handler()", "runtime_static.cpp.o", set(), True),
    ("__cxa_throw", "/usr/lib/libstdc++.a(eh_throw.o)", set(), False), ("__cxa_throw", None, set(), False),
    ("__cxa_throw", "lto.tmp", set(), True), ("__cxa_throw", "lto.tmp", {"_Unwind_Find_FDE"}, False),
    ("__gxx_personality_v0", "build/mvinit.lto.o", {"__cxa_demangle"}, False),
    ("__cxa_demangle", "lto.tmp", set(), False), ("std::cout", "runtime_static.cpp.o", set(), False),
]


def what_is(name):
    return next((what for what, pattern, _ in FORBIDDEN if re.match(pattern, name)), None)


def link(folder, name, text):
    """text as folder/name.o, linked: (the binary, its map)"""
    source, binary, map_file = folder / "sample.cpp", folder / "sample", folder / "sample.map"
    source.write_text(text)
    subprocess.run(["g++", "-c", "-o", folder / f"{name}.o", source], check=True)
    subprocess.run(["g++", "-static", f"-Wl,-Map={map_file}", "-o", binary, folder / f"{name}.o"], check=True)
    return str(binary), LinkerMap(map_file.read_text(errors="replace"))


def self_test_programs(folder):
    binary, linker_map = link(folder, "sample", SAMPLE)
    chains = [linker_map.chain(address) for address, name in symbols(binary) if what_is(name) == "stringstream"]
    if not check(binary, linker_map):
        yield "a program with a stringstream passed"
    if not any(links and links[-1][0].endswith("sample.o") for links in chains):
        yield "no chain leads back to the program's own object"
    if not check(*link(folder, "other", STAND_IN_SAMPLE)):
        yield "a stand-in for __cxa_throw passed, defined by any file"
    if check(*link(folder, "runtime_static.cpp", STAND_IN_SAMPLE)):
        yield "a stand-in of runtime_static.cpp did not pass"


def self_test():
    wrong = [name for name, what in SELF_TEST.items() if what_is(name) != what]
    for name in wrong:
        print(f"self-test: {name}: expected {SELF_TEST[name]}, found {what_is(name)}")
    wrong += [(name, place) for name, place, names, ours in PLACES if stands_in(name, place, names) != ours]
    with tempfile.TemporaryDirectory() as folder:
        wrong += self_test_programs(Path(folder))
    print(f"self-test: {len(wrong)} wrong {wrong}")
    return 1 if wrong else 0


def main(argv):
    if argv == ["--self-test"]:
        return self_test()
    if len(argv) not in (1, 2):
        print(__doc__, file=sys.stderr)
        return 2
    if not Path(argv[0]).exists():
        print(f"{argv[0]}: not built, nothing was checked", file=sys.stderr)
        return 77
    map_text = Path(argv[1]).read_text(errors="replace") if len(argv) == 2 and Path(argv[1]).exists() else ""
    if not any(True for _ in symbols(argv[0])):
        print(f"{argv[0]}: no symbols: give the binary before it was stripped", file=sys.stderr)
        return 2
    return 1 if check(argv[0], LinkerMap(map_text)) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
