"""Alertmanager's and Grafana's webhooks: what is read of them, and what is refused by name."""

from typing import Any

import pytest

from monitors.alert_formats.alertmanager import parse
from monitors.alert_formats.base import AlertFormatError

FIRING: dict[str, Any] = {
    "status": "firing",
    "labels": {"alertname": "ProbeFailure", "severity": "Critical", "job": "http"},
    "annotations": {"summary": "The shop does not answer.", "description": "Since 5 min."},
    "startsAt": "2023-02-06T13:08:45.828266876Z",
    "endsAt": "0001-01-01T00:00:00Z",
    "generatorURL": "http://prometheus.example.org/graph",
    "fingerprint": "1a30ba71cca2921f",
}


def message(*alerts: Any, **fields: Any) -> dict[str, Any]:
    return {"version": "4", "status": "firing", "receiver": "x", "alerts": list(alerts), **fields}


def without(*names: str, **fields: Any) -> dict[str, Any]:
    return {name: value for name, value in {**FIRING, **fields}.items() if name not in names}


def test_an_alert_is_read_with_its_instants_severity_and_summary() -> None:
    (alert,) = parse(message(FIRING))

    assert (alert.fingerprint, alert.name, alert.firing) == (
        "1a30ba71cca2921f",
        "ProbeFailure",
        True,
    )
    assert (alert.reason, alert.severity) == ("The shop does not answer.", "critical")
    assert alert.started_at == pytest.approx(1675688925.828266)
    assert alert.ends_at is None


def test_grafana_numbers_the_same_form_1() -> None:
    assert len(parse(message(FIRING, FIRING, version="1", orgId=1, state="alerting"))) == 2


@pytest.mark.parametrize(
    ("annotations", "reason"),
    [
        ({"description": "Since 5 min."}, "Since 5 min."),
        ({"summary": "", "description": "Since 5 min."}, "Since 5 min."),
        ({"runbook_url": "x"}, "ProbeFailure"),
        (None, "ProbeFailure"),
    ],
)
def test_p02_without_a_summary_the_description_is_the_reason_else_the_name(
    annotations: Any, reason: str
) -> None:
    assert parse(message(without(annotations=annotations)))[0].reason == reason


def test_p02_without_a_fingerprint_the_sorted_labels_are_the_identity() -> None:
    first = parse(message(without("fingerprint", labels={"a": "1", "b": "2"})))[0]
    same = parse(message(without("fingerprint", labels={"b": "2", "a": "1"})))[0]
    other = parse(message(without("fingerprint", labels={"a": "1", "b": "3"})))[0]

    assert first.fingerprint == same.fingerprint != other.fingerprint
    assert len(first.fingerprint) == 32


def test_a_fingerprint_of_any_length_has_one_that_can_be_stored() -> None:
    assert len(parse(message(without(fingerprint="f" * 5000)))[0].fingerprint) == 32


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ([], ""),
        ("text", ""),
        ({}, "version"),
        (message(FIRING, version="3"), "version"),
        (message(FIRING, version=4), "version"),
        ({"version": "4"}, "alerts"),
        ({"version": "4", "alerts": {}}, "alerts"),
        (message(FIRING, "text"), "alerts.1"),
        (message(without("status")), "alerts.0.status"),
        (message(without(status="on")), "alerts.0.status"),
        (message(without(status=[])), "alerts.0.status"),
        (message(without(labels=[])), "alerts.0.labels"),
        (message(without(labels={"a": 1})), "alerts.0.labels.a"),
        (message(without("labels", "fingerprint")), "alerts.0.labels"),
        (message(without(annotations={"summary": {}})), "alerts.0.annotations.summary"),
        (message(without(fingerprint=7)), "alerts.0.fingerprint"),
        (message(without(startsAt="yesterday")), "alerts.0.startsAt"),
        (message(without(endsAt=12)), "alerts.0.endsAt"),
        (message(without(startsAt="9999-12-31T23:59:59-23:59")), None),
        (message(without(endsAt="0001-01-01T00:00:00+23:00")), None),
    ],
    ids=range(20),
)
def test_p01_what_is_not_of_the_format_is_refused_naming_the_field(
    body: Any, field: str | None
) -> None:
    if field is None:
        parse(body)
        return
    with pytest.raises(AlertFormatError) as refused:
        parse(body)

    assert refused.value.field == field
    assert str(refused.value)
