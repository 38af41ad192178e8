"""Numbers that are sent over the API: `POST /api/v1/monitors/{id}/numbers`."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from monitors.models import LastNumber, Monitor
from monitors.services import save_monitor
from statuspage.access import tokens
from statuspage.edge.maintenance_gate import _ALWAYS_EXEMPT
from tests import build

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]


def queue() -> Monitor:
    monitor = Monitor(
        name="Queue", component=build.component("Shop"), kind="number",
        config={"measures": "queue length", "down_above": 1_000, "unit": "jobs <b>"},
    )  # fmt: skip
    return save_monitor(monitor, regions=[])


@pytest.fixture
def monitor() -> Monitor:
    return queue()


def post(client: Client, monitor: Monitor, body: str, *, key: str = "") -> Any:
    key = key or tokens.create(name="sender", scopes=["alerts:write"])
    return client.post(
        f"/api/v1/monitors/{monitor.pk}/numbers", body, "application/json",
        headers={"Authorization": f"Bearer {key}"},
    )  # fmt: skip


def test_a_number_is_judged_at_once(client: Client, monitor: Monitor) -> None:
    at = (datetime.now(UTC) - timedelta(seconds=5)).isoformat()
    key = tokens.create(name="sender", scopes=["alerts:write"], monitor=monitor.pk)

    sent = [post(client, monitor, json.dumps({"value": 1_240, "at": at}), key=key)] * 2
    again = post(client, monitor, json.dumps({"value": 1_240, "at": at}), key=key)

    assert sent[0].status_code == 202
    assert sent[0].json() == {
        "status": "down",
        "reason": "queue length 1,240 jobs <b> is above 1,000 jobs <b>",
        "new": True,
    }
    assert again.json()["new"] is False


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ('{"value": "5"}', "value"),
        ('{"value": true}', "value"),
        ('{"value": null}', "value"),
        ('{"value": [1]}', "value"),
        ('{"value": 1e300}', "value"),
        ('{"value": -9223372036854775807}', "value"),
        ("{}", "value"),
        ('{"value": 5, "at": "yesterday"}', "at"),
        ('{"value": 5, "at": "2026-11-30T12:00:00"}', "at"),
        ('{"value": 5, "at": 1764500000}', "at"),
        ('{"value": 5, "at": "2999-01-01T00:00:00Z"}', "at"),
        ('{"value": 5, "at": "1971-01-01T00:00:00Z"}', "at"),
        ('{"value": 5, "unit": "jobs"}', "unit"),
    ],
)
def test_what_is_wrong_is_400_naming_the_field(
    client: Client, monitor: Monitor, body: str, field: str
) -> None:
    answer = post(client, monitor, body)

    assert (answer.status_code, [each["field"] for each in answer.json()["errors"]]) == (
        400, [field],
    )  # fmt: skip
    assert not LastNumber.objects.exists()


def test_what_json_does_not_know_is_400_in_a_sentence(client: Client, monitor: Monitor) -> None:
    key = tokens.create(name="sender", scopes=["alerts:write"])

    for value in ("NaN", "Infinity", "-Infinity", "1e999", "1" * 400, "1" * 100_000, "٤٢", "1,5",
                  "", "+5", "0x10", "1_000", ".5"):  # fmt: skip
        answer = post(client, monitor, f'{{"value": {value}}}', key=key)
        assert (answer.status_code, value[:12]) == (400, value[:12])
        assert len(answer.json()["detail"]) < 200

    assert not LastNumber.objects.exists()


def test_only_a_monitor_of_this_kind_and_its_own_token(client: Client, monitor: Monitor) -> None:
    other = build.monitor()
    key = tokens.create(name="bound", scopes=["alerts:write"], monitor=monitor.pk)
    reader = tokens.create(name="reader", scopes=["monitors:read"])

    assert post(client, other, '{"value": 5}').json()["errors"][0]["field"] == "kind"
    assert post(client, other, '{"value": 5}', key=key).status_code == 403
    assert post(client, monitor, '{"value": 5}', key=reader).status_code == 403
    assert post(client, monitor, '{"value": 5}', key="sp_no").status_code == 401


def test_a_maintenance_window_does_not_stop_numbers() -> None:
    assert _ALWAYS_EXEMPT.match("/api/v1/monitors/7/numbers")
    assert not _ALWAYS_EXEMPT.match("/api/v1/monitors/7/numbersx")


def test_the_monitors_page_shows_the_command_and_the_last_number(
    admin_client: Client, client: Client, monitor: Monitor
) -> None:
    address = reverse("admin:monitors_monitor_change", args=[monitor.pk])
    before = admin_client.get(address).content.decode()
    post(client, monitor, '{"value": 1240.5}')
    after = admin_client.get(address).content.decode()

    assert "Waiting for the first number." in before
    assert f"/api/v1/monitors/{monitor.pk}/numbers" in before
    assert "1,240.5 jobs &lt;b&gt;" in after
    assert "jobs <b>" not in after
