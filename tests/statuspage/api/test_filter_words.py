"""Lists are filtered by the words that people try; others are refused with those there are."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from components.status import Status
from components.values.severity import Severity
from incidents.services import open_incident, post_update
from incidents.workflow import IncidentState
from maintenance.models import Window
from maintenance.services import schedule
from monitors.models import Check, Monitor
from statuspage.access import tokens
from statuspage.access.tokens import SCOPES
from subscribers.models import Alert
from tests import build

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def headers() -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens.create(name='reader', scopes=list(SCOPES))}"}


def names(client: Client, headers: dict[str, str], address: str, of: str = "title") -> list[Any]:
    answer = client.get(address, headers=headers)
    assert answer.status_code == 200, answer.content
    (rows,) = [each for each in answer.json().values() if isinstance(each, list)]
    return sorted(each[of] for each in rows)


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("open", ["On"]), ("active", ["On"]), ("ongoing", ["On"]), ("unresolved", ["On"]),
        ("Investigating", ["On"]), ("resolved", ["Over"]), ("closed", ["Over"]),
        ("identified", []),
    ],
)  # fmt: skip
def test_f_m13_incidents_by_the_words_that_people_try(
    client: Client, headers: dict[str, str], word: str, found: list[str]
) -> None:
    component = build.component()
    for title in ("On", "Over"):
        incident = open_incident(
            title=title, severity=Severity.MINOR, message="We look.",
            impacts={component: Status.DEGRADED},
        )  # fmt: skip
    post_update(incident, status=IncidentState.RESOLVED, message="Over.")

    assert names(client, headers, f"/api/v1/status/incidents?status={word}") == found


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("open", ["Later", "Now"]), ("planned", ["Later"]), ("upcoming", ["Later"]),
        ("active", ["Now"]), ("in-progress", ["Now"]), ("ongoing", ["Now"]), ("past", ["Over"]),
        ("completed", ["Over"]), ("canceled", []),
    ],
)  # fmt: skip
def test_f_m13_windows_by_the_words_that_people_try(
    client: Client, headers: dict[str, str], word: str, found: list[str]
) -> None:
    component = build.component()
    for title, begins in (("Over", -5), ("Now", -1), ("Later", 2)):
        start = NOW + timedelta(hours=begins)
        window = Window(title=title, starts_at=start, ends_at=start + timedelta(hours=2))
        schedule(window, components=[component], at=NOW)

    assert names(client, headers, f"/api/v1/status/maintenance?status={word}") == found


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("stage=raised", ["Mine", "New"]), ("status=open", ["Mine", "New"]),
        ("status=acknowledged", ["Mine"]), ("status=unacknowledged", ["New"]),
        ("stage=resolved", ["Over"]), ("stage=firing", ["Mine", "New"]),
    ],
)  # fmt: skip
def test_f_m13_alerts_by_the_words_that_people_try(
    client: Client, headers: dict[str, str], query: str, found: list[str]
) -> None:
    common: dict[str, Any] = {"severity": "major", "facts": {}, "began_at": NOW}
    Alert.objects.create(component_id=1, name="New", stage="raised", **common)
    Alert.objects.create(component_id=2, name="Mine", stage="raised", acknowledged_at=NOW, **common)
    Alert.objects.create(component_id=3, name="Over", stage="resolved", resolved_at=NOW, **common)

    assert names(client, headers, f"/api/v1/alerts?{query}", "name") == found


def test_f_m13_monitors_by_state_kind_and_component(
    client: Client, headers: dict[str, str]
) -> None:
    shop, store = build.component("Shop", slug="shop"), build.component("Store", slug="store")
    down, _ = build.monitor(shop, name="Down"), build.monitor(store, name="Fine")
    Check.objects.filter(monitor=down).update(verdict="down")
    job, _ = build.heartbeat(store)
    Monitor.objects.filter(pk=job.pk).update(name="Job")

    for query, found in {
        "state=down": ["Down"], "status=down": ["Down"], "component=store": ["Fine", "Job"],
        "kind=heartbeat": ["Job"], "state=paused": [],
    }.items():  # fmt: skip
        assert names(client, headers, f"/api/v1/monitors?{query}", "name") == found
    limited = client.get("/api/v1/monitors?limit=1&offset=1", headers=headers).json()
    assert ([each["name"] for each in limited["monitors"]], limited["total"]) == (["Fine"], 3)


@pytest.mark.parametrize(
    ("address", "named"),
    [
        ("/api/v1/status/incidents?status=broken", "unresolved"),
        ("/api/v1/status/maintenance?status=broken", "upcoming"),
        ("/api/v1/alerts?status=broken", "acknowledged"),
        ("/api/v1/deliveries?state=broken", "pending"),
        ("/api/v1/monitors?state=broken", "paused"),
        ("/api/v1/status/incidents?state=open", "status"),
        ("/api/v1/status/incidents?page=2", "offset"),
        ("/api/v1/status/subscribers?status=active", "confirmed"),
    ],
)
def test_f_m13_what_selects_nothing_is_refused_with_what_does(
    client: Client, headers: dict[str, str], address: str, named: str
) -> None:
    answer = client.get(address, headers=headers)

    assert answer.status_code == 400
    assert named in answer.json()["errors"][0]["message"]
