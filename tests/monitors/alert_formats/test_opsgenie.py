"""Opsgenie's webhook: alerts that are created, closed, and actions that say nothing of it."""

from typing import Any

import pytest

from monitors.alert_formats.base import AlertFormatError
from monitors.alert_formats.opsgenie import parse

ALERT = {
    "alertId": "052652ac", "message": "Shop is gone", "tags": ["prod", "team:web"], "alias": "a",
    "createdAt": 1795000000000, "priority": "P1",
}  # fmt: skip


def message(action: str, **fields: Any) -> dict[str, Any]:
    return {"action": action, "alert": {**ALERT, **fields}, "integrationName": "Status"}


@pytest.mark.parametrize(
    ("action", "firing"),
    [("Create", True), ("Acknowledge", True), ("Close", False), ("Delete", False)],
)
def test_an_alert_fires_until_it_is_closed(action: str, firing: bool) -> None:
    (alert,) = parse(message(action))

    assert (alert.fingerprint, alert.firing) == ("052652ac", firing)
    assert (alert.reason, alert.severity) == ("Shop is gone", "p1")
    assert alert.started_at == 1795000000.0
    assert alert.labels["team"] == "web"


def test_an_action_that_does_not_change_it_is_no_news() -> None:
    assert parse(message("AddNote")) == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (1, ""),
        ({}, "action"),
        ({"action": "Create"}, "alert"),
        (message("Create", alertId=""), "alert.alertId"),
        (message("Create", tags="x"), "alert.tags"),
        (message("Create", createdAt="now"), "alert.createdAt"),
        (message("Create", priority=1), "alert.priority"),
    ],
    ids=range(7),
)
def test_p01_what_is_not_of_the_format_is_refused_naming_the_field(body: Any, field: str) -> None:
    with pytest.raises(AlertFormatError) as refused:
        parse(body)

    assert refused.value.field == field
