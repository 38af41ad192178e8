"""The table of words is the one of the contracts (C2, C3)."""

import pytest

from components.dialect_words import SEVERITIES, STATUSES
from components.status import Status


@pytest.mark.parametrize(
    ("stored", "common", "label", "statuspage", "indicator"),
    [
        ("operational", "operational", "Operational", "operational", "none"),
        ("degraded", "degraded", "Degraded", "degraded_performance", "minor"),
        ("partial_outage", "partial_outage", "Partial Outage", "partial_outage", "major"),
        ("major_outage", "major_outage", "Major Outage", "major_outage", "critical"),
        ("maintenance", "maintenance", "Under Maintenance", "under_maintenance", "none"),
        ("unknown", "degraded", "Unknown", "degraded_performance", "minor"),
    ],
)
def test_a_status_in_every_dialect(
    stored: str, common: str, label: str, statuspage: str, indicator: str
) -> None:
    words = STATUSES[Status(stored)]

    assert (words.common, words.statuspage, words.indicator) == (common, statuspage, indicator)
    assert Status(stored).label == label


def test_every_status_has_its_words() -> None:
    assert set(STATUSES) == set(Status)


@pytest.mark.parametrize(
    ("stored", "admin", "system", "statuspage"),
    [
        ("none", "minor", "low", "none"),
        ("minor", "minor", "medium", "minor"),
        ("major", "major", "high", "major"),
        ("critical", "critical", "critical", "critical"),
    ],
)
def test_a_severity_in_every_dialect(stored: str, admin: str, system: str, statuspage: str) -> None:
    words = SEVERITIES[stored]

    assert (words.admin, words.system, words.statuspage) == (admin, system, statuspage)
