"""The past that a demonstration is given: it adds up, alone and in a store."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from components.models import Component, JournalEntry, StatusPeriod
from components.status import Status
from components.uptime.periods import summarise
from incidents.models import Impact, Incident
from incidents.workflow import IncidentState
from maintenance.lifecycle import WindowState
from maintenance.models import Window
from monitors.history.latency_series import Span, component_response_times
from monitors.models import Monitor
from monitors.readers.selectors import count_group
from statuspage.catalogue_files import preset
from statuspage.demo import (
    catalogue,
    history,
    scenario,
    status_history,
)
from statuspage.demo.callers import AGENTS
from statuspage.demo.connections import TOKEN, connect
from statuspage.demo.targets import DemoTargets, Target
from statuspage.event_types import DEMO_FILLED
from statuspage.models import ApiToken
from statuspage.publishing import projector
from statuspage.state.builder import gather
from tests import build

NOW = datetime(2026, 3, 14, 15, 9, 26, tzinfo=UTC)
MIDNIGHT = datetime(2026, 3, 14, 0, 0, tzinfo=UTC)
SLUGS = tuple(
    part.slug for group in preset.read(catalogue.PRESET).groups for part in group.components
)


@pytest.mark.parametrize("now", [NOW, MIDNIGHT])
@pytest.mark.parametrize("slug", SLUGS)
def test_a_past_has_no_gap_and_no_overlap_and_ends_open(slug: str, now: datetime) -> None:
    log = status_history.past([slug], now=now)[slug]

    assert all(one.end == next_.start for one, next_ in pairwise(log))
    assert all(period.end > period.start for period in log[:-1] if period.end)
    assert (log[-1].status, log[-1].end) == (Status.OPERATIONAL, None)
    assert log[-1].start < now - timedelta(days=1)


@pytest.mark.parametrize("slug", SLUGS)
def test_the_uptime_of_a_past_is_plausible(slug: str) -> None:
    log = status_history.past([slug], now=NOW)[slug]

    uptime = summarise(log, start=NOW - timedelta(days=90), end=NOW).uptime

    assert uptime is not None
    assert 99.5 < uptime <= 100


def test_the_past_is_not_all_roses() -> None:
    seen = {period.status for log in status_history.past(SLUGS, now=NOW).values() for period in log}

    assert seen == {*Status} - {Status.UNKNOWN}


def test_the_past_is_the_same_every_time() -> None:
    assert status_history.past(SLUGS, now=NOW) == status_history.past(reversed(SLUGS), now=NOW)


@pytest.mark.parametrize("told", scenario.INCIDENTS, ids=lambda told: told.title)
def test_a_story_names_real_components_and_ends_after_all_it_tells(
    told: scenario.IncidentScenario,
) -> None:
    last = told.words[-1]

    assert set(told.impacts) <= set(SLUGS)
    assert [word.after for word in told.words] == sorted(word.after for word in told.words)
    assert last.state is IncidentState.RESOLVED
    assert all(word.state is not IncidentState.RESOLVED for word in told.words[:-1])
    assert last.after >= max(outage.begins + outage.minutes for outage in told.outages)
    assert len(told.words) in (2, 3)


@pytest.fixture
def services() -> Iterator[DemoTargets]:
    made = catalogue.targets_for(preset.read(catalogue.PRESET), first_port=0)
    yield made
    made.close()


def fill(services: DemoTargets, *, now: datetime = NOW) -> bool:
    watched = catalogue.watch(preset.read(catalogue.PRESET), services)
    return history.fill(watched, name=catalogue.PRESET, now=now)


def counts() -> list[int]:
    models = (Component, StatusPeriod, Monitor, Incident, Impact, Window, JournalEntry)
    return [model._default_manager.count() for model in models]


@pytest.mark.both
@pytest.mark.django_db
def test_every_component_has_one_open_period_and_it_is_its_status(services: DemoTargets) -> None:
    fill(services)

    for component in Component.objects.all():
        period = StatusPeriod.objects.get(component=component, ended_at=None)
        assert (period.status, period.started_at) == (component.status, component.status_since)


@pytest.mark.django_db
def test_probing_goes_on_from_where_the_past_ends(services: DemoTargets) -> None:
    fill(services)
    before = counts()

    projector.catch_up()

    assert counts() == before  # no period was cut, no change journalled
    assert not Component.objects.exclude(status=Status.OPERATIONAL).exists()


@pytest.mark.django_db
def test_filling_twice_adds_nothing(services: DemoTargets) -> None:
    assert fill(services)
    projector.catch_up()
    before = counts()

    again = fill(services, now=NOW + timedelta(days=1))
    moved = catalogue.update_addresses(services)

    assert (again, moved, counts()) == (False, 0, before)


@pytest.mark.django_db
def test_the_past_is_one_entry_of_the_journal(services: DemoTargets) -> None:
    fill(services)

    kinds = list(JournalEntry.objects.values_list("kind", flat=True))

    assert kinds.count(DEMO_FILLED.name) == 1
    assert not [kind for kind in kinds if kind.startswith(("incident.", "component.status"))]


@pytest.mark.django_db
def test_a_store_with_other_data_is_refused_and_left_as_it_is(services: DemoTargets) -> None:
    build.component()
    before = counts()

    with pytest.raises(history.ForeignStoreError):
        fill(services)

    assert counts() == before


@pytest.mark.django_db
def test_the_page_shows_what_was_told_and_days_without_data(services: DemoTargets) -> None:
    fill(services)

    state = gather(now=NOW)

    young = {c.slug for c in state.components if c.first_known_on != state.history_from}
    assert young == {"shared-agents"}
    assert [incident.title for incident in state.past_incidents] == [
        told.title for told in scenario.INCIDENTS if told.days_ago <= 14
    ]
    assert [window.title for window in state.windows] == [scenario.COMING_WORK.title]
    assert Window.objects.get(title=scenario.PAST_WORK.title).state == WindowState.COMPLETED


@pytest.mark.django_db
def test_an_incident_lies_on_the_days_that_its_components_were_ill(services: DemoTargets) -> None:
    fill(services)

    for impact in Impact.objects.select_related("incident"):
        found = StatusPeriod.objects.filter(
            component=impact.component,
            status=impact.status,
            started_at__gte=impact.incident.started_at,
            ended_at__lte=impact.incident.resolved_at,
        )
        assert found.exists()


@pytest.mark.django_db
def test_monitors_follow_their_services_to_other_ports(services: DemoTargets) -> None:
    fill(services)
    kept = Monitor.objects.get(name="API answers")
    kept.config = {"url": "http://127.0.0.1:9/elsewhere"}
    kept.save()
    others = catalogue.targets_for(preset.read(catalogue.PRESET), first_port=0)

    moved = catalogue.update_addresses(others)

    others.close()
    servers = [service for service in others if isinstance(service, Target)]
    assert moved == len(servers) - 1
    kept.refresh_from_db()
    assert kept.config["url"] == "http://127.0.0.1:9/elsewhere"
    router = Monitor.objects.get(name="Router 2")
    assert router.config["url"] == others.named("router-2")[0].url


@pytest.mark.both
@pytest.mark.django_db
def test_no_chart_of_a_component_is_empty(services: DemoTargets) -> None:
    fill(services)
    for span, least in ((Span.DAY, 140), (Span.WEEK, 165), (Span.QUARTER, 30)):
        for slug in SLUGS:
            component = Component.objects.get(slug=slug)
            points = component_response_times(component.pk, span=span, now=NOW).all
            timed = Monitor.objects.filter(component=component, kind__in=["endpoint", "storage"])
            assert len(points) >= least or not timed.exists()


@pytest.mark.django_db
def test_every_service_is_watched_by_the_kind_that_fits_it_x14_x15(services: DemoTargets) -> None:
    fill(services)

    kinds = {
        slug: list(Monitor.objects.filter(component__slug=slug).values_list("kind", flat=True))
        for slug in ("shared-agents", "model-storage")
    }
    assert kinds == {"shared-agents": ["heartbeat", "readers"], "model-storage": ["storage"]}
    assert not Monitor.objects.filter(enabled=False).exists()
    assert not any(monitor.placeholders for monitor in Monitor.objects.all())


@pytest.mark.django_db
def test_a_store_of_a_release_that_watched_agents_by_http_is_brought_up_to_date(
    services: DemoTargets,
) -> None:
    fill(services)
    component = Component.objects.get(slug="shared-agents")
    Monitor.objects.filter(component=component).delete()
    build.monitor(component, name="Registry", url="http://127.0.0.1:9/demo/shared-agents")
    kept = build.monitor(component, name="Mine", url="http://127.0.0.1:9/other")
    watched = catalogue.watch(preset.read(catalogue.PRESET), services)

    assert catalogue.replace_former(watched) == 1
    assert catalogue.replace_former(watched) == 0

    names = set(Monitor.objects.filter(component=component).values_list("name", flat=True))
    assert names == {"Agents are live", "Agent scheduler calls in", kept.name}


@pytest.mark.django_db
def test_callers_are_connected_and_agents_known_before_the_product_answers(
    services: DemoTargets,
) -> None:
    fill(services)
    now = time.time()

    connect(services)
    connect(services)

    group = count_group("shared-agents", now=now)
    assert (group.live, group.dead) == (AGENTS, 0)
    assert ApiToken.objects.get(name=TOKEN).scopes == ["readers:write"]
