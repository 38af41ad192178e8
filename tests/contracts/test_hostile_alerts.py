"""Messages of alerts as they come on a bad day (contract P02)."""

import json
from typing import Any

import pytest
from django.test import Client

from monitors.models import AlertLane, Check, Monitor
from monitors.services import save_monitor
from statuspage.access import tokens
from statuspage.models import ApiToken
from tests import build

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]
ODD = "größer \"than\" 'it' <b>\u202eshould</b> be 🚨\nand more"


@pytest.fixture
def monitor() -> Monitor:
    made = Monitor(name="Prometheus", component=build.component("Shop"), kind="external", config={})
    return save_monitor(made, regions=[])


def alert(number: int, *, status: str = "firing", **fields: Any) -> dict[str, Any]:
    """As Alertmanager sends one of Kubernetes: no end while it fires, nanoseconds, any zone."""
    return {
        "status": status,
        "labels": {
            "alertname": "KubePodCrashLooping", "namespace": "shop", "pod": f"web-{number}",
            "severity": "critical", "note": ODD, "container": "x" * 200,
        },
        "annotations": {"summary": ODD, "runbook_url": "https://runbooks.example/" + "y" * 200},
        "startsAt": "2026-11-30T17:30:00.123456789+05:30",
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "https://prometheus.example/graph?g0.expr=up",
        **fields,
    }  # fmt: skip


def post(client: Client, monitor: Monitor, *alerts: dict[str, Any]) -> Any:
    key = tokens.create(name=f"t{ApiToken.objects.count()}", scopes=["alerts:write"])
    body = {"version": "4", "groupKey": "{}:{}", "truncatedAlerts": 0, "alerts": alerts}
    return client.post(
        f"/api/v1/monitors/{monitor.pk}/alerts/alertmanager", json.dumps(body), "application/json",
        headers={"Authorization": f"Bearer {key}"},
    )  # fmt: skip


def test_p02_a_thousand_alerts_without_fingerprints_in_one_message(
    client: Client, monitor: Monitor
) -> None:
    answer = post(client, monitor, *(alert(number) for number in range(1_000)))
    ended = {"status": "resolved", "endsAt": "2026-11-30T13:00:00Z"}
    over = post(client, monitor, *(alert(number, **ended) for number in range(1_000)))

    assert answer.status_code == 202
    assert answer.json() == {"accepted": 1_000, "opened": 1_000, "resolved": 0, "unmatched": 0}
    assert over.json()["resolved"] == 1_000
    assert AlertLane.objects.filter(cleared_at=None).count() == 0
    assert Check.objects.get().verdict == "up"


def test_p02_odd_texts_are_kept_as_one_printable_line(client: Client, monitor: Monitor) -> None:
    assert post(client, monitor, alert(1)).status_code == 202

    message = Check.objects.get().message
    assert message.startswith("größer \"than\" 'it' <b>")
    assert message.isprintable()


def test_p02_a_resolution_before_its_alert_and_both_in_one_message(
    client: Client, monitor: Monitor
) -> None:
    ended = {"status": "resolved", "endsAt": "2026-11-30T13:00:00Z"}
    overtaken = [post(client, monitor, alert(1, **ended)), post(client, monitor, alert(1))]
    mixed = post(client, monitor, alert(2), alert(3), alert(3, **ended), alert(2))

    assert [each.json()["opened"] for each in overtaken] == [0, 0]
    assert (mixed.json()["opened"], mixed.json()["resolved"]) == (1, 0)
    assert Check.objects.get().verdict == "down"
