"""F-M12: a retired component is off the page and not counted, and its past goes on naming it."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from components.models import Component, DeclaredPeriod, JournalEntry, StatusPeriod
from components.services import save_component, set_override
from components.status import Status
from components.values.severity import Severity
from incidents.services import open_incident, post_update
from incidents.workflow import IncidentState
from maintenance.models import Window
from maintenance.services import schedule
from monitors.models import Check
from monitors.services import save_monitor
from statuspage.catalogue_files.components import restore, retire
from statuspage.publishing import documents
from statuspage.publishing.archive import parse_path
from statuspage.renderers.html.render import render_page
from statuspage.renderers.json.public import public_json
from statuspage.renderers.json.statuspage_v2 import statuspage_v2
from statuspage.state.builder import gather
from statuspage.state.page_state import PageState
from tests import build
from tests.statuspage.edge.test_slug_redirects import visit

pytestmark = pytest.mark.django_db(transaction=True)


def state() -> PageState:
    return gather(now=datetime.now(UTC))


def off(component: Component) -> Component:
    return retire(component, now=datetime.now(UTC).timestamp())


def back(component: Component) -> Component:
    return restore(component, now=datetime.now(UTC).timestamp())


def old_shop(name: str = "Old shop", **fields: Any) -> Component:
    """A component that had an incident, which is over."""
    component = build.component(name, slug="old-shop", **fields)
    incident = open_incident(
        title="It was slow", severity=Severity.MINOR, message="We look.",
        impacts={component: Status.DEGRADED},
    )  # fmt: skip
    post_update(
        incident, status=IncidentState.RESOLVED, message="Over.",
        impacts={component: Status.OPERATIONAL},
    )  # fmt: skip
    return component


def shown(path: str) -> str:
    request = parse_path(path)
    assert request is not None
    document = request.make(state())
    assert isinstance(document, documents.Document)
    return document.body.decode()


def test_it_leaves_the_page_and_past_incidents_name_it() -> None:
    build.component("Shop", slug="shop")
    off(old_shop())

    page = state()

    assert [each.name for each in page.components] == ["Shop"]
    assert [each.name for each in page.retired] == ["Old shop"]
    assert page.past_incidents[0].components == ("Old shop",)
    assert json.loads(public_json(page))["services"][0]["name"] == "Shop"
    incident = json.loads(statuspage_v2(page)["/api/v2/incidents.json"])["incidents"][0]
    assert [each["name"] for each in incident["components"]] == ["Old shop"]
    assert incident["incident_updates"][0]["affected_components"][0]["name"] == "Old shop"
    listed = json.loads(statuspage_v2(page)["/api/v2/components.json"])["components"]
    assert [each["name"] for each in listed] == ["Shop"]
    reference = page.past_incidents[0].reference
    made = documents.document(f"/status/incidents/{reference}", page)
    assert made is not None
    assert b"Old shop" in made.body
    assert "Old shop" in shown("/status/history")
    assert b"Old shop" in render_page(page)  # in the incident of the last days


def test_its_own_page_feeds_and_badges_say_so() -> None:
    off(old_shop())
    page = state()

    body = shown("/status/components/old-shop")
    made = {
        name: document.body.decode()
        for name in documents.FORMATS
        if (document := documents.document(f"/status/components/old-shop/{name}", page))
    }

    assert "Retired" in body
    assert "It was slow" in body
    assert made.keys() == documents.FORMATS.keys()
    for badge in ("badge.svg", "uptime.svg", "response.svg"):
        assert "retired" in made[badge].lower()
    assert made["status.txt"].startswith("RETIRED: Old shop")
    assert "It was slow" in made["feed.atom"]
    assert "It was slow" in shown("/status/history").replace("&nbsp;", " ")


def test_it_neither_counts_nor_is_probed_and_its_history_stays() -> None:
    build.component("Shop")
    old = build.component("Old", slug="old", critical=True)
    monitor = build.monitor(old)
    Check.objects.update(verdict="down", checked=1.0)
    save_component(old)
    assert build.status_of(old) is Status.MAJOR_OUTAGE
    # An hour ago: what lasts less than a second is no period.
    earlier = timedelta(hours=1)
    for period in StatusPeriod.objects.filter(component=old).order_by("started_at"):
        period.started_at -= earlier
        period.ended_at = period.ended_at and period.ended_at - earlier
        period.save()
    periods = StatusPeriod.objects.filter(component=old).count()

    off(old)
    save_monitor(monitor, regions=())  # an edit does not start it again

    assert Check.objects.get().due is None
    assert build.status_of(old) is Status.UNKNOWN
    assert state().status is Status.OPERATIONAL
    assert StatusPeriod.objects.filter(component=old).count() == periods
    assert not StatusPeriod.objects.filter(component=old, ended_at=None).exists()


def test_it_comes_back_as_it_was() -> None:
    old = build.component("Old", slug="old")
    build.monitor(old)
    paused = build.monitor(old, enabled=False)
    off(old)

    back(old)

    due = dict(Check.objects.values_list("monitor", "due"))
    assert [pk for pk, at in due.items() if at is None] == [paused.pk]
    assert [each.name for each in state().components] == ["Old"]
    assert state().retired == ()
    kinds = JournalEntry.objects.filter(kind__startswith="component.re").order_by("id")
    assert [each.kind for each in kinds] == ["component.retired", "component.restored"]


def test_one_that_was_run_by_hand_or_set_by_hand_is_declared_no_more() -> None:
    by_hand, by_word = build.component("A", slug="a"), build.component("B", slug="b")
    set_override(by_word, status=Status.MAJOR_OUTAGE)
    longer_ago = datetime(2026, 1, 1, tzinfo=UTC)
    DeclaredPeriod.objects.update(started_at=longer_ago)

    off(by_hand)
    off(by_word)

    assert not DeclaredPeriod.objects.filter(ended_at=None).exists()
    assert build.status_of(by_word) is Status.UNKNOWN


def test_doing_it_twice_is_doing_it_once() -> None:
    old = off(build.component("Old", slug="old"))
    at = old.retired_at

    off(old)

    assert old.retired_at == at
    assert JournalEntry.objects.filter(kind="component.retired").count() == 1


def test_a_new_one_of_its_name_keeps_the_name_and_their_incidents_apart() -> None:
    off(old_shop("Shop"))
    build.component("Shop", slug="shop")

    page = state()

    assert [each.name for each in page.components] == ["Shop"]
    assert page.past_incidents[0].components == ("Shop (retired)",)
    feed = documents.document("/status/components/shop/feed.atom", page)
    assert feed is not None
    assert b"It was slow" not in feed.body


def test_a_hidden_one_stays_hidden_when_it_is_retired() -> None:
    off(old_shop(visible=False))

    page = state()

    assert (page.components, page.retired) == ((), ())
    assert page.past_incidents[0].components == ()
    assert documents.document("/status/components/old-shop/badge.svg", page) is None
    assert not JournalEntry.objects.get(kind="component.retired").public


def test_a_window_of_the_past_goes_on_naming_it() -> None:
    old = build.component("Old", slug="old")
    now = datetime.now(UTC)
    window = Window(title="Move", starts_at=now.replace(year=2026, month=1, day=2), ends_at=now)
    schedule(window, components=[old], at=now)
    off(old)

    listed = (*state().windows, *state().past_windows, *state().older_windows)

    assert [each.components for each in listed] == [("Old",)]


@pytest.mark.asyncio
async def test_its_former_slugs_lead_to_its_own_page() -> None:
    component = await sync_to_async(build.component)("API", slug="api")
    component.slug = "gateway"
    await sync_to_async(save_component)(component)
    await sync_to_async(off)(component)

    former = await visit("/status/components/api/badge.svg")
    present = await visit("/status/components/gateway/badge.svg")

    assert former.headers["location"] == "/status/components/gateway/badge.svg"
    assert (present.status, b"Retired" in present.body) == (200, True)
