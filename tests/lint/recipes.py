#!/usr/bin/env python3
"""Holds the recipes in packaging/ against the tree and the program, for as far as that goes without illumos and without a
container engine: packaging/zone, packaging/container, packaging/examples; and README.md against what these say.

    recipes.py ROOT PROGRAM [--self-test]    PROGRAM: mvinit, built from ROOT
"""
import json
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

LONGEST_INIT = 31  # bytes of the path that the kernel takes for a zone's init
SHARED = ("/usr/", "/lib/", "/sbin/")  # read-only where these are the global zone's
STOCK = ("ap::sysinit:/sbin/autopush -f /etc/iu.ap\nsmf::sysinit:/lib/svc/bin/svc.startd\t>/dev/msglog 2<>/dev/msglog "
         "</dev/console\np3:s1234:powerfail:/usr/sbin/shutdown -y -i5 -g0 >/dev/msglog 2<>/dev/msglog\n")
# Of zonecfg(8): what is set in the zone itself, and what in its net resource.
ZONE = {"zonepath", "autoboot", "bootargs"}
NET = {"physical", "global-nic", "allowed-address", "defrouter"}
FACTS = {"web.toml": "zone.allowed.facts", "smartos.toml": "zone.exclusive.facts"}


def run(*words):
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=60, check=False)


def check_init(name, path, shared):
    if not re.fullmatch(r"/\S+", path) or len(path.encode()) > LONGEST_INIT:
        yield f"{name}: {path} is not an absolute path of at most {LONGEST_INIT} bytes"
    if shared and path.startswith(SHARED):
        yield f"{name}: {path} lies where the zone is read-only"


def check_zonecfg(name, text):
    """Statements of zonecfg(8): the scope of each, and the path to the init."""
    inside, inits = False, []
    for line in text.splitlines():
        word, _, rest = line.partition(" ")
        key, _, value = rest.partition("=")
        if word == "set" and key in (NET if inside else ZONE) and value:
            inits += re.findall(r'^"-i (\S+)"$', value) if key == "bootargs" else []
        elif line == "add net" and not inside:
            inside = True
        elif line == "end" and inside:
            inside = False
        elif not re.fullmatch(r"create -t (lipkg|ipkg|sparse)", line):
            yield f"{name}: what is meant by: {line}"
    if inside or len(inits) != 1:
        yield f"{name}: add without end, or not one bootargs with -i: {inits}"
    for init in inits:
        yield from check_init(name, init, "create -t sparse" in text)


def check_smartos(name, text):
    payload = json.loads(text)
    yield from check_init(name, payload.get("init_name", ""), True)
    if payload.get("brand") not in ("joyent", "joyent-minimal") or payload.get("autoboot") is not False:
        yield f"{name}: another brand than joyent's, or one that boots before mvinit is in it"
    if not re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", payload.get("image_uuid", "")):
        yield f"{name}: image_uuid is none"


def scratch_zone(folder, program, places):
    for name in ("etc", "sbin", *(str(Path(place).parent)[1:] for place in places)):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "etc/inittab").write_text(STOCK)
    for place in ("/sbin/init", "/sbin/sh", *places):
        shutil.copy(program, folder / place[1:])


def check_installs(text, program, reader):
    """Each `./mvinit inittab install` of the text, on a root as it would find it."""
    lines = re.findall(r"^\./mvinit (inittab install [^#\n]*)", text, re.M)
    if not lines:
        yield "zone/README.md: there is no ./mvinit inittab install in it"
    for line in lines:
        words = shlex.split(line)
        command = words[words.index("--command") + 1] if "--command" in words else "/sbin/mvinit"
        with tempfile.TemporaryDirectory() as name:
            scratch_zone(Path(name), program, [command.split()[0]])
            words = [name if word == "$ROOT" else word for word in words]
            done, checked = run(program, *words), run(program, "inittab", "check", "--root", name)
            entries, smf = reader.read(Path(name) / "etc/inittab")
        if done.returncode or checked.returncode:
            yield f"zone/README.md: {line}: {done.stderr or checked.stderr}"
        if smf != command or not {"mv0", "mv5", "mv6"} <= {entry.name for entry in entries}:
            yield f"zone/README.md: {line}: the smf entry is then {smf}"


def check_plan(program, file, *words):
    done = run(program, "plan", *words, file)
    return [f"{file.parent.name}/{file.name}: {line}" for line in done.stderr.splitlines()] if done.returncode else []


def instructions(text):
    text = re.sub(r"^#.*\n", "", text, flags=re.M).replace("\\\n", "")
    return [line.split(" ", 1) for line in text.splitlines() if line.strip()]


def check_copy(words, stage, stages, root):
    *options, source, target = words
    if not target.startswith("/") and not (target == "." and stage == "build"):
        return f"COPY to {target}, which is no absolute path"
    if not options:
        return None if (root / source).exists() else f"COPY {source}: not in the tree"
    built = {f"/src/build/{preset}/mvinit" for preset in presets(root)}
    if options[0].removeprefix("--from=") not in stages or source not in built:
        return f"COPY {' '.join(options)} {source}: no stage leaves that"
    return None


def presets(root):
    return {each["name"] for each in json.loads((root / "CMakePresets.json").read_text())["configurePresets"]}


def check_run(line, root):
    for preset in re.findall(r"--preset (\S+)", line):
        if preset not in presets(root):
            yield f"RUN: there is no preset {preset}"
    for script in re.findall(r"(packaging/\S+)", line):
        if not (root / script).is_file():
            yield f"RUN: there is no {script}"


def check_start(program, root, entry, command):
    """The command lines, by the program itself: with nginx replaced by a program that is here, its exit code comes back."""
    if entry[:1] != ["/sbin/mvinit"]:
        return f"ENTRYPOINT {entry}: mvinit is copied to /sbin/mvinit"
    if "-c" in entry:
        file = root / "packaging/container" / Path(entry[entry.index("-c") + 1]).name
        done = run(program, "check", file)
        return None if done.returncode == 0 and file.is_file() and not command else f"ENTRYPOINT {entry}: {done.stderr}"
    codes = [run(program, *entry[1:], *({"/usr/sbin/nginx": "/bin/sh"}.get(word, word) for word in command[:1]), "-c",
                 f"exit {code}").returncode for code in (0, 7)]
    return None if codes == [0, 7] else f"ENTRYPOINT {entry} with CMD {command}: exit codes {codes}, not 0 and 7"


def check_container(text, root, program):
    stage, stages, entry, starts = "", {}, {}, 0
    for word, rest in instructions(text):
        if word == "FROM":
            stage = rest.split(" AS ")[1] if " AS " in rest else "last"
            stages[stage] = rest
            entry = {}
        elif word == "COPY":
            yield from filter(None, [check_copy(rest.split(), stage, stages, root)])
        elif word == "RUN":
            yield from check_run(rest, root)
        elif word in ("ENTRYPOINT", "CMD"):
            entry[word] = json.loads(rest)
        elif word != "WORKDIR":
            yield f"container/Dockerfile: {word} is not used here"
        if word == "CMD" or (word == "ENTRYPOINT" and "-c" in entry[word]):
            starts += 1
            yield from filter(None, [check_start(program, root, entry.get("ENTRYPOINT", []), entry.get("CMD", []))])
    if starts != 2:
        yield f"container/Dockerfile: {starts} ways to start, not with a file and without"


def check_examples(readme, texts, written):
    """What the README has of them is what stands in their heads, which the boot tests run."""
    for name, text in texts.items():
        try:
            memory = written.read(text).given("-m")
        except ValueError as error:
            yield f"examples/{name}: {error}"
            continue
        row = re.search(rf"^\| `{re.escape(name)}` \| (\d+) MB", readme, re.M)
        if not row or row.group(1) != memory:
            yield f"README.md: the table of examples does not say that {name} takes {memory} MB"
    if "".join(f"    {line}\n" for line in written.lines_of(texts["nginx.toml"])) not in readme:
        yield "README.md: the commands of nginx.toml are not those in its head"


def compare(root, program, change=lambda name, text: text):
    """change: what a self-test makes of a file's text."""
    sys.path.insert(0, str(root / "tests/illumos"))
    sys.path.insert(0, str(root / "tests/boot"))
    import guest  # pylint: disable=import-outside-toplevel
    import standin_inittab  # pylint: disable=import-outside-toplevel
    import written  # pylint: disable=import-outside-toplevel
    zone, examples = root / "packaging/zone", sorted((root / "packaging/examples").glob("*.toml"))
    files = [*zone.iterdir(), root / "packaging/container/Dockerfile", *examples]
    read = {path.name: change(path.name, path.read_text()) for path in files}
    for name in sorted(name for name in read if name.endswith(".zonecfg")):
        yield from check_zonecfg(name, read[name])
    yield from check_smartos("smartos.json", read["smartos.json"])
    yield from check_installs(read["README.md"], program, standin_inittab)
    yield from check_container(read["Dockerfile"], root, program)
    for name, facts in FACTS.items():
        yield from check_plan(program, zone / name, "--facts", root / "tests/illumos/facts" / facts)
    readme = change("/README.md", (root / "README.md").read_text())
    if f"    {' '.join(guest.MACHINES['microvm-acpi'])} " not in readme:
        yield "README.md: the microvm is not the one that the boot tests have"
    yield from check_examples(readme, {path.name: read[path.name] for path in examples}, written)
    for file in examples:
        yield from check_plan(program, file)


CHANGES = [
    ("tribblix.zonecfg", "/sbin/mvinit", "/sbin/" + "x" * 26, "at most 31 bytes"),
    ("tribblix.zonecfg", "-i ", "", "not one bootargs"),
    ("omnios-sparse.zonecfg", "/opt/mvinit", "/usr", "read-only"), ("omnios.zonecfg", "end\n", "", "add without end"),
    ("omnios.zonecfg", "set physical", "set phisical", "what is meant by"),
    ("smartos.json", "/opt/mvinit", "/sbin", "read-only"),
    ("smartos.json", "false", "true", "boots before"), ("smartos.json", "-0000-", "-", "image_uuid"),
    ("README.md", "--command /opt/mvinit/mvinit", "--command opt/mvinit", "inittab install"),
    ("README.md", "./mvinit inittab install", "inittab install", "no ./mvinit inittab install"),
    ("Dockerfile", "build/release", "build/rel", "no stage leaves that"),
    ("Dockerfile", "packaging/container", "packaging/c", "not in the tree"),
    ("Dockerfile", "--preset release", "--preset rel", "no preset"), ("Dockerfile", '"--"', '"--no-such"', "exit codes"),
    ("Dockerfile", '"/sbin/mvinit", "-c"', '"/mvinit", "-c"', "is copied to"),
    ("Dockerfile", "WORKDIR", "VOLUME", "is not used here"),
    ("nginx.toml", "-m 128", "-m 64", "takes 64 MB"), ("node.toml", "-nographic", "-smp 2", "-smp is written"),
    ("redis.toml", "#     mvimage build", "#     # mvimage build", "not one build"),
    ("/README.md", "-icount shift=auto ", "", "the microvm is not"), ("/README.md", "-:80\n    curl", "-:81\n    curl", "not those in its head"),
    ("Dockerfile", 'ENTRYPOINT ["/sbin/mvinit", "-c", "/etc/mvinit.toml"]', "", "ways to start"),
]


def self_test(root, program):
    wrong = [f"clean, but: {each}" for each in compare(root, program)]
    for file, old, new, words in CHANGES:
        def change(name, text, file=file, old=old, new=new):
            return text.replace(old, new) if name == file else text
        if not any(words in each for each in compare(root, program, change)):
            wrong.append(f"{file}: {new}: {words}")
    print(f"self-test: {len(CHANGES)} mistakes, not noticed: {wrong}")
    return 1 if wrong else 0


def main(argv):
    if len(argv) not in (2, 3) or argv[2:] not in ([], ["--self-test"]) or not (Path(argv[0]) / "packaging").is_dir():
        print(__doc__, file=sys.stderr)
        return 2
    root, program = (Path(word).resolve() for word in argv[:2])
    if not program.exists():
        print(f"{program} is not there: build it first (tests/run lint does)", file=sys.stderr)
        return 77
    if argv[2:]:
        return self_test(root, program)
    problems = list(compare(root, program))
    for problem in problems:
        print(problem)
    print(f"recipes: {len(problems)} problem(s)")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
