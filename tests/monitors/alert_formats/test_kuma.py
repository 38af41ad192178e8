"""Uptime Kuma's webhook: a monitor that is down, up again, and what is no news."""

from typing import Any

import pytest

from monitors.alert_formats.base import AlertFormatError
from monitors.alert_formats.kuma import parse

MONITOR = {"id": 7, "name": "Shop", "tags": [{"name": "team", "value": "web"}]}


def message(status: Any, *, monitor: Any = MONITOR) -> dict[str, Any]:
    heartbeat = {"monitorID": 7, "status": status, "msg": "timeout", "time": "2026-11-30 12:00:00"}
    return {"heartbeat": heartbeat, "monitor": monitor, "msg": "[Shop] [Down] timeout"}


@pytest.mark.parametrize(("status", "firing"), [(0, True), (1, False), (2, False), (3, False)])
def test_a_monitor_is_one_alert_by_its_number(status: int, firing: bool) -> None:
    (alert,) = parse(message(status))

    assert (alert.fingerprint, alert.firing, alert.reason) == ("kuma-7", firing, "Shop: timeout")
    assert alert.labels == {"team": "web", "alertname": "Shop"}


def test_tests_of_the_connection_and_warnings_of_certificates_are_no_news() -> None:
    assert parse({"heartbeat": None, "monitor": None, "msg": "Testing"}) == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ([], ""),
        ({}, "heartbeat"),
        ({"heartbeat": 1}, "heartbeat"),
        (message(4), "heartbeat.status"),
        (message(True), "heartbeat.status"),
        (message([]), "heartbeat.status"),
        (message(0, monitor=None), "monitor"),
        (message(0, monitor={"id": {}}), "monitor.id"),
        (message(0, monitor={"id": 1, "tags": 1}), "monitor.tags"),
    ],
    ids=range(9),
)
def test_p01_what_is_not_of_the_format_is_refused_naming_the_field(body: Any, field: str) -> None:
    with pytest.raises(AlertFormatError) as refused:
        parse(body)

    assert refused.value.field == field
