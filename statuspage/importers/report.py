"""What an import did, or would do: counted by kind, with all that was not taken."""

from collections import Counter
from dataclasses import dataclass, field

from statuspage.importers.description import Refusal

KINDS = ("group", "component", "monitor", "history", "incident", "subscriber", "page")
_PLURALS = {"history": "periods of history"}


@dataclass(slots=True)
class Report:
    """The outcome of an import."""

    created: Counter[str] = field(default_factory=Counter)
    known: Counter[str] = field(default_factory=Counter)
    """What came in before, and stays as it is here."""
    used: list[str] = field(default_factory=list)
    """What was here already under the same name, and is used."""
    refused: list[Refusal] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def refuse(self, place: str, why: str) -> None:
        self.refused.append(Refusal(place, why))


def counted(counts: Counter[str]) -> str:
    """Return counts as words, such as `2 groups, 1 monitor`; '' for none."""
    return ", ".join(
        f"{counts[kind]} {_plural(kind, counts[kind])}" for kind in KINDS if counts[kind]
    )


def _plural(kind: str, count: int) -> str:
    if kind in _PLURALS:
        return _PLURALS[kind] if count != 1 else "period of history"
    return kind if count == 1 else f"{kind}s"
