"""A day of hourly means for every component, from rollups, in few queries."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from components.models import Component
from components.status import Status
from monitors.history import rollup_store
from monitors.history.hourly_latency import HOURS, clear_cache, hourly_means
from monitors.models import Check, Folding
from monitors.models.rollup import FOLDING
from monitors.rules.rollups import Resolution, Tally
from statuspage.renderers.html.render import render_page
from statuspage.state.builder import gather
from tests import build

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]
UNTIL = 480_000 * 60


@pytest.fixture(autouse=True)
def fresh() -> None:
    clear_cache()


def answered(component: Component, hours_ago: int, *milliseconds: int) -> None:
    tally = Tally()
    for each in milliseconds:
        tally.add("up", each * 1000)
    tally.add("down", None)
    check = Check.objects.filter(monitor__component=component).latest("pk")
    minute = UNTIL - hours_ago * 60
    rollup_store.write(Resolution.HOUR, {(check.pk, minute): tally})


def folded(until: int = UNTIL) -> None:
    Folding.objects.update_or_create(
        pk=FOLDING, defaults={"minutes_until": until, "hours_until": until, "days_until": until}
    )


def test_means_stand_at_their_hours_and_gaps_stay_gaps() -> None:
    component = build.component()
    build.monitor(component)
    answered(component, 1, 80, 100)
    answered(component, 24, 10)
    answered(component, 25, 999)
    folded()

    means = hourly_means()

    assert means == {component.pk: (10, *[None] * 22, 90)}
    assert len(means[component.pk]) == HOURS


def test_several_monitors_of_a_component_count_together() -> None:
    component = build.component()
    for latency in (10, 30):
        build.monitor(component)
        answered(component, 1, latency)
    folded()

    assert hourly_means()[component.pk][-1] == 20


def test_it_is_read_once_an_hour_and_not_with_every_publication() -> None:
    for number in range(3):
        component = build.component(name=f"Service {number}")
        build.monitor(component)
        answered(component, 1, 80)
    folded()

    with CaptureQueriesContext(
        connection,
    ) as first:
        hourly_means()
    with CaptureQueriesContext(connection) as then:
        hourly_means()
    folded(UNTIL + 60)

    assert (len(first), len(then)) == (3, 1)
    assert hourly_means()[component.pk][-2:] == (80, None)


def test_before_anything_is_folded_there_is_nothing() -> None:
    build.monitor(build.component())

    assert hourly_means() == {}


def test_the_page_is_told() -> None:
    component = build.component()
    build.monitor(component)
    answered(component, 2, 80)
    answered(component, 1, 120)
    folded()

    (view,) = gather(now=datetime.now(UTC)).components

    assert view.response_ms[-2:] == (80, 120)
    # Beside what answers: of one that does not, the times of its last good answers would mislead.
    Component.objects.update(status=Status.OPERATIONAL)
    page = render_page(gather(now=datetime.now(UTC))).decode()
    assert 'aria-label="Last 24 h: 80 ms to 120 ms"' in page
