"""Datadog's webhooks with the payload of the documentation."""

from typing import Any

import pytest

from monitors.alert_formats.base import AlertFormatError
from monitors.alert_formats.datadog import parse

ALERT = {
    "alert_id": "1234", "alert_scope": "host:a,zone:b", "alert_transition": "Triggered",
    "alert_title": "Shop is slow", "alert_type": "error", "priority": "P2", "tags": "team:web",
}  # fmt: skip


@pytest.mark.parametrize(
    ("transition", "firing", "severity"),
    [
        ("Triggered", True, "error"), ("Re-Triggered", True, "error"), ("No Data", True, "error"),
        ("Warn", True, "warning"), ("Re-Warn", True, "warning"), ("Recovered", False, "error"),
    ],
)  # fmt: skip
def test_an_alert_fires_until_it_has_recovered(
    transition: str, firing: bool, severity: str
) -> None:
    (alert,) = parse({**ALERT, "alert_transition": transition})

    assert (alert.firing, alert.severity, alert.reason) == (firing, severity, "Shop is slow")
    assert alert.fingerprint == parse(ALERT)[0].fingerprint
    assert alert.labels["host"] == "a"


def test_each_scope_of_a_monitor_is_an_alert_of_its_own() -> None:
    assert parse({**ALERT, "alert_scope": "host:b"})[0].fingerprint != parse(ALERT)[0].fingerprint


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (None, ""),
        ({"title": "x", "body": "y"}, "alert_transition"),
        ({**ALERT, "alert_transition": "$ALERT_TRANSITION"}, "alert_transition"),
        ({**ALERT, "alert_id": ""}, "alert_id"),
        ({**ALERT, "tags": []}, "tags"),
    ],
    ids=range(5),
)
def test_p01_what_is_not_of_the_format_is_refused_naming_the_field(body: Any, field: str) -> None:
    with pytest.raises(AlertFormatError) as refused:
        parse(body)

    assert refused.value.field == field


@pytest.mark.parametrize("date", [1406662672000, "1406662672000"], ids=["number", "text"])
def test_the_date_says_which_of_two_messages_was_first(date: Any) -> None:
    (fired,) = parse({**ALERT, "date": date})
    (over,) = parse({**ALERT, "alert_transition": "Recovered", "date": date})

    assert (fired.started_at, fired.ends_at) == (1406662672.0, None)
    assert (over.started_at, over.ends_at) == (None, 1406662672.0)
    assert parse({**ALERT, "date": "$DATE"})[0].started_at is None


@pytest.mark.parametrize("date", ["yesterday", "1" * 30, -1, 1.5, [1]])
def test_a_date_that_is_none_is_refused_by_name(date: Any) -> None:
    with pytest.raises(AlertFormatError) as refused:
        parse({**ALERT, "date": date})

    assert refused.value.field == "date"
