"""P05: what a target states of itself counts as long as it agrees with the verdict."""

import pytest

from components.status import Status, Verdict
from monitors.rules.stated_status import agreeing, believed, verdict_of

UP, DEGRADED, DOWN, UNKNOWN = Verdict.UP, Verdict.DEGRADED, Verdict.DOWN, Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("former", "stated", "verdict", "stored"),
    [
        ("", Status.MAINTENANCE, UP, "maintenance"),
        ("", Status.PARTIAL_OUTAGE, DOWN, "partial_outage"),
        # What a verdict says by itself is not stored.
        ("", Status.OPERATIONAL, UP, ""),
        ("maintenance", Status.OPERATIONAL, UP, ""),
        ("partial_outage", Status.MAJOR_OUTAGE, DOWN, ""),
        # A change that awaits its confirmation leaves what was.
        ("maintenance", Status.MAJOR_OUTAGE, UP, "maintenance"),
        ("partial_outage", Status.OPERATIONAL, DOWN, "partial_outage"),
        # So does a check that says nothing.
        ("maintenance", None, UP, "maintenance"),
        # Evidence that is too old says nothing at all.
        ("maintenance", None, UNKNOWN, ""),
        ("", None, DOWN, ""),
    ],
)
def test_what_is_stored_after_a_check(
    former: str, stated: Status | None, verdict: Verdict, stored: str
) -> None:
    assert believed(former, stated, verdict) == stored


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("verdict", Verdict)
def test_what_counts_agrees_with_the_verdict(status: Status, verdict: Verdict) -> None:
    found = agreeing(status.value, verdict)

    says_more = status in (Status.MAINTENANCE, Status.PARTIAL_OUTAGE)
    assert found is (status if says_more and verdict_of(status) is verdict else None)
