"""From a journal entry to a status, a period and a published page."""

import time
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from components import services
from components.history.derived import Derivation, apply_statuses
from components.journal import record
from components.models import Component, DeclaredPeriod, JournalEntry, StatusPeriod
from components.rollup import Evidence, MonitorVote, component_status
from components.status import Status, Verdict
from components.values.severity import Severity
from incidents.services import edit_incident, open_incident, post_update
from incidents.workflow import IncidentState
from maintenance.jobs import transition_due_windows
from maintenance.models import Window
from maintenance.services import schedule
from monitors.models import Check
from monitors.rules.check_state import CheckState, Transition
from monitors.services import save_monitor, state_changed_event
from monitors.worker.result_writer import CompletedCheck, store_results
from monitors.worker.stale_evidence import expire_evidence
from statuspage.models import Page
from statuspage.publishing import projector, snapshot
from statuspage.state import builder
from tests import build
from tests.monitors.findings import finding

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]


def overall() -> Status:
    return Status(Page.objects.get().status)


def kinds_since(mark: int) -> list[str]:
    return list(
        JournalEntry.objects.filter(id__gt=mark).order_by("id").values_list("kind", flat=True)
    )


def test_a_component_without_a_monitor_is_run_by_hand_and_operational() -> None:
    component = build.component()

    assert build.status_of(component) is Status.OPERATIONAL


def test_a_component_whose_monitor_has_not_reported_is_unknown() -> None:
    component = build.component()
    build.monitor(component)

    assert build.status_of(component) is Status.UNKNOWN


def test_an_override_shows_at_once_and_is_gone_when_cleared() -> None:
    component = build.component()

    services.set_override(component, status=Status.PARTIAL_OUTAGE, note="seen by eye", actor="olga")
    during = build.status_of(component)
    services.set_override(component, status=None, actor="olga")

    assert during is Status.PARTIAL_OUTAGE
    assert build.status_of(component) is Status.OPERATIONAL


def test_a_failing_probe_travels_to_component_period_journal_and_page() -> None:
    component = build.component("Checkout")
    monitor = build.monitor(component, confirm_down=0)
    check = build.check(monitor)
    failed = finding(check, "down", message="status 503")

    Check.objects.update(lease="mine")
    store_results(
        [
            CompletedCheck(
                *failed.leased(CheckState(Verdict.UP, checked=time.time())), failed.result
            )
        ],
        lease="mine",
    )

    assert build.status_of(component) is Status.MAJOR_OUTAGE
    open_period = StatusPeriod.objects.get(component=component, ended_at=None)
    assert open_period.status == Status.MAJOR_OUTAGE
    published = snapshot.load()
    assert published is not None
    assert published.state.status is Status.MAJOR_OUTAGE
    assert b"Checkout" in published.bodies["page.html"].identity


def test_a_confirmed_outage_begins_with_its_first_failing_check() -> None:
    component = build.component()
    monitor = build.monitor(component)
    began = time.time() - 7
    StatusPeriod.objects.filter(component=component).update(
        started_at=timezone.now() - timedelta(hours=1)
    )
    Check.objects.filter(monitor=monitor).update(verdict="down")

    with transaction.atomic():
        record(state_changed_event(monitor, "global", Transition(Verdict.DOWN, began), message="x"))

    component.refresh_from_db()
    assert component.status_since is not None
    assert abs(component.status_since.timestamp() - began) < 0.001


def test_a_hidden_component_neither_counts_nor_shows_nor_speaks_in_public() -> None:
    build.component("Visible")
    hidden = build.component("Secret launch", visible=False)
    mark = JournalEntry.objects.latest("id").id

    services.set_override(hidden, status=Status.MAJOR_OUTAGE)

    assert overall() is Status.OPERATIONAL
    published = snapshot.load()
    assert published is not None
    assert not any(b"Secret launch" in body.identity for body in published.bodies.values())
    assert not JournalEntry.objects.filter(id__gt=mark, public=True).exists()


def test_evidence_that_stopped_coming_makes_a_component_unknown_x24() -> None:
    component = build.component()
    monitor = build.monitor(component, interval=5)
    now = time.time()
    Check.objects.filter(monitor=monitor).update(verdict="up", checked=now - 16, since=now - 60)

    assert expire_evidence(now=now) == 1
    assert expire_evidence(now=now) == 0

    assert build.status_of(component) is Status.UNKNOWN
    assert overall() is Status.DEGRADED


def test_evidence_that_is_fresh_enough_is_left_alone() -> None:
    monitor = build.monitor(interval=5)
    now = time.time()
    Check.objects.filter(monitor=monitor).update(verdict="up", checked=now - 14.9, since=now - 60)

    assert expire_evidence(now=now) == 0


def test_a_paused_monitor_says_nothing() -> None:
    component = build.component()
    monitor = build.monitor(component)

    monitor.enabled = False
    save_monitor(monitor, regions=[])

    assert build.status_of(component) is Status.OPERATIONAL
    assert Check.objects.get().due is None


def test_an_incident_declares_until_it_is_resolved_m22_m23() -> None:
    component = build.component()
    incident = open_incident(
        title="Slow",
        severity=Severity.MAJOR,
        message="Looking",
        impacts={component: Status.DEGRADED},
    )
    during = build.status_of(component)

    post_update(incident, status=IncidentState.RESOLVED, message="Done")

    assert during is Status.DEGRADED
    assert build.status_of(component) is Status.OPERATIONAL


def test_a_draft_incident_declares_nothing_and_is_not_shown() -> None:
    component = build.component()

    open_incident(
        title="Draft words",
        severity=Severity.MAJOR,
        message="m",
        impacts={component: Status.MAJOR_OUTAGE},
        published=False,
    )

    assert build.status_of(component) is Status.OPERATIONAL
    published = snapshot.load()
    assert published is not None
    assert b"Draft words" not in published.bodies["page.html"].identity


def test_a_window_starts_and_ends_by_the_clock_x07e_x19_x22() -> None:
    component = build.component()
    now = timezone.now()
    window = Window(title="Upgrade", starts_at=now, ends_at=now + timedelta(hours=1))
    schedule(window, components=[component], at=now - timedelta(minutes=1))

    moved = transition_due_windows(now=now)
    during = (build.status_of(component), overall())
    again = transition_due_windows(now=now)
    ended = transition_due_windows(now=now + timedelta(hours=1))

    assert (moved, again, ended) == (1, 0, 1)
    assert during == (Status.MAINTENANCE, Status.MAINTENANCE)
    assert build.status_of(component) is Status.OPERATIONAL


def test_nothing_is_derived_twice_from_one_entry() -> None:
    build.component()
    mark = JournalEntry.objects.latest("id").id

    assert projector.catch_up() == 0

    assert kinds_since(mark) == []


def test_the_state_before_plus_the_journal_is_the_state_fetched_afresh() -> None:
    first = build.component("One")
    second = build.component("Two")
    build.monitor(second)
    services.set_override(first, status=Status.MAJOR_OUTAGE)
    incident = open_incident(
        title="t", severity=Severity.MINOR, message="m", impacts={second: Status.PARTIAL_OUTAGE}
    )
    services.set_override(first, status=None)
    first.name = "One, renamed"
    services.save_component(first)
    post_update(incident, status=IncidentState.RESOLVED, message="m")
    third = build.component("Three")
    services.delete_component(third)

    replayed: dict[int, dict[str, str]] = {}
    page = Status.OPERATIONAL.value
    for entry in JournalEntry.objects.order_by("id"):
        data = entry.data
        if entry.kind == "component.changed":
            replayed.setdefault(data["component_id"], {"status": data["status"]})
            replayed[data["component_id"]]["name"] = data["name"]
        elif entry.kind == "component.status_changed":
            replayed[data["component_id"]]["status"] = data["status"]
        elif entry.kind == "component.deleted":
            del replayed[data["component_id"]]
        elif entry.kind == "overall.status_changed":
            page = data["status"]

    fresh = {c.pk: {"status": c.status, "name": c.name} for c in Component.objects.all()}
    assert replayed == fresh
    assert page == overall()


@pytest.mark.parametrize("moving_on", [False, True])
def test_what_an_edit_withdraws_is_well_again(moving_on: bool) -> None:
    """Also when the edit moves the incident on, and so names only what is left."""
    shop, search = build.component("Shop"), build.component("Search")
    impacts = {shop: Status.DEGRADED, search: Status.PARTIAL_OUTAGE}
    incident = open_incident(title="Slow", severity=Severity.MINOR, message="x", impacts=impacts)
    mark = JournalEntry.objects.latest("id").id
    changes = {"status": IncidentState.IDENTIFIED} if moving_on else {}

    edit_incident(incident, changes=changes, impacts={shop: Status.DEGRADED})

    assert kinds_since(mark)[0] == ("incident.updated" if moving_on else "incident.edited")
    assert build.status_of(shop) is Status.DEGRADED
    assert build.status_of(search) is Status.OPERATIONAL


def test_an_incident_moves_what_it_names_and_leaves_the_rest_alone() -> None:
    components = [build.component(f"c{n}") for n in range(12)]
    Component.objects.update(reasons=[{"untouched": True}])

    open_incident(
        title="Slow", severity=Severity.MINOR, message="x",
        impacts=dict.fromkeys(components[:3], Status.DEGRADED),
    )  # fmt: skip

    untouched = Component.objects.filter(reasons=[{"untouched": True}])
    assert set(untouched) == set(components[3:])
    declared = DeclaredPeriod.objects.filter(status=Status.DEGRADED, ended_at=None)
    assert set(declared.values_list("component", flat=True)) == {c.pk for c in components[:3]}


@pytest.mark.parametrize("count", [2, 30])
def test_a_mass_outage_is_written_in_as_few_statements_as_a_small_one(
    django_assert_num_queries: pytest.FixtureRequest, count: int
) -> None:
    now = timezone.now()
    for n in range(count):
        build.component(f"c{n}")
    components = list(Component.objects.order_by("pk"))
    down = component_status(Evidence(votes=(MonitorVote("m", "eu", Verdict.DOWN, "x"),)))
    DeclaredPeriod.objects.all().delete()
    StatusPeriod.objects.bulk_create(
        StatusPeriod(component=each, status=Status.OPERATIONAL, started_at=now - timedelta(hours=1))
        for each in components
    )
    # One has just begun to be well: it was down from that very instant on.
    StatusPeriod.objects.filter(component=components[0]).update(started_at=now)
    since = now - timedelta(minutes=1)

    # What is open, what is another from its start and what came before that, what is closed, what
    # is opened, the components.
    with transaction.atomic(), django_assert_num_queries(6):  # type: ignore[operator]
        events = apply_statuses(
            Derivation(each, down, Status.MAJOR_OUTAGE, by_hand=False, at=since, override_at=now)
            for each in components
        )

    assert [event.data["old_status"] for event in events] == ["operational"] * count
    begun = StatusPeriod.objects.filter(status=Status.MAJOR_OUTAGE, ended_at=None)
    assert dict(begun.values_list("component_id", "started_at")) == {
        component.pk: now if component == components[0] else since for component in components
    }
    ended = StatusPeriod.objects.filter(status=Status.OPERATIONAL)
    assert set(ended.values_list("component_id", "ended_at")) == {
        (component.pk, since) for component in components[1:]
    }


def test_the_number_of_queries_does_not_grow_with_the_page(
    django_assert_num_queries: pytest.FixtureRequest,
) -> None:
    for n in range(3):
        build.monitor(build.component(group=build.group(f"g{n}")))

    with django_assert_num_queries(17):  # type: ignore[operator]
        builder.gather(now=timezone.now())

    for n in range(3, 9):
        build.monitor(build.component(group=build.group(f"g{n}")))
    with django_assert_num_queries(17):  # type: ignore[operator]
        builder.gather(now=timezone.now())
