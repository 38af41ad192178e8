"""Our own absence is no evidence (F-O4): what counts as the age of evidence."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitors.rules.evidence_age import Absence, silent_since_before, stale_before

AWAY = Absence(1_000.0, 1_300.0)


@pytest.mark.parametrize(
    ("now", "absences", "before"),
    [
        pytest.param(2_000.0, [], 1_970.0, id="nobody was away"),
        pytest.param(1_301.0, [AWAY], 941.0, id="just back: 1 s here, then 59 s before it"),
        pytest.param(1_329.9, [AWAY], 969.9, id="not yet as long here as evidence lasts"),
        pytest.param(1_330.0, [AWAY], 1_300.0, id="as long here as evidence lasts"),
        pytest.param(5_000.0, [AWAY], 4_970.0, id="long ago"),
        pytest.param(
            1_320.0, [Absence(1_302.0, 1_310.0), AWAY], 952.0, id="away twice: 12 s and 48 s"
        ),
        pytest.param(900.0, [AWAY], 870.0, id="an absence that is yet to come is none"),
    ],
)
def test_only_time_in_which_the_prober_was_there_counts_f_o4(
    now: float, absences: list[Absence], before: float
) -> None:
    assert stale_before(now=now, fresh_for=30.0, absences=absences) == pytest.approx(before)


def test_a_prober_that_never_stays_keeps_no_evidence_for_ever_f_o4() -> None:
    """It comes for ten seconds, goes for ten: too old after a minute of having been here."""
    absences = [Absence(at, at + 10.0) for at in range(0, 10_000, 20)]

    before = stale_before(now=10_000.0, fresh_for=30.0, absences=absences)

    assert 10_000.0 - before == pytest.approx(110.0)


def test_absences_that_overlap_count_once_f_o4() -> None:
    absences = [Absence(900.0, 990.0), Absence(880.0, 950.0)]

    before = stale_before(now=1_000.0, fresh_for=30.0, absences=absences)

    assert before == 880.0 - (2 * 30.0 - 10.0)


times = st.floats(0.0, 10_000.0)


@given(
    st.lists(st.tuples(times, times), max_size=8), st.floats(1.0, 3_000.0), st.floats(0.0, 100.0)
)
def test_an_absence_never_makes_evidence_older_f_o4(
    spans: list[tuple[float, float]], fresh_for: float, later: float
) -> None:
    absences = [Absence(*sorted(span)) for span in spans]

    before = stale_before(now=10_000.0, fresh_for=fresh_for, absences=absences)

    assert before <= 10_000.0 - fresh_for + 1e-6
    assert before <= stale_before(now=10_000.0 + later, fresh_for=fresh_for, absences=absences)


def test_who_has_looked_on_has_seen_that_nothing_came_x24() -> None:
    seen = silent_since_before(now=1_000.0, fresh_for=30.0, watched_since=970.0)
    not_seen = silent_since_before(now=1_000.0, fresh_for=30.0, watched_since=971.0)

    assert (seen, not_seen) == (970.0, -math.inf)


def test_evidence_that_never_ages_counts_from_the_beginning() -> None:
    assert stale_before(now=1_301.0, fresh_for=math.inf, absences=[AWAY]) == -math.inf
