"""The object of `/status/api` (contract M40): exactly its keys, lists never null."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from components.status import Status
from statuspage.renderers.html.render import render_page
from statuspage.renderers.json.public import PublicUpdateJson
from statuspage.renderers.json.status_admin import (
    SnapshotComponentJson,
    SnapshotIncidentJson,
    SnapshotWindowJson,
    StatusSnapshotJson,
    status_api,
)
from tests.contracts.golden import golden
from tests.statuspage import page_scenes
from tests.statuspage.page_html import read
from tests.statuspage.page_states import component, incident, one, page


@pytest.mark.parametrize("scene", ["partial", "maintenance", "empty", "every-status"])
def test_m40_the_object_is_the_golden_one(scene: str) -> None:
    told = status_api(page_scenes.SCENES[scene]())

    assert told == golden(f"status-api-{scene}.json", told)


@pytest.mark.parametrize(
    ("declaration", "path"),
    [
        (StatusSnapshotJson, ()),
        (SnapshotComponentJson, ("components", 0)),
        (SnapshotIncidentJson, ("active_incidents", 0)),
        (PublicUpdateJson, ("active_incidents", 0, "latest_update")),
        (SnapshotWindowJson, ("upcoming_maintenance", 0)),
    ],
)
def test_m40_an_object_has_exactly_the_declared_keys_in_their_order(
    declaration: Any, path: Sequence[Any]
) -> None:
    """Which keys those are, the kept answers say (`golden`)."""
    found: Any = status_api(page_scenes.partial_outage())
    for step in path:
        found = found[step]

    assert list(found) == list(declaration.__annotations__)


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
