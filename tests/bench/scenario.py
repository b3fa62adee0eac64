"""What a scenario is: contenders, columns, how to measure one contender once."""

from dataclasses import dataclass
from typing import Callable


@dataclass(frozen=True)
class Scenario:
    """measure(contender) gives a dict with the columns' keys. rounds, quick: how often, by default and with --quick.
    base: the name of the contender that is 1."""

    name: str
    title: str
    columns: list
    contenders: Callable
    measure: Callable
    rounds: int
    quick: int
    base: str = "mvinit musl, config"
    remark: str = ""
