"""What was measured and what was declared, added up by each policy (F-T15)."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.status import Status
from components.uptime.layers import (
    DeclaredSpan,
    Policy,
    Source,
    combine,
    policy_choices,
    source_choices,
)
from components.uptime.periods import Period, day_cells, summarise

START = datetime(2026, 3, 1, 23, 59, tzinfo=UTC)
SPAN = 240
"""Seconds that are looked at, one by one, with midnight among them."""
END = START + timedelta(seconds=SPAN)
UP, DOWN, WEAK, WORK, BLANK = (
    Status.OPERATIONAL, Status.MAJOR_OUTAGE, Status.DEGRADED, Status.MAINTENANCE, Status.UNKNOWN,
)  # fmt: skip


def at(seconds: int) -> datetime:
    return START + timedelta(seconds=seconds)


def span(
    source: Source, status: Status, begin: int, end: int | None, number: int = 0
) -> DeclaredSpan:
    return DeclaredSpan(source, status, at(begin), None if end is None else at(end), number)


def told(
    measured: list[tuple[Status, int, int | None]],
    declared: list[DeclaredSpan],
    policy: Policy = Policy.WORST,
) -> list[tuple[Status, int, int | None]]:
    log = [Period(s, at(b), None if e is None else at(e)) for s, b, e in measured]
    return [
        (
            each.status,
            int((each.start - START).total_seconds()),
            None if each.end is None else int((each.end - START).total_seconds()),
        )
        for each in combine(log, declared, policy=policy)
    ]


def test_an_incident_counts_from_its_start_to_its_end_beside_what_was_measured() -> None:
    declared = [span(Source.INCIDENT, DOWN, 10, 20)]

    assert told([(UP, 0, None)], declared) == [(UP, 0, 10), (DOWN, 10, 20), (UP, 20, None)]
    assert told([(UP, 0, None)], declared, Policy.MEASURED) == [(UP, 0, None)]
    assert told([(WEAK, 0, None)], declared, Policy.DECLARED) == [
        (UP, 0, 10), (DOWN, 10, 20), (UP, 20, None),
    ]  # fmt: skip


def test_what_was_declared_of_a_time_of_which_nothing_is_measured_is_all_that_is_known() -> None:
    declared = [span(Source.INCIDENT, WEAK, 10, 20)]

    assert told([(UP, 100, None)], declared) == [(WEAK, 10, 20), (UP, 100, None)]


def test_evidence_is_never_erased_by_a_word_but_a_policy_may_leave_it_out() -> None:
    well = [span(Source.CORRECTION, UP, 0, 50)]

    assert told([(DOWN, 10, 20)], well) == [(UP, 0, 10), (DOWN, 10, 20), (UP, 20, 50)]
    assert told([(DOWN, 10, 20)], well, Policy.DECLARED) == [(UP, 0, 50)]


def test_a_word_fills_what_monitors_do_not_know() -> None:
    assert told([(BLANK, 0, 100)], [span(Source.CORRECTION, UP, 20, 40)]) == [
        (BLANK, 0, 20), (UP, 20, 40), (BLANK, 40, 100),
    ]  # fmt: skip


def test_of_what_is_declared_the_later_word_counts() -> None:
    declared = [
        span(Source.INCIDENT, WEAK, 0, 100),
        span(Source.INCIDENT, DOWN, 10, 60),
        span(Source.OVERRIDE, UP, 20, 50),
        span(Source.CORRECTION, WORK, 30, 40, number=1),
        span(Source.CORRECTION, WEAK, 35, 40, number=2),
    ]

    assert told([], declared) == [
        (WEAK, 0, 10), (DOWN, 10, 20), (UP, 20, 30), (WORK, 30, 35), (WEAK, 35, 40),
        (UP, 40, 50), (DOWN, 50, 60), (WEAK, 60, 100),
    ]  # fmt: skip


@pytest.mark.parametrize("policy", list(Policy))
def test_what_is_run_by_hand_follows_what_people_declare_under_every_policy_f_t13(
    policy: Policy,
) -> None:
    declared = [span(Source.BY_HAND, UP, 0, None), span(Source.INCIDENT, DOWN, 5, 9)]

    assert told([], declared, policy) == [(UP, 0, 5), (DOWN, 5, 9), (UP, 9, None)]


@pytest.mark.parametrize("policy", [Policy.WORST, Policy.MEASURED])
def test_monitors_that_never_reported_make_nothing_known_f_t13(policy: Policy) -> None:
    periods = [Period(BLANK, START, None)]

    summary = summarise(combine(periods, [], policy=policy), start=START, end=END)

    assert summary.known_from is None
    assert summary.uptime is None


instants = st.integers(-30, SPAN + 30)
spans = st.lists(
    st.tuples(
        st.sampled_from(list(Source)),
        st.sampled_from(list(Status)),
        instants,
        st.one_of(st.none(), st.integers(1, 120)),
    ),
    max_size=8,
)
logs = st.lists(
    st.tuples(st.sampled_from(list(Status)), st.integers(0, 60), st.integers(1, 90)), max_size=6
)


def second_by_second(
    measured: list[Period], declared: list[DeclaredSpan], policy: Policy, second: int
) -> Status | None:
    """The rules once more, of one second and in other words."""
    now = at(second)

    def holds(each: Period | DeclaredSpan) -> bool:
        return each.start <= now and (each.end is None or now < each.end)

    seen = next((each.status for each in measured if holds(each)), None)
    words = [each for each in declared if holds(each)]
    said = None
    for source in (Source.CORRECTION, Source.OVERRIDE):
        of_source = sorted((w for w in words if w.source is source), key=lambda w: w.number)
        if of_source and said is None:
            said = of_source[-1].status
    events = (Source.INCIDENT, Source.WINDOW, Source.IMPORTED)
    impacts = [w.status.rank for w in words if w.source in events]
    if said is None and impacts:
        said = list(Status)[max(impacts)]
    unwatched = any(w.source is Source.BY_HAND for w in words)
    if policy is Policy.MEASURED and not (seen is None and unwatched):
        return seen
    if policy is Policy.DECLARED:
        watched_or_by_hand = seen is not None or unwatched
        return said or (UP if watched_or_by_hand else None)
    ground = seen or (UP if unwatched else None)
    if said is None:
        return ground
    if ground in (None, BLANK):
        return said
    assert ground is not None
    return said if said.rank > ground.rank else ground


@pytest.mark.parametrize("policy", Policy)
def test_of_nothing_nothing_is_known(policy: Policy) -> None:
    assert combine([], [], policy=policy) == []


@given(logs, spans, st.sampled_from(list(Policy)))
def test_the_parts_add_up_to_the_span_whatever_is_declared(
    drawn: list[tuple[Status, int, int]],
    words: list[tuple[Source, Status, int, int | None]],
    policy: Policy,
) -> None:
    """F-T15: against a reference that looks at each second by itself."""
    measured, cursor = [], -20
    for status, gap, length in drawn:
        measured.append(Period(status, at(cursor + gap), at(cursor + gap + length)))
        cursor += gap + length
    declared = [
        span(source, status, begin, None if length is None else begin + length, number)
        for number, (source, status, begin, length) in enumerate(words)
    ]

    periods = combine(measured, declared, policy=policy)
    summary = summarise(periods, start=START, end=END)

    expected = dict.fromkeys(Status, 0)
    known_from = None
    for second in range(SPAN):
        status = second_by_second(measured, declared, policy, second) or BLANK
        expected[status] += 1
        if status is not BLANK and known_from is None:
            known_from = at(second)
    assert {s: n for s, n in summary.totals.items() if n} == {
        s: n for s, n in expected.items() if n
    }
    assert sum(summary.totals.values()) == SPAN
    assert summary.known_from == known_from
    for before, after in pairwise(periods):
        assert before.end is not None
        assert before.end <= after.start
        assert (before.end, before.status) != (after.start, after.status)
    for cell in day_cells(summary, end=END):
        assert cell.status is not UP
        assert sum(cell.seconds.values()) <= SPAN


@given(logs, spans, st.integers(0, 7))
def test_a_correction_moves_nothing_outside_of_itself(
    drawn: list[tuple[Status, int, int]],
    words: list[tuple[Source, Status, int, int | None]],
    width: int,
) -> None:
    measured, cursor = [], 0
    for status, gap, length in drawn:
        measured.append(Period(status, at(cursor + gap), at(cursor + gap + length)))
        cursor += gap + length
    declared = [
        span(source, status, begin, None if length is None else begin + length, number)
        for number, (source, status, begin, length) in enumerate(words)
    ]
    correction = span(Source.CORRECTION, DOWN, 100, 101 + width, number=99)

    before = combine(measured, declared, policy=Policy.WORST)
    after = combine(measured, [*declared, correction], policy=Policy.WORST)

    def status_at(periods: list[Period], second: int) -> Status | None:
        now = at(second)
        holding = (p.status for p in periods if p.start <= now and (p.end is None or now < p.end))
        return next(holding, None)

    for second in range(SPAN):
        if 100 <= second < 101 + width:
            assert status_at(after, second) is DOWN
        else:
            assert status_at(after, second) is status_at(before, second)


def test_of_two_measured_periods_that_overlap_the_first_counts() -> None:
    measured = [(UP, 0, 50), (DOWN, 10, 20), (WEAK, 40, 60), (DOWN, 70, None), (UP, 80, 90)]

    expected = [(UP, 0, 50), (WEAK, 50, 60), (DOWN, 70, None)]
    assert told(measured, []) == expected
    assert told(measured, [span(Source.INCIDENT, UP, 0, 10)]) == expected


def test_a_period_of_no_length_is_none_f_t13() -> None:
    assert told([(UP, 0, 10), (DOWN, 10, 10), (WEAK, 10, 20)], []) == [(UP, 0, 10), (WEAK, 10, 20)]
    assert told([(DOWN, 5, 5), (WEAK, 10, 20)], []) == [(WEAK, 10, 20)]


def test_of_corrections_without_a_number_any_number_is_the_later() -> None:
    bare = DeclaredSpan(Source.CORRECTION, DOWN, at(0), at(10))

    assert bare.number == 0
    assert told([], [span(Source.CORRECTION, WEAK, 0, 10, number=1), bare]) == [(WEAK, 0, 10)]


def test_choices_are_labelled_for_people() -> None:
    assert policy_choices() == [
        ("worst", "The worse of what was measured and what was declared"),
        ("measured", "What was measured"),
        ("declared", "What was declared"),
    ]
    assert source_choices() == [
        ("correction", "Correction"),
        ("override", "Manual status"),
        ("incident", "Incident"),
        ("window", "Maintenance entered afterwards"),
        ("by_hand", "Operated manually"),
        ("imported", "Imported"),
    ]
