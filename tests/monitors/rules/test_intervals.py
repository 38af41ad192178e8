"""When checks start, and that none starts twice for one interval."""

import math
from collections import Counter

import pytest

from monitors.rules import intervals


def test_checks_are_spread_evenly_over_their_interval_and_start_on_the_grid() -> None:
    """Those that start together share a wake-up, a fifth of a second each."""
    phases = [intervals.phase(check, 60.0) for check in range(4_000)]

    assert intervals.GRID_SECONDS == 0.2
    assert all(0.0 <= each < 60.0 and math.isclose(each, round(each * 5) / 5) for each in phases)
    quarters = Counter(int(each // 15) for each in phases)
    assert sorted(quarters) == [0, 1, 2, 3]
    assert all(900 < count < 1_100 for count in quarters.values())
    assert phases == [intervals.phase(check, 60.0) for check in range(4_000)]


@pytest.mark.parametrize(
    ("last", "start", "retry", "later"),
    [
        pytest.param(1.0, 1.3, None, True, id="twice for one regular start"),
        pytest.param(1.0, 11.0, None, False, id="the next regular start"),
        pytest.param(9.5, 11.0, None, False, id="the next one after a late one"),
        pytest.param(1.0, 1.5, 3.0, True, id="a confirmation sooner than it is due"),
        pytest.param(1.0, 4.0, 3.0, False, id="a confirmation"),
        pytest.param(3_601.0, 1.0, None, False, id="after the clock was set back"),
    ],
)
def test_f_o6_no_interval_has_two_regular_starts(
    last: float, start: float, retry: float | None, later: bool
) -> None:
    """A check whose phase is 0.8 of ten seconds: in periods from 0.8, 10.8, …"""
    offset = intervals.phase(7, 10) - 0.8
    found = intervals.earliest_start(
        7, last=last + offset, start=start + offset, interval=10, retry=retry
    )

    assert (found > start + offset) is later


CHECK = 72
"""One whose phase is 0.8 of ten seconds."""


@pytest.mark.parametrize(
    ("after", "due"), [(0.7, 0.8), (0.8, 10.8), (10.7, 10.8), (10.8, 20.8)], ids=range(4)
)
def test_the_next_regular_start_is_later_than_the_instant(after: float, due: float) -> None:
    assert intervals.next_due(CHECK, after=after, interval=10) == pytest.approx(due)


@pytest.mark.parametrize(
    ("ended", "retry", "due", "skipped"),
    [
        pytest.param(1.0, None, 10.8, 0, id="in time"),
        pytest.param(10.8, None, 10.8, 0, id="just in time"),
        pytest.param(12.0, None, 12.0, 0, id="late"),
        pytest.param(20.8, None, 20.8, 1, id="one skipped"),
        pytest.param(31.0, None, 31.0, 2, id="two skipped"),
        pytest.param(1.0, 3.0, 3.8, 0, id="a confirmation"),
        pytest.param(5.0, 3.0, 5.0, 0, id="a confirmation that is late"),
        pytest.param(1.0, 50.0, 10.8, 0, id="no later than it is due anyway"),
    ],
)
def test_after_a_check_comes_the_next_start_that_it_has_not_slept_through(
    ended: float, retry: float | None, due: float, skipped: int
) -> None:
    start, slept = intervals.next_start(CHECK, started=0.8, ended=ended, interval=10, retry=retry)

    assert start == pytest.approx(due)
    assert (slept, type(slept)) == (skipped, int)


@pytest.mark.parametrize(
    ("due", "away", "start"),
    [
        pytest.param(25.0, 10.0, 30.8, id="an interval: its next regular start"),
        pytest.param(25.0, 9.9, 34.9, id="less: as evenly as they came due"),
        pytest.param(15.0, 9.0, 30.0, id="less, and long ago: now"),
    ],
)
def test_what_came_due_in_an_absence_is_made_up_for(due: float, away: float, start: float) -> None:
    found = intervals.start_after_absence(CHECK, due=due, now=30.0, interval=10, away=away)

    assert found == pytest.approx(start)


@pytest.mark.parametrize(
    ("last", "start", "retry", "found"),
    [
        pytest.param(5.0, 4.5, None, 4.5, id="the clock was set back"),
        pytest.param(5.0, 4.9, None, 10.8, id="rounded"),
        pytest.param(5.0, 5.05, None, 10.8, id="twice"),
        pytest.param(5.5, 5.6, None, 10.8, id="twice, later"),
        pytest.param(1.0, 10.75, None, 10.75, id="the next, rounded"),
        pytest.param(1.0, 3.9, 3.0, 3.9, id="a confirmation, rounded"),
        pytest.param(1.0, 3.95, 3.0, 3.95, id="a confirmation, less rounded"),
        pytest.param(1.0, 3.8, 3.0, 4.0, id="too soon for a confirmation"),
    ],
)
def test_f_o6_instants_are_rounded_to_a_tenth_of_a_second(
    last: float, start: float, retry: float | None, found: float
) -> None:
    earliest = intervals.earliest_start(CHECK, last=last, start=start, interval=10, retry=retry)

    assert earliest == pytest.approx(found)
