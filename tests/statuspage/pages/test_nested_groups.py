"""Groups in groups, wherever groups are shown, selected and written down."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from components.models import Component, Group
from components.values.severity import Severity
from statuspage.access.pages import save_page
from statuspage.catalogue_files.preset import PresetError, load
from statuspage.catalogue_files.shape import Preset
from statuspage.models import Page
from statuspage.renderers import text
from statuspage.renderers.html.render import render_page
from statuspage.renderers.json.public import public_json
from statuspage.renderers.scope import Scope
from statuspage.state.builder import gather
from statuspage.state.selection import shown_on
from subscribers.alerting.escalation import Route
from tests import build
from tests.statuspage.api.test_monitors import bearer
from tests.statuspage.page_html import read

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def storage() -> Component:
    """A component in `Platform / Storage`, which stands after another group by its own order."""
    platform = build.group("Platform", sort_order=1)
    build.component("API", group=platform)
    build.component("Shop", group=build.group("Websites", sort_order=2))
    return build.component("Disks", group=build.group("Storage", sort_order=3, parent=platform))


def test_parts_follow_their_group_and_say_so_in_every_dialect(storage: Component) -> None:
    state = gather(now=datetime.now(UTC))

    names = [group.name for group in state.groups]
    assert names == ["Platform", "Platform / Storage", "Websites"]
    heads = [each.text for each in read(render_page(state)).all("h2")]
    assert heads[:3] == names
    assert b"\nPlatform / Storage\n  Disks" in text.plain_text(Scope(state))
    told = {each["name"]: each["group"] for each in json.loads(public_json(state))["services"]}
    assert told["Disks"] == "Platform / Storage"


def test_a_page_that_selects_a_group_has_its_parts(storage: Component) -> None:
    platform = Group.objects.get(name="Platform")
    save_page(Page(slug="shop", name="Shop", everything=False), groups=[platform])

    state = gather(now=datetime.now(UTC))

    shown = shown_on(state, next(each for each in state.faces if each.slug == "shop"))
    assert [each.name for each in shown.components] == ["API", "Disks"]


def test_a_route_of_a_group_takes_alerts_of_its_parts() -> None:
    route = Route(1, group_ids=frozenset({7}))

    assert route.matches(component_id=1, groups=(9, 7), severity=Severity.MAJOR)
    assert not route.matches(component_id=1, groups=(9, None), severity=Severity.MAJOR)


def test_the_api_tells_and_sets_the_parent(storage: Component) -> None:
    client, headers = Client(), bearer("status:read", "status:write")
    platform, part = storage.group.parent, storage.group  # type: ignore[union-attr]
    assert platform
    assert part

    def call(method: str, path: str, said: Any) -> Any:
        return client.generic(
            method, f"/api/v1/status/groups{path}", json.dumps(said),
            content_type="application/json", headers=headers,
        )  # fmt: skip

    made = call("POST", "", {"name": "Cache", "parent_id": platform.pk})
    moved = call("PATCH", f"/{part.pk}", {"parent_id": None})
    loop = call("PATCH", f"/{platform.pk}", {"parent_id": made.json()["id"]})
    unknown = call("POST", "", {"name": "Lost", "parent_id": 4711})

    assert made.json()["parent_id"] == platform.pk
    assert moved.json()["parent_id"] is None
    assert loop.status_code == unknown.status_code == 400
    (error,) = loop.json()["errors"]
    assert error["field"] == "parent_id"
    assert error["message"] == "“Cache” is a part of this group: that would be a loop."
    assert unknown.json()["errors"][0]["message"] == "There is no group 4711."


def _file(*groups: tuple[str, str | None]) -> Preset:
    return Preset.model_validate(
        {"groups": [{"name": name, "parent": parent, "components": []} for name, parent in groups]}
    )


def test_a_catalogue_file_names_parents_in_any_order() -> None:
    load(_file(("Storage", "Platform"), ("Platform", None)))

    assert Group.objects.get(name="Storage").path == "Platform / Storage"


@pytest.mark.parametrize(
    ("groups", "told"),
    [
        ([("A", "A")], "groups.0: parent: a group cannot be a part of itself."),
        ([("A", "B")], "groups.0: parent: there is no group “B”."),
        (
            [("A", "B"), ("B", "A")],
            "groups.0: parent: “B” is a part of “A”: groups have one level.",
        ),
    ],
)
def test_a_catalogue_file_that_makes_a_loop_is_refused(
    groups: list[tuple[str, str | None]], told: str
) -> None:
    with pytest.raises(PresetError) as refused:
        load(_file(*groups))

    assert told in str(refused.value).splitlines()
    assert not Group.objects.exists()


def test_the_admin_refuses_a_loop_beside_the_field(staff: Client, storage: Component) -> None:
    platform, part = Group.objects.get(name="Platform"), storage.group
    assert part

    answer = staff.post(
        f"/admin/components/group/{platform.pk}/change/",
        {"name": "Platform", "sort_order": 1, "visible": "on", "open_when_wrong": "on",
         "parent": part.pk, "seen_version": platform.version},
    )  # fmt: skip

    assert answer.status_code == 200
    assert "that would be a loop" in answer.content.decode()
    platform.refresh_from_db()
    assert platform.parent is None
