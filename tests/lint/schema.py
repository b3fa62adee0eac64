#!/usr/bin/env python3
"""Holds packaging/schema/mvinit.schema.json against the program: it is what packaging/schema/generate.py makes of this
tree; every example of the tree that `mvinit check` takes is valid by it; a table of bad files is refused by both; and over
a pool of values for every key it never refuses what the program takes, and takes only the listed ones of what that refuses.

    schema.py ROOT PROGRAM [--self-test]    PROGRAM: mvinit, built from ROOT
"""
import json
import os
import re
import sys
import tomllib
from pathlib import Path

from schema_cases import BAD, LAX, POOL

DEBIAN = "/usr/bin/python3"
COMMAND_MISSING = "app.command is missing"  # which may come after --, so that a file goes without


def jsonschema():
    """The module of Debian's Python where this one has none."""
    try:
        import jsonschema as module  # pylint: disable=import-outside-toplevel
        return module
    except ImportError:
        if os.path.exists(DEBIAN) and os.path.realpath(sys.executable) != os.path.realpath(DEBIAN):
            os.execv(DEBIAN, [DEBIAN, "-B", *sys.argv])
        print("python3-jsonschema is not installed, nothing was checked: run packaging/setup lint", file=sys.stderr)
        sys.exit(1 if os.environ.get("CI") == "true" else 77)


class Schema:
    def __init__(self, schema):
        self.schema = schema
        self.module = jsonschema()
        self.module.Draft4Validator.check_schema(schema)
        self.of_keys = {}

    def errors(self, value):
        """By draft 4, which the file names, and by draft 7, as some editors take every schema for one of that."""
        return [error.message[:100] for validator in (self.module.Draft4Validator, self.module.Draft7Validator)
                for error in validator(self.schema).iter_errors(value)]

    def refuses(self, key, value):
        if key.path not in self.of_keys:
            definitions = self.schema["definitions"]
            rule = definitions[key.table.removesuffix("[]")]["properties"][key.name]
            self.of_keys[key.path] = self.module.Draft4Validator({"allOf": [rule], "definitions": definitions})
        return not self.of_keys[key.path].is_valid(value)


class Program:
    def __init__(self, path, asking):
        self.path, self.asking = str(Path(path).resolve()), asking

    def errors(self, text, platform):
        said = self.asking.check(self.path, text, platform)
        return [message for _, message in said if not message.startswith(COMMAND_MISSING)]


def examples(root):
    """(name, text) of every whole file, and of the README's examples."""
    for path in sorted([*root.glob("tests/**/*.toml"), *root.glob("packaging/**/*.toml")]):
        yield str(path.relative_to(root)), path.read_text()
    for number, block in enumerate(re.findall(r"^```toml\n(.*?)^```", (root / "README.md").read_text(), re.M | re.S), 1):
        yield f"README.md, example {number}", block


def compare_examples(schema, program, found):
    for name, text in found:
        said = {platform: program.errors(text, platform) for platform in ("linux", "illumos")}
        if all(said.values()):
            yield f"{name} is an example, but the program says: {said['linux'][0]}"
        else:
            yield from (f"{name} is taken by the program, but the schema says: {error}"
                        for error in schema.errors(tomllib.loads(text)))


def compare_bad(schema, program, cases):
    for text, words in cases:
        said = program.errors(text, "linux")
        if not any(words in message for message in said):
            yield f"{text!r}: expected of the program: {words}; it says: {said}"
        if not schema.errors(tomllib.loads(text)):
            yield f"{text!r} is refused by the program ({words}), but not by the schema"


def compare_values(schema, answers, keys, pool, lax):
    used = set()
    for written in pool:
        refused = answers.refusals(written)
        value = tomllib.loads(f"it = {written}")["it"]
        for key in keys:
            by_schema, by_program = schema.refuses(key, value), key.path in refused
            if by_schema and not by_program:
                yield f"{key.path} = {written} is taken by the program, but not by the schema"
            elif by_program and not by_schema and (key.path, written) in lax:
                used.add((key.path, written))
            elif by_program and not by_schema:
                yield f"{key.path} = {written} is taken by the schema, but the program says: {refused[key.path]}"
    yield from (f"{path} = {written} is listed as what the schema cannot refuse, but it does, or the program takes it"
                for path, written in sorted(lax - used))


def self_test(root, program, asking, shipped):
    """Schemas that are wrong in one way each: every comparison has to notice the one that it is for."""
    keys = asking.read_keys(root)
    answers = asking.Answers(program.path, keys)
    anything, nothing = (json.loads(json.dumps(shipped)) for _ in range(2))
    for definition in anything["definitions"].values():
        definition["properties"] = {name: {} for name in definition.get("properties", {})}
    nothing["definitions"]["app"]["properties"]["command"] = {"type": "integer"}
    good = [("good", '[app]\ncommand = ["/x"]\n')]
    noticed = {
        "all is taken": any(compare_values(Schema(anything), answers, keys, ["-1"], set())),
        "bad ones are taken": any(compare_bad(Schema({}), program, BAD[:1])),
        "the program takes bad ones": any(compare_bad(Schema(shipped), program, [(good[0][1], "x")])),
        "good ones are refused": any(compare_examples(Schema(nothing), program, good)),
        "good values are refused": any(compare_values(Schema(nothing), answers, keys, ['["/x"]'], set())),
        "a bad example": any(compare_examples(Schema(shipped), program, [("bad", BAD[0][0])])),
        "laxer than it is": any(compare_values(Schema(shipped), answers, keys, [], {("app.cwd", "-1")})),
    }
    wrong = [name for name, seen in noticed.items() if not seen]
    wrong += [f"clean, but: {each}" for each in compare_examples(Schema(shipped), program, good)]
    print(f"self-test: {len(noticed)} mistakes, not noticed: {wrong}")
    return 1 if wrong else 0


def compare(root, program, asking, shipped):
    keys = asking.read_keys(root)
    schema, found = Schema(shipped), list(examples(root))
    problems = [*compare_examples(schema, program, found), *compare_bad(schema, program, BAD),
                *compare_values(schema, asking.Answers(program.path, keys), keys, POOL, LAX)]
    print(f"schema: {len(keys)} keys, {len(POOL)} values for each; {len(found)} good files, {len(BAD)} bad ones")
    return problems


def main(argv):
    if len(argv) not in (2, 3) or argv[2:] not in ([], ["--self-test"]) or not (Path(argv[0]) / "conf").is_dir():
        print(__doc__, file=sys.stderr)
        return 2
    if not os.path.exists(argv[1]):
        print(f"{argv[1]} is not there: build it first (tests/run lint does)", file=sys.stderr)
        return 77
    root = Path(argv[0]).resolve()
    sys.path.insert(0, str(root / "packaging/schema"))
    import asking  # pylint: disable=import-outside-toplevel
    import generate  # pylint: disable=import-outside-toplevel
    program, text = Program(argv[1], asking), generate.FILE.read_text()
    if argv[2:]:
        return self_test(root, program, asking, json.loads(text))
    problems = compare(root, program, asking, json.loads(text))
    if generate.as_text(argv[1]) != text:
        problems.append(f"{generate.FILE}: not what is generated: run packaging/schema/generate.py {argv[1]}")
    for problem in problems:
        print(problem)
    print(f"schema: {len(problems)} problem(s)")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
