"""The aggregation of results to rows of minutes, hours and days, in small steps, exactly once.

Reading and reckoning happen outside any transaction; a write is a short one, conditional on
no other write since (`Folding.version`). What was interrupted is done anew: a row is
always made from all that lies below it, so doing it again changes nothing.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.db import transaction
from django.db.models import F, Min, OuterRef, Subquery

from monitors.history import rollup_store
from monitors.models import Check, Folding, LateMinute, Result
from monitors.models.rollup import FOLDING
from monitors.rules.rollups import (
    AGGREGATE_AFTER,
    AGGREGATE_MINUTES,
    LATE_LIMIT_HOURS,
    Resolution,
    Tally,
    tally_results,
    tally_rows,
)

BATCH_ROWS = 4_000
"""About how many results or rows are aggregated in one step: some 50 ms."""
LATE_BATCH = 50
_UNTIL = {
    Resolution.MINUTE: "minutes_until",
    Resolution.HOUR: "hours_until",
    Resolution.DAY: "days_until",
}
_FINER = {Resolution.HOUR: Resolution.MINUTE, Resolution.DAY: Resolution.HOUR}


class ConcurrentWriteError(Exception):
    """Another process has aggregated meanwhile: what was read may be old."""


def aggregate(*, now: float, results_hours: int) -> Iterator[int]:
    """Aggregate all that is ready; yield after each small step how many rows it wrote."""
    state = _state(now)
    try:
        yield from _aggregate_late(state, now=now, results_hours=results_hours)
        yield from _aggregate_minutes(state, now=now)
        yield from _aggregate_coarser(state, Resolution.HOUR)
        yield from _aggregate_coarser(state, Resolution.DAY)
    except ConcurrentWriteError:
        return


def _state(now: float) -> Folding:
    state = Folding.objects.filter(pk=FOLDING).first()
    if state is None:
        oldest = Result.objects.aggregate(at=Min("at_ms"))["at"]
        first = int(now // 60) if oldest is None else oldest // 60_000
        state, _ = Folding.objects.get_or_create(
            pk=FOLDING,
            defaults={
                "minutes_until": first,
                "hours_until": Resolution.HOUR.floor(first),
                "days_until": Resolution.DAY.floor(first),
            },
        )
    return state


def _aggregate_minutes(state: Folding, *, now: float) -> Iterator[int]:
    """Aggregate a few minutes at a time, up to an hour of them when catching up."""
    ready = int((now - AGGREGATE_AFTER) // 60) // AGGREGATE_MINUTES * AGGREGATE_MINUTES
    if ready < state.minutes_until:
        # The clock was set back: those minutes are yet to come.
        _advance(
            state,
            minutes_until=ready,
            hours_until=min(state.hours_until, Resolution.HOUR.floor(ready)),
            days_until=min(state.days_until, Resolution.DAY.floor(ready)),
        )
    if ready - state.minutes_until > Resolution.HOUR:
        _advance(
            state, minutes_until=min(ready, _next_result(after=state.minutes_until, or_=ready))
        )
    while (start := state.minutes_until) < ready:
        until = min(ready, start + Resolution.HOUR)
        # A check makes six a minute, or so; an exact number does not matter.
        parts = _in_parts(_all_checks(), BATCH_ROWS // (6 * (until - start)) + 1)
        tallies = (tally_results(_results(some, start, until)) for some in parts)
        yield from _write(state, Resolution.MINUTE, tallies, minutes_until=until)


def _aggregate_coarser(state: Folding, span: Resolution) -> Iterator[int]:
    """Aggregate each hour, or day, that lies wholly before the end of the finer rows."""
    finer = _FINER[span]
    mine, theirs = _UNTIL[span], _UNTIL[finer]
    while (start := getattr(state, mine)) + span <= getattr(state, theirs):
        parts = _in_parts(_all_checks(), BATCH_ROWS * finer // span)
        tallies = (
            tally_rows(rollup_store.read(finer, some, start, start + span), span) for some in parts
        )
        yield from _write(state, span, tallies, **{mine: start + span})


def _aggregate_late(state: Folding, *, now: float, results_hours: int) -> Iterator[int]:
    """Aggregate minutes anew that got a result afterwards, and all above them."""
    hours = min(results_hours - 1, LATE_LIMIT_HOURS)
    too_late = int(now // 60) - hours * 60
    while marks := list(LateMinute.objects.order_by("id")[:LATE_BATCH]):
        wanted = {
            (mark.check_id, mark.minute)
            for mark in marks
            # What has not been aggregated yet will find the result by itself.
            if too_late <= mark.minute < state.minutes_until
        }
        yield _aggregate_again(state, wanted, marks)


def _aggregate_again(state: Folding, wanted: set[tuple[int, int]], marks: list[LateMinute]) -> int:
    with _versioned_transaction(state):
        minutes: dict[tuple[int, int], Tally] = {}
        for check_id, minute in wanted:
            minutes |= tally_results(_results([check_id], minute, minute + 1))
        written = rollup_store.write(Resolution.MINUTE, minutes)
        for span, finer in _FINER.items():
            until = getattr(state, _UNTIL[span])
            for check_id, start in {(check, span.floor(minute)) for check, minute in wanted}:
                if start < until:
                    below = rollup_store.read(finer, [check_id], start, start + span)
                    written += rollup_store.write(span, tally_rows(below, span))
        LateMinute.objects.filter(pk__in=[mark.pk for mark in marks]).delete()
    return written


@contextmanager
def _versioned_transaction(state: Folding, **progress: int) -> Iterator[None]:
    """A transaction that bumps the version. Raises ConcurrentWriteError, nothing written."""
    with transaction.atomic():
        unchanged = Folding.objects.filter(pk=state.pk, version=state.version)
        if not unchanged.update(version=F("version") + 1, **progress):
            raise ConcurrentWriteError
        yield
    state.version += 1
    for name, value in progress.items():
        setattr(state, name, value)


def _advance(state: Folding, **progress: int) -> None:
    with _versioned_transaction(state, **progress):
        pass


def _write(
    state: Folding, resolution: Resolution, parts: Iterator[rollup_store.Tallies], **progress: int
) -> Iterator[int]:
    """Write each part in a transaction of its own, and the progress with the last."""
    part: rollup_store.Tallies = next(parts, {})
    for next_part in parts:
        with _versioned_transaction(state):
            written = rollup_store.write(resolution, part)
        yield written
        part = next_part
    with _versioned_transaction(state, **progress):
        written = rollup_store.write(resolution, part)
    yield written


def _all_checks() -> list[int]:
    return list(Check.objects.order_by("pk").values_list("pk", flat=True))


def _in_parts(checks: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    for begin in range(0, len(checks), size):
        yield checks[begin : begin + size]


def _results(
    checks: Sequence[int], since: int, until: int
) -> Iterator[tuple[int, int, str, int | None]]:
    found = Result.objects.filter(
        check_id__in=checks, at_ms__gte=since * 60_000, at_ms__lt=until * 60_000
    )
    return iter(found.values_list("check_id", "at_ms", "word", "latency_us"))


def _next_result(*, after: int, or_: int) -> int:
    """Return the minute of the oldest result since `after`, or `or_` when there is none."""
    # One look for each check; the table has no index by time.
    of_check = Result.objects.filter(check_id=OuterRef("pk"), at_ms__gte=after * 60_000)
    oldest = Check.objects.annotate(
        next=Subquery(of_check.order_by("at_ms").values("at_ms")[:1])
    ).aggregate(at=Min("next"))["at"]
    return or_ if oldest is None else int(oldest // 60_000)
