"""Checks whose names were not found in time, until it is known whose fault that is."""

from collections.abc import Iterator

from monitors.probing.base import Outcome
from monitors.probing.jobs import TransferJob
from monitors.probing.resolver import Resolver


class LateNames:
    """The checks that wait. Used by the engine's thread only.

    Each has the outcome that it comes to if this machine is not to blame.
    """

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._waiting: dict[str, list[tuple[TransferJob, Outcome]]] = {}

    def __len__(self) -> int:
        return sum(map(len, self._waiting.values()))

    def clear(self) -> None:
        self._waiting.clear()

    def add(self, job: TransferJob, name: str, outcome: Outcome) -> None:
        """Take a check whose name was not found in time."""
        self._waiting.setdefault(name, []).append((job, outcome))
        self._resolver.judge_late(name, within=job.probe.timeout)

    def settle(self) -> Iterator[tuple[TransferJob, Outcome]]:
        """Yield the checks of which it is known by now, each with its outcome."""
        for answer in self._resolver.judgements():
            for job, outcome in self._waiting.pop(answer.host, ()):
                yield job, answer.outcome if answer.ours else outcome
