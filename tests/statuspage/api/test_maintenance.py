"""`/api/v1/status/maintenance` (M24, M41): what is taken, what is refused, what is told."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from components.models import JournalEntry
from maintenance.jobs import transition_due_windows
from maintenance.models import Series, Window
from tests import build
from tests.statuspage.api.test_monitors import bearer

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]
URL = "/api/v1/status/maintenance"


@pytest.fixture
def api() -> "Api":
    return Api()


class Api:
    """The API as a client with a token calls it."""

    def __init__(self) -> None:
        self.client = Client()
        self.headers = bearer("status:read", "status:write")

    def __call__(self, method: str, path: str = "", said: Any = None, **headers: str) -> Any:
        return self.client.generic(
            method,
            URL + path,
            "" if said is None else json.dumps(said),
            content_type="application/json",
            headers={**self.headers, **{k.replace("_", "-"): v for k, v in headers.items()}},
        )

    def post(self, **fields: Any) -> Any:
        return self("POST", "", body(**fields))


def at(hours: float) -> str:
    return (datetime.now(UTC) + timedelta(hours=hours)).isoformat()


def body(start: float = 24, end: float = 26, **fields: Any) -> dict[str, Any]:
    return {"title": "Disks", "starts_at": at(start), "ends_at": at(end), **fields}


def news() -> list[str]:
    rows = JournalEntry.objects.filter(kind__startswith="maintenance.").order_by("id")
    return [row.kind.removeprefix("maintenance.") for row in rows]


def test_a_window_is_scheduled_with_all_it_may_have_m24(api: Api) -> None:
    first, second, region = build.component(), build.component(), build.region()

    answer = api.post(
        components=[first.pk, second.pk], message="New *disks*.", regions=[region.code],
        impact="partial", blocks_api=True, remind_before=30,
    )  # fmt: skip

    told = answer.json()
    assert answer.status_code == 201, answer.content
    assert answer.headers["Location"] == f"{URL}/{told['id']}"
    assert (told["status"], told["reference"]) == (
        "scheduled",
        f"MAINT-{told['starts_at'][:4]}-001",
    )
    assert told["components"] == sorted([first.pk, second.pk])
    assert (told["impact"], told["regions"], told["remind_before"]) == ("partial", ["global"], 30)
    assert (told["blocks_api"], told["updates"], told["series"]) == (True, [], None)
    assert JournalEntry.objects.get(kind="maintenance.scheduled").actor.startswith("token ")


def test_past_and_present_windows_take_the_state_they_should_have_m24(api: Api) -> None:
    assert api.post(start=-3, end=-1).json()["status"] == "completed"
    assert api.post(start=-1, end=1).json()["status"] == "in_progress"


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"title": ""}, "title"),
        ({"title": None}, "title"),
        ({"ends_at": at(1)}, "ends_at"),
        ({"starts_at": "2026-12-01T02:00:00"}, "starts_at"),
        ({"starts_at": "tomorrow"}, "starts_at"),
        ({"components": [4711]}, "components"),
        ({"components": ["x"]}, "components.0"),
        ({"components": [], "component_ids": []}, "component_ids"),
        ({"regions": ["atlantis"]}, "regions"),
        ({"impact": "huge"}, "impact"),
        ({"remind_before": -1}, "remind_before"),
        ({"recurrence": "FREQ=SECONDLY"}, "recurrence"),
        ({"recurrence": "FREQ=WEEKLY", "timezone": "Moon/Base"}, "timezone"),
        ({"recurrence": "FREQ=WEEKLY", "timezone": "localtime"}, "timezone"),  # F-T12
        ({"recurrence": "FREQ=WEEKLY;UNTIL=20200101"}, "recurrence"),
        ({"state": "completed"}, "state"),
        ({"id": 7}, "id"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_written(
    api: Api, fields: dict[str, Any], named: str
) -> None:
    answer = api.post(**fields)

    assert answer.status_code == 400, answer.content
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert named in [error["field"] for error in answer.json()["errors"]]
    assert not Window.objects.exists()


def test_through_its_life_and_a_wrong_move_is_409_naming_the_state_x19_x22(api: Api) -> None:
    path = f"/{api.post().json()['id']}"

    early = api("POST", f"{path}/complete", {})
    started = api("POST", f"{path}/start")
    again = api("POST", f"{path}/start")
    said = api("POST", f"{path}/updates", {"message": "Half of it is done."})
    done = api("POST", f"{path}/complete", {"message": "All of it."})
    late = api("POST", f"{path}/cancel")

    assert [a.status_code for a in (early, started, again, said, done, late)] == [
        409, 200, 409, 201, 200, 409,
    ]  # fmt: skip
    assert "scheduled" in early.json()["detail"]
    assert "in_progress" in again.json()["detail"]
    assert "completed" in late.json()["detail"]
    assert late.json()["error"]["code"] == "wrong_state"
    assert [update["message"] for update in done.json()["updates"]] == [
        "All of it.", "Half of it is done.",
    ]  # fmt: skip
    assert news() == ["scheduled", "started", "updated", "ended"]


def test_cancelled_before_it_began_it_never_begins_x21(api: Api) -> None:
    made = api.post(start=1, end=2).json()

    assert api("POST", f"/{made['id']}/cancel").json()["status"] == "cancelled"
    assert transition_due_windows(now=datetime.now(UTC) + timedelta(hours=1.5)) == 0


def test_the_list_is_filtered_by_what_people_call_it_and_paged(api: Api) -> None:
    for start, end in ((30, 31), (24, 25), (-1, 1), (-3, -2)):
        api.post(start=start, end=end)
    cancelled = api.post(start=40, end=41).json()
    api("POST", f"/{cancelled['id']}/cancel")

    def listed(query: str = "") -> list[str]:
        return [row["reference"][-3:] for row in api("GET", query).json()["maintenance"]]

    assert listed("?status=upcoming") == ["002", "001"]
    assert listed("?status=active") == ["003"]
    assert listed("?status=completed") == ["004"]
    assert listed("?status=cancelled") == ["005"]
    assert listed() == ["003", "002", "001", "005", "004"]
    assert listed("?limit=2&offset=1") == ["002", "001"]
    assert api("GET", "?limit=1").json()["total"] == 5
    assert api("GET", "?status=soon").status_code == 400
    assert api("GET", "?colour=red").status_code == 400


def test_a_part_changes_alone_and_a_whole_replaces_all(api: Api) -> None:
    component = build.component()
    path = f"/{api.post(components=[component.pk], impact='major', message='m').json()['id']}"

    part = api("PATCH", path, {"blocks_api": True}).json()
    moved = api("PATCH", path, {"ends_at": at(30)}).json()
    whole = api("PUT", path, body(title="Other")).json()

    assert (part["impact"], part["blocks_api"], part["title"]) == ("major", True, "Disks")
    assert moved["components"] == [component.pk]
    assert (whole["title"], whole["impact"], whole["message"], whole["components"]) == (
        "Other", "minimal", "", [],
    )  # fmt: skip
    assert news() == ["scheduled", "updated", "rescheduled", "rescheduled"]
    assert api("PATCH", path, {"colour": "red"}).json()["errors"][0]["field"] == "colour"


def test_nobody_overwrites_what_they_have_not_seen_m41(api: Api) -> None:
    made = api.post()
    path, tag = f"/{made.json()['id']}", made.headers["ETag"]

    hers = api("PATCH", path, {"title": "Hers"}, If_Match=tag)
    his = api("PATCH", path, {"title": "His"}, If_Match=tag)
    moved = api("POST", f"{path}/cancel", {}, If_Match=tag)
    gone = api("DELETE", path, If_Match=tag)

    assert [a.status_code for a in (hers, his, moved, gone)] == [200, 412, 412, 412]
    assert Window.objects.get().title == "Hers"
    assert api("GET", path, If_None_Match=hers.headers["ETag"]).status_code == 304
    assert api("DELETE", path, If_Match=hers.headers["ETag"]).status_code == 204
    assert api("GET", path).status_code == 404


def test_a_repeated_request_schedules_once_m41(api: Api) -> None:
    said = body()

    first = api("POST", "", said, Idempotency_Key="k")
    again = api("POST", "", said, Idempotency_Key="k")
    other = api("POST", "", {**said, "title": "Other"}, Idempotency_Key="k")

    assert (first.content, first.headers["Location"], first.headers["ETag"]) == (
        again.content, again.headers["Location"], again.headers["ETag"],
    )  # fmt: skip
    assert other.status_code == 422
    assert Window.objects.count() == 1


def test_windows_at_the_same_time_on_the_same_component_are_told(api: Api) -> None:
    component = build.component()
    first = api.post(components=[component.pk]).json()
    api.post(components=[build.component().pk])

    second = api.post(start=25, end=27, components=[component.pk]).json()

    assert first["overlaps"] == []
    assert [other["reference"] for other in second["overlaps"]] == [first["reference"]]
    assert first["reference"] in second["warnings"][0]


def test_a_recurring_window_becomes_a_series_in_its_zone(api: Api) -> None:
    start = datetime.now(UTC).replace(hour=1, minute=0, second=0, microsecond=0)
    start += timedelta(days=2)

    answer = api(
        "POST", "",
        {"title": "Patches", "recurrence": "FREQ=WEEKLY", "timezone": "Asia/Kathmandu",
         "starts_at": start.isoformat(), "ends_at": (start + timedelta(hours=2)).isoformat()},
    )  # fmt: skip

    told = answer.json()
    assert answer.status_code == 201, answer.content
    assert told["starts_at"] == start.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert told["series"]["timezone"] == "Asia/Kathmandu"
    assert told["series"]["occurrence"].endswith("T06:45:00")
    assert api("GET", "?status=upcoming").json()["total"] == 5


def test_one_occurrence_or_the_whole_series_changes(api: Api) -> None:
    first = api.post(recurrence="FREQ=DAILY").json()
    path = f"/{first['id']}"

    alone = api("PATCH", path, {"title": "This one"}).json()
    refused = api("PATCH", path, {"recurrence": "FREQ=WEEKLY"})
    api("PATCH", path, {"title": "All", "recurrence": "FREQ=DAILY;INTERVAL=2",
                        "apply_to": "series"})  # fmt: skip

    assert alone["series"]["touched"] is True
    assert refused.json()["errors"][0]["field"] == "recurrence"
    assert Series.objects.get().rule == "FREQ=DAILY;INTERVAL=2"
    titles = Window.objects.exclude(state="cancelled").order_by("starts_at")
    assert [window.title for window in titles] == ["This one", *["All"] * 4]
    single = api.post().json()
    wrong = api("PATCH", f"/{single['id']}", {"title": "x", "apply_to": "series"})
    assert wrong.json()["errors"][0]["field"] == "apply_to"


def test_a_series_is_held_to_its_own_version_m41(api: Api) -> None:
    first = api.post(recurrence="FREQ=DAILY").json()["id"]
    second = next(each["id"] for each in api("GET").json()["maintenance"] if each["id"] != first)
    seen = api("GET", f"/{second}").headers["ETag"]
    whole = {"apply_to": "series"}

    # Somebody changes the series through another of its windows.
    theirs = api("PATCH", f"/{first}", {"title": "Theirs", **whole})
    mine = api("PATCH", f"/{second}", {"title": "Mine", **whole}, **{"If-Match": seen})
    fresh = api("GET", f"/{second}").headers["ETag"]
    alone = api("PATCH", f"/{first}", {"title": "This one"}, **{"If-Match": theirs.headers["ETag"]})
    again = api("PATCH", f"/{second}", {"title": "Mine", **whole}, **{"If-Match": fresh})

    assert (theirs.status_code, mine.status_code, alone.status_code) == (200, 412, 200)
    assert again.status_code == 200, again.content
    assert Series.objects.get().title == "Mine"
    assert Window.objects.get(pk=first).title == "This one"


def test_without_the_scope_nothing_is_told_or_written(api: Api, client: Client) -> None:
    made = api.post().json()

    assert client.get(URL).status_code == 401
    reader = bearer("status:read")
    assert client.get(f"{URL}/{made['id']}", headers=reader).status_code == 200
    assert client.delete(f"{URL}/{made['id']}", headers=reader).status_code == 403
    assert client.get(URL, headers=bearer("monitors:read")).status_code == 403


@pytest.mark.parametrize("pk", ["4711", "x", "99999999999999999999999"])
def test_what_is_not_there_is_404(api: Api, pk: str) -> None:
    assert api("GET", f"/{pk}").status_code == 404
    assert api("POST", f"/{pk}/start").status_code == 404


def test_reading_costs_the_same_however_many_windows_there_are(
    api: Api, django_assert_max_num_queries: Any
) -> None:
    component = build.component()
    made = [api.post(components=[component.pk]).json() for _ in range(6)]
    api("GET")

    with django_assert_max_num_queries(5):
        api("GET")
    with django_assert_max_num_queries(6):
        api("GET", f"/{made[0]['id']}")


def test_f_m3_a_draft_is_published_by_a_change_of_it(api: Api) -> None:
    made = api.post(published=False, message="We move.").json()
    assert (made["status"], made["published"]) == ("draft", False)
    assert api("POST", f"/{made['id']}/start").status_code == 409
    assert api("GET", "?status=draft").json()["total"] == 1
    assert not JournalEntry.objects.filter(public=True).exists()

    told = api("PATCH", f"/{made['id']}", {"published": True, "notify": False}).json()

    assert (told["status"], told["published"]) == ("scheduled", True)
    entry = JournalEntry.objects.filter(public=True).get()
    assert (entry.kind, entry.data["notify"]) == ("maintenance.scheduled", False)
    answer = api("PATCH", f"/{made['id']}", {"published": False})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "published"
    assert api.post(published=False, recurrence="FREQ=DAILY").status_code == 400


@pytest.mark.parametrize("notify", [True, False])
def test_f_m3_a_series_is_announced_by_choice(api: Api, notify: bool) -> None:
    api.post(recurrence="FREQ=DAILY", notify=notify)

    told = JournalEntry.objects.filter(kind="maintenance.scheduled").order_by("id")
    assert [each.data["notify"] for each in told] == [notify, *[False] * 4]


@pytest.mark.parametrize(("query", "notify"), [("", True), ("?notify=false", False)])
def test_f_m4_deleting_says_whether_it_is_called_off(api: Api, query: str, notify: bool) -> None:
    made = api.post().json()

    assert api("DELETE", f"/{made['id']}?notify=perhaps").status_code == 400
    assert api("DELETE", f"/{made['id']}{query}").status_code == 204

    assert JournalEntry.objects.get(kind="maintenance.deleted").data["notify"] is notify


def test_f_m12_a_start_is_read_in_the_zone_that_is_chosen(api: Api) -> None:
    plan = {"title": "Disks", "starts_at": "2027-07-01T02:00:00", "ends_at": "2027-07-01T04:00:00"}

    refused = api("POST", "", plan)
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["field"] == "starts_at"
    made = api("POST", "", {**plan, "timezone": "Europe/Berlin", "recurrence": "FREQ=DAILY"})

    assert made.json()["starts_at"] == "2027-07-01T00:00:00Z"
    assert made.json()["series"]["first_local"] == "2027-07-01T02:00:00"
