"""Alerts in any JSON, by the paths that a monitor's settings give."""

from typing import Any

import pytest
from pydantic import ValidationError

from monitors.alert_formats.base import AlertFormatError
from monitors.alert_formats.generic import parse
from monitors.probers.external import ExternalConfig

ALERT = {"id": 7, "status": "Firing", "name": "Shop", "message": "gone", "severity": "High"}
MAPPING = {
    "alerts": "$.events[*]", "fingerprint": "$.key", "status": "$.state.word",
    "firing": "bad", "resolved": "fine, good again", "reason": "$.why", "name": "$.key",
}  # fmt: skip


def test_without_a_mapping_an_alert_is_read_by_the_usual_names() -> None:
    (alert,) = parse({**ALERT, "labels": {"a": 1, "b": [1]}, "started_at": 1795000000000}, {})

    assert (alert.fingerprint, alert.firing, alert.reason) == ("7", True, "gone")
    assert (alert.severity, alert.started_at) == ("high", 1795000000.0)
    assert alert.labels == {"alertname": "Shop", "a": "1"}


def test_a_mapping_finds_all_alerts_of_a_body() -> None:
    body = {"events": [
        {"key": "a", "state": {"word": "BAD"}, "why": "x"},
        {"key": "b", "state": {"word": "good again"}},
    ]}  # fmt: skip

    first, second = parse(body, MAPPING)

    assert (first.fingerprint, first.firing, first.reason) == ("a", True, "x")
    assert (second.fingerprint, second.firing, second.reason) == ("b", False, "b")


def test_a_list_is_a_list_of_alerts_and_a_boolean_a_word() -> None:
    body = [{"name": "a", "status": True}, {"name": "b", "status": False}]

    assert [alert.firing for alert in parse(body, {})] == [True, False]


@pytest.mark.parametrize(
    ("body", "mapping", "field"),
    [
        ({"id": 1}, {}, "$.status"),
        ({**ALERT, "status": "odd"}, {}, "$.status"),
        ({"status": "up"}, {}, "$.id"),
        ({}, MAPPING, "$.events[*]"),
        ([], {}, "$"),
        ("text", {}, "$.id"),
        ({**ALERT, "started_at": "noon"}, {}, "$.started_at"),
    ],
    ids=range(7),
)
def test_p01_what_cannot_be_read_is_refused_naming_the_path(
    body: Any, mapping: dict[str, str], field: str
) -> None:
    with pytest.raises(AlertFormatError) as refused:
        parse(body, mapping)

    assert refused.value.field == field


@pytest.mark.parametrize(
    ("mapping", "why"),
    [({"state": "$.x"}, "not a part of an alert"), ({"status": "$.["}, "not a path")],
    ids=["part", "path"],
)
def test_a_mapping_that_cannot_be_followed_is_refused_when_it_is_entered(
    mapping: dict[str, str], why: str
) -> None:
    with pytest.raises(ValidationError, match=why):
        ExternalConfig(mapping=mapping)


def test_what_paths_may_cost_is_bounded() -> None:
    body = [{**ALERT, "x": list(range(500))} for _ in range(500)]
    mapping = {"name": "$..x[?@ > $[0].x[400]]"}

    with pytest.raises(AlertFormatError, match="cannot be read"):
        parse(body * 50, mapping)
