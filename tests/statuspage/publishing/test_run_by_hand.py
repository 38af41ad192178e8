"""Components that staff report, and what two words at once come to."""

from datetime import timedelta

import pytest
from django.utils import timezone

from components.models import DeclaredPeriod, StatusPeriod
from components.services import save_component
from components.status import Status
from components.uptime.layers import Policy
from incidents.services import (
    post_update,
)
from incidents.workflow import IncidentState
from maintenance.lifecycle import WindowState
from maintenance.services import delete_window, transition
from monitors.models import Check
from monitors.services import delete_monitor
from tests import build
from tests.statuspage.publishing.test_two_layers import (
    DOWN,
    HOUR,
    UP,
    WEAK,
    declared,
    incident,
    measured,
    view,
    watched,
    window,
)

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]


def test_a_component_without_monitors_is_reported_by_staff_f_t13() -> None:
    component = build.component("Support desk")

    fresh = view(component)
    assert (fresh.status, fresh.uptime, fresh.by_staff) == (UP, None, True)
    assert fresh.basis is Policy.DECLARED
    assert [day.status for day in fresh.days] == [Status.UNKNOWN]
    assert measured(component) == []

    DeclaredPeriod.objects.update(started_at=timezone.now() - 10 * HOUR)
    incident(component, started_at=timezone.now() - 5 * HOUR)
    assert view(component).uptime == pytest.approx(50, abs=0.1)


def test_one_whose_monitors_never_reported_has_no_percentage_and_no_green_cell_f_t13() -> None:
    component = build.component()
    # It took a quarter of an hour to make its monitor.
    DeclaredPeriod.objects.update(started_at=timezone.now() - timedelta(minutes=15))
    build.monitor(component)
    StatusPeriod.objects.update(started_at=timezone.now() - 30 * HOUR)

    shown = view(component)

    assert (shown.status, shown.uptime, shown.first_known_on) == (Status.UNKNOWN, None, None)
    assert not shown.by_staff
    assert not DeclaredPeriod.objects.exists()


def test_from_when_its_last_monitor_is_gone_it_is_run_by_hand() -> None:
    component = watched()
    (check,) = Check.objects.select_related("monitor")

    delete_monitor(check.monitor)

    assert StatusPeriod.objects.get(component=component).ended_at is not None
    assert view(component).by_staff
    uptime = view(component).uptime
    assert uptime == 100


def test_setting_up_leaves_no_period_of_no_length_f_t13() -> None:
    component = build.component()
    monitor = build.monitor(component)
    Check.objects.update(verdict="down")
    save_component(component)
    monitor.enabled = False

    for rows in (StatusPeriod.objects, DeclaredPeriod.objects):
        for begin, end in rows.exclude(ended_at=None).values_list("started_at", "ended_at"):
            assert end is not None
            assert end - begin >= timedelta(seconds=1)


def test_of_two_open_incidents_the_worse_counts_and_then_the_other() -> None:
    component = watched()
    now = timezone.now()
    worse = incident(component, started_at=now - HOUR)
    incident(component, WEAK, started_at=now - 2 * HOUR)
    component.refresh_from_db()
    assert (component.status, component.status_since) == (DOWN, now - HOUR)

    post_update(worse, status=IncidentState.RESOLVED, message="x")

    worse.refresh_from_db()
    component.refresh_from_db()
    assert (component.status, component.status_since) == (WEAK, worse.resolved_at)


@pytest.mark.projected
def test_ft15_maintenance_entered_afterwards_counts_from_its_start_to_its_end() -> None:
    """Wholly over when it was entered, or begun: nothing of it had been measured."""
    shop, mail = watched("Shop"), watched("Mail")
    now = timezone.now().replace(microsecond=0)
    over = window(shop, now - 9 * HOUR, now - 7 * HOUR)
    begun = window(mail, now - HOUR, now + HOUR)

    assert declared(shop) == [("window", "maintenance", now - 9 * HOUR, now - 7 * HOUR)]
    [(source, _, start, end)] = declared(mail)
    assert (source, start) == ("window", now - HOUR)
    assert end is not None
    assert now <= end <= timezone.now()
    assert view(shop).status is Status.OPERATIONAL
    assert sum(day.seconds.get(Status.MAINTENANCE, 0) for day in view(shop).days) == 7200

    delete_window(over)
    transition(begun, to=WindowState.CANCELLED, at=timezone.now())

    assert declared(shop) == declared(mail) == []


@pytest.mark.projected
def test_maintenance_that_is_measured_as_it_happens_declares_nothing() -> None:
    shop = watched("Shop")
    now = timezone.now()
    planned = window(shop, now + HOUR, now + 2 * HOUR)

    transition(planned, to=WindowState.IN_PROGRESS, at=now)
    planned.refresh_from_db()
    transition(planned, to=WindowState.COMPLETED, at=timezone.now())

    assert declared(shop) == []
