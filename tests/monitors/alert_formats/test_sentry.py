"""Sentry's webhooks: metric alerts, issues, and what is no news."""

from typing import Any

import pytest

from monitors.alert_formats.base import AlertFormatError
from monitors.alert_formats.sentry import parse

METRIC = {
    "description_title": "Critical: Too many errors", "description_text": "1000 events",
    "metric_alert": {"id": "66", "alert_rule": {"name": "Too many errors"},
                     "date_started": "2026-11-30T12:00:00Z", "date_closed": None},
}  # fmt: skip
ISSUE = {"id": "1170820242", "title": "TypeError", "level": "error"}


@pytest.mark.parametrize(
    ("action", "firing"), [("critical", True), ("warning", True), ("resolved", False)]
)
def test_a_metric_alert_fires_until_it_is_resolved(action: str, firing: bool) -> None:
    (alert,) = parse({"action": action, "data": METRIC})

    assert (alert.fingerprint, alert.firing, alert.severity) == ("metric-66", firing, action)
    assert alert.reason == "Critical: Too many errors: 1000 events"


def test_an_issue_alert_is_over_when_its_issue_is_resolved() -> None:
    event = {"issue_id": "1170820242", "title": "TypeError", "level": "error"}
    (opened,) = parse({"action": "triggered", "data": {"event": event, "triggered_rule": "r"}})
    (closed,) = parse({"action": "resolved", "data": {"issue": ISSUE}})

    assert (opened.firing, closed.firing) == (True, False)
    assert opened.fingerprint == closed.fingerprint == "issue-1170820242"


@pytest.mark.parametrize(
    "body",
    [
        {"action": "created", "data": {"installation": {}}},
        {"action": "assigned", "data": {"issue": ISSUE}},
        {"action": "open", "data": METRIC},
    ],
    ids=["installation", "assigned", "open"],
)
def test_other_events_are_no_news(body: Any) -> None:
    assert parse(body) == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ([], ""),
        ({}, "action"),
        ({"action": "resolved"}, "data"),
        ({"action": "resolved", "data": {"issue": 1}}, "data.issue"),
        ({"action": "resolved", "data": {"issue": {}}}, "data.issue.id"),
        ({"action": "critical", "data": {"metric_alert": {}}}, "data.metric_alert.id"),
    ],
    ids=range(6),
)
def test_p01_what_is_not_of_the_format_is_refused_naming_the_field(body: Any, field: str) -> None:
    with pytest.raises(AlertFormatError) as refused:
        parse(body)

    assert refused.value.field == field
