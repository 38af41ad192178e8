"""Correct history through the API (F-T15): added, changed, withdrawn, restored, with a note."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from components.models import Component, DeclaredPeriod, JournalEntry
from components.services import set_override
from components.status import Status
from components.values.instants import iso
from components.values.severity import Severity
from incidents.services import open_incident
from statuspage.access import tokens
from tests import build

pytestmark = [pytest.mark.both, pytest.mark.projected, pytest.mark.django_db(transaction=True)]
HOUR = timedelta(hours=1)


@pytest.fixture
def api(client: Client) -> Any:
    key = tokens.create(name="ci", scopes=["status:read", "status:write"])

    def call(method: str, url: str, body: Any = None, **extra: str) -> Any:
        return getattr(client, method)(
            url,
            body,
            **({} if method == "get" else {"content_type": "application/json"}),
            headers={"Authorization": f"Bearer {key}", **extra},
        )

    return call


@pytest.fixture
def component() -> Component:
    return build.component("Shop")


def of(component: Component) -> str:
    return f"/api/v1/status/components/{component.pk}/history"


def body(**more: Any) -> dict[str, Any]:
    now = timezone.now()
    return {
        "status": "partial_outage", "started_at": iso(now - 5 * HOUR),
        "ended_at": iso(now - 4 * HOUR), "note": "Customers told us.", **more,
    }  # fmt: skip


def test_a_correction_is_added_read_changed_withdrawn_and_restored(
    api: Any, component: Component
) -> None:
    sent = body()

    made = api("post", of(component), sent)

    told = made.json()
    one = f"{of(component)}/{told['id']}"
    assert (made.status_code, made["Location"]) == (201, one)
    assert {name: told[name] for name in sent} == sent
    assert (told["source"], told["author"], told["withdrawn_at"]) == (
        "correction",
        "token ci",
        None,
    )
    assert told["correctable"] is True
    assert api("get", one).json() == told
    assert api("get", of(component)).json() == {"periods": [told], "total": 1}

    changed = api("patch", one, {"status": "degraded", "note": "It was slow."})
    assert (changed.status_code, changed.json()["status"]) == (200, "degraded")
    withdrawn = api("post", f"{one}/withdraw", {"note": "It was nothing."})
    assert withdrawn.json()["withdrawn_at"]
    restored = api("post", f"{one}/restore", {"note": "It was something."})
    assert restored.json()["withdrawn_at"] is None
    entries = JournalEntry.objects.filter(kind="component.history_corrected").order_by("id")
    assert [entry.data["action"] for entry in entries] == [
        "added", "changed", "withdrawn", "restored",
    ]  # fmt: skip
    assert entries[1].data["before"]["status"] == "partial_outage"
    assert api("delete", one).status_code == 405


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("note", {"note": " "}),
        ("note", {"note": None}),
        ("status", {"status": "fine"}),
        ("started_at", {"started_at": "2026-11-20 14:00"}),
        ("started_at", {"started_at": "1999-12-31T23:59:59Z"}),
        ("ended_at", {"ended_at": "2999-01-01T00:00:00Z"}),
        ("ended_at", {"ended_at": "2001-01-01T00:00:00Z"}),
        ("ended_at", {"ended_at": None}),
        ("source", {"source": "incident"}),
    ],
)
def test_what_cannot_be_is_refused_by_its_field(
    api: Any, component: Component, field: str, change: dict[str, Any]
) -> None:
    answer = api("post", of(component), body(**change))

    assert answer.status_code == 400, answer.content
    assert [item["field"] for item in answer.json()["errors"]] == [field]
    assert not DeclaredPeriod.objects.filter(source="correction").exists()


def test_each_change_says_why(api: Any, component: Component) -> None:
    one = f"{of(component)}/{api('post', of(component), body()).json()['id']}"

    for method, url, sent in (
        ("patch", one, {"status": "degraded"}),
        ("post", f"{one}/withdraw", {}),
        ("post", f"{one}/restore", {"note": ""}),
    ):
        answer = api(method, url, sent)
        assert answer.status_code == 400, answer.content
        assert [item["field"] for item in answer.json()["errors"]] == ["note"]


def test_a_stale_change_is_refused(api: Any, component: Component) -> None:
    made = api("post", of(component), body())
    one = f"{of(component)}/{made.json()['id']}"
    api("patch", one, {"status": "degraded", "note": "n"})

    answer = api("post", f"{one}/withdraw", {"note": "n"}, **{"If-Match": made["ETag"]})

    assert answer.status_code == 412


def test_what_follows_an_incident_and_what_is_in_force_is_told_and_not_corrected(
    api: Any, component: Component
) -> None:
    known = open_incident(
        title="Slow", severity=Severity.MINOR, message="x", impacts={component: Status.DEGRADED}
    )
    set_override(component, status=Status.MAJOR_OUTAGE)

    periods = api("get", of(component)).json()["periods"]

    assert {(each["source"], each["incident_id"], each["correctable"]) for each in periods} == {
        ("incident", known.pk, False), ("override", None, False),
    }  # fmt: skip
    for each in periods:
        answer = api("post", f"{of(component)}/{each['id']}/withdraw", {"note": "n"})
        assert answer.status_code == 400


def test_a_period_of_another_component_is_not_there(api: Any, component: Component) -> None:
    made = api("post", of(component), body()).json()
    other = build.component()

    assert api("get", f"{of(other)}/{made['id']}").status_code == 404
    by_hand = DeclaredPeriod.objects.filter(source="by_hand", component=component).get()
    assert api("get", f"{of(component)}/{by_hand.pk}").status_code == 404


def test_a_component_says_and_takes_its_policy(api: Any, component: Component) -> None:
    url = f"/api/v1/status/components/{component.pk}"
    assert (api("get", url).json()["uptime_policy"], api("get", url).json()["basis"]) == (
        "worst", "declared",
    )  # fmt: skip
    build.monitor(component)

    changed = api("patch", url, {"uptime_policy": "measured", "maintenance_counts": True}).json()

    assert [changed[n] for n in ("uptime_policy", "basis", "maintenance_counts")] == [
        "measured", "measured", True,
    ]  # fmt: skip
    assert api("patch", url, {"uptime_policy": "best"}).status_code == 400
