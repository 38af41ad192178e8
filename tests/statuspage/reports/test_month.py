"""The seconds of a month add up, whatever was measured, declared and corrected (contract P11)."""

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.rollup import Member, overall_status
from components.status import Status
from components.uptime.layers import DeclaredSpan, Policy, Source, combine
from components.uptime.periods import Period
from statuspage.reports.document import cut_percent, row
from statuspage.reports.month import (
    Part,
    Span,
    counted,
    month_span,
    parts_of,
    together,
    within,
)

FIRST = date(2026, 2, 1)
START = datetime(2026, 2, 1, tzinfo=UTC)
LATER = datetime(2026, 6, 1, tzinfo=UTC)
UP, DOWN, BLANK, WORK = (
    Status.OPERATIONAL, Status.MAJOR_OUTAGE, Status.UNKNOWN, Status.MAINTENANCE,
)  # fmt: skip


def month(now: datetime = LATER) -> Span:
    found = month_span(FIRST, now=now)
    assert found is not None
    return found


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def test_a_month_is_cut_at_now_and_one_to_come_is_none() -> None:
    assert month().seconds == 28 * 86_400
    assert month().is_over

    running = month(at(3_600.7))
    assert (running.seconds, running.is_over) == (3_600, False)

    assert month_span(FIRST, now=START) is None
    assert month_span(date(2026, 12, 1), now=datetime(2027, 3, 1, tzinfo=UTC)) is not None


@given(st.dates(date(1996, 1, 1), date(2104, 12, 1)), st.sampled_from(Status))
def test_every_month_has_its_own_seconds_leap_days_and_all_p11(day: date, status: Status) -> None:
    first = day.replace(day=1)
    days = monthrange(first.year, first.month)[1]

    span = month_span(first, now=datetime(2200, 1, 1, tzinfo=UTC))

    assert span is not None
    parts = parts_of([Period(status, span.start, None)], span)
    assert parts == {each: days * 86_400 if each is status else 0 for each in parts}
    assert (span.seconds == 29 * 86_400) is (days == 29)


instants = st.integers(-3_000_000_000, 5_000_000_000).map(
    lambda micro: START + timedelta(microseconds=micro)
)
_LENGTHS = st.integers(1, 4_000_000_000)


@st.composite
def spans(draw: st.DrawFn) -> DeclaredSpan:
    begin = draw(instants)
    length = draw(st.none() | _LENGTHS)
    end = None if length is None else begin + timedelta(microseconds=length)
    source = draw(st.sampled_from(Source))
    status = UP if source is Source.BY_HAND else draw(st.sampled_from(Status))
    return DeclaredSpan(source, status, begin, end, draw(st.integers(0, 9)))


@st.composite
def measured(draw: st.DrawFn) -> list[Period]:
    edges = sorted(draw(st.sets(instants, min_size=2, max_size=8)))
    log = [
        Period(draw(st.sampled_from(Status)), begin, end)
        for begin, end in pairwise(edges)
        if draw(st.booleans())
    ]
    return [*log, Period(draw(st.sampled_from(Status)), edges[-1], None)]


nows = st.integers(1, 6_000_000_000).map(lambda micro: START + timedelta(microseconds=micro))


@given(measured(), st.lists(spans(), max_size=6), st.sampled_from(Policy), nows)
def test_parts_add_up_to_the_seconds_of_the_month_after_any_correction_p11(
    log: list[Period], declared: list[DeclaredSpan], policy: Policy, now: datetime
) -> None:
    span = month_span(FIRST, now=now)
    if span is None:
        return

    parts = parts_of(combine(log, declared, policy=policy), span)

    assert sum(parts.values()) == span.seconds
    assert all(seconds >= 0 for seconds in parts.values())
    assert row(parts, policy=policy, incidents=[])["total"] == span.seconds


@given(st.lists(st.tuples(measured(), st.booleans()), max_size=4), nows)
def test_several_together_have_the_pages_own_status_at_each_instant_p11(
    logs: list[tuple[list[Period], bool]], now: datetime
) -> None:
    span = month_span(FIRST, now=now)
    if span is None:
        return

    joint = together([Part(log, critical) for log, critical in logs], span)

    assert sum(parts_of(joint, span).values()) == span.seconds
    cut = [(within(log, span), critical) for log, critical in logs]
    instants = {span.start, *(each.start for log, _ in cut for each in log)}
    for instant in instants:
        members = [
            Member("", each.status, critical=critical)
            for log, critical in cut
            for each in log
            if each.start <= instant < (each.end or span.end) and each.status is not BLANK
        ]
        at_work = any(each.status is WORK for each in members)
        expected = overall_status(members, window_in_progress=at_work).status if members else None
        found = [each.status for each in joint if each.start <= instant < (each.end or span.end)]
        assert found == ([] if expected is None else [expected])


def test_one_of_which_nothing_is_known_speaks_for_none_of_the_others() -> None:
    up, blank = (
        [Period(UP, START, None)],
        [Period(BLANK, START, at(60)), Period(DOWN, at(60), None)],
    )

    joint = together([Part(up), Part(blank)], month(at(90)))

    assert [(each.status, each.start) for each in joint] == [
        (UP, START), (Status.PARTIAL_OUTAGE, at(60)),
    ]  # fmt: skip


def test_an_incident_counted_only_where_what_it_declared_held() -> None:
    declared = Period(DOWN, at(10), at(20))

    assert counted([Period(DOWN, at(15), at(16))], declared, month())
    assert not counted([Period(UP, START, None)], declared, month())
    assert not counted([Period(DOWN, at(20), at(30))], declared, month())


@pytest.mark.parametrize(
    ("percent", "cut"),
    [(100.0, 100.0), (99.99999, 99.9999), (99.5, 99.5), (0.0, 0.0), (None, None)],
)
def test_a_percentage_is_never_rounded_up(percent: float | None, cut: float | None) -> None:
    assert cut_percent(percent) == cut
