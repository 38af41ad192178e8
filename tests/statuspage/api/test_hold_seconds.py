"""What the API publishes is sent at once, unless `hold_seconds` asks to wait."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from components.journal.hold import hold_of
from components.models import JournalEntry
from components.values.severity import Severity
from incidents.services import open_incident
from maintenance.models import Window
from maintenance.services import schedule
from tests.statuspage.api.test_monitors import bearer

pytestmark = pytest.mark.django_db(transaction=True)
INCIDENTS, WINDOWS = "/api/v1/status/incidents", "/api/v1/status/maintenance"


@pytest.fixture(autouse=True)
def token(db: None) -> None:
    _headers.clear()
    _headers.update(bearer("status:read", "status:write"))


_headers: dict[str, str] = {}


def send(method: str, url: str, **body: Any) -> Any:
    return Client().generic(
        method, url, json.dumps(body), content_type="application/json", headers=_headers
    )


def incident_fields() -> dict[str, Any]:
    return {"title": "Down", "severity": "major", "message": "We look."}


def window_fields() -> dict[str, Any]:
    start = datetime.now(UTC) + timedelta(hours=1)
    end = start + timedelta(hours=1)
    return {"title": "Move", "starts_at": start.isoformat(), "ends_at": end.isoformat()}


def incident() -> str:
    made = open_incident(title="Down", severity=Severity.MAJOR, message="We look.")
    return f"{INCIDENTS}/{made.pk}"


def window() -> str:
    start = datetime.now(UTC) + timedelta(hours=1)
    planned = Window(title="Move", starts_at=start, ends_at=start + timedelta(hours=1))
    return f"{WINDOWS}/{schedule(planned, components=[]).pk}"


def requests() -> list[tuple[str, str, dict[str, Any]]]:
    return [
        ("POST", INCIDENTS, incident_fields()),
        ("PATCH", incident(), {"status": "resolved"}),
        ("POST", f"{incident()}/updates", {"status": "identified", "message": "Found."}),
        ("POST", WINDOWS, window_fields()),
        ("POST", WINDOWS, {**window_fields(), "recurrence": "FREQ=DAILY"}),
        ("PATCH", window(), {"title": "Moved"}),
        ("POST", f"{window()}/start", {}),
        ("POST", f"{window()}/cancel", {}),
        ("POST", f"{window()}/updates", {"message": "Soon."}),
    ]


def held(after: int) -> list[int]:
    rows = JournalEntry.objects.filter(pk__gt=after).order_by("id")
    return [hold_of(entry)["seconds"] for entry in rows if "before" in hold_of(entry)]


def test_every_body_that_publishes_takes_it_and_waits_for_nothing_without_it() -> None:
    for method, url, body in requests():
        for asked in (None, 0, 300):
            last = JournalEntry.objects.latest("id").pk if JournalEntry.objects.exists() else 0
            fields = body if asked is None else {**body, "hold_seconds": asked}
            if asked == 300 and url.endswith(("/start", "/cancel")):
                url = f"{window()}/{url.rsplit('/', 1)[1]}"  # noqa: PLW2901  (one moves once)
                last = JournalEntry.objects.latest("id").pk
            if asked == 300 and method == "PATCH" and "status" in body:
                fields = {**fields, "status": "investigating"}
            answer = send(method, url, **fields)
            allowed = (409,) if asked == 0 and url.endswith(("/start", "/cancel")) else (200, 201)
            assert answer.status_code in allowed, (url, answer.content)
            assert held(last) == ([300] if asked else []), (method, url, asked)


@pytest.mark.parametrize("wrong", [-1, 301, "soon", None, 1.5, True])
def test_what_is_no_number_of_seconds_is_refused_by_its_name(wrong: object) -> None:
    for method, url, body in requests():
        answer = send(method, url, **{**body, "hold_seconds": wrong})
        assert answer.status_code == 400, (url, wrong)
        assert "hold_seconds" in answer.content.decode()


def test_a_whole_series_waits_as_well() -> None:
    send("POST", WINDOWS, **window_fields(), recurrence="FREQ=DAILY")
    url = f"{WINDOWS}/{Window.objects.order_by('starts_at')[0].pk}"
    last = JournalEntry.objects.latest("id").pk

    answer = send("PATCH", url, title="Moved", apply_to="series", hold_seconds=10)

    assert answer.status_code == 200
    assert held(last) == [10]


@pytest.mark.parametrize("made", [incident, window], ids=["incident", "window"])
def test_a_deletion_waits_as_well_if_it_is_asked_to(made: Callable[[], str]) -> None:
    assert send("DELETE", f"{made()}?hold_seconds=301").status_code == 400
    for asked in (0, 20):
        url, last = made(), JournalEntry.objects.latest("id").pk
        assert send("DELETE", f"{url}?hold_seconds={asked}").status_code == 204
        assert held(last) == ([asked] if asked else [])
