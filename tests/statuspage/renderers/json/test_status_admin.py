"""The object of `/status/api` (contract M40): exactly its keys, lists never null."""

import json

import pytest

from components.status import Status
from statuspage.renderers.html.render import render_page
from statuspage.renderers.json.status_admin import status_api
from tests.contracts.golden import golden
from tests.statuspage import page_scenes
from tests.statuspage.page_html import read
from tests.statuspage.page_states import component, incident, one, page


@pytest.mark.parametrize("scene", ["partial", "maintenance", "empty", "every-status"])
def test_m40_the_object_is_the_golden_one(scene: str) -> None:
    told = status_api(page_scenes.SCENES[scene]())

    assert told == golden(f"status-api-{scene}.json", told)


def test_m40_the_object_has_exactly_these_keys() -> None:
    told = status_api(page_scenes.partial_outage())

    assert list(told) == [
        *("global_status", "global_message", "updated_at"),
        *("components", "active_incidents", "upcoming_maintenance"),
    ]
    assert list(told["components"][0]) == ["id", "name", "status"]
    assert list(told["active_incidents"][0]) == [
        *("id", "title", "severity", "status", "components", "created_at", "latest_update"),
    ]
    latest = told["active_incidents"][0]["latest_update"]
    assert latest is not None
    assert list(latest) == ["status", "message", "created_at"]
    assert list(told["upcoming_maintenance"][0]) == [
        *("id", "title", "starts_at", "ends_at", "components"),
    ]


def test_m40_a_list_is_never_null() -> None:
    told = status_api(page_scenes.empty())

    lists = (told["components"], told["active_incidents"], told["upcoming_maintenance"])
    assert lists == ([], [], [])


def test_m40_the_latest_update_is_the_newest() -> None:
    told = status_api(page_scenes.partial_outage())

    latest = told["active_incidents"][0]["latest_update"]
    assert latest is not None
    assert latest["status"] == "identified"


def test_m40_an_incident_without_updates_has_no_latest_one() -> None:
    told = status_api(page(incidents=[incident(severity="none")]))

    assert told["active_incidents"][0]["latest_update"] is None
    assert told["active_incidents"][0]["severity"] == "minor"


def test_m40_unknown_is_told_as_degraded() -> None:
    told = status_api(one(component(status=Status.UNKNOWN)))

    assert told["components"][0]["status"] == "degraded"


def test_m40_is_plain_json() -> None:
    assert json.loads(json.dumps(status_api(page_scenes.major_outage())))


@pytest.mark.parametrize("scene", page_scenes.SCENES)
def test_the_dialects_and_the_page_tell_the_same(scene: str) -> None:
    state = page_scenes.SCENES[scene]()

    main = read(render_page(state)).one("main")

    names = [component["name"] for component in status_api(state)["components"]]
    assert names == [h3.text for row in main.all("li", class_="c") for h3 in row.all("h3")]
