"""The survivors that are listed with a reason: mutants that are the same program."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tests.mutants.rules import Rule
from tests.mutants.session import Result

LIST = Path(__file__).with_name("equivalents.toml")


@dataclass(frozen=True, slots=True)
class Equivalent:
    """One listed survivor; `before` and `after` are its lines as the session prints them."""

    path: str
    where: str
    before: str
    after: str
    why: str

    def is_of(self, rule: Rule, result: Result) -> bool:
        mutant = result.mutant
        return (self.path, self.where, self.before, self.after) == (
            rule.path, mutant.where, mutant.before, mutant.after,
        )  # fmt: skip


def read_equivalents(file: Path = LIST) -> list[Equivalent]:
    """Return the list. Raises TypeError for an entry that lacks a field, or has one too many."""
    entries = tomllib.loads(file.read_text(encoding="utf-8"))
    return [Equivalent(path=path, **entry) for path, listed in entries.items() for entry in listed]


def unexplained(
    rule: Rule, results: Iterable[Result], listed: Iterable[Equivalent]
) -> list[Result]:
    """Return the survivors that the list says nothing of."""
    listed = list(listed)
    return [
        result
        for result in results
        if result.survived and not any(each.is_of(rule, result) for each in listed)
    ]


def outdated(
    rule: Rule, results: Iterable[Result], listed: Iterable[Equivalent]
) -> list[Equivalent]:
    """Return the listed ones of a rule that are killed, or are not there any more."""
    survivors = [result for result in results if result.survived]
    return [
        each
        for each in listed
        if each.path == rule.path and not any(each.is_of(rule, result) for result in survivors)
    ]
