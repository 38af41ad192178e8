"""Folds results into rows of minutes, hours and days, a little at a time, exactly once.

Reading and reckoning happen outside any transaction; a write is a short one, conditional on
nobody having written since (`Folding.version`). What was interrupted is done anew: a row is
always made from all that lies below it, so doing it again changes nothing.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.db import connection, transaction
from django.db.models import F, Min, OuterRef, Subquery

from monitors.models import Check, DayRow, Folding, HourRow, LateMinute, MinuteRow, Result
from monitors.models.rollup import FOLDING, Row
from monitors.rollups import (
    FOLD_AFTER,
    LATE_LIMIT_HOURS,
    Resolution,
    Tally,
    fold_results,
    fold_rows,
)

Folded = dict[tuple[int, int], Tally]

READ = 4_000
"""About how many results or rows are folded in one step: some 50 ms."""
LATE_AT_ONCE = 50
_UNTIL = {MinuteRow: "minutes_until", HourRow: "hours_until", DayRow: "days_until"}
_UPSERT = """
INSERT INTO {table} (check_id, minute, count, failures, degraded, inconclusive, latencies)
VALUES (%s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (check_id, minute) DO UPDATE SET count = excluded.count, failures = excluded.failures,
    degraded = excluded.degraded, inconclusive = excluded.inconclusive,
    latencies = excluded.latencies
"""


class OvertakenError(Exception):
    """Somebody else has folded meanwhile: what was read may be old."""


def fold(*, now: float, results_hours: int) -> Iterator[int]:
    """Fold all that is ready; yields after each small step how many rows it wrote."""
    state = _state(now)
    try:
        yield from _fold_late(state, now=now, results_hours=results_hours)
        yield from _fold_minutes(state, now=now)
        yield from _fold_coarser(state, HourRow, MinuteRow)
        yield from _fold_coarser(state, DayRow, HourRow)
    except OvertakenError:
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


def _fold_minutes(state: Folding, *, now: float) -> Iterator[int]:
    """Minute by minute; several at once where there are few checks and much to catch up with."""
    ready = int((now - FOLD_AFTER) // 60)
    if ready - state.minutes_until > Resolution.HOUR:
        _move(state, minutes_until=min(ready, _next_result(after=state.minutes_until, or_=ready)))
    while state.minutes_until < ready:
        checks = _all_checks()
        # A check makes six a minute, or so; an exact number does not matter.
        at_once = max(1, READ // (6 * len(checks) + 1))
        until = min(ready, state.minutes_until + min(at_once, Resolution.HOUR))
        span = (state.minutes_until * 60_000, until * 60_000)
        parts = _in_parts(checks, READ // (6 * (until - state.minutes_until)) + 1)
        folded = (fold_results(_results(some, span)) for some in parts)
        yield from _write(state, MinuteRow, folded, minutes_until=until)


def _fold_coarser(state: Folding, coarser: type[Row], finer: type[Row]) -> Iterator[int]:
    """Each span of `coarser` that lies wholly before what `finer` has been folded to."""
    mine, theirs = _UNTIL[coarser], _UNTIL[finer]
    span = coarser.resolution
    while (start := getattr(state, mine)) + span <= getattr(state, theirs):
        parts = _in_parts(_all_checks(), READ * finer.resolution // span)
        folded = (fold_rows(_rows(finer, some, (start, start + span)), span) for some in parts)
        yield from _write(state, coarser, folded, **{mine: start + span})


def _fold_late(state: Folding, *, now: float, results_hours: int) -> Iterator[int]:
    """Fold those minutes anew that got a result after they had been folded, and all above them."""
    hours = min(results_hours - 1, LATE_LIMIT_HOURS)
    too_late = int(now // 60) - hours * 60
    while marks := list(LateMinute.objects.order_by("id")[:LATE_AT_ONCE]):
        wanted = {
            (mark.check_id, mark.minute)
            for mark in marks
            # What has not been folded yet will find the result by itself.
            if too_late <= mark.minute < state.minutes_until
        }
        yield _refold(state, wanted, marks)


def _refold(state: Folding, wanted: set[tuple[int, int]], marks: list[LateMinute]) -> int:
    with _turn(state):
        minutes: Folded = {}
        for check_id, minute in wanted:
            span = (minute * 60_000, (minute + 1) * 60_000)
            minutes |= fold_results(_results([check_id], span))
        written = _upsert(MinuteRow, minutes)
        for coarser, finer in ((HourRow, MinuteRow), (DayRow, HourRow)):
            span_of = coarser.resolution
            until = getattr(state, _UNTIL[coarser])
            for check_id, start in {(check, span_of.floor(minute)) for check, minute in wanted}:
                if start < until:
                    rows = _rows(finer, [check_id], (start, start + span_of))
                    written += _upsert(coarser, fold_rows(rows, span_of))
        LateMinute.objects.filter(pk__in=[mark.pk for mark in marks]).delete()
    return written


@contextmanager
def _turn(state: Folding, **moved: int) -> Iterator[None]:
    """A transaction that is ours alone. Raises OvertakenError, having written nothing."""
    with transaction.atomic():
        unchanged = Folding.objects.filter(pk=state.pk, version=state.version)
        if not unchanged.update(version=F("version") + 1, **moved):
            raise OvertakenError
        yield
    state.version += 1
    for name, value in moved.items():
        setattr(state, name, value)


def _move(state: Folding, **moved: int) -> None:
    with _turn(state, **moved):
        pass


def _write(
    state: Folding, model: type[Row], parts: Iterator[Folded], **moved: int
) -> Iterator[int]:
    """Write each part in a transaction of its own; with the last, that so much has been done."""
    part = next(parts, {})
    for following in parts:
        with _turn(state):
            written = _upsert(model, part)
        yield written
        part = following
    with _turn(state, **moved):
        written = _upsert(model, part)
    yield written


def _upsert(model: type[Row], folded: Folded) -> int:
    rows = [
        (
            check_id, minute, tally.count, tally.failures, tally.degraded, tally.inconclusive,
            tally.latencies.pack(),
        )
        for (check_id, minute), tally in folded.items()
    ]  # fmt: skip
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(_UPSERT.format(table=model._meta.db_table), rows)
    return len(rows)


def _all_checks() -> list[int]:
    return list(Check.objects.order_by("pk").values_list("pk", flat=True))


def _in_parts(checks: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    for begin in range(0, len(checks), size):
        yield checks[begin : begin + size]


def _results(
    checks: Sequence[int], span: tuple[int, int]
) -> Iterator[tuple[int, int, str, int | None]]:
    rows = Result.objects.filter(check_id__in=checks, at_ms__gte=span[0], at_ms__lt=span[1])
    return iter(rows.values_list("check_id", "at_ms", "word", "latency_us"))


def _rows(
    model: type[Row], checks: Sequence[int], span: tuple[int, int]
) -> Iterator[tuple[int, int, Tally]]:
    rows = model._default_manager.filter(
        check_id__in=checks, minute__gte=span[0], minute__lt=span[1]
    )
    return ((row.check_id, row.minute, row.tally) for row in rows)


def _next_result(*, after: int, or_: int) -> int:
    """The minute of the oldest result since `after`, or `or_`: nobody was there in between."""
    # One look for each check; the table has no index by time.
    of_check = Result.objects.filter(check_id=OuterRef("pk"), at_ms__gte=after * 60_000)
    oldest = Check.objects.annotate(
        next=Subquery(of_check.order_by("at_ms").values("at_ms")[:1])
    ).aggregate(at=Min("next"))["at"]
    return or_ if oldest is None else int(oldest // 60_000)
