"""Uptime and days from the interval log."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from components.status import Status
from components.uptime.periods import Period, day_cells, day_status, summarise, uptime_percent

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
