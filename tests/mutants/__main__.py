"""`python -m tests.mutants [PATH…]`: changes rules, and shows what their tests do not notice."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from bench.report import Table
from tests import ROOT
from tests.mutants.equivalents import Equivalent, outdated, read_equivalents, unexplained
from tests.mutants.rules import LEAST_KILLED, RULES, Rule
from tests.mutants.session import Progress, Result, examine
from tests.mutants.trial import TrialError

LEDGERS = ROOT / ".mutants"
_NICENESS = 15


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 0 if each rule's tests kill enough of its mutants, else 1."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument(
        "paths", nargs="*", metavar="PATH", help="rules, such as components/uptime.py; default: all"
    )
    parser.add_argument("--survivors", action="store_true", help="show listed survivors as well")
    options = parser.parse_args(arguments)
    rules = [rule for rule in RULES if not options.paths or rule.path in options.paths]
    if unknown := set(options.paths) - {rule.path for rule in RULES}:
        parser.error(f"no such rule: {', '.join(sorted(unknown))}; see tests/mutants/rules.py")
    os.setpriority(os.PRIO_PROCESS, 0, _NICENESS)
    return run(rules, LEDGERS, read_equivalents(), show_listed=options.survivors)


def run(
    rules: Sequence[Rule], ledgers: Path, listed: Sequence[Equivalent], *, show_listed: bool = False
) -> int:
    """Examine `rules` and print what survived, and the table; return the exit status."""
    table = Table(
        f"mutants, of which {LEAST_KILLED:.0f} % have to be killed in each module, "
        "not counting those that are the same program",
        ("module", "mutants", "killed", "survived", "same program", "unexplained", "killed %", ""),
    )
    totals, passed = [0, 0, 0], True
    for rule in rules:
        shown = () if show_listed else listed
        try:
            results = examine(rule, ledgers, _show_progress(rule, shown))
        except TrialError as error:
            print(error, file=sys.stderr)
            table.add(rule.path, *[""] * 6, "its tests fail")
            passed = False
            continue
        survived = [result for result in results if result.survived]
        open_ones = unexplained(rule, results, listed)
        for each in outdated(rule, results, listed):
            print(f"  listed, but killed or gone: {each.where}: {each.before} → {each.after}")
        figures = len(results), len(survived), len(survived) - len(open_ones)
        enough = bool(results) and _score(*figures) >= LEAST_KILLED
        passed &= enough
        totals = [one + other for one, other in zip(totals, figures, strict=True)]
        table.add(rule.path, *_cells(*figures), "" if enough else "too few")
    table.add("all", *_cells(*totals))
    print(f"\n{table.text()}")
    return 0 if passed else 1


def _score(mutants: int, survived: int, explained: int) -> float:
    """Return the percentage of mutants killed, of those that are another program."""
    return 100.0 * (mutants - survived) / max(1, mutants - explained)


def _cells(mutants: int, survived: int, explained: int) -> tuple[str, ...]:
    counts = mutants, mutants - survived, survived, explained, survived - explained
    return (*map(str, counts), f"{_score(mutants, survived, explained):.1f}")


def _show_progress(rule: Rule, listed: Sequence[Equivalent]) -> Progress:
    """Return what prints each survivor that is not listed, and how far the session is."""
    is_terminal, survived = sys.stdout.isatty(), 0

    def show(result: Result, number: int, total: int) -> None:
        nonlocal survived
        survived += result.survived
        text = f"{rule.path}: {number} of {total}, {survived} survived"
        if is_terminal:
            print(f"\r{text}", end="" if number < total else "\n", flush=True)
        elif number % 25 == 0 or number == total:
            print(text, flush=True)
        for unlisted in unexplained(rule, [result], listed):
            _print_survivor(rule, unlisted)

    return show


def _print_survivor(rule: Rule, result: Result) -> None:
    mutant = result.mutant
    start = "\n" if sys.stdout.isatty() else ""
    print(f"{start}  survived: {rule.path}:{mutant.line} in {mutant.where or 'the module'}")
    print(f"    - {mutant.before}\n    + {mutant.after}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
