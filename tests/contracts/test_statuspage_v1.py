"""P08: Statuspage's own write API, by the requests that its documentation shows."""

import json
import logging
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.test import Client

from components.models import Component, Group, JournalEntry
from components.status import Status
from components.values.public_ids import public_id
from components.values.severity import Severity
from incidents.models import Incident
from incidents.services import open_incident, publish_incident
from maintenance.models import Window
from monitors.models import Monitor
from monitors.services import save_monitor
from statuspage.access import tokens
from statuspage.access.pages import save_page
from statuspage.api.limits import LIMITER
from statuspage.models import Page
from subscribers.models import Notice, Subscriber
from tests import build

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]
MAIN = public_id("page", "main")
SCOPES = ("status:read", "status:write", "subscribers:read", "subscribers:write")


class Dialect:
    """A client of `/v1`, with one key."""

    def __init__(self, client: Client, key: str, page: str = MAIN) -> None:
        self._client, self.key, self.page = client, key, page

    def ask(self, method: str, path: str = "", body: Any = None, **more: Any) -> Any:
        """Ask below the page; a dictionary is JSON, a list of pairs a form."""
        sent: dict[str, Any] = {"content_type": "application/json"}
        if isinstance(body, list):
            sent = {"content_type": "application/x-www-form-urlencoded"}
        data = urlencode(body) if isinstance(body, list) else json.dumps(body)
        return self._client.generic(
            method.upper(), f"/v1/pages/{self.page}{path}", "" if body is None else data,
            **{**sent, **more, "headers": {"Authorization": f"OAuth {self.key}",
                                           **more.get("headers", {})}},
        )  # fmt: skip

    def told(self, method: str, path: str = "", body: Any = None, *, status: int = 200) -> Any:
        """What is answered, with this status."""
        answer = self.ask(method, path, body)
        assert answer.status_code == status, (answer.status_code, answer.content)
        return answer.json() if answer.content else None

    def refused(self, method: str, path: str, body: Any = None, *, status: int = 422) -> str:
        """What is said of what is not done."""
        told = self.told(method, path, body, status=status)
        assert list(told) == ["error"]
        return " ".join(told["error"]) if isinstance(told["error"], list) else told["error"]


@pytest.fixture
def v1(client: Client) -> Dialect:
    return Dialect(client, tokens.create(name="publisher", scopes=SCOPES))


def ids(*rows: Component) -> list[str]:
    return [public_id("component", row.pk) for row in rows]


def at(moment: datetime) -> str:
    return moment.isoformat()


def test_p08_pages_have_the_ids_of_s_and_say_where_they_are(v1: Dialect, client: Client) -> None:
    save_page(Page(slug="shop", name="Shop", everything=True))
    headers = {"Authorization": f"OAuth {v1.key}"}

    listed = client.get("/v1/pages", headers=headers).json()

    assert [each["id"] for each in listed] == [MAIN, public_id("page", "shop")]
    assert listed[1]["name"] == "Shop"
    assert listed[1]["url"].endswith("/status/p/shop")
    assert v1.told("get") == listed[0]
    assert client.get(f"/v1/pages/{MAIN}.json", headers=headers).json() == listed[0]
    assert v1.ask("patch", "", {"page": {"name": "x"}}).json()["error"]


def test_p08_a_component_is_made_changed_and_taken_off(v1: Dialect) -> None:
    """The requests of the Terraform provider, whose client sends JSON and does not say so."""
    wanted = {"name": "API", "description": "", "only_show_if_degraded": False,
              "status": "operational", "showcase": True}  # fmt: skip
    made = v1.ask("post", "/components", {"component": wanted}, content_type="")

    assert made.status_code == 201, made.content
    pk, row = made.json()["id"], Component.objects.get()
    assert pk == public_id("component", row.pk)
    assert (made.json()["status"], made.json()["description"]) == ("operational", None)
    assert v1.told("get", f"/components/{pk}") == made.json()

    changed = v1.told("patch", f"/components/{pk}", {
        "component": {**wanted, "description": "Calls", "status": "major_outage"}
    })  # fmt: skip
    assert (changed["status"], changed["description"]) == ("major_outage", "Calls")
    assert changed["page_id"] == MAIN
    assert v1.told("put", f"/components/{pk}", {"component": {"status": "operational"}})[
        "status"
    ] == "operational"  # fmt: skip

    assert v1.told("delete", f"/components/{pk}", status=204) is None
    assert v1.told("get", "/components") == []
    v1.refused("get", f"/components/{pk}", status=404)
    row.refresh_from_db()
    assert row.retired_at is not None
    assert set(JournalEntry.objects.values_list("actor", flat=True)) >= {"token publisher"}


def test_p08_operational_gives_a_component_back_to_its_monitors(v1: Dialect) -> None:
    row = build.component("API", status_override="major_outage")

    v1.told("patch", f"/components/{ids(row)[0]}", [("component[status]", "operational")])

    row.refresh_from_db()
    assert row.status_override == ""


def test_p08_a_group_is_made_of_components_and_given_up(v1: Dialect) -> None:
    """The client of the Terraform provider does not wrap a change to a group."""
    api, disk, other = (build.component(name) for name in ("API", "Disk", "Other"))
    made = v1.told("post", "/component-groups", {
        "description": "Of all",
        "component_group": {"name": "Platform", "components": ids(api, disk)},
    }, status=201)  # fmt: skip
    group = Group.objects.get()

    assert made["id"] == public_id("group", group.pk)
    assert (made["description"], set(made["components"])) == ("Of all", set(ids(api, disk)))
    assert v1.told("get", f"/components/{ids(api)[0]}")["group_id"] == made["id"]
    changed = v1.told(
        "patch", f"/component-groups/{made['id']}", {"name": "Core", "components": ids(disk, other)}
    )
    assert (changed["name"], set(changed["components"])) == ("Core", set(ids(disk, other)))
    assert v1.told("get", "/component-groups") == [changed]
    assert v1.told("get", f"/components/{ids(api)[0]}")["group_id"] is None

    assert v1.told("delete", f"/component-groups/{made['id']}")["name"] == "Core"
    assert not Group.objects.exists()
    assert "components" in v1.refused("post", "/component-groups", {
        "component_group": {"name": "Empty", "components": []}
    })  # fmt: skip


def test_p08_a_component_moves_in_and_out_of_a_group(v1: Dialect) -> None:
    group, api = build.group("Platform"), build.component("API")
    path = f"/components/{ids(api)[0]}"

    inside = v1.told("patch", path, {"component": {"group_id": public_id("group", group.pk)}})
    outside = v1.told("patch", path, {"component": {"group_id": None}})

    assert (inside["group_id"], outside["group_id"]) == (public_id("group", group.pk), None)
    assert "group_id" in v1.refused("patch", path, {"component": {"group_id": "0" * 12}})


def test_p08_a_realtime_incident_from_first_word_to_last(v1: Dialect) -> None:
    api, disk = build.component("API"), build.component("Disk")
    made = v1.told("post", "/incidents", {"incident": {
        "name": "Slow", "status": "investigating", "body": "We *look*.",
        "impact_override": "major", "component_ids": ids(api, disk),
        "components": {ids(api)[0]: "major_outage"}, "deliver_notifications": True,
        "metadata": {}, "auto_tweet_on_creation": False,
    }}, status=201)  # fmt: skip
    row = Incident.objects.get()

    assert made["id"] == public_id("incident", row.pk)
    assert (made["status"], made["impact"], made["name"]) == ("investigating", "major", "Slow")
    assert made["incident_updates"][0]["body"] == "We *look*."
    told = {each["name"]: each["status"] for each in made["components"]}
    assert told == {"API": "major_outage", "Disk": "partial_outage"}
    assert made["shortlink"].endswith(row.reference)
    assert [each["id"] for each in v1.told("get", "/incidents/unresolved")] == [made["id"]]
    assert JournalEntry.objects.get(kind="incident.created").data["notify"] is True

    path = f"/incidents/{made['id']}"
    v1.told("patch", path, {"incident": {
        "name": "Very slow", "status": "identified", "body": "A disk.",
        "components": {ids(disk)[0]: "degraded_performance"},
    }})  # fmt: skip
    over = v1.told("put", path, {"incident": {"status": "resolved", "body": "Gone."}})

    assert [each["status"] for each in over["incident_updates"]] == [
        "resolved", "identified", "investigating",
    ]  # fmt: skip
    changed = over["incident_updates"][1]["affected_components"]
    assert [(each["name"], each["old_status"], each["new_status"]) for each in changed] == [
        ("Disk", "partial_outage", "degraded_performance")
    ]
    assert over["resolved_at"] is not None
    assert over["name"] == "Very slow"
    assert {each["status"] for each in over["components"]} == {"operational"}
    assert v1.told("get", "/incidents/unresolved") == []
    assert v1.told("get", "/incidents") == [over]
    assert v1.told("get", "/incidents?q=disk") == [over]
    assert v1.told("get", "/incidents?q=none") == []
    assert v1.told("delete", path)["id"] == made["id"]
    v1.refused("get", path, status=404)


def test_p08_what_an_incident_says_can_be_sent_back_and_changes_nothing(v1: Dialect) -> None:
    api = build.component("API")
    made = v1.told("post", "/incidents", {"incident": {
        "name": "Slow", "components": {ids(api)[0]: "partial_outage"}}}, status=201)  # fmt: skip
    entries = JournalEntry.objects.count()

    assert made["impact"] == "major"
    assert v1.told("put", f"/incidents/{made['id']}", {"incident": made}) == made
    assert JournalEntry.objects.count() == entries


def test_p08_a_status_alone_moves_an_incident_and_components_alone_what_it_declares(
    v1: Dialect,
) -> None:
    api, disk = build.component("API"), build.component("Disk")
    made = v1.told("post", "/incidents", {"incident": {
        "name": "Slow", "components": {ids(api)[0]: "degraded_performance"}}},
        status=201)  # fmt: skip
    path = f"/incidents/{made['id']}"

    worse = v1.told("patch", path, {"incident": {"components": {ids(disk)[0]: "major_outage"}}})
    fewer = v1.told("patch", path, {"incident": {"component_ids": ids(disk)}})
    over = v1.told("patch", path, {"incident": {"status": "resolved"}})

    assert (made["impact"], worse["impact"]) == ("minor", "critical")
    assert len(worse["components"]) == 2
    assert [each["id"] for each in fewer["components"]] == ids(disk)
    assert over["status"] == "resolved"


def test_p08_forms_as_the_documentation_sends_them(v1: Dialect) -> None:
    api = build.component("API")

    made = v1.told("post", "/incidents.json", [
        ("incident[name]", "test incident"), ("incident[status]", "identified"),
        ("incident[message]", "By an older name."), ("incident[wants_twitter_update]", "f"),
        ("incident[components][]", ids(api)[0]), ("incident[impact_override]", "critical"),
        ("incident[scheduled_for]", ""),
    ], status=201)  # fmt: skip
    v1.told("patch", f"/incidents/{made['id']}.json", [
        (f"incident[components][{ids(api)[0]}]", "operational"), ("incident[body]", "Better."),
    ])  # fmt: skip

    row = Incident.objects.get()
    assert (row.title, row.severity) == ("test incident", Severity.CRITICAL)
    assert [each.message for each in row.updates.all()] == ["Better.", "By an older name."]
    assert row.impacts.get().status == Status.OPERATIONAL


def test_p08_json_that_is_called_a_form_is_json_as_curl_sends_it(v1: Dialect) -> None:
    answer = v1.ask("post", "/incidents", {"incident": {"name": "Slow"}},
                    content_type="application/x-www-form-urlencoded")  # fmt: skip

    assert answer.status_code == 201
    assert answer.json()["impact"] == "none"


def test_p08_scheduled_maintenance_from_notice_to_completed(v1: Dialect) -> None:
    api, now = build.component("API"), datetime.now(UTC)
    made = v1.told("post", "/incidents", {"incident": {
        "name": "Move", "body": "To a new hall.", "status": "scheduled",
        "scheduled_for": at(now + timedelta(days=1)),
        "scheduled_until": at(now + timedelta(days=1, hours=2)),
        "scheduled_remind_prior": True, "scheduled_auto_in_progress": True,
        "component_ids": ids(api), "impact_override": "maintenance",
    }}, status=201)  # fmt: skip
    row = Window.objects.get()

    assert made["id"] == public_id("window", row.pk)
    assert (made["status"], made["impact"]) == ("scheduled", "maintenance")
    assert (row.remind_before, list(row.components.all())) == (60, [api])
    assert [each["body"] for each in made["incident_updates"]] == ["To a new hall."]
    for name, holds in (("scheduled", True), ("upcoming", True), ("active_maintenance", False),
                        ("unresolved", False)):  # fmt: skip
        assert bool(v1.told("get", f"/incidents/{name}")) is holds, name

    path = f"/incidents/{made['id']}"
    moved = v1.told("patch", path, {"incident": {
        "scheduled_until": at(now + timedelta(days=1, hours=3))}})  # fmt: skip
    begun = v1.told("patch", path, {"incident": {"status": "in_progress", "body": "We begin."}})
    active = v1.told("get", "/incidents/active_maintenance")
    v1.told("patch", path, {"incident": {"status": "verifying", "body": "We look."}})
    over = v1.told("patch", path, {"incident": {
        "status": "completed", "body": "Done.", "components": {ids(api)[0]: "operational"},
    }})  # fmt: skip

    assert moved["scheduled_until"] > made["scheduled_until"]
    assert begun["components"][0]["status"] == "under_maintenance"
    assert [each["id"] for each in active] == [made["id"]]
    assert [(each["status"], each["body"]) for each in over["incident_updates"]] == [
        ("completed", "Done."), ("in_progress", "We look."), ("in_progress", "We begin."),
        ("scheduled", "To a new hall."),
    ]  # fmt: skip
    assert over["status"] == "completed"
    assert over["components"][0]["status"] == "operational"
    assert v1.told("put", path, {"incident": over}) == over
    assert "completed" in v1.refused("patch", path, {"incident": {"status": "in_progress"}})
    assert v1.told("delete", path)["id"] == made["id"]


def test_p08_maintenance_says_what_it_lacks(v1: Dialect) -> None:
    now = datetime.now(UTC)
    without_end = {"name": "Move", "scheduled_for": at(now + timedelta(hours=1))}
    backwards = {**without_end, "scheduled_until": at(now)}
    unknown = {"name": "Move", "status": "scheduled", "scheduled_for": at(now),
               "scheduled_until": at(now + timedelta(hours=1)),
               "component_ids": ["nowhere"]}  # fmt: skip

    assert "scheduled_until" in v1.refused("post", "/incidents", {"incident": without_end})
    assert "scheduled_until" in v1.refused("post", "/incidents", {"incident": backwards})
    assert "nowhere" in v1.refused("post", "/incidents", {"incident": unknown})
    assert not Window.objects.exists()


def test_p08_a_backfilled_incident_is_over_and_nobody_is_told(v1: Dialect) -> None:
    made = v1.told("post", "/incidents", {"incident": {
        "name": "Long ago", "backfilled": True, "backfill_date": "2024-02-29",
        "body": "It was.", "impact_override": "minor"}}, status=201)  # fmt: skip

    assert (made["status"], made["started_at"]) == ("resolved", "2024-02-29T00:00:00.000Z")
    assert made["resolved_at"] == made["started_at"]
    assert not JournalEntry.objects.filter(data__notify=True).exists()
    later = at(datetime.now(UTC) + timedelta(days=2))
    assert "backfill_date" in v1.refused("post", "/incidents", {"incident": {
        "name": "Soon", "backfilled": "t", "backfill_date": later}})  # fmt: skip


def test_p08_an_update_is_corrected(v1: Dialect) -> None:
    now = datetime.now(UTC)
    made = v1.told("post", "/incidents", {"incident": {"name": "Slow", "body": "Oen."}}, status=201)
    window = v1.told("post", "/incidents", {"incident": {
        "name": "Move", "body": "Oen.", "scheduled_for": at(now + timedelta(days=1)),
        "scheduled_until": at(now + timedelta(days=2))}}, status=201)  # fmt: skip
    v1.told("patch", f"/incidents/{window['id']}", {"incident": {"body": "Tow."}})
    told = JournalEntry.objects.filter(data__notify=True).count()

    for event, number in ((made, 0), (window, 0), (window, -1)):
        path = f"/incidents/{event['id']}"
        update = v1.told("get", path)["incident_updates"][number]["id"]
        changed = v1.told("patch", f"{path}/incident_updates/{update}", {
            "incident_update": {"body": "Better.", "wants_twitter_update": False}})  # fmt: skip
        assert (changed["id"], changed["body"]) == (update, "Better.")
        assert v1.told("get", path)["incident_updates"][number]["body"] == "Better."
    assert JournalEntry.objects.filter(data__notify=True).count() == told
    v1.refused("patch", f"/incidents/{made['id']}/incident_updates/{'0' * 12}",
               {"incident_update": {"body": "x"}}, status=404)  # fmt: skip


def test_p08_drafts_and_cancelled_windows_have_no_word_and_are_left_out(v1: Dialect) -> None:
    draft = open_incident(title="Draft", severity=Severity.MINOR, message="m", published=False)
    path = f"/incidents/{public_id('incident', draft.pk)}"

    v1.refused("get", path, status=404)
    assert v1.told("get", "/incidents") == []
    publish_incident(draft)
    assert v1.told("get", path)["name"] == "Draft"


def test_p08_lists_come_in_pages_newest_first(v1: Dialect) -> None:
    for number in range(3):
        v1.told("post", "/incidents", {"incident": {"name": f"I{number}"}}, status=201)
    now = datetime.now(UTC)
    v1.told("post", "/incidents", {"incident": {
        "name": "W", "scheduled_for": at(now + timedelta(days=1)),
        "scheduled_until": at(now + timedelta(days=2))}}, status=201)  # fmt: skip

    def names(query: str) -> list[str]:
        return [each["name"] for each in v1.told("get", f"/incidents{query}")]

    assert names("") == ["W", "I2", "I1", "I0"]
    assert names("?limit=2&page=1") == names("?per_page=2&page=0") == ["W", "I2"]
    assert names("?limit=2&page=2") == ["I1", "I0"]
    assert names("?limit=2&page=3&_=1") == []
    assert "page" in v1.refused("get", "/incidents?page=x")


def test_p08_subscribers_are_asked_told_changed_and_let_go(v1: Dialect) -> None:
    api = build.component("API")
    asked = v1.told("post", "/subscribers", {"subscriber": {
        "email": "ann@example.org", "component_ids": ids(api)}}, status=201)  # fmt: skip
    agreed = v1.told("post", "/subscribers", [
        ("subscriber[email]", "bob@example.org"),
        ("subscriber[skip_confirmation_notification]", "t")], status=201)  # fmt: skip
    row = Subscriber.objects.get(pk=Subscriber.objects.order_by("pk")[0].pk)

    assert asked["id"] == public_id("subscriber", row.pk)
    assert (asked["mode"], asked["email"], asked["components"]) == (
        "email", "ann@example.org", ids(api),
    )  # fmt: skip
    assert (row.confirmed_at, row.asked_at is not None) == (None, True)
    assert Notice.objects.get().key.startswith("confirm-")
    assert [each["id"] for each in v1.told("get", "/subscribers")] == [agreed["id"]]
    assert [each["id"] for each in v1.told("get", "/subscribers?state=unconfirmed")] == [
        asked["id"]
    ]
    found = v1.told("get", "/subscribers?state=all&q=ann@example.org&page=0")
    assert [each["id"] for each in found] == [asked["id"]]
    assert v1.told("get", "/subscribers/count?state=all")["email"] == 2

    path = f"/subscribers/{agreed['id']}"
    assert v1.told("patch", path, {"component_ids": ids(api)})["components"] == ids(api)
    assert "already" in v1.refused("post", "/subscribers", {
        "subscriber": {"email": "Bob@example.org"}})  # fmt: skip
    assert v1.told("delete", path)["id"] == agreed["id"]
    v1.refused("get", path, status=404)
    assert "unsubscribed" in v1.refused("post", "/subscribers", {
        "subscriber": {"email": "bob@example.org"}})  # fmt: skip
    assert "SMS" in v1.refused("post", "/subscribers", {"subscriber": {"phone_number": "1"}})
    assert "email" in v1.refused("post", "/subscribers", {"subscriber": {"email": "nobody"}})


def test_p08_a_webhook_gets_what_statuspage_sends(v1: Dialect) -> None:
    made = v1.told("post", "/subscribers", {"subscriber": {
        "endpoint": "https://hooks.example.org/a"}}, status=201)  # fmt: skip

    assert (made["mode"], made["endpoint"]) == ("webhook", "https://hooks.example.org/a")
    assert Subscriber.objects.get().format == "statuspage"


def test_p08_addresses_are_masked_for_those_who_only_read(v1: Dialect, client: Client) -> None:
    v1.told("post", "/subscribers", {"subscriber": {"email": "ann@example.org"}}, status=201)
    reader = Dialect(client, tokens.create(name="r", scopes=["subscribers:read"]))

    told = reader.ask("get", "/subscribers?state=all")

    assert "ann@" not in told.content.decode()
    assert told["Cache-Control"] == "no-store"
    assert "lacks the scope" in reader.refused("post", "/subscribers", {}, status=403)
    assert "lacks the scope" in reader.refused("get", "/components", status=403)


def test_p08_a_key_in_the_header_or_the_query_and_nothing_else(v1: Dialect, client: Client) -> None:
    for header in ("", "OAuth", "OAuth wrong", f"Basic {v1.key}", f"Token {v1.key}"):
        answer = client.get(
            f"/v1/pages/{MAIN}/components", headers={"Authorization": header} if header else {}
        )
        assert (answer.status_code, list(answer.json())) == (401, ["error"]), header
        assert answer["WWW-Authenticate"] == "OAuth"
    assert client.get(f"/v1/pages?api_key={v1.key}").status_code == 200
    assert client.get("/v1/pages?api_key=wrong").status_code == 401
    assert client.get("/v1/pages", headers={"Authorization": f"Bearer {v1.key}"}).status_code == 200
    assert client.get("/v1/pages", headers={
        "Authorization": f"oauth {v1.key}", "Accept": "text/html"}).status_code == 200  # fmt: skip


def test_p08_a_key_in_an_address_is_logged_nowhere_s10(
    v1: Dialect, client: Client, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    client.raise_request_exception = False
    for path in ("", f"/{MAIN}/incidents", f"/{MAIN}/incidents/nowhere", "/nowhere", "/a/b/c/d"):
        client.get(f"/v1/pages{path}?api_key={v1.key}")
    client.post(f"/v1/pages/{MAIN}/incidents?api_key={v1.key}", "{", "application/json")
    client.get(f"/v1/pages?api_key={v1.key}x")
    monkeypatch.setattr("statuspage.api.statuspage_v1.catalogue.page_json", None)
    broken = client.get(f"/v1/pages?api_key={v1.key}")

    assert (broken.status_code, "error" in broken.json()) == (500, True)
    assert "/v1/pages" in caplog.text
    assert v1.key not in caplog.text


def test_p08_errors_are_of_the_dialect(v1: Dialect, client: Client) -> None:
    for body in ("{", "[1]", "", "a[=1", "incident=text"):
        answer = client.generic(
            "POST", f"/v1/pages/{MAIN}/incidents", body, content_type="application/json"
            if body[:1] in "{[" else "application/x-www-form-urlencoded",
            headers={"Authorization": f"OAuth {v1.key}"},
        )  # fmt: skip
        assert (answer.status_code, list(answer.json())) == (400, ["error"]), body
    assert "name" in v1.refused("post", "/incidents", {"incident": {"body": "x"}})
    assert "stauts" in v1.refused("post", "/incidents", {"incident": {
        "name": "x", "stauts": "identified"}})  # fmt: skip
    assert "investigating" in v1.refused("post", "/incidents", {"incident": {
        "name": "x", "status": "broken"}})  # fmt: skip
    v1.refused("get", "/incidents/nowhere", status=404)
    v1.refused("get", "/components/abcdefghijkl", status=404)
    assert v1.ask("delete", "/incidents").status_code == 405
    nowhere = client.get(f"/v1/pages/{MAIN}/nothing", headers={"Accept": "text/html"})
    assert (nowhere.status_code, "error" in nowhere.json()) == (404, True)
    other = Dialect(client, v1.key, "000000000000")
    other.refused("get", "/incidents", status=404)


def test_p08_beyond_the_limit_it_is_420(v1: Dialect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings.STATUSPAGE, "api_requests_per_minute", 1)
    LIMITER.reset()

    answers = [v1.ask("get", "/components") for _ in range(3)]

    assert answers[-1].status_code == 420
    assert list(answers[-1].json()) == ["error"]
    assert int(answers[-1]["Retry-After"]) >= 1


def test_p08_sent_twice_it_is_done_once_m41(v1: Dialect) -> None:
    body = {"incident": {"name": "Slow"}}
    first, again = (
        v1.ask("post", "/incidents", body, headers={"Idempotency-Key": "a"}) for _ in range(2)
    )

    assert first.json() == again.json()
    assert Incident.objects.count() == 1


@pytest.fixture
def shop(client: Client) -> tuple[Dialect, Component, Component]:
    """The page of one component, addressed by a token of its own; and another component."""
    mine, other = build.component("Mine"), build.component("Other")
    save_page(Page(slug="shop"), components=[mine])
    key = tokens.create(name="shop", scopes=SCOPES, page="shop")
    return Dialect(client, key, public_id("page", "shop")), mine, other


def test_p08_a_token_of_a_page_addresses_that_page_alone(
    shop: tuple[Dialect, Component, Component], client: Client, v1: Dialect
) -> None:
    own, mine, other = shop
    both = v1.told("post", "/incidents", {"incident": {
        "name": "Both", "component_ids": ids(mine, other)}}, status=201)  # fmt: skip
    theirs = v1.told("post", "/incidents", {"incident": {
        "name": "Theirs", "component_ids": ids(other)}}, status=201)  # fmt: skip
    made = own.told("post", "/incidents", {"incident": {
        "name": "Ours", "component_ids": ids(mine)}}, status=201)  # fmt: skip

    assert made["page_id"] == own.page
    listed = {each["name"]: each for each in own.told("get", "/incidents")}
    assert set(listed) == {"Both", "Ours"}
    assert [each["name"] for each in listed["Both"]["components"]] == ["Mine"]
    assert [each["name"] for each in own.told("get", "/components")] == ["Mine"]
    pages = client.get("/v1/pages", headers={"Authorization": f"OAuth {own.key}"}).json()
    assert [each["id"] for each in pages] == [own.page]
    Dialect(client, own.key).refused("get", "/components", status=404)
    own.refused("get", f"/incidents/{theirs['id']}", status=404)
    own.refused("get", f"/components/{ids(other)[0]}", status=404)
    for who in (own, Dialect(client, v1.key, own.page)):
        path = f"/incidents/{both['id']}"
        assert "main page" in who.refused("patch", path, {"incident": {"name": "x"}}, status=403)
        assert "main page" in who.refused("delete", path, status=403)
        assert "component" in who.refused("post", "/incidents", {"incident": {"name": "All"}})
        assert "There is no component" in who.refused("post", "/incidents", {
            "incident": {"name": "x", "component_ids": ids(other)}})  # fmt: skip
        assert "main page" in who.refused(
            "post", "/components", {"component": {"name": "New"}}, status=403
        )
    assert own.told("patch", f"/components/{ids(mine)[0]}", {
        "component": {"status": "partial_outage"}})["status"] == "partial_outage"  # fmt: skip


def test_p08_a_page_has_subscribers_of_its_own(
    shop: tuple[Dialect, Component, Component], v1: Dialect
) -> None:
    own, _, other = shop
    made = own.told(
        "post", "/subscribers", {"subscriber": {"email": "ann@example.org"}}, status=201
    )

    assert Subscriber.objects.get().page == "shop"
    assert v1.told("get", "/subscribers?state=all") == []
    v1.refused("get", f"/subscribers/{made['id']}", status=404)
    assert "agreed" in own.refused("post", "/subscribers", {"subscriber": {
        "email": "b@example.org", "skip_confirmation_notification": True}}, status=403)  # fmt: skip
    assert "no component" in own.refused("post", "/subscribers", {"subscriber": {
        "email": "b@example.org", "component_ids": ids(other)}})  # fmt: skip


def test_p08_a_token_of_one_monitor_opens_nothing_here_s14(client: Client) -> None:
    made = Monitor(name="Prometheus", component=build.component("API"), kind="external", config={})
    monitor = save_monitor(made, regions=[])
    key = tokens.create(name="m", scopes=["alerts:write"], monitor=monitor.pk)

    Dialect(client, key).refused("get", "/incidents", status=403)


def test_p08_templates_are_listed_and_made(v1: Dialect) -> None:
    template = {
        "name": "Disk", "title": "{component} is slow", "body": "A disk is full.",
        "update_status": "identified", "should_tweet": False, "component_ids": [],
    }  # fmt: skip

    made = v1.told("post", "/incident_templates", {"template": template}, status=201)

    assert made["page_id"] == MAIN
    assert {**template, **made} == {**made, "component_ids": []}
    assert v1.told("get", "/incident_templates") == [made]
    again = v1.refused("post", "/incident_templates", {"template": template})
    assert "already" in again
    wrong = {"template": {**template, "name": "Other", "title": "{nonsense}"}}
    assert "title" in v1.refused("post", "/incident_templates", wrong)


def test_p08_what_is_not_there_says_what_is(v1: Dialect) -> None:
    assert v1.told("get", "/page_access_users.json") == []
    assert "door" in v1.refused("post", "/page_access_groups", {"a": 1}, status=404)
    assert v1.ask("get", "/metrics", headers={"Authorization": "OAuth x"}).status_code == 401
