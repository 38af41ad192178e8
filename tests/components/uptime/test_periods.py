"""Uptime and days from the interval log."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.status import Status
from components.uptime.periods import (
    SECONDS_PER_DAY,
    Period,
    day_cells,
    day_length,
    day_status,
    sum_periods,
    summarise,
    uptime_percent,
)

DAY = timedelta(days=1)
START = datetime(2026, 3, 1, tzinfo=UTC)
END = START + 10 * DAY


def test_time_that_no_period_covers_is_unknown_and_not_up() -> None:
    summary = summarise([], start=START, end=END)

    assert summary.totals == {Status.UNKNOWN: 10 * 86_400}
    assert summary.uptime is None
    assert summary.first_known_on is None


def test_an_hour_down_in_ten_days_costs_an_hour() -> None:
    down = START + 4 * DAY
    up_again = down + timedelta(hours=1)
    log = [
        Period(Status.OPERATIONAL, START, down),
        Period(Status.MAJOR_OUTAGE, down, up_again),
        Period(Status.OPERATIONAL, up_again, None),
    ]

    summary = summarise(log, start=START, end=END)

    assert summary.uptime is not None
    assert abs(summary.uptime - 100 * (1 - 1 / 240)) < 1e-9
    assert [(day.on.day, day.seconds) for day in summary.days] == [(5, {Status.MAJOR_OUTAGE: 3600})]


def test_a_partial_outage_weighs_thirty_percent_and_maintenance_is_left_out() -> None:
    totals = {Status.OPERATIONAL: 8000.0, Status.PARTIAL_OUTAGE: 2000.0, Status.MAINTENANCE: 500.0}

    assert uptime_percent(totals) == 100 * (1 - 60 / 1000)


def test_an_outage_over_midnight_is_split_between_its_days() -> None:
    late = START + timedelta(hours=23)
    log = [Period(Status.MAJOR_OUTAGE, late, late + timedelta(hours=3))]

    days = summarise(log, start=START, end=late + timedelta(hours=3)).days

    assert [day.seconds[Status.MAJOR_OUTAGE] for day in days] == [3600, 7200]


def test_time_before_the_first_knowledge_belongs_to_no_day() -> None:
    log = [Period(Status.OPERATIONAL, START + 5 * DAY, None)]

    summary = summarise(log, start=START, end=END)

    assert summary.days == ()
    assert summary.first_known_on == (START + 5 * DAY).date()


def test_a_short_gap_does_not_paint_a_good_day_grey_but_half_a_day_does() -> None:
    assert day_status({Status.UNKNOWN: 600}) is Status.OPERATIONAL
    assert day_status({Status.UNKNOWN: 43_200}) is Status.UNKNOWN
    assert day_status({Status.UNKNOWN: 80_000, Status.MAJOR_OUTAGE: 60}) is Status.MAJOR_OUTAGE


@given(
    st.lists(
        st.tuples(st.sampled_from(list(Status)), st.integers(0, 200_000), st.integers(1, 90_000)),
        max_size=12,
    )
)
def test_known_and_unknown_time_add_up_to_all_of_it(
    drawn: list[tuple[Status, int, int]],
) -> None:
    log, cursor = [], START - DAY
    for status, gap, length in drawn:
        begin = cursor + timedelta(seconds=gap)
        cursor = begin + timedelta(seconds=length)
        log.append(Period(status, begin, cursor))

    summary = summarise(log, start=START, end=END)

    assert abs(sum(summary.totals.values()) - (END - START).total_seconds()) < 1e-6
    assert all(0 <= sum(day.seconds.values()) <= 86_400 for day in summary.days)
    assert summary.uptime is None or 0 <= summary.uptime <= 100


def test_maintenance_is_left_out_unless_the_policy_counts_it_as_down() -> None:
    totals = {Status.OPERATIONAL: 9000.0, Status.MAINTENANCE: 1000.0, Status.UNKNOWN: 500.0}

    assert uptime_percent(totals) == 100
    assert uptime_percent(totals, maintenance_counts=True) == 90
    assert uptime_percent({Status.MAINTENANCE: 5000.0}) is None
    assert uptime_percent({Status.MAINTENANCE: 5000.0}, maintenance_counts=True) == 0


def test_a_percentage_needs_an_hour_of_known_time_c8_f_t13() -> None:
    assert uptime_percent({Status.OPERATIONAL: 3599.9, Status.UNKNOWN: 1e6}) is None
    assert uptime_percent({Status.OPERATIONAL: 3600.0}) == 100
    # Maintenance is known time, though it does not count.
    assert uptime_percent({Status.OPERATIONAL: 600.0, Status.MAINTENANCE: 3000.0}) == 100


def test_a_cell_needs_a_minute_of_known_time_f_t13() -> None:
    def cells(log: list[Period], *, seconds: float) -> list[tuple[int, Status]]:
        end = START + timedelta(seconds=seconds)
        return [
            (c.on.day, c.status) for c in day_cells(summarise(log, start=START, end=end), end=end)
        ]

    noon = START + timedelta(hours=12)
    new = [Period(Status.OPERATIONAL, noon, None)]
    assert cells(new, seconds=43_200 + 59) == [(1, Status.UNKNOWN)]
    assert cells(new, seconds=43_200 + 60) == []
    # An outage is never hidden by that, however short.
    assert cells([Period(Status.MAJOR_OUTAGE, noon, None)], seconds=43_205) == [
        (1, Status.MAJOR_OUTAGE)
    ]
    # Ten seconds before midnight, then known all along: the first day stays without a cell.
    late = [Period(Status.OPERATIONAL, START + timedelta(seconds=86_390), None)]
    assert cells(late, seconds=86_395) == [(1, Status.UNKNOWN)]
    assert cells(late, seconds=86_420) == [(1, Status.UNKNOWN), (2, Status.UNKNOWN)]
    assert cells(late, seconds=86_449) == [(1, Status.UNKNOWN), (2, Status.UNKNOWN)]
    assert cells(late, seconds=86_450) == [(1, Status.UNKNOWN)]
    assert cells(late, seconds=90_000) == [(1, Status.UNKNOWN)]
    # Just after midnight all that there is of the day is known.
    assert cells([Period(Status.OPERATIONAL, START, None)], seconds=86_405) == []


@given(st.dictionaries(st.sampled_from(Status), st.floats(0, 1e7)))
def test_counting_maintenance_never_makes_it_better_and_unknown_time_never_matters(
    totals: dict[Status, float],
) -> None:
    known: dict[Status, float] = {
        status: amount for status, amount in totals.items() if status is not Status.UNKNOWN
    }

    excluded, counted = uptime_percent(totals), uptime_percent(totals, maintenance_counts=True)

    assert excluded == uptime_percent(known)
    assert counted == uptime_percent(known, maintenance_counts=True)
    if excluded is not None and counted is not None:
        assert counted <= excluded + 1e-9


HOUR = timedelta(hours=1)
HOURS = 240
hourly_logs = st.lists(
    st.tuples(st.sampled_from(list(Status)), st.integers(0, 30), st.integers(0, 40)), max_size=12
)


def log_of(drawn: list[tuple[Status, int, int]], *, is_open: bool) -> list[Period]:
    """Periods with a gap before each, in hours from a day before the start; the last may go on."""
    log, cursor = [], START - DAY
    for status, gap, length in drawn:
        begin = cursor + gap * HOUR
        cursor = begin + length * HOUR
        log.append(Period(status, begin, cursor))
    if log and is_open:
        log[-1] = replace(log[-1], end=None)
    return log


def hour_by_hour(log: list[Period]) -> tuple[dict[date, dict[Status, int]], datetime | None]:
    """Days and first knowledge once more, looking at each hour by itself."""
    days: dict[date, dict[Status, int]] = {}
    known_from = None
    for number in range(HOURS):
        now = START + number * HOUR
        holding = (p.status for p in log if p.start <= now and (p.end is None or now < p.end))
        status = next(holding, Status.UNKNOWN)
        if status is not Status.UNKNOWN and known_from is None:
            known_from = now
        if known_from is not None and status is not Status.OPERATIONAL:
            seconds = days.setdefault(now.date(), {})
            seconds[status] = seconds.get(status, 0) + 3600
    return days, known_from


@given(hourly_logs, st.booleans())
def test_days_hold_each_hour_that_was_not_operational_once(
    drawn: list[tuple[Status, int, int]], is_open: bool
) -> None:
    log = log_of(drawn, is_open=is_open)

    summary = summarise(log, start=START, end=END)

    days, known_from = hour_by_hour(log)
    assert {
        day.on: {status: n for status, n in day.seconds.items() if n} for day in summary.days
    } == days
    assert [day.on for day in summary.days] == sorted(days)
    assert summary.known_from == known_from
    assert summary.first_known_on == (known_from.date() if known_from else None)


@given(hourly_logs)
def test_what_is_over_may_be_added_up_before_what_goes_on(
    drawn: list[tuple[Status, int, int]],
) -> None:
    log = log_of(drawn, is_open=True)
    past = sum_periods(log[:-1], start=START, end=END)

    summary = past.summary(present=log[-1] if log else None, end=END)

    whole = summarise(log, start=START, end=END)
    assert summary.days == whole.days
    assert summary.known_from == whole.known_from
    assert {s: n for s, n in summary.totals.items() if n} == {
        s: n for s, n in whole.totals.items() if n
    }


def test_days_to_which_the_present_adds_nothing_are_the_same_objects() -> None:
    past = sum_periods(
        [Period(Status.MAJOR_OUTAGE, START, START + HOUR)], start=START, end=START + HOUR
    )

    going_on = Period(Status.OPERATIONAL, START + HOUR, None)

    assert past.summary(present=going_on, end=END).days is past.days


def test_a_period_of_no_length_is_no_knowledge_f_t13() -> None:
    blip = [Period(Status.OPERATIONAL, START + HOUR, START + HOUR)]

    summary = summarise(blip, start=START, end=END)

    assert summary.known_from is None
    assert summary.days == ()


def test_a_second_that_counts_is_enough_beside_an_hour_of_maintenance() -> None:
    totals = {Status.MAINTENANCE: 5000.0, Status.OPERATIONAL: 1.0}

    assert uptime_percent(totals) == 100
    assert uptime_percent({Status.OPERATIONAL: 3600.0}, maintenance_counts=True) == 100


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        ({}, Status.OPERATIONAL),
        ({Status.UNKNOWN: 43_199}, Status.OPERATIONAL),
        ({Status.UNKNOWN: 43_200, Status.MAINTENANCE: 43_200}, Status.UNKNOWN),
        ({Status.UNKNOWN: 43_199, Status.MAINTENANCE: 1}, Status.MAINTENANCE),
        ({Status.MAINTENANCE: 0}, Status.OPERATIONAL),
        ({Status.MAJOR_OUTAGE: 0, Status.DEGRADED: 1}, Status.DEGRADED),
        ({Status.MAJOR_OUTAGE: 1, Status.MAINTENANCE: 80_000}, Status.MAJOR_OUTAGE),
    ],
)
def test_a_day_shows_its_worst_known_second(seconds: dict[Status, int], expected: Status) -> None:
    assert day_status(seconds) is expected


def test_there_is_of_a_day_what_lies_between_the_first_knowledge_and_now() -> None:
    today = START.date()

    def length(known_from: datetime, end: datetime) -> float:
        return day_length(today, known_from=known_from, end=end)

    assert length(START - DAY, END) == SECONDS_PER_DAY == 86_400
    assert length(START + HOUR, END) == 82_800
    assert length(START + HOUR, START + 3 * HOUR) == 7_200
    assert length(START + DAY, END) == 0
    assert length(START - DAY, START) == 0
    assert length(START + 2 * DAY, END) == 0


def test_cells_are_in_the_order_of_days_and_there_are_none_before_the_first_knowledge() -> None:
    late = START + DAY - timedelta(seconds=10)
    log = [
        Period(Status.OPERATIONAL, late, START + 2 * DAY),
        Period(Status.MAJOR_OUTAGE, START + 2 * DAY, START + 2 * DAY + HOUR),
        Period(Status.OPERATIONAL, START + 2 * DAY + HOUR, START + 4 * DAY),
        Period(Status.DEGRADED, START + 4 * DAY, START + 4 * DAY + HOUR),
        Period(Status.OPERATIONAL, START + 4 * DAY + HOUR, None),
    ]

    cells = day_cells(summarise(log, start=START, end=END), end=END)

    assert [(cell.on.day, cell.status, cell.seconds) for cell in cells] == [
        (1, Status.UNKNOWN, {}),
        (3, Status.MAJOR_OUTAGE, {Status.MAJOR_OUTAGE: 3600}),
        (5, Status.DEGRADED, {Status.DEGRADED: 3600}),
    ]
    assert day_cells(summarise([], start=START, end=END), end=END) == ()


@pytest.mark.parametrize(
    ("unknown", "so_far", "expected"),
    [
        (50, 100, [(2, Status.UNKNOWN)]),
        (40, 100, []),
        (100, 1_000, []),
        (10, 30, [(2, Status.UNKNOWN)]),
    ],
)
def test_a_day_with_a_gap_needs_a_minute_of_known_time_so_far_f_t13(
    unknown: int, so_far: int, expected: list[tuple[int, Status]]
) -> None:
    midnight = START + DAY
    end = midnight + timedelta(seconds=so_far)
    log = [
        Period(Status.OPERATIONAL, START, midnight),
        Period(Status.OPERATIONAL, midnight + timedelta(seconds=unknown), None),
    ]

    cells = day_cells(summarise(log, start=START, end=end), end=end)

    assert [(cell.on.day, cell.status) for cell in cells] == expected
