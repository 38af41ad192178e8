"""A session over the rules: trials that were made before are not made again.

The result of a trial is kept under a key of all that it depends on: the changed source, and each
file of ours that its tests imported. So a session that was broken off goes on where it was, and
after a change of one test module only the mutants of its rule are tried again.
"""

import hashlib
import importlib
import json
import multiprocessing
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from tests.mutants.mutations import Mutant, mutants_of
from tests.mutants.rules import Rule
from tests.mutants.trial import Evidence, TrialError, attempt, observe

_FORK = multiprocessing.get_context("fork")


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one mutant: "killed", "timeout" or "survived"."""

    mutant: Mutant
    verdict: str

    @property
    def survived(self) -> bool:
        return self.verdict == "survived"


Progress = Callable[[Result, int, int], None]
"""Told of each result, which one it is, and of how many."""


class Ledger:
    """The results of a rule's trials so far, in a file that only grows."""

    def __init__(self, folder: Path, rule: Rule) -> None:
        self._file = folder / f"{rule.module}.jsonl"
        self._verdicts: dict[str, str] = {}
        if self._file.exists():
            for line in self._file.read_text(encoding="utf-8").splitlines():
                # The last line may have been broken off.
                with suppress(ValueError):
                    self._verdicts.update(json.loads(line))

    def verdict(self, key: str) -> str | None:
        return self._verdicts.get(key)

    def note(self, key: str, verdict: str) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with self._file.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps({key: verdict}) + "\n")


def examine(rule: Rule, folder: Path, progress: Progress) -> list[Result]:
    """Return what became of each mutant of a rule. Raises TrialError if its tests cannot be run."""
    receiving, sending = _FORK.Pipe(duplex=False)
    # In a process of its own, for what one rule's tests import must not be there before the next's.
    process = _FORK.Process(target=_examine, args=(rule, folder, receiving, sending))
    process.start()
    sending.close()
    results: list[Result] = []
    try:
        while True:
            told = receiving.recv()
            if isinstance(told, TrialError):
                raise told
            result, total = told
            results.append(result)
            progress(result, len(results), total)
    except EOFError:
        return results
    finally:
        process.join()


def _examine(
    rule: Rule,
    folder: Path,
    inherited: "Connection[object, object]",
    answers: "Connection[object, object]",
) -> None:
    # Else who is left alone would never be told that nobody reads what it says.
    inherited.close()
    try:
        evidence = observe(rule)
        surroundings = _surroundings(rule, evidence)
        _preload(rule, evidence)
        ledger, mutants = Ledger(folder, rule), mutants_of(rule.source())
        for mutant in mutants:
            key = hashlib.sha256(surroundings + mutant.source.encode()).hexdigest()
            verdict = ledger.verdict(key)
            if verdict is None:
                verdict = attempt(rule, mutant.source, evidence)
                ledger.note(key, verdict)
            answers.send((Result(mutant, verdict), len(mutants)))
    except TrialError as error:
        answers.send(error)
    except (KeyboardInterrupt, BrokenPipeError):
        # What was found so far is in the ledger.
        pass


def _is_ours(rule: Rule, file: str) -> bool:
    """Return whether a module's file is of the rule's project: not installed, nor the runner's."""
    path = Path(file)
    return (
        path.is_relative_to(rule.root)
        and not path.is_relative_to(sys.prefix)
        and path.parent != Path(__file__).parent
    )


def _surroundings(rule: Rule, evidence: Evidence) -> bytes:
    """Return a digest of the tests, and of each file of ours that they import beside the rule."""
    files = {str(rule.root / test) for test in rule.tests}
    files |= {file for file in evidence.modules.values() if _is_ours(rule, file)}
    digest = hashlib.sha256()
    for file in sorted(files - {str(rule.root / rule.path)}):
        digest.update(Path(file).read_bytes())
    return digest.digest()


def _preload(rule: Rule, evidence: Evidence) -> None:
    """Import what all trials need of others, once."""
    for module, file in evidence.modules.items():
        if not _is_ours(rule, file):
            with suppress(Exception):
                importlib.import_module(module)
