"""Badges of groups, and the uptime of groups that the API tells: of what a page shows."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from components.models import Group, StatusPeriod
from components.status import Status
from statuspage.pages.face import Face
from statuspage.publishing import documents
from statuspage.publishing.group_uptimes import group_uptimes
from statuspage.publishing.rendered import state_type
from statuspage.publishing.snapshot import publish
from statuspage.state.builder import gather
from statuspage.state.page_state import PageState
from statuspage.state.selection import shown_on
from tests import build
from tests.statuspage.page_states import NOW, component, group, page

BADGES = ("badge.svg", "uptime.svg", "response.svg")


def state() -> PageState:
    services = [component("A", pk=1, uptime=99.0), component("B", pk=2, uptime=98.0)]
    return page([group("Core", services), group("Edge", [component("E", pk=5)], pk=2)])


@pytest.mark.parametrize("form", BADGES)
def test_a_group_has_each_badge_where_it_is_shown(form: str) -> None:
    some = shown_on(state(), Face("some", "Some", component_ids=(2,)))

    assert documents.document(f"/status/groups/core/{form}", state()) is not None
    assert documents.document(f"/status/groups/core/{form}", some) is not None
    assert documents.document(f"/status/groups/edge/{form}", some) is None
    assert documents.document(f"/status/groups/none/{form}", state()) is None


def test_on_another_page_a_group_is_what_is_selected_there() -> None:
    some = shown_on(state(), Face("some", "Some", component_ids=(2,)))

    whole = documents.document("/status/groups/core/uptime.svg", state())
    part = documents.document("/status/groups/core/uptime.svg", some)

    assert whole is not None
    assert b"98.50" in whole.body
    assert part is not None
    assert b"98.00" in part.body


@pytest.mark.parametrize("form", ["feed.atom", "status.txt", "badgexsvg", "badge.svg/"])
def test_a_group_has_nothing_else(form: str) -> None:
    assert not documents.is_document_path(f"/status/groups/core/{form}")
    assert documents.document(f"/status/groups/core/{form}", state()) is None


def test_badges_of_groups_are_among_all_documents() -> None:
    nameless = replace(state().groups[0], slug="")
    paths = set(documents.all_paths(replace(state(), groups=(nameless, state().groups[1]))))

    groups = {each for each in paths if each.startswith("/status/groups/")}
    assert groups == {f"/status/groups/edge/{form}" for form in BADGES}
    assert all(documents.is_document_path(each) for each in groups)


def test_a_state_that_was_stored_without_slugs_of_groups_is_read() -> None:
    types = state_type()
    stored = types.dump_python(state(), mode="json")
    for each in stored["groups"]:
        del each["slug"]

    assert [each.slug for each in types.validate_python(stored).groups] == ["", ""]


@pytest.mark.django_db
def test_a_hidden_group_is_as_one_that_there_never_was_s2() -> None:
    build.component(group=build.group("Zqhidden", visible=False))
    build.component("Shop", group=build.group("Core"))

    shown = gather(now=NOW)

    assert [each.slug for each in shown.groups] == [Group.objects.get(name="Core").slug]
    assert documents.document("/status/groups/zqhidden/badge.svg", shown) is None


@pytest.mark.django_db
def test_the_uptime_of_groups_is_that_of_the_published_page() -> None:
    assert group_uptimes() == {}
    core = build.group("Core")
    StatusPeriod.objects.create(
        component=build.component("Known", group=core),
        status=Status.OPERATIONAL,
        started_at=timezone.now() - timedelta(days=2),
    )
    build.component("New", group=build.group("New"))
    publish()

    assert group_uptimes() == {core.pk: 100.0}
    assert group_uptimes("main") == group_uptimes()
    assert group_uptimes("no-such-page") == {}
