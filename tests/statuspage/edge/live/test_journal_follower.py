"""The tail: what the journal and the publisher did reaches viewers in order; old bytes say so."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from components import services
from components.status import Status
from components.values.severity import Severity
from incidents.services import open_incident
from statuspage.access.pages import save_page
from statuspage.edge.live import journal_follower
from statuspage.edge.live.events import LiveEvent
from statuspage.edge.live.hub import Hub, Viewer
from statuspage.edge.live.journal_follower import JournalFollower, watch_age
from statuspage.edge.pages import PublicPages
from statuspage.models import Page
from statuspage.publishing import rendered, snapshot
from tests import build
from tests.statuspage.page_states import page
from tests.waiting import PATIENCE

both = [pytest.mark.both, pytest.mark.django_db(transaction=True)]


class Loop:
    """Runs at once what the tail hands to the event loop."""

    def call_soon_threadsafe(self, call: Any, *arguments: Any) -> None:
        call(*arguments)


async def _join(hub: Hub) -> Viewer:
    found = hub.join(None)
    assert found is not None
    return found[0]


def tail() -> tuple[JournalFollower, PublicPages, Hub, list[LiveEvent]]:
    pages, hub, told = PublicPages(), Hub(), []
    publish = hub.publish

    def hear(events: Any, state: Any) -> None:
        told.extend(events)
        publish(events, state)

    hub.publish = hear  # type: ignore[method-assign]
    return JournalFollower(pages=pages, hub=hub, loop=Loop()), pages, hub, told  # type: ignore[arg-type]


class TestFollowing:
    pytestmark = both

    def test_the_published_page_is_installed_and_its_past_is_not_told_again(self) -> None:
        build.component("Shop")
        follower, pages, hub, told = tail()

        follower._check()

        assert pages.snapshot == snapshot.load()
        assert hub.state is not None
        assert told == []

    def test_what_this_process_published_is_not_read_back(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        build.component("Shop")
        follower, pages, hub, _ = tail()
        follower._check()
        monkeypatch.setattr(snapshot, "load", pytest.fail)

        pages.install(snapshot.publish())
        follower._check()

        assert hub.state is not None
        assert pages.snapshot is not None
        assert hub.state is pages.snapshot.state

    def test_a_change_is_told_with_its_public_name_and_facts_l03(self) -> None:
        component = build.component("Shop")
        follower, _, _, told = tail()
        follower._check()

        services.set_override(component, status=Status.MAJOR_OUTAGE, note="internal words")
        follower._check()

        assert [event.name for event in told] == [
            "status.component_changed",
            "status.global_changed",
        ]
        assert '"old_status":"operational","status":"major_outage"' in told[0].data
        assert not any("internal words" in event.data for event in told)
        assert [event.id for event in told] == sorted(event.id for event in told)

    def test_nothing_of_a_hidden_component_is_told_l04_s2(self) -> None:
        component = build.component("Secret", visible=False)
        follower, _, _, told = tail()
        follower._check()

        services.set_override(component, status=Status.MAJOR_OUTAGE)
        component.name = "Still secret"
        services.save_component(component)
        follower._check()

        assert not any("ecret" in event.data for event in told)

    def test_the_past_of_what_is_hidden_since_is_not_told_either_s2(self) -> None:
        component = build.component("Shop")
        follower, _, _, told = tail()
        follower._check()

        services.set_override(component, status=Status.MAJOR_OUTAGE)
        component.visible = False
        services.save_component(component)
        follower._check()

        assert not any("Shop" in event.data for event in told)

    def test_a_change_of_the_catalogue_is_told_as_a_fresh_state(self) -> None:
        follower, _, _, told = tail()
        build.component("Shop")
        follower._check()

        build.component("Warehouse")
        follower._check()

        assert {event.name for event in told} >= {"status.snapshot"}
        assert "Warehouse" in told[-1].data

    def test_a_page_on_disk_that_the_database_knows_nothing_of_gives_way(self) -> None:
        build.component("Shop")
        follower, pages, _, _ = tail()
        pages.install(rendered.build(replace(page(), version=10**6)))

        follower._check()

        assert pages.snapshot == snapshot.load()

    def test_a_database_that_was_set_back_is_followed_from_where_it_is(self) -> None:
        component = build.component("Shop")
        follower, pages, hub, told = tail()
        follower._check()
        services.set_override(component, status=Status.MAJOR_OUTAGE)
        follower._check()
        viewer = asyncio.run(_join(hub))
        ahead = pages.snapshot
        follower._newest = 10**6
        pages.snapshot = replace(ahead, version=10**6)  # type: ignore[type-var]
        told.clear()

        follower._check()
        services.set_override(component, status=Status.DEGRADED)
        follower._check()

        assert viewer.dropped
        assert pages.snapshot == snapshot.load()
        assert '"status":"degraded"' in told[0].data

    def test_an_event_waits_for_the_page_that_shows_it_but_not_for_ever(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        component = build.component("Shop")
        follower, _, _, told = tail()
        follower._check()
        monkeypatch.setattr(snapshot, "load", lambda known: None)
        services.set_override(component, status=Status.DEGRADED)

        follower._check()
        waited = list(told)
        monkeypatch.setattr(journal_follower, "PAGE_TIMEOUT", 0.0)
        follower._check()

        assert waited == []
        assert told != []

    def test_viewers_of_a_page_are_told_when_it_shows_what_those_of_main_were_told_before(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """To publish many pages takes longer than an event waits: it was never told of there."""
        component = build.component("Shop")
        save_page(Page(slug="shop"), components=[component])
        follower, pages, hub, told = tail()
        follower._check()
        viewer = asyncio.run(_join(hub.room(pages.states()["shop"])))
        load = snapshot.load
        monkeypatch.setattr(snapshot, "load", lambda known: None)
        monkeypatch.setattr(journal_follower, "PAGE_TIMEOUT", 0.0)
        open_incident(
            title="Slow", message="We look.", severity=Severity.MINOR,
            impacts={component: Status.DEGRADED},
        )  # fmt: skip

        follower._check()
        early = list(viewer.events)
        monkeypatch.setattr(snapshot, "load", load)
        snapshot.publish(now=datetime.now(UTC) + timedelta(seconds=1))
        follower._check()

        names = [event.name for event in told]
        assert "status.incident_created" in names
        assert early == []
        assert "status.incident_created" in [event.name for event in viewer.events]


async def test_old_figures_are_shown_with_their_age_r1() -> None:
    pages = PublicPages()
    old = datetime.now(UTC) - timedelta(seconds=90)
    pages.install(rendered.build(replace(page(), built_at=old)))
    before = pages.snapshot

    watching = asyncio.create_task(watch_age(pages, every=0.01))
    for _ in range(200):
        await asyncio.sleep(0.02)
        if pages.snapshot is not before:
            break
    watching.cancel()

    assert before is not None
    assert pages.snapshot is not None
    fresh, stale = (s.bodies["page.html"].identity for s in (before, pages.snapshot))
    assert stale != fresh
    assert len(stale) > len(fresh)


async def test_fresh_figures_are_left_alone() -> None:
    pages = PublicPages()
    pages.install(rendered.build(replace(page(), built_at=datetime.now(UTC))))
    before = pages.snapshot

    watching = asyncio.create_task(watch_age(pages, every=0.01))
    await asyncio.sleep(0.1)
    watching.cancel()

    assert pages.snapshot is before


@pytest.mark.both
@pytest.mark.django_db(transaction=True)
def test_the_thread_survives_whatever_happens_to_the_database(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    follower, *_ = tail()
    checks = 0

    def check() -> None:
        nonlocal checks
        checks += 1
        if checks >= 3:
            follower.stop()
        raise OSError("gone")

    monkeypatch.setattr(journal_follower, "RETRY_SECONDS", 0.01)
    monkeypatch.setattr(follower, "_check", check)

    follower.start()
    follower.join(timeout=PATIENCE)

    assert not follower.is_alive()
    assert checks == 3
