"""Healthchecks' webhook: a check that is down, and up again."""

from typing import Any

import pytest

from monitors.alert_formats.base import AlertFormatError
from monitors.alert_formats.healthchecks import parse

CHECK = {
    "name": "Backup",
    "slug": "backup",
    "tags": "prod team:db",
    "status": "down",
    "uuid": "u-1",
}


@pytest.mark.parametrize(
    ("status", "firing"), [("down", True), ("DOWN", True), ("up", False), ("grace", False)]
)
def test_a_check_is_one_alert_by_its_identity(status: str, firing: bool) -> None:
    (alert,) = parse({**CHECK, "status": status})

    assert (alert.fingerprint, alert.firing, alert.reason) == ("u-1", firing, "Backup is down")
    assert alert.labels == {"prod": "prod", "team": "db", "alertname": "Backup"}


def test_a_body_of_ones_own_needs_a_status_and_a_name() -> None:
    (alert,) = parse({"status": "down", "name": "Backup", "reason": "exit 3"})

    assert (alert.fingerprint, alert.reason) == ("Backup", "Backup: exit 3")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ("down", ""),
        ({}, "status"),
        ({**CHECK, "status": "gone"}, "status"),
        ({"status": "down"}, "uuid"),
        ({**CHECK, "tags": ["a"]}, "tags"),
    ],
    ids=range(5),
)
def test_p01_what_is_not_of_the_format_is_refused_naming_the_field(body: Any, field: str) -> None:
    with pytest.raises(AlertFormatError) as refused:
        parse(body)

    assert refused.value.field == field
