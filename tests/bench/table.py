"""Samples to medians, ratios, tables and JSON. Pure: tested by self_test.py."""

import random
import statistics
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Column:
    """key: of the values that a measurement gives; scale: what one printed unit is in theirs (1000 for ns as µs).
    ratio: whether it is compared, less being better; more: whether more is better."""

    key: str
    heading: str
    scale: float = 1
    digits: int = 1
    ratio: bool = True
    more: bool = False


@dataclass
class Samples:
    """What was measured of one contender in one scenario. failure: why there is nothing, or no more of it."""

    name: str
    values: dict = field(default_factory=dict)
    failure: str = ""
    note: str = ""

    def add(self, values):
        for key, value in values.items():
            self.values.setdefault(key, []).append(value)

    def median(self, key):
        """None where it could not be measured."""
        values = [value for value in self.values.get(key, []) if value is not None]
        return statistics.median(values) if values else None

    def least(self, key):
        values = [value for value in self.values.get(key, []) if value is not None]
        return min(values) if values else None

    def count(self):
        return max((len(values) for values in self.values.values()), default=0)


def interleave(contenders, rounds, measure, failures, progress=lambda done: None):
    """Every contender once a round, in another order each round, since what one leaves behind in the kernel the next
    one finds; gives Samples in the contenders' order.

    measure(contender) gives a dict of values or raises one of failures, whose text then becomes the footnote; the
    contender is not tried again."""
    results = [Samples(str(contender), note=getattr(contender, "note", "")) for contender in contenders]
    for number in range(rounds):
        for place in random.Random(number).sample(range(len(contenders)), len(contenders)):
            if results[place].failure:
                continue
            try:
                results[place].add(measure(contenders[place]))
            except failures as error:
                results[place].failure = str(error) or type(error).__name__
        progress(number + 1)
    return results


def ratio(value, base):
    return None if value is None or not base else value / base


def show(value, scale=1, digits=1):
    return "-" if value is None else f"{value / scale:.{digits}f}"


def layout(rows):
    """Rows of text as lines: the first column to the left, the others to the right."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return ["  ".join([row[0].ljust(widths[0])] + [cell.rjust(width) for cell, width in zip(row[1:], widths[1:])])
            for row in rows]


def footnotes(results):
    """The notes, each once, and for each contender the number of those that are its own."""
    texts, marks = [], {}
    for samples in results:
        for text in filter(None, (samples.failure, samples.note)):
            if text not in texts:
                texts.append(text)
            marks.setdefault(samples.name, []).append(texts.index(text) + 1)
    return texts, marks


def tabulate(title, columns, results, base, remark=""):
    """The table's lines. base: the name of the contender that ratios are to; where it is not there they are "-"."""
    texts, marks = footnotes(results)
    reference = next((samples for samples in results if samples.name == base), Samples(base))
    head = [""]
    for column in columns:
        head += [column.heading, "min"] + (["ratio"] if column.ratio else [])
    rows = [[*head, "n"]]
    for samples in results:
        row = [samples.name + "".join(f" [{mark}]" for mark in marks.get(samples.name, []))]
        for column in columns:
            value = samples.median(column.key)
            row += [show(one, column.scale, column.digits) for one in (value, samples.least(column.key))]
            if column.ratio:
                row.append(show(ratio(value, reference.median(column.key)), 1, 2))
        rows.append([*row, str(samples.count())])
    lines = [f"== {title}", *layout(rows)]
    lines.append(f"   medians; ratio 1 = {base}" + (f"; {remark}" if remark else ""))
    return lines + [f"   [{number}] {text}" for number, text in enumerate(texts, 1)]


def as_json(title, columns, results, base, remark=""):
    """What tabulate shows, and all that was measured."""
    reference = next((samples for samples in results if samples.name == base), Samples(base))
    return {"title": title, "base": base, "remark": remark, "contenders": [
        {"name": samples.name, "failure": samples.failure, "note": samples.note, "values": samples.values,
         "median": {column.key: samples.median(column.key) for column in columns},
         "ratio": {column.key: ratio(samples.median(column.key), reference.median(column.key))
                   for column in columns if column.ratio}} for samples in results]}
