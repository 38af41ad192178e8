"""What an incident declared of each component, and for how long: from its updates, no Django."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from components.status import Status
from components.uptime.periods import Period

_SHORTEST = timedelta(seconds=1)
"""What lasts less is no period."""


@dataclass(frozen=True, slots=True)
class Said:
    """An update: when it was posted, whether it resolved the incident, what it declared."""

    at: datetime
    resolved: bool
    statuses: Mapping[int, Status]


@dataclass(frozen=True, slots=True)
class _Mark:
    """From `at` on an incident declares `status`; None: nothing, it is resolved for a while."""

    at: datetime
    status: Status | None


def impact_periods(
    *,
    started_at: datetime,
    resolved_at: datetime | None,
    impacts: Mapping[int, Status],
    updates: Sequence[Said],
) -> dict[int, list[Period]]:
    """Return the periods that an incident declares, by component id.

    They lie between `started_at` and `resolved_at`; None is until now. What its first update says
    holds from its start, what a later one says from then on; between a resolution and the update
    that opens it again it declares nothing. `impacts` is what is affected by the latest word: a
    component that is not among them is not affected at all, and where no update said the status
    that stands there (it was edited), that replaces the last one. Being operational is no impact.
    """
    ordered = sorted(updates, key=lambda each: each.at)
    found = {}
    for pk, impact in impacts.items():
        marks = _marks(pk, impact, ordered, started_at)
        if resolved_at is None:
            while marks and marks[-1].status is None:
                marks.pop()
        periods = _periods(_with_last(marks, impact), started_at, resolved_at)
        if periods:
            found[pk] = periods
    return found


def _marks(pk: int, impact: Status, updates: Sequence[Said], started_at: datetime) -> list[_Mark]:
    said = any(pk in each.statuses for each in updates)
    marks = [] if said else [_Mark(started_at, impact)]
    status = None if said else impact
    resolved = False
    for number, each in enumerate(updates):
        opened_again = resolved and not each.resolved
        if pk in each.statuses:
            status = each.statuses[pk]
            marks.append(_Mark(started_at if number == 0 else each.at, status))
        elif opened_again and status is not None:
            marks.append(_Mark(each.at, status))
        if each.resolved and not resolved and status is not None:
            marks.append(_Mark(each.at, None))
        resolved = each.resolved
    return marks


def _with_last(marks: list[_Mark], impact: Status) -> list[_Mark]:
    """Return the marks with the last status that was declared replaced by the present one."""
    for number in range(len(marks) - 1, -1, -1):
        if marks[number].status is not None:
            marks[number] = _Mark(marks[number].at, impact)
            break
    return marks


def _periods(
    marks: Sequence[_Mark], started_at: datetime, resolved_at: datetime | None
) -> list[Period]:
    periods: list[Period] = []
    ends = [*(mark.at for mark in marks[1:]), None]
    for mark, end in zip(marks, ends, strict=True):
        begin = max(mark.at, started_at)
        until = (
            resolved_at if end is None else end if resolved_at is None else min(end, resolved_at)
        )
        if mark.status is None or mark.status is Status.OPERATIONAL:
            continue
        if until is not None and until - begin < _SHORTEST:
            continue
        last = periods[-1] if periods else None
        if last is not None and last.status is mark.status and last.end == begin:
            periods[-1] = Period(last.status, last.start, until)
        else:
            periods.append(Period(mark.status, begin, until))
    return periods
