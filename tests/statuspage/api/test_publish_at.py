"""Drafts that are published by themselves, set up by the API; and what undoing leaves of that."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from components.journal import record
from components.models import JournalEntry
from components.values.instants import iso
from components.values.severity import Severity
from incidents import services as incidents
from incidents.jobs import publish_due_incidents
from incidents.models import Incident
from incidents.undo import write_undo
from maintenance import services as maintenance
from maintenance import undo as window_undo
from maintenance.jobs import publish_due_windows
from maintenance.lifecycle import WindowState
from maintenance.models import Window
from tests.statuspage.api.test_resources import bearer

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
INCIDENTS, WINDOWS = "/api/v1/status/incidents", "/api/v1/status/maintenance"


def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def ask(method: str, url: str, **body: Any) -> Any:
    return Client().generic(
        method, url, json.dumps(body), content_type="application/json",
        headers=bearer("status:read", "status:write"),
    )  # fmt: skip


def incident_fields(**more: Any) -> dict[str, Any]:
    return {"title": "Slow", "severity": "minor", "message": "We look.", **more}


def window_fields(**more: Any) -> dict[str, Any]:
    starts_at = now() + 3 * HOUR
    return {"title": "Move", "starts_at": iso(starts_at), "ends_at": iso(starts_at + HOUR), **more}


def refused(answer: Any) -> str:
    assert answer.status_code == 400, answer.content
    [problem] = answer.json()["errors"]
    assert problem["field"] == "publish_at"
    return str(problem["message"])


def test_m22_a_draft_incident_takes_and_tells_its_time() -> None:
    at = now() + HOUR
    made = ask("POST", INCIDENTS, **incident_fields(publish_at=iso(at))).json()
    url = f"{INCIDENTS}/{made['id']}"

    assert (made["published"], made["publish_at"]) == (False, iso(at))
    assert ask("PATCH", url, title="Very slow").json()["publish_at"] == iso(at)
    assert ask("PATCH", url, publish_at=None).json()["publish_at"] is None
    assert ask("PATCH", url, publish_at=iso(at)).json()["publish_at"] == iso(at)
    assert publish_due_incidents(now=at) == 1
    told = ask("GET", url).json()
    assert (told["published"], told["publish_at"]) == (True, None)
    assert "published" in refused(ask("PATCH", url, publish_at=iso(at)))


def test_m22_who_publishes_a_draft_earlier_takes_its_time_away() -> None:
    at = now() + HOUR
    made = ask("POST", INCIDENTS, **incident_fields(publish_at=iso(at))).json()

    told = ask("PATCH", f"{INCIDENTS}/{made['id']}", published=True).json()

    assert (told["published"], told["publish_at"]) == (True, None)
    assert publish_due_incidents(now=at) == 0


def test_m22_m24_a_time_that_will_not_do_is_refused_in_words() -> None:
    past, to_come = iso(now() - HOUR), iso(now() + HOUR)

    assert "passed" in refused(ask("POST", INCIDENTS, **incident_fields(publish_at=past)))
    assert "published" in refused(
        ask("POST", INCIDENTS, **incident_fields(publish_at=to_come, published=True))
    )
    assert "passed" in refused(ask("POST", WINDOWS, **window_fields(publish_at=past)))
    assert "published" in refused(
        ask("POST", WINDOWS, **window_fields(publish_at=to_come, published=True))
    )
    assert "over" in refused(
        ask("POST", WINDOWS, **window_fields(publish_at=iso(now() + 9 * HOUR)))
    )
    assert "draft" in refused(
        ask("POST", WINDOWS, **window_fields(publish_at=to_come, recurrence="FREQ=WEEKLY"))
    )
    assert not Incident.objects.exists()
    assert not Window.objects.exists()


def test_m24_a_draft_window_takes_and_tells_its_time() -> None:
    at = now() + HOUR
    made = ask("POST", WINDOWS, **window_fields(publish_at=iso(at))).json()
    url = f"{WINDOWS}/{made['id']}"

    assert (made["published"], made["status"], made["publish_at"]) == (False, "draft", iso(at))
    assert ask("PATCH", url, publish_at=None).json()["publish_at"] is None
    assert ask("PATCH", url, publish_at=iso(at)).json()["publish_at"] == iso(at)
    assert publish_due_windows(now=at) == 1
    told = ask("GET", url).json()
    assert (told["published"], told["publish_at"]) == (True, None)
    assert "published" in refused(ask("PATCH", url, publish_at=iso(at)))


@pytest.mark.parametrize("act", ["publish", "delete"])
@pytest.mark.parametrize("left", [HOUR, -HOUR], ids=["to come", "passed"])
def test_what_is_undone_of_an_incident_is_a_draft_with_its_time_if_that_is_to_come(
    act: str, left: timedelta
) -> None:
    at = now() + left
    incident = incidents.open_incident(
        title="Slow", severity=Severity.MINOR, message="m", published=False
    )
    Incident.objects.update(publish_at=at)
    incident.refresh_from_db()
    if act == "publish":
        incidents.publish_incident(incident, hold_seconds=30)
    else:
        incidents.delete_incident(incident, hold_seconds=30)

    record(*write_undo(JournalEntry.objects.order_by("pk").reverse()[0]))

    restored = Incident.objects.get()
    assert (restored.published, restored.publish_at) == (False, at if left > timedelta(0) else None)


@pytest.mark.parametrize("act", ["publish", "delete"])
@pytest.mark.parametrize("left", [HOUR, -HOUR], ids=["to come", "passed"])
def test_what_is_undone_of_a_window_is_a_draft_with_its_time_if_that_is_to_come(
    act: str, left: timedelta
) -> None:
    at = now() + left
    window = Window(title="Move", starts_at=now() + 3 * HOUR, ends_at=now() + 4 * HOUR)
    window = maintenance.schedule(window, components=[], draft=True)
    Window.objects.update(publish_at=at)
    window.refresh_from_db()
    if act == "publish":
        maintenance.publish(window, at=now(), hold_seconds=30)
    else:
        maintenance.delete_window(window, hold_seconds=30)

    record(*window_undo.write_undo(JournalEntry.objects.order_by("pk").reverse()[0]))

    restored = Window.objects.get()
    wanted = (WindowState.DRAFT, at if left > timedelta(0) else None)
    assert (restored.state, restored.publish_at) == wanted
