"""Heartbeats in the admin: their address, what they said, and how the address is replaced."""

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.urls import reverse

from monitors.heartbeats.evaluation import evaluate_due
from monitors.heartbeats.ingest import ReceivedPing, store_pings
from monitors.models import Check, Heartbeat, Monitor
from monitors.ping_keys import digest
from tests import build

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]
ADD = "admin:monitors_monitor_add"


def page(client: Client, monitor: Monitor) -> str:
    answer = client.get(reverse("admin:monitors_monitor_change", args=[monitor.pk]))
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_new_heartbeat_s_page_shows_its_address_and_how_to_ping_it(staff: Client) -> None:
    answer = staff.post(
        reverse(ADD) + "?kind=heartbeat",
        {
            "name": "Backup", "component": build.component().pk, "enabled": "on",
            "config_cron": "30 2 * * *", "config_timezone": "Europe/Berlin", "config_grace": "600",
        },
        follow=True,
    )  # fmt: skip

    key = Heartbeat.objects.get().key.reveal()
    shown = answer.content.decode()
    assert f"http://127.0.0.1:3000/ping/{key}</code>" in shown
    assert f"/ping/{key}/$?" in shown
    assert f"/api/push/{key}?status=up" in shown
    assert Check.objects.get().verdict == "unknown"


def test_its_form_asks_for_nothing_that_means_nothing(staff: Client) -> None:
    form = staff.get(reverse(ADD) + "?kind=heartbeat").content.decode()

    assert 'name="config_period"' in form
    for field in ("interval", "timeout", "confirm_down", "retry_interval", "regions"):
        assert f'name="{field}"' not in form


def test_a_heartbeat_needs_a_rhythm(staff: Client) -> None:
    answer = staff.post(
        reverse(ADD) + "?kind=heartbeat",
        {"name": "Backup", "component": build.component().pk, "config_timezone": "UTC",
         "config_grace": "60"},
    )  # fmt: skip

    assert "Write either a period or a cron expression." in answer.content.decode()
    assert not Monitor.objects.exists()


def test_pings_are_listed_with_what_was_sent_as_inert_text_s3(staff: Client) -> None:
    monitor, key = build.heartbeat(now=1_000.0)
    store_pings(
        [
            ReceivedPing(digest(key), "start", 1_000.0),
            ReceivedPing(digest(key), "fail", 1_075.0, code=3, body="<script>alert(1)</script>"),
        ]
    )
    evaluate_due(now=1_076.0)

    shown = page(staff, monitor)

    assert "1 Jan 1970, 00:17:55 UTC" in shown
    assert "1 min 15 s" in shown
    assert "exit code 3" in shown
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown
    assert "<script>alert" not in shown


def test_who_may_only_look_sees_no_address_s10(client: Client) -> None:
    monitor, key = build.heartbeat()
    user = get_user_model().objects.create_user("vera", password="x", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_monitor"))
    client.force_login(user)

    shown = page(client, monitor)

    assert "Waiting for the first ping." in shown
    assert key not in shown


def test_the_address_is_replaced_by_an_action(staff: Client) -> None:
    monitor, old = build.heartbeat()

    staff.post(
        reverse("admin:monitors_monitor_changelist"),
        {"action": "new_ping_address", "_selected_action": [monitor.pk]},
    )

    new = Heartbeat.objects.get().key.reveal()
    assert new != old
    assert new in page(staff, monitor)
    assert store_pings([ReceivedPing(digest(old), "success", 1.0)]) == [False]


def test_an_address_whose_secret_is_lost_says_so_and_leaves_the_page_standing(
    staff: Client,
) -> None:
    monitor, _ = build.heartbeat()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE monitors_heartbeat SET key = %s", ["sealed by who knows whom"])

    assert "The address cannot be read" in page(staff, monitor)
