"""Tests of what needs no init: medians, tables, JSON, the order of an interleaved run, the judging."""

import io
import json
import re
import unittest

import judge
import table

COLUMN = table.Column("t", "µs", 1000, 0)


def samples(name, values, failure="", note=""):
    return table.Samples(name, {"t": list(values)} if values else {}, failure, note)


class Medians(unittest.TestCase):
    def test_median_and_least(self):
        cases = (([3], 3, 3), ([1, 9, 2], 2, 1), ([4, 1], 2.5, 1), ([None, 5], 5, 5), ([], None, None))
        for values, median, least in cases:
            one = samples("x", values)
            self.assertEqual((one.median("t"), one.least("t")), (median, least))

    def test_ratio(self):
        for value, base, wanted in ((3, 2, 1.5), (None, 2, None), (3, None, None), (3, 0, None)):
            self.assertEqual(table.ratio(value, base), wanted)

    def test_values_of_another_round_are_added(self):
        one = table.Samples("x")
        one.add({"t": 1})
        one.add({"t": 3})
        self.assertEqual((one.median("t"), one.count()), (2, 2))


class Interleaving(unittest.TestCase):
    def test_every_round_has_all_in_another_order(self):
        order = []
        results = table.interleave("abcd", 6, lambda one: order.append(one) or {"t": len(order)}, ValueError)
        rounds = ["".join(order[i:i + 4]) for i in range(0, 24, 4)]
        self.assertEqual({"".join(sorted(one)) for one in rounds}, {"abcd"})
        self.assertGreater(len({one[0] for one in rounds}), 1)
        self.assertGreater(len(set(rounds)), 3)
        self.assertEqual([(one.name, one.count()) for one in results], [("a", 6), ("b", 6), ("c", 6), ("d", 6)])

    def test_who_cannot_be_measured_is_asked_once_and_shown(self):
        asked = []

        def measure(one):
            asked.append(one)
            if one == "b":
                raise ValueError("no way")
            return {"t": 1}

        results = table.interleave("ab", 3, measure, ValueError)
        self.assertEqual(asked.count("b"), 1)
        self.assertEqual([(one.failure, one.count()) for one in results], [("", 3), ("no way", 0)])

    def test_other_errors_are_not_hidden(self):
        with self.assertRaises(KeyError):
            table.interleave("a", 1, lambda one: {}["t"], ValueError)


class Tables(unittest.TestCase):
    RESULTS = [samples("base", [1000, 3000]), samples("other", [6000], note="odd"), samples("none", [], "no way")]

    def test_text(self):
        lines = table.tabulate("title", [COLUMN], self.RESULTS, "base")
        self.assertEqual(lines[0], "== title")
        rows = [re.split(r" {2,}", line) for line in lines[1:5]]
        self.assertEqual(rows, [["", "µs", "min", "ratio", "n"], ["base", "2", "1", "1.00", "2"],
                                ["other [1]", "6", "6", "3.00", "1"], ["none [2]", "-", "-", "-", "0"]])
        self.assertEqual(len({len(line) for line in lines[1:5]}), 1)
        self.assertEqual(lines[-2:], ["   [1] odd", "   [2] no way"])

    def test_a_base_that_is_not_there_gives_no_ratio(self):
        lines = table.tabulate("title", [COLUMN], self.RESULTS, "absent")
        self.assertNotIn("1.00", "\n".join(lines))

    def test_json_holds_all_that_was_measured(self):
        text = json.dumps(table.as_json("title", [COLUMN], self.RESULTS, "base"))
        other = json.loads(text)["contenders"][1]
        self.assertEqual((other["values"], other["median"], other["ratio"]), ({"t": [6000]}, {"t": 6000}, {"t": 3}))


def report(**scenarios):
    """scenario={contender: {column: median}}"""
    return {scenario: {"contenders": [{"name": name, "median": medians} for name, medians in contenders.items()]}
            for scenario, contenders in scenarios.items()}


class Judging(unittest.TestCase):
    def verdict(self, what, raw):
        return next(row[2] for row in judge.judge(raw) if row[0].startswith(what))

    def test_start(self):
        for ours, wanted in ((600, "met"), (610, "within noise"), (700, "NOT MET")):
            raw = report(start={"tini-static": {"start": 1000}, "mvinit musl, config": {"start": ours}})
            self.assertEqual(self.verdict("exec to application, with a file", raw), wanted)

    def test_best_peer_is_neither_mvinit_nor_one_that_reaps_late(self):
        peers = {"mvinit musl, forward": {"reap": 5, "left": 0}, "mvinit release, forward": {"reap": 1, "left": 0},
                 "runit": {"reap": 2, "left": 4000}, "tini": {"reap": 5, "left": 0}}
        self.assertEqual(self.verdict("CPU per reap, forward", report(reaping=peers)), "met")

    def test_memory_has_no_noise(self):
        for ours, wanted in ((40, "met"), (41, "NOT MET")):
            raw = report(memory={"mvinit musl, config": {"private": ours}})
            self.assertEqual(self.verdict("private dirty, config", raw), wanted)

    def test_restart_is_in_nanoseconds(self):
        raw = report(restart={"mvinit musl, config, keen": {"long": 1.2e6}})
        self.assertEqual(self.verdict("restart gap", raw), "NOT MET")

    def test_log_throughput_wants_more(self):
        for ours, wanted in ((200, "met"), (100, "NOT MET")):
            raw = report(logs={"s6-log": {"mb_per_s": 190}, "mvinit": {"mb_per_s": ours}})
            self.assertEqual(self.verdict("log throughput", raw), wanted)

    def test_what_was_not_measured_is_not_met(self):
        self.assertEqual({row[2] for row in judge.judge({})}, {"not measured"})


def main():
    """Whether all passed; what failed is printed."""
    stream = io.StringIO()
    suite = unittest.TestLoader().loadTestsFromModule(__import__("self_test"))
    result = unittest.TextTestRunner(stream=stream).run(suite)
    print(stream.getvalue().strip().splitlines()[-1] if result.wasSuccessful() else stream.getvalue())
    return result.wasSuccessful() and result.testsRun > 0
