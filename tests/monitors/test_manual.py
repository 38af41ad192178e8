"""Monitors of the kind `manual`: what a person says holds until something else is said."""

import time

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from components.models import JournalEntry
from components.status import Status, Verdict
from monitors.heartbeats import evaluation
from monitors.manual import set_state
from monitors.models import Check, Heartbeat, Monitor, Result
from monitors.services import save_monitor
from monitors.worker import leases
from monitors.worker.stale_evidence import expire_evidence
from statuspage.access import tokens
from tests import build

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]
YEAR = 366 * 86_400.0


def manual() -> Monitor:
    monitor = Monitor(
        name="Generator", component=build.component("Power"), kind="manual", config={}
    )
    return save_monitor(monitor, regions=[])


@pytest.mark.projected
def test_what_is_said_is_the_components_status_at_once_and_journalled_with_who_said_it() -> None:
    monitor = manual()

    changed = set_state(
        monitor, state=Verdict.DOWN, message="out of fuel", actor="olga", now=time.time()
    )

    assert changed
    assert build.status_of(monitor.component) is Status.MAJOR_OUTAGE
    told = JournalEntry.objects.get(kind="monitor.state_changed")
    assert (told.actor, told.data["verdict"], told.data["message"]) == (
        "olga", "down", "out of fuel",
    )  # fmt: skip
    assert Result.objects.get().word == "down"


def test_it_never_goes_stale_is_never_late_and_no_prober_gets_it() -> None:
    monitor = manual()
    now = time.time()
    set_state(monitor, state=Verdict.UP, now=now)

    assert expire_evidence(now=now + YEAR) == 0
    assert evaluation.evaluate_due(now=now + YEAR) == 0
    far = now + YEAR
    assert leases.lease_due(region="global", lease="x", now=far, horizon=far, limit=9) == []
    assert Check.objects.get().verdict == "up"
    assert not Heartbeat.objects.exists()


def test_what_is_said_again_is_told_once_and_never_flaps() -> None:
    monitor = manual()
    now = time.time()

    again = [set_state(monitor, state=Verdict.UP, now=now + step) for step in range(2)]
    for step in range(20):
        word = (Verdict.DOWN, Verdict.UP)[step % 2]
        set_state(monitor, state=word, now=now + 10 + step)

    assert again == [True, False]
    told = JournalEntry.objects.filter(kind="monitor.state_changed").order_by("id")
    assert [entry.data["verdict"] for entry in told] == ["up", *["down", "up"] * 10]
    assert not any(entry.data["flapping"] for entry in told)


def test_what_was_said_survives_an_edit_and_not_a_pause() -> None:
    monitor = manual()
    set_state(monitor, state=Verdict.DEGRADED, now=time.time())

    monitor.name = "Diesel"
    save_monitor(monitor, regions=[])
    after_edit = Check.objects.get().verdict
    monitor.enabled = False
    save_monitor(monitor, regions=[])

    assert after_edit == "degraded"
    assert Check.objects.get().verdict == "unknown"
    with pytest.raises(ValidationError, match="Resume it first"):
        set_state(monitor, state=Verdict.UP, now=time.time())


def test_nobody_says_by_hand_how_a_probed_target_is() -> None:
    with pytest.raises(ValidationError, match="manual monitor"):
        set_state(build.monitor(), state=Verdict.UP, now=time.time())


def test_the_api_says_it_and_refuses_what_is_no_state(client: Client) -> None:
    monitor = manual()
    key = tokens.create(name="ops", scopes=["monitors:write"])
    headers = {"Authorization": f"Bearer {key}"}
    address = f"/api/v1/monitors/{monitor.pk}/state"

    said = client.post(
        address, {"state": "degraded", "message": "on reserve"}, "application/json",
        headers=headers,
    )  # fmt: skip
    refused = client.post(address, {"state": "blind"}, "application/json", headers=headers)

    assert said.status_code == 200, said.content
    [state] = said.json()["state"]
    assert (state["verdict"], state["message"]) == ("degraded", "on reserve")
    assert refused.status_code == 400
    assert b"state" in refused.content
    assert Check.objects.get().verdict == "degraded"


def test_staff_say_it_in_the_admin(staff: Client) -> None:
    monitor = manual()
    other = build.monitor()
    page = f"/admin/monitors/monitor/{monitor.pk}/change/"

    answer = staff.post(
        "/admin/monitors/monitor/",
        {"action": "say_down", "_selected_action": [monitor.pk, other.pk]},
        follow=True,
    )

    told = answer.content.decode()
    assert "1 monitor(s) set to down" in told
    assert "Only a manual monitor" in told
    assert JournalEntry.objects.get(kind="monitor.state_changed").actor == "olga"
    assert "Status" in staff.get(page).content.decode()
    assert staff.get("/admin/monitors/monitor/add/?kind=manual").status_code == 200
