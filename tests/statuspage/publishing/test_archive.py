"""Older pages and dialects by both layers of history (F-T13, F-T15)."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from components.history import corrections
from components.history.imported import write_imported
from components.journal import record
from components.languages.registry import words_of
from components.models import Component, DeclaredPeriod, StatusPeriod
from components.status import Status
from components.uptime.periods import Period
from components.values.severity import Severity
from incidents.models import Incident
from incidents.services import open_incident, post_update
from incidents.workflow import IncidentState
from statuspage.publishing.archive import parse_path
from statuspage.publishing.documents import Document
from statuspage.renderers.json.statuspage_v2_objects import Objects
from statuspage.renderers.json.system_status_objects import history
from statuspage.state.builder import gather
from statuspage.state.page_state import PageState
from tests import build
from tests.statuspage.page_html import Element, read

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]
DAY = timedelta(days=1)


def midnight(days_ago: int) -> datetime:
    today = timezone.now().date()
    return datetime.combine(today - days_ago * DAY, datetime.min.time(), UTC)


@pytest.fixture
def component() -> Component:
    made = build.component("Shop", slug="shop")
    build.monitor(made)
    StatusPeriod.objects.update(status=Status.OPERATIONAL, started_at=midnight(200))
    return made


def incident(
    component: Component, began: datetime, ended: datetime | None, **more: Any
) -> Incident:
    return open_incident(
        title="Told afterwards", severity=Severity.CRITICAL, message="x", started_at=began,
        resolved_at=ended, impacts={component: Status.MAJOR_OUTAGE}, **more,
    )  # fmt: skip


def page(path: str, query: bytes = b"") -> Element:
    asked = parse_path(path, query)
    assert asked is not None
    made = asked.make(gather(now=timezone.now()))
    assert isinstance(made, Document)
    return read(made.body)


def rows(shown: Element) -> list[str]:
    return [
        " ".join(row.text.split()) for row in shown.one("details", class_="table").all("tr")[1:]
    ]


def days_of(state: PageState, days: int = 90) -> dict[date, dict[str, Any]]:
    (shown,) = state.components
    told = json.loads(json.dumps(history(shown, state, days)))
    return {date.fromisoformat(day["date"]): day for day in told["days"]}


def test_an_incident_of_last_year_moves_exactly_its_days(component: Component) -> None:
    StatusPeriod.objects.update(started_at=midnight(400))
    began = midnight(300) + timedelta(hours=23)

    incident(component, began, began + timedelta(hours=2))

    shown = page("/status/components/shop")
    assert len(rows(shown)) == 2
    assert all("major outage 1 h" in row for row in rows(shown))
    assert "Told afterwards" in shown.text
    assert "99.97 % in a year" in shown.text


def test_a_day_that_was_corrected_after_it_was_over_says_so(component: Component) -> None:
    now = timezone.now()
    period = corrections.add_correction(
        component, status=Status.DEGRADED, started_at=midnight(40) + timedelta(hours=5),
        ended_at=midnight(40) + timedelta(hours=6), note="n", now=now,
    )  # fmt: skip

    (row,) = rows(page("/status/components/shop"))
    assert f"reduced performance 1 h, corrected on {now.day} {now:%b}" in row

    corrections.withdraw_period(period, note="n", now=now)
    assert not page("/status/components/shop").all("details", class_="table")


def test_the_year_says_which_layer_its_figures_follow(component: Component) -> None:
    assert "the worse of what was measured and what was declared counts" in (
        page("/status/components/shop").text
    )
    by_hand = build.component("Desk", slug="desk")
    DeclaredPeriod.objects.filter(component=by_hand).update(started_at=midnight(2))
    assert "100 % in 90 days, 100 % in a year; reported by staff" in (
        page("/status/components/desk").text
    )


def test_a_month_shows_what_began_before_it(component: Component) -> None:
    first = timezone.now().date().replace(day=1)
    long_ago = datetime.combine(first - 40 * DAY, datetime.min.time(), UTC)
    incident(component, long_ago, None)
    middle = (first - DAY).replace(day=1)

    for month in (first, middle):
        shown = page(f"/status/history/{month:%Y-%m}", b"component=shop")
        assert "Told afterwards" in shown.text
        assert "Nothing happened" not in shown.text
        assert f"since {long_ago.day} {long_ago:%b}" in shown.text


def test_a_day_of_which_nothing_is_known_has_neither_status_nor_uptime(
    component: Component,
) -> None:
    StatusPeriod.objects.update(started_at=midnight(10) + timedelta(hours=23))
    incident(component, midnight(20), midnight(20) + timedelta(minutes=90))

    days = days_of(gather(now=timezone.now()))

    def told(days_ago: int) -> tuple[Any, Any]:
        day = days[midnight(days_ago).date()]
        return day["status"], day["uptime"]

    assert told(21) == told(15) == (None, None)
    assert told(20) == ("major_outage", 0.0)
    # An hour of it is known, and was good.
    assert told(9) == ("operational", 100.0)
    assert told(10)[1] == 100.0


def test_the_first_day_is_counted_from_the_first_knowledge(component: Component) -> None:
    Incident.objects.all().delete()
    StatusPeriod.objects.update(started_at=midnight(10) + timedelta(hours=20))
    began = midnight(10) + timedelta(hours=22)
    incident(component, began, began + timedelta(hours=1))

    day = days_of(gather(now=timezone.now()))[midnight(10).date()]

    assert (day["status"], day["uptime"]) == ("major_outage", 75.0)


def test_what_was_written_down_afterwards_was_not_created_after_its_end(
    component: Component,
) -> None:
    """F-T15: in Statuspage's shape, `created_at` is never later than `resolved_at`."""
    incident(component, midnight(3), midnight(3) + timedelta(hours=1))
    open_one = incident(component, midnight(2), None)
    post_update(open_one, status=IncidentState.RESOLVED, message="Done")
    state = gather(now=timezone.now())

    for known in (*state.incidents, *state.past_incidents):
        told = Objects(state).incident(known)
        resolved = told["resolved_at"]
        assert resolved is not None
        assert told["created_at"] <= resolved
        assert told["started_at"] <= resolved
        assert all(told["created_at"] <= each["created_at"] for each in told["incident_updates"])


def test_history_that_was_imported_says_from_where_and_until_when(component: Component) -> None:
    until = midnight(200)
    period = Period(Status.OPERATIONAL, midnight(230), until)
    with transaction.atomic():
        record(write_imported(component, [(period, "")], origin="kuma", product="Uptime Kuma"))
    other = build.component("Desk", slug="desk")

    shown = page("/status/components/shop").text
    german = parse_path("/status/components/shop")
    assert german is not None
    made = german.make(gather(now=timezone.now()), words_of("de"))
    assert isinstance(made, Document)

    on = f"{until.day} {until:%b}" + (f" {until.year}" if until.year != timezone.now().year else "")
    assert f"History before {on} was imported from Uptime Kuma." in shown
    assert "wurde aus Uptime Kuma importiert." in read(made.body).text
    assert "imported" not in page(f"/status/components/{other.slug}").text

    DeclaredPeriod.objects.filter(component=component).update(withdrawn_at=timezone.now())
    assert "imported" not in page("/status/components/shop").text
