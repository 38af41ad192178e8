"""When checks start, and that none starts twice for one interval."""

import pytest

from monitors.rules import intervals


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
