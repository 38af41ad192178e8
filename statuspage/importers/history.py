"""History of other products as periods: from days and from changes; without Django."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from components.status import Status
from statuspage.importers.description import HistoryItem

DAY = timedelta(days=1)
SHORTEST = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class DayItem:
    """How long a component was not operational on a day (UTC), by status; in seconds."""

    on: date
    seconds: dict[Status, float]
    note: str = ""


def from_days(days: Iterable[DayItem]) -> list[HistoryItem]:
    """Return the periods of days of which it is known how long, but not when, something was wrong.

    What was wrong is put at the beginning of its day, the worst first.
    """
    found: list[HistoryItem] = []
    for day in sorted(days, key=lambda each: each.on):
        at = datetime.combine(day.on, time.min, tzinfo=UTC)
        end = at + DAY
        for status in sorted(day.seconds, key=lambda each: each.rank, reverse=True):
            until = min(end, at + timedelta(seconds=round(day.seconds[status])))
            if until - at >= SHORTEST:
                found.append(HistoryItem(status, at, until, day.note))
                at = until
        if end - at >= SHORTEST:
            found.append(HistoryItem(Status.OPERATIONAL, at, end))
    return joined(found)


def from_changes(
    changes: Iterable[tuple[datetime, Status | None]], *, end: datetime
) -> list[HistoryItem]:
    """Return the periods between changes, the last one until `end`. None is a time not known."""
    ordered = sorted(changes, key=lambda each: each[0])
    ends = [*(at for at, _ in ordered[1:]), end]
    found = [
        HistoryItem(status, at, until)
        for (at, status), until in zip(ordered, ends, strict=True)
        if status is not None and until - at >= SHORTEST
    ]
    return joined(found)


def joined(items: Iterable[HistoryItem]) -> list[HistoryItem]:
    """Return periods with neighbours of one status and one note as one."""
    found: list[HistoryItem] = []
    for each in items:
        last = found[-1] if found else None
        if last and (last.end, last.status, last.note) == (each.start, each.status, each.note):
            found[-1] = replace(last, end=each.end)
        else:
            found.append(each)
    return found


def until(items: Iterable[HistoryItem], end: datetime) -> list[HistoryItem]:
    """Return what lies before an instant, cut where it reaches beyond."""
    cut = (replace(each, end=min(each.end, end)) for each in items)
    return [each for each in cut if each.end - each.start >= SHORTEST]


def on_days(items: Iterable[HistoryItem], days: set[date]) -> list[HistoryItem]:
    """Return what lies on some days (UTC): of the others nothing is known."""
    return joined(part for each in items for part in _daily(each) if part.start.date() in days)


def _daily(item: HistoryItem) -> Iterator[HistoryItem]:
    start = item.start
    while start < item.end:
        midnight = datetime.combine(start.date(), time.min, tzinfo=UTC) + DAY
        yield replace(item, start=start, end=min(midnight, item.end))
        start = midnight
