"""The base class of drills, their result, and the lookup of all drills."""

import importlib
import math
import pkgutil
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar

from statuspage import drills as _folder


class NotSupportedError(Exception):
    """This drill cannot run here; the message says what it needs."""


@dataclass(slots=True)
class DrillResult:
    """The result of a drill, in counts. `missed` names each target that was missed."""

    injected: int = 0
    lost: int = 0
    duplicated: int = 0
    false: int = 0
    recovery: float = 0.0
    """Seconds from the end of the fault until all was as before; the longest, if there are more."""
    missed: list[str] = field(default_factory=list)

    def expect(self, holds: bool, otherwise: str) -> None:
        if not holds:
            self.missed.append(otherwise)

    def text(self, name: str) -> str:
        verdict = "missed: " + "; ".join(self.missed) if self.missed else "ok"
        return (
            f"drill {name}: injected={self.injected} lost={self.lost} "
            f"duplicated={self.duplicated} false={self.false} "
            f"recovery={self.recovery:.1f}s: {verdict}"
        )


class Drill(ABC):
    """A fault drill; each module in this folder that defines one is found."""

    name: ClassVar[str]
    fault: ClassVar[str]
    """What is done to the product, in one sentence."""
    target: ClassVar[str]
    """What has to come of it (HARDENING's row in brackets)."""

    takes_database: ClassVar[bool] = False
    """Whether it can also run on an empty PostgreSQL database."""
    alone: ClassVar[bool] = False
    """Whether it keeps every core busy, so that nothing else is to be played beside it."""
    database: str = ""
    """The URL of that database; SQLite by default."""
    longest: float = math.inf
    """Seconds beyond which no steady load is held; see `lasting`."""
    is_cut: bool = False
    """Whether one was held for less than it lasts in full."""

    @property
    def store(self) -> str:
        """The database that it is played on."""
        return "PostgreSQL" if self.database else "SQLite"

    def lasting(self, seconds: float) -> float:
        """Return how long a steady load is held that lasts so long in full."""
        self.is_cut = seconds > self.longest
        return min(seconds, self.longest)

    @abstractmethod
    def run(self, *, short: bool, say: Callable[[str], None]) -> DrillResult:
        """Run it. Raises NotSupportedError before anything is started."""


def drills() -> dict[str, Drill]:
    """Return all drills by name."""
    found = {}
    for module in pkgutil.iter_modules(_folder.__path__):
        for member in vars(importlib.import_module(f"{_folder.__name__}.{module.name}")).values():
            if isinstance(member, type) and issubclass(member, Drill) and member is not Drill:
                found[member.name] = member()
    return dict(sorted(found.items()))
