"""Every component's 90 days, from the interval log; what is over is read and added up once.

A thousand components have some 20,000 periods, nearly all of them over and never to change. Each
process keeps what those add up to, with a fingerprint that the database makes from the very rows:
their number, the newest, and sums over their instants and words. Whatever changes a row, in
whichever process, changes the fingerprint, and the component is read anew. A fingerprint costs a
tenth of reading.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.db import connection

from components.status import Status
from components.uptime import DayTotal, PastTotals, Period, day_start, day_status, sum_periods
from statuspage.state.page_state import Day

_FINGERPRINTS = """
SELECT component_id, COUNT(*), MAX(id), {fingerprints} FROM components_statusperiod
WHERE ended_at > %s GROUP BY component_id
"""
_OPEN = """
SELECT component_id, status, {started_at}, NULL FROM components_statusperiod
WHERE ended_at IS NULL
"""
_CLOSED = """
SELECT component_id, status, {started_at}, {ended_at} FROM components_statusperiod
WHERE ended_at > %s {which} ORDER BY component_id, started_at
"""
_MANY = 200
"""Components beyond which all are read: a list of so many names is no help to a database."""


@dataclass(frozen=True, slots=True)
class _Dialect:
    """Around the ORM and the drivers: making 20,000 instants their way costs more than all the
    rest of a page. So they are read as what Python turns into datetimes fastest."""

    instant: str
    read: Callable[[Any], datetime]
    fingerprints: str


_DIALECTS = {
    "postgresql": _Dialect(
        "date_part('epoch', {})",
        lambda seconds: datetime.fromtimestamp(seconds, UTC),
        "SUM(date_part('epoch', started_at)), SUM(date_part('epoch', ended_at)),"
        " SUM((ascii(status) + length(status)) * id)",
    ),
    "sqlite": _Dialect(
        "{} || '+00:00'",
        datetime.fromisoformat,
        "TOTAL(julianday(started_at)), TOTAL(julianday(ended_at)),"
        " TOTAL((unicode(status) + length(status)) * id)",
    ),
}
_STATUSES = {status.value: status for status in Status}


@dataclass(frozen=True, slots=True)
class History:
    """A component's 90 days, as the page shows them."""

    totals: dict[Status, float]
    """Seconds by status, of which each component's own policy makes its uptime."""
    first_known_on: date | None
    days: tuple[Day, ...]
    """The same object as long as no day has changed."""


@dataclass(frozen=True, slots=True)
class _CachedPast:
    """What is over, as it was when its rows had this fingerprint."""

    fingerprint: tuple[Any, ...]
    past: PastTotals
    days: tuple[Day, ...]


_cache: dict[int, _CachedPast] = {}


def reset() -> None:
    """Reckon everything anew, as a process that begins does; for tests."""
    _cache.clear()


def histories(*, first: date, end: datetime) -> dict[int, History]:
    """Return, by component, what its periods from `first` on add up to at `end`."""
    start = day_start(first)
    # Before the fingerprints: what is closed in between then counts as going on, not as a gap.
    present = dict(_rows(_OPEN))
    fingerprints = _fingerprints(start)
    for component_id in _cache.keys() - fingerprints.keys():
        del _cache[component_id]
    current = {
        pk
        for pk, fingerprint in fingerprints.items()
        if pk in _cache and _cache[pk].fingerprint == fingerprint
    }
    _load(
        {pk: fingerprint for pk, fingerprint in fingerprints.items() if pk not in current},
        start,
        end,
    )
    empty = _CachedPast((), sum_periods((), start=start, end=end), ())
    return {
        component_id: _history(_cache.get(component_id, empty), present.get(component_id), end)
        for component_id in fingerprints.keys() | present.keys()
    }


def _fingerprints(start: datetime) -> dict[int, tuple[Any, ...]]:
    sql = _FINGERPRINTS.format(fingerprints=_DIALECTS[connection.vendor].fingerprints)
    with connection.cursor() as cursor:
        cursor.execute(sql, [connection.ops.adapt_datetimefield_value(start)])
        return {row[0]: (start, *row[1:]) for row in cursor.fetchall()}


def _load(stale: dict[int, tuple[Any, ...]], start: datetime, end: datetime) -> None:
    if not stale:
        return
    closed: dict[int, list[Period]] = defaultdict(list)
    which = stale if len(stale) <= _MANY else ()
    for component_id, period in _rows(_CLOSED, since=start, which=which):
        closed[component_id].append(period)
    for component_id, fingerprint in stale.items():
        past = sum_periods(closed[component_id], start=start, end=end)
        # The clock of what closed a period may be ahead of ours: it is not over for us yet.
        cut = any(period.end and period.end > end for period in closed[component_id][-1:])
        _cache[component_id] = _CachedPast(() if cut else fingerprint, past, _days(past.days))


def _rows(
    sql: str, *, since: datetime | None = None, which: Collection[int] = ()
) -> Iterable[tuple[int, Period]]:
    dialect = _DIALECTS[connection.vendor]
    places = f"AND component_id IN ({', '.join(['%s'] * len(which))})" if which else ""
    columns = {name: dialect.instant.format(name) for name in ("started_at", "ended_at")}
    arguments = [] if since is None else [connection.ops.adapt_datetimefield_value(since)]
    with connection.cursor() as cursor:
        cursor.execute(sql.format(**columns, which=places), [*arguments, *which])
        rows = cursor.fetchall()
    read = dialect.read
    for component_id, status, started, ended in rows:
        yield component_id, Period(_STATUSES[status], read(started), read(ended) if ended else None)


def _history(cached: _CachedPast, present: Period | None, end: datetime) -> History:
    summary = cached.past.summary(present=present, end=end)
    days = cached.days if summary.days is cached.past.days else _days(summary.days)
    return History(summary.totals, summary.first_known_on, days)


def _days(totals: Iterable[DayTotal]) -> tuple[Day, ...]:
    days = (Day(total.on, day_status(total.seconds), total.seconds) for total in totals)
    return tuple(day for day in days if day.status is not Status.OPERATIONAL)
