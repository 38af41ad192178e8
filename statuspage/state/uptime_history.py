"""Every component's 90 days, from both layers of its history; what is over is added up once.

A thousand components have some 20,000 periods, nearly all of them over and never to change. Each
process keeps what those add up to, with a fingerprint that the database makes from the very rows:
their number, the newest, and sums over their instants and words; and with the periods that are
open. Whatever changes a row, in whichever process, changes one of them, and the component is read
anew. A fingerprint costs a tenth of reading.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from django.db import connection

from components.status import Status
from components.uptime.layers import DeclaredSpan, Policy, Source, combine
from components.uptime.periods import (
    CELL_NEEDS,
    PastTotals,
    Period,
    Summary,
    day_cells,
    day_start,
    sum_periods,
)
from statuspage.state.page_state import Day

_FINGERPRINTS = """
SELECT component_id, 0, COUNT(*), MAX(id), 0, {fingerprints} FROM components_statusperiod
WHERE ended_at > %s GROUP BY component_id
UNION ALL
SELECT component_id, 1, COUNT(*), MAX(id), SUM(version), {fingerprints}
FROM components_declaredperiod WHERE ended_at > %s AND withdrawn_at IS NULL GROUP BY component_id
"""
_OPEN = """
SELECT component_id, '', id, status, {started_at}, NULL FROM components_statusperiod
WHERE ended_at IS NULL
UNION ALL
SELECT component_id, source, id, status, {started_at}, NULL FROM components_declaredperiod
WHERE ended_at IS NULL AND withdrawn_at IS NULL
"""
_CLOSED = """
SELECT component_id, '', id, status, {started_at}, {ended_at} FROM components_statusperiod
WHERE ended_at > %s {which}
UNION ALL
SELECT component_id, source, id, status, {started_at}, {ended_at} FROM components_declaredperiod
WHERE ended_at > %s AND withdrawn_at IS NULL {which}
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
_SOURCES = {source.value: source for source in Source}


@dataclass(frozen=True, slots=True)
class History:
    """A component's 90 days, as the page shows them."""

    totals: dict[Status, float]
    """Seconds by status, of which each component's own policy makes its uptime."""
    known_from: datetime | None
    days: tuple[Day, ...]
    """The same object as long as no day has changed."""
    by_hand: bool = False
    """Whether it has no monitors at present."""

    @property
    def first_known_on(self) -> date | None:
        return self.known_from.date() if self.known_from else None


@dataclass(slots=True)
class _Layers:
    """Periods of one component, of both layers."""

    measured: list[Period] = field(default_factory=list)
    declared: list[DeclaredSpan] = field(default_factory=list)

    def by_hand(self) -> bool:
        return any(each.source is Source.BY_HAND for each in self.declared)


@dataclass(frozen=True, slots=True)
class _CachedPast:
    """What there was until something began or ended last, and what has been since."""

    key: Hashable
    """What it was made of; None for what must not be used again."""
    past: PastTotals
    present: Period | None
    days: tuple[Day, ...] | None
    """None while they may change by time alone."""


_cache: dict[int, _CachedPast] = {}


def reset() -> None:
    """Reckon everything anew, as a process that begins does; for tests."""
    _cache.clear()


def histories(
    *, first: date, end: datetime, policies: Mapping[int, Policy] | None = None
) -> dict[int, History]:
    """Return, by component, what its periods from `first` on add up to at `end`.

    `policies` say which layer counts, by component; where they say nothing, the worse of both.
    """
    start = day_start(first)
    # Before the fingerprints: what is closed in between then counts as going on, not as a gap.
    present = _rows(_OPEN)
    fingerprints = _fingerprints(start)
    ids = fingerprints.keys() | present.keys()
    for component_id in _cache.keys() - ids:
        del _cache[component_id]
    chosen = policies or {}
    keys = {
        pk: (
            start,
            chosen.get(pk, Policy.WORST),
            *fingerprints.get(pk, ()),
            *((*present[pk].measured, *present[pk].declared) if pk in present else ()),
        )
        for pk in ids
    }
    stale = [pk for pk, key in keys.items() if pk not in _cache or _cache[pk].key != key]
    _load(stale, keys, present, start, end)
    return {
        pk: _history(_cache[pk], end, by_hand=pk in present and present[pk].by_hand()) for pk in ids
    }


def _fingerprints(start: datetime) -> dict[int, list[Hashable]]:
    sql = _FINGERPRINTS.format(fingerprints=_DIALECTS[connection.vendor].fingerprints)
    found: dict[int, list[Hashable]] = defaultdict(list)
    since = connection.ops.adapt_datetimefield_value(start)
    with connection.cursor() as cursor:
        cursor.execute(sql, [since, since])
        for component_id, *fingerprint in sorted(cursor.fetchall(), key=lambda row: row[:2]):
            found[component_id].append(tuple(fingerprint))
    return found


def _load(
    stale: Sequence[int],
    keys: Mapping[int, tuple[Any, ...]],
    present: Mapping[int, _Layers],
    start: datetime,
    end: datetime,
) -> None:
    if not stale:
        return
    closed = _rows(_CLOSED, since=start, which=stale if len(stale) <= _MANY else ())
    for pk in stale:
        measured, declared = list[Period](), list[DeclaredSpan]()
        for layers in (closed.get(pk), present.get(pk)):
            measured += layers.measured if layers else ()
            declared += layers.declared if layers else ()
        measured.sort(key=lambda each: each.start)
        periods = combine(measured, declared, policy=keys[pk][1])
        _cache[pk] = _cached(keys[pk], periods, [*measured, *declared], start, end)


def _cached(
    key: Hashable,
    periods: Sequence[Period],
    rows: Iterable[Period | DeclaredSpan],
    start: datetime,
    end: datetime,
) -> _CachedPast:
    instants = (at for each in rows for at in (each.start, each.end or each.start))
    changed = max(instants, default=start)
    # The clock of what closed a period may be ahead of ours: it is not over for us yet.
    key, changed = (None, end) if changed > end else (key, changed)
    past = sum_periods(periods, start=start, end=max(start, changed))
    last = periods[-1] if periods else None
    present = None
    if last is not None and (last.end is None or last.end > changed):
        present = Period(last.status, max(last.start, changed), None)
    summary = past.summary(present=present, end=end)
    settled = _is_settled(past, summary, end)
    return _CachedPast(key, past, present, _days(summary, end) if settled else None)


def _is_settled(past: PastTotals, summary: Summary, end: datetime) -> bool:
    """Whether the days are over that the past has to do with, so that their cells stay."""
    if summary.days is not past.days or summary.known_from is None:
        return False
    last = max([summary.known_from.date(), *(day.on for day in past.days[-1:])])
    return last < end.date() and (end - summary.known_from).total_seconds() >= CELL_NEEDS


def _rows(
    sql: str, *, since: datetime | None = None, which: Collection[int] = ()
) -> dict[int, _Layers]:
    dialect = _DIALECTS[connection.vendor]
    places = f"AND component_id IN ({', '.join(['%s'] * len(which))})" if which else ""
    columns = {name: dialect.instant.format(name) for name in ("started_at", "ended_at")}
    arguments: list[Any] = []
    if since is not None:
        arguments = [connection.ops.adapt_datetimefield_value(since), *which] * 2
    with connection.cursor() as cursor:
        cursor.execute(sql.format(**columns, which=places), arguments)
        rows = cursor.fetchall()
    read = dialect.read
    found: dict[int, _Layers] = defaultdict(_Layers)
    for component_id, source, pk, word, started, ended in rows:
        status, begin, until = _STATUSES[word], read(started), read(ended) if ended else None
        if source:
            span = DeclaredSpan(_SOURCES[source], status, begin, until, pk)
            found[component_id].declared.append(span)
        else:
            found[component_id].measured.append(Period(status, begin, until))
    return found


def _history(cached: _CachedPast, end: datetime, *, by_hand: bool) -> History:
    summary = cached.past.summary(present=cached.present, end=end)
    settled = cached.days is not None and summary.days is cached.past.days
    days = cached.days if settled and cached.days is not None else _days(summary, end)
    return History(summary.totals, summary.known_from, days, by_hand)


def _days(summary: Summary, end: datetime) -> tuple[Day, ...]:
    return tuple(Day(cell.on, cell.status, cell.seconds) for cell in day_cells(summary, end=end))
