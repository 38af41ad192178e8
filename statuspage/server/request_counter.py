"""Counters of the requests that this process serves, by listener, route class and status."""

import time
from dataclasses import dataclass
from typing import Any


class Cell:
    """The count of one listener, route class and status; the event loop alone adds to it."""

    __slots__ = ("count", "seconds", "status")

    def __init__(self, status: int) -> None:
        self.status = status
        self.count = 0
        self.seconds = 0.0


@dataclass(frozen=True, slots=True)
class Counts:
    """What was counted up to an instant. A request has failed when its response says so (5xx)."""

    total: int = 0
    failed: int = 0
    seconds: float = 0.0

    def since(self, other: "Counts") -> dict[str, Any]:
        """Return what was counted since `other`, as a reader reports it."""
        total, seconds = self.total - other.total, self.seconds - other.seconds
        average = seconds * 1000 / total if total else 0.0
        return {"total": total, "failed": self.failed - other.failed, "average_ms": average}


Key = tuple[str, str, int]
"""Listener, route class and status."""


class RequestCounter:
    """A counter of requests in the event loop; other threads may read it."""

    def __init__(self) -> None:
        self._cells: dict[tuple[Key, bool], Cell] = {}

    def cell(self, key: Key, *, of: "RequestCounter | None" = None) -> Cell:
        """Return the cell of a key; with `of`, one that counts for that counter as well."""
        found = self._cells.get((key, of is not None))
        if found is None:
            found = self._cells[key, of is not None] = Cell(key[2])
            if of is not None:
                of._cells[key, False] = found  # noqa: SLF001  (its own kind)
        return found

    def add(self, began: float, *, status: int = 200) -> None:
        """Count a request that began at `began` of the performance counter and has ended."""
        add(self.cell(("", "", status)), began)

    def by_key(self) -> dict[Key, tuple[int, float]]:
        """Return count and seconds by key."""
        found: dict[Key, tuple[int, float]] = {}
        for (key, _), cell in list(self._cells.items()):
            count, seconds = found.get(key, (0, 0.0))
            found[key] = count + cell.count, seconds + cell.seconds
        return found

    @property
    def total(self) -> int:
        return self.copy().total

    def copy(self) -> Counts:
        """Return what has been counted up to now."""
        cells = list(self._cells.values())
        return Counts(
            sum(cell.count for cell in cells),
            sum(cell.count for cell in cells if cell.status >= 500),
            sum(cell.seconds for cell in cells),
        )

    def since(self, other: Counts) -> dict[str, Any]:
        """Return what was counted since `other` was copied."""
        return self.copy().since(other)


def add(cell: Cell, began: float) -> None:
    """Count a request that began at `began` of the performance counter and has ended."""
    cell.count += 1
    cell.seconds += time.perf_counter() - began


SERVED = RequestCounter()
"""What this process has served."""
API_SERVED = RequestCounter()
"""Those among them that were to one of the product's APIs (T23)."""
