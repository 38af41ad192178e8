"""Texts in other languages by `/api/v1/status`, and corrections of what an update says."""

import json
from typing import Any

import pytest
from django.test import Client

from components.models import JournalEntry
from incidents.models import Incident
from maintenance.models import Window
from tests.statuspage.api.test_maintenance import body
from tests.statuspage.api.test_monitors import bearer

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]
TITLES, TEXTS, OTHERS = {"de": "Platten"}, {"de": "Langsam."}, {"fr": "Lent."}


class Api:
    """The API as a client with a token calls it."""

    def __init__(self) -> None:
        self.client = Client()
        self.headers = bearer("status:read", "status:write")

    def __call__(self, method: str, path: str, said: Any = None, **headers: str) -> Any:
        return self.client.generic(
            method, f"/api/v1/status/{path}", json.dumps(said), content_type="application/json",
            headers={**self.headers, **headers},
        )  # fmt: skip


@pytest.fixture
def api() -> Api:
    return Api()


def window(api: Api, **fields: Any) -> Any:
    said = body(message="Slow.", titles=TITLES, messages=TEXTS, **fields)
    return api("POST", "maintenance", said)


def incident(api: Api) -> Any:
    said = {"title": "Slow", "severity": "minor", "message": "We look.", "titles": TITLES,
            "messages": TEXTS}  # fmt: skip
    return api("POST", "incidents", said)


def last() -> JournalEntry:
    return JournalEntry.objects.latest("id")


def test_windows_have_translations_by_the_api(api: Api) -> None:
    made = window(api).json()
    path = f"maintenance/{made['id']}"

    changed = api("PATCH", path, {"messages": OTHERS}).json()
    posted = api("POST", f"{path}/updates", {"message": "Half.", "messages": {"de": "Halb."}})
    ended = api("POST", f"{path}/cancel", {"message": "No.", "messages": {"de": "Nein."}}).json()

    assert (made["titles"], made["messages"]) == (TITLES, TEXTS)
    assert (changed["titles"], changed["messages"]) == (TITLES, OTHERS)
    assert posted.json()["messages"] == {"de": "Halb."}
    assert [each["messages"]["de"] for each in ended["updates"]] == ["Nein.", "Halb."]
    assert Window.objects.get().titles == TITLES


@pytest.mark.parametrize(
    ("path", "said", "named"),
    [
        ("maintenance", {"titles": {"xx": "?"}}, "titles"),
        ("maintenance", {"titles": {"de": "x" * 201}}, "titles.de"),
        ("maintenance", {"recurrence": "FREQ=WEEKLY", "titles": TITLES}, "titles"),
        ("maintenance/{id}", {"apply_to": "series", "messages": TEXTS}, "messages"),
        ("maintenance/{id}/cancel", {"messages": TEXTS}, "messages"),
        ("maintenance/{id}/updates", {"message": "Half.", "messages": ["Halb."]}, "messages"),
    ],
)
def test_what_cannot_be_translated_is_named(
    api: Api, path: str, said: dict[str, Any], named: str
) -> None:
    made = window(api).json()["id"]
    method = "PATCH" if path.endswith("{id}") else "POST"

    answer = api(method, path.format(id=made), body(**said) if path == "maintenance" else said)

    assert answer.status_code == 400
    assert [each["field"] for each in answer.json()["errors"]] == [named]
    assert Window.objects.count() == 1


@pytest.mark.parametrize("kind", ["incidents", "maintenance"])
def test_an_update_is_corrected_and_nobody_is_told(api: Api, kind: str) -> None:
    made = (incident if kind == "incidents" else window)(api).json()
    path = f"{kind}/{made['id']}"
    said = {"message": "Half of it.", "messages": TEXTS}
    posted = api("POST", f"{path}/updates", {"status": "identified", **said}
                 if kind == "incidents" else said).json()  # fmt: skip
    entries = JournalEntry.objects.count()

    text = api("PATCH", f"{path}/updates/{posted['id']}", {"message": "All of it."})
    both = api("PATCH", f"{path}/updates/{posted['id']}", {"messages": OTHERS})

    assert (text.status_code, both.status_code) == (200, 200), text.content
    assert text.json() == {**posted, "message": "All of it."}
    assert both.json() == {**posted, "message": "All of it.", "messages": OTHERS}
    assert api("GET", path).json()["updates"][0] == both.json()
    assert JournalEntry.objects.count() == entries + 2
    assert last().kind == ("incident.edited" if kind == "incidents" else "maintenance.updated")
    assert not last().data.get("notify")
    owner = (Incident if kind == "incidents" else Window).objects.get()
    former = [each.message for each in owner.updates.get(pk=posted["id"]).history.all()]
    assert former == ["All of it.", "All of it.", "Half of it."]


@pytest.mark.parametrize("kind", ["incidents", "maintenance"])
def test_a_correction_is_refused_in_words(api: Api, kind: str) -> None:
    first, second = ((incident if kind == "incidents" else window)(api) for _ in range(2))
    of_second = f"{kind}/{second.json()['id']}/updates"
    said = {"status": "identified", "message": "m"} if kind == "incidents" else {"message": "m"}
    update = api("POST", of_second, said).json()["id"]
    change = {"message": "n"}

    elsewhere = api("PATCH", f"{kind}/{first.json()['id']}/updates/{update}", change)
    stale = api("PATCH", f"{of_second}/{update}", change, **{"If-Match": second["ETag"]})
    empty = api("PATCH", f"{of_second}/{update}", {})
    blank = api("PATCH", f"{of_second}/{update}", {"message": " "})

    assert [each.status_code for each in (elsewhere, stale, empty, blank)] == [404, 412, 400, 400]
    assert elsewhere.json()["detail"] == f"There is no update {update}."
    assert empty.json()["errors"][0]["field"] == "message"
