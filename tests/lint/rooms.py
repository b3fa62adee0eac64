#!/usr/bin/env python3
"""Holds the sources against the rooms of README.md, "How it is built": who may include what, who owns which header
and call alone, and how long a file and a function may be.

    rooms.py ROOT         checks the tree; prints file:line: rule: message; exit 1 where something is wrong
    rooms.py --self-test  shows with a temporary tree that every rule can fail, and that a clean tree passes
"""
import re
import sys
import tempfile
from pathlib import Path

ROOMS = ("conf", "plumb", "init")
MAY_INCLUDE = {"conf": {"conf"}, "plumb": {"conf", "plumb"}, "init": {"conf", "plumb", "init"}}
# mvimage is no part of PID 1: what it includes of the system is its own affair, what of ours is not.
IMAGE = "packaging/image"
IMAGE_MAY_INCLUDE = r"(conf|plumb|packaging/image)/\w+\.hpp"
GENERATED = {"version.hpp"}  # by CMake

PLATFORM_FILES = r"plumb/\w+_(linux|illumos)\.(cpp|hpp)"
PLATFORM_HEADERS = (
    r"linux/.*|net/.*|netinet/.*|netpacket/.*|arpa/inet\.h|sys/(mount|reboot|syscall|prctl|signalfd|klog|"
    r"statvfs|utsname|sysmacros|swap|vfs|zone|ctfs|contract|uadmin|dlpi|sockio|systeminfo|procset|procfs|mnttab)\.h|"
    r"sys/contract/.*|lib(contract|scf|dlpi|zonecfg)\.h|zone\.h|procfs\.h|stropts\.h"
)

# Header (as a whole), who may include it, why.
OWNED_HEADERS = [
    (r"toml\+\+/.*", r"conf/\w+\.(cpp|hpp)", "toml++ belongs to conf/"),
    (r"boost/asio(/.*|\.hpp)", r"init/loop\.cpp", "Asio belongs to init/loop.cpp"),
    (r"spdlog/.*", r"init/log\.cpp", "spdlog belongs to init/log.cpp"),
    (r"fmt/.*", r"init/log\.cpp", "fmt belongs to init/log.cpp"),
    (r"sys/wait\.h", r"init/reap\.cpp|plumb/last_resort_(linux|illumos)\.cpp",
     "waiting belongs to init/reap.cpp, and to the minimal loop"),
    (r"sys/(socket|un)\.h", PLATFORM_FILES + r"|plumb/local_socket\.cpp",
     "sockets belong to plumb/local_socket.cpp and to plumb/*_linux.cpp and *_illumos.cpp"),
    (PLATFORM_HEADERS, PLATFORM_FILES, "platform headers belong to plumb/*_linux.cpp and *_illumos.cpp"),
    (r"iostream|[io]?fstream|[io]stream|sstream|iomanip|streambuf|locale|clocale|locale\.h|regex|format|print",
     None, "streams and locales have no place in PID 1"),
    # What std::mutex does is defined away there, and the library's left out; to do so takes its declaration.
    (r"mutex", r"init/runtime_static\.cpp", "there is no thread in PID 1, and nothing to lock"),
    (r"thread|shared_mutex|future|condition_variable|pthread\.h", None, "there is no thread in PID 1"),
    (r"grp\.h", r"init/become\.cpp", "there is no NSS in PID 1; setgroups(2), which it declares, is init/become.cpp's"),
    (r"pwd\.h|netdb\.h|nss\.h", None, "there is no NSS and no resolver in PID 1"),
]

# Call, who may make it, why.
OWNED_CALLS = [
    (r"waitpid|waitid|wait3|wait4", r"init/reap\.cpp|plumb/last_resort_illumos\.cpp",
     "waiting belongs to init/reap.cpp, and to the minimal loop"),
    (r"v?fork|clone3?|exec(?:v|ve|vp|vpe|l|le|lp)|fexecve|execveat|posix_spawnp?|popen|system|forkx|forkall",
     r"init/spawn\.cpp|plumb/log_io_illumos\.cpp|plumb/sharing_(linux|illumos)\.cpp|plumb/(fault_linux|survival_illumos)\.cpp",
     "fork and exec belong to init/spawn.cpp"),
    (r"umount2?|pivot_root|reboot|uadmin|prctl|unshare|setns|[fd]?init_module|delete_module|sethostname|signalfd4?|"
     r"sysinfo|syscall|swapon|swapoff|statvfs|uname|klogctl|capset|capget|sigsend|closefrom|zone_\w+attr|ct_\w+",
     PLATFORM_FILES,
     "system calls of a platform belong to plumb/*_linux.cpp and *_illumos.cpp"),
    (r"getpw\w+|getgr\w+|getaddrinfo|gethostby\w+|setlocale|localtime(?:_r)?|strftime", None,
     "no NSS, resolver, locale or local time in PID 1"),
]
PLATFORM_MACROS = r"\b(__linux__|__linux|linux|__sun|__sun__|__illumos__|__SVR4|__svr4__|__gnu_linux__)\b"
MAX_FILE, MAX_FUNCTION = 300, 60
UNFINISHED = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME")) + r")\b")
UNFINISHED_IN = ROOMS + ("tests", "packaging")

TOKEN = re.compile(r'//[^\n]*|/\*.*?\*/|R"(?P<tag>\w*)\(.*?\)(?P=tag)"|"(?:\\.|[^"\\\n])*"|(?<![\w])\'(?:\\.|[^\'\\\n])+\'', re.S)


def bare(text):
    """The code without comments and what stands in quotes, line breaks kept; includes keep their quotes."""
    def blank(match):
        token = match.group(0)
        line = text[text.rfind("\n", 0, match.start()) + 1:match.start()]
        if token.startswith('"') and re.match(r"\s*#\s*include", line):
            return token
        keep = '""' if token[0] in 'R"' else ""
        return keep + "\n" * token.count("\n")
    return TOKEN.sub(blank, text)


def fits(pattern, name):
    return pattern is not None and re.fullmatch(pattern, name) is not None


def check_includes(name, code):
    room = name.split("/")[0]
    for number, line in enumerate(code.splitlines(), 1):
        include = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
        if not include:
            continue
        quote, header = include.groups()
        target = header.split("/")[0]
        ours = quote == '"' or target in ROOMS + ("tests",)
        if ours and target not in MAY_INCLUDE[room] and not (room == "init" and header in GENERATED):
            yield number, "may-include", f"{room}/ may not include {header}"
        for pattern, owner, why in OWNED_HEADERS:
            if not ours and fits(pattern, header) and not fits(owner, name):
                yield number, "owns-header", f"<{header}>: {why}"


def check_image_includes(code):
    for number, line in enumerate(code.splitlines(), 1):
        include = re.match(r'\s*#\s*include\s*"([^"]+)"', line)
        if include and not fits(IMAGE_MAY_INCLUDE, include.group(1)) and include.group(1) not in GENERATED:
            yield number, "may-include", f"{IMAGE}/ may not include {include.group(1)}"


def check_calls(name, code):
    for number, line in enumerate(code.splitlines(), 1):
        for pattern, owner, why in OWNED_CALLS:
            # Not a member (x.f, x->f), not another namespace's (a::f), not a declaration (type f).
            call = re.search(r"(?<![\w.])(?<!->)(?<!\w::)(?:::)?\b(" + pattern + r")\s*\(", line)
            if call and not fits(owner, name):
                yield number, "owns-call", f"{call.group(1)}(): {why}"


def check_platform_ifdef(name, code):
    for number, line in enumerate(code.splitlines(), 1):
        if re.match(r"\s*#\s*(if|ifdef|ifndef|elif|elifdef)\b", line) and re.search(PLATFORM_MACROS, line):
            if not fits(PLATFORM_FILES, name):
                yield number, "platform-ifdef", "a platform is chosen by file name, not by #if"


def is_function(head):
    """head: the code between the last ; { } and an opening brace outside of any function."""
    head = re.sub(r"^\s*#.*$", "", head, flags=re.M)
    if re.search(r"\b(namespace|class|struct|union|enum)\b[^()]*$", head) or re.search(r"\bextern\s*\"\"\s*$", head):
        return False
    return ")" in head and not re.search(r"=\s*$", head)


def functions(code):
    """(line of the head, lines) of every outermost function, by counting braces."""
    depth_inside, line, head, head_line = 0, 1, "", 1
    for char in code:
        if depth_inside:
            depth_inside += {"{": 1, "}": -1}.get(char, 0)
            if depth_inside == 0:
                yield head_line, line - head_line + 1
                head = ""
        elif char == "{" and is_function(head):
            depth_inside = 1
        elif char in ";{}":
            head = ""
        else:
            if not head.strip():
                head_line = line
            head += char
        line += char == "\n"


def check_lengths(name, code):
    lines = code.count("\n")
    if lines > MAX_FILE:
        yield lines, "file-length", f"{lines} lines, more than {MAX_FILE}"
    for start, length in functions(code):
        if length > MAX_FUNCTION:
            yield start, "function-length", f"a function of {length} lines, more than {MAX_FUNCTION}"


def check_unfinished(text):
    for number, line in enumerate(text.splitlines(), 1):
        found = UNFINISHED.search(line)
        if found:
            yield number, "unfinished", f"{found.group(1)}: finish it, or leave it out"


def sources(root, folders, suffixes):
    for folder in folders:
        for path in sorted((root / folder).rglob("*")):
            if path.is_file() and (not suffixes or path.suffix in suffixes):
                yield path, path.relative_to(root).as_posix()


def check_tree(root):
    found = []
    def add(name, problems):
        found.extend((name, *problem) for problem in problems)
    for path, name in sources(root, ROOMS, (".cpp", ".hpp")):
        code = bare(path.read_text())
        for rule in (check_includes, check_calls, check_platform_ifdef, check_lengths):
            add(name, rule(name, code))
    for path, name in sources(root, (IMAGE,), (".cpp", ".hpp")):
        add(name, check_image_includes(bare(path.read_text())))
    for path, name in sources(root, ("tests", IMAGE), (".cpp", ".hpp")):
        add(name, check_lengths(name, bare(path.read_text())))
    for path, name in sources(root, UNFINISHED_IN, ()):
        try:
            add(name, check_unfinished(path.read_text()))
        except UnicodeDecodeError:
            pass  # a binary input of a test
    return found


# ---- self-test: (file, its text, the rule that must be broken; None: it must pass) ----

LONG = "void f() {\n" + "    g();\n" * 59 + "}\n"
CASES = [
    ("conf/a.cpp", '#include "plumb/b.hpp"\n', "may-include"),
    ("conf/a.cpp", '#include "init/b.hpp"\n', "may-include"),
    ("conf/a.cpp", "#include <init/b.hpp>\n", "may-include"),
    ("conf/a.cpp", '#include "version.hpp"\n', "may-include"),
    ("plumb/a.hpp", '#include "init/b.hpp"\n', "may-include"),
    ("init/a.cpp", '#include "tests/b.hpp"\n', "may-include"),
    ("init/a.cpp", '#include "a.hpp"\n', "may-include"),
    ("init/a.cpp", '#include "conf/b.hpp"\n#include "plumb/b.hpp"\n#include "init/b.hpp"\n#include "version.hpp"\n', None),
    ("plumb/a.cpp", "#include <toml++/toml.h>\n", "owns-header"),
    ("conf/a.cpp", "#include <toml++/toml.h>\n", None),
    ("init/reap.cpp", "#include <boost/asio.hpp>\n", "owns-header"),
    ("init/supervision.cpp", "#include <boost/asio/steady_timer.hpp>\n", "owns-header"),
    ("init/loop.cpp", "#include <boost/asio/steady_timer.hpp>\n", None),
    ("init/main.cpp", "#include <spdlog/logger.h>\n", "owns-header"),
    ("init/log.cpp", "#include <spdlog/logger.h>\n#include <fmt/compile.h>\n", None),
    ("init/main.cpp", "#include <fmt/format.h>\n", "owns-header"),
    ("init/spawn.cpp", "#include <sys/wait.h>\n", "owns-header"),
    ("init/main.cpp", "#include <sys/mount.h>\n", "owns-header"),
    ("plumb/plan.cpp", "#include <linux/netlink.h>\n", "owns-header"),
    ("plumb/plan.cpp", "#include <sys/reboot.h>\n", "owns-header"),
    ("plumb/facts.cpp", "#include <net/if.h>\n", "owns-header"),
    ("conf/a.cpp", "#include <sys/socket.h>\n", "owns-header"),
    ("plumb/nics_linux.cpp", "#include <net/if.h>\n#include <linux/netlink.h>\n", None),
    ("plumb/a_illumos.cpp", "#include <sys/uadmin.h>\n#include <libcontract.h>\n", None),
    ("init/a_illumos.cpp", "#include <sys/uadmin.h>\n", "owns-header"),
    ("plumb/illumos_facts.cpp", "#include <procfs.h>\n", "owns-header"),
    ("plumb/illumos_facts.cpp", "#include <sys/contract/process.h>\n", "owns-header"),
    ("init/a.cpp", "#include <sys/systeminfo.h>\n", "owns-header"),
    ("plumb/a_illumos.cpp", "#include <sys/contract/process.h>\n#include <procfs.h>\n#include <stropts.h>\n", None),
    ("conf/a.cpp", "#include <iostream>\n", "owns-header"),
    ("conf/a.cpp", "#include <sstream>\n", "owns-header"),
    ("init/a.cpp", "#include <thread>\n", "owns-header"),
    ("init/loop.cpp", "#include <mutex>\n", "owns-header"),
    ("init/runtime_static.cpp", "#include <mutex>\n", None),
    ("init/runtime_static.cpp", "#include <thread>\n", "owns-header"),
    ("conf/a.cpp", "#include <pwd.h>\n", "owns-header"),
    ("conf/a.cpp", "#include <grp.h>\n", "owns-header"),
    ("init/a.cpp", "int f() { return waitpid(-1, nullptr, 0); }\n", "owns-call"),
    ("init/a.cpp", "int f() { return ::waitid(P_ALL, 0, nullptr, 0); }\n", "owns-call"),
    ("init/reap.cpp", "int f() { return waitpid(-1, nullptr, 0); }\n", None),
    ("plumb/a_linux.cpp", "int f() { return fork(); }\n", "owns-call"),
    ("init/a.cpp", "void f() { execve(a, b, c); }\n", "owns-call"),
    ("init/a.cpp", "void f() { vfork(); }\n", "owns-call"),
    ("init/spawn.cpp", "int f() { return fork() + clone(a) + execve(a, b, c); }\n", None),
    ("init/a.cpp", "void f() { fork_worker(a); x.fork(); x->fork(); y::fork(); // fork()\n }\n", None),
    ("init/a.cpp", 'const char* f() { return "fork() waitpid()"; }\n', None),
    ("init/a.cpp", "void f() { ::reboot(1); }\n", "owns-call"),
    ("plumb/plan.cpp", "void f() { umount2(a, 0); }\n", "owns-call"),
    ("plumb/ending_linux.cpp", "void f() { ::reboot(1); umount2(a, 0); }\n", None),
    ("init/a.cpp", "void f() { ct_ctl_ack(a, b); }\n", "owns-call"),
    ("conf/a.cpp", "void f() { getpwnam(a); }\n", "owns-call"),
    ("init/a.cpp", "#ifdef __linux__\n#endif\n", "platform-ifdef"),
    ("plumb/plan.cpp", "#if defined(__sun)\n#endif\n", "platform-ifdef"),
    ("conf/a.cpp", "#if 0\n#elif defined(__illumos__)\n#endif\n", "platform-ifdef"),
    ("init/a.cpp", "#ifdef WCOREDUMP\n#endif\n", None),
    ("init/a.cpp", "\n" * 301, "file-length"),
    ("tests/unit/a_test.cpp", "\n" * 301, "file-length"),
    ("packaging/image/a.cpp", "\n" * 301, "file-length"),
    ("packaging/image/a.cpp", '#include "init/a.hpp"\n', "may-include"),
    ("packaging/image/a.cpp", '#include <thread>\n#include "conf/a.hpp"\n#include "packaging/image/a.hpp"\n', None),
    ("plumb/a.cpp", '#include "packaging/image/a.hpp"\n', "may-include"),
    ("init/a.cpp", "\n" * 300, None),
    ("init/a.cpp", LONG.replace("{\n", "{\n\n", 1), "function-length"),
    ("init/a.cpp", LONG.replace("59", "58") .replace("    g();\n", "", 1), None),
    ("init/a.cpp", "namespace a {\nclass B {\n" + LONG.replace("g();", "if (x) { g(); }") + "\n};\n}\n", "function-length"),
    ("init/a.cpp", "namespace a {\nvoid f() {\n}\n" + "int x;\n" * 100 + "}\n", None),
    ("init/a.cpp", "constexpr int x[] = {\n" + "    1,\n" * 100 + "};\n", None),
    ("conf/a.cpp", 'const char* f() {\n    return R"(\n' + "}{\n" * 20 + ')";\n}\n', None),
    ("init/a.cpp", "// TO" + "DO: later\n", "unfinished"),
    ("packaging/demo", "# FIX" + "ME\n", "unfinished"),
    ("tests/x.py", "# TO" + "DO\n", "unfinished"),
]


def self_test():
    wrong = 0
    for name, text, expected in CASES:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / name
            path.parent.mkdir(parents=True)
            path.write_text(text)
            rules = {problem[2] for problem in check_tree(Path(folder))}
        if rules != ({expected} if expected else set()):
            wrong += 1
            print(f"self-test: {name}: {text[:70]!r}: expected {expected}, found {sorted(rules)}")
    covered = {case[2] for case in CASES} - {None}
    print(f"self-test: {len(CASES)} cases, {len(covered)} rules shown able to fail, {wrong} wrong")
    return 1 if wrong else 0


def main(argv):
    if argv == ["--self-test"]:
        return self_test()
    if len(argv) != 1 or not (Path(argv[0]) / "init").is_dir():
        print(__doc__, file=sys.stderr)
        return 2
    found = check_tree(Path(argv[0]))
    for name, line, rule, message in found:
        print(f"{name}:{line}: {rule}: {message}")
    print(f"rooms: {len(found)} problem(s)")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
