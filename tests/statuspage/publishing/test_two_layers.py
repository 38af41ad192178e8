"""From what people declare to the declared layer, to "since" and to the figures (F-T13, F-T15)."""

import time
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from components.history import corrections
from components.journal import record
from components.models import Component, DeclaredPeriod, JournalEntry, StatusPeriod
from components.optimistic_lock import ConflictError
from components.services import save_component, set_override
from components.status import Status
from components.uptime.layers import Policy, Source
from components.values.severity import Severity
from incidents.models import Incident
from incidents.notes import add_note
from incidents.services import (
    delete_incident,
    edit_incident,
    open_incident,
    post_update,
    publish_incident,
    write_incident,
)
from incidents.workflow import IncidentState
from maintenance.models import Window
from maintenance.services import schedule
from monitors.models import Check
from statuspage.state.builder import gather
from statuspage.state.page_state import ComponentView
from tests import build

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]

HOUR = timedelta(hours=1)
UP, WEAK, DOWN = Status.OPERATIONAL, Status.DEGRADED, Status.MAJOR_OUTAGE


def watched(name: str = "Shop", *, for_hours: float = 48, **fields: Any) -> Component:
    """A component that a monitor has found well for so long."""
    component = build.component(name, **fields)
    build.monitor(component)
    since = timezone.now() - for_hours * HOUR
    Check.objects.update(verdict="up", since=since.timestamp(), checked=time.time())
    StatusPeriod.objects.filter(component=component).update(status=UP, started_at=since)
    Component.objects.filter(pk=component.pk).update(status=UP, status_since=since)
    component.refresh_from_db()
    return component


def incident(component: Component, status: Status = DOWN, **more: Any) -> Incident:
    return open_incident(
        title="Trouble", severity=Severity.MAJOR, message="x", impacts={component: status}, **more
    )


def window(component: Component, starts_at: datetime, ends_at: datetime) -> Window:
    made = Window(title="Upgrade", starts_at=starts_at, ends_at=ends_at)
    return schedule(made, components=[component])


def view(component: Component) -> ComponentView:
    found = gather(now=timezone.now()).components
    return next(each for each in found if each.id == component.pk)


def declared(component: Component) -> list[tuple[str, str, datetime, datetime | None]]:
    rows = corrections.declared_periods(component).filter(withdrawn_at=None).reverse()
    return list(rows.values_list("source", "status", "started_at", "ended_at"))


def measured(component: Component) -> list[str]:
    return list(StatusPeriod.objects.filter(component=component).values_list("status", flat=True))


def down_by_day(component: Component) -> dict[date, int]:
    return {day.on: day.seconds[DOWN] for day in view(component).days if DOWN in day.seconds}


def test_a_backdated_incident_counts_from_its_start_and_says_so_f_t15() -> None:
    component = watched()
    began = timezone.now() - 2 * HOUR

    incident(component, started_at=began)

    component.refresh_from_db()
    assert (component.status, component.status_since) == (DOWN, began)
    assert measured(component) == [UP]
    assert declared(component) == [(Source.INCIDENT, DOWN, began, None)]
    assert sum(down_by_day(component).values()) == pytest.approx(7200, abs=60)
    uptime = view(component).uptime
    assert uptime is not None
    assert uptime == pytest.approx(100 * 46 / 48, abs=0.1)


def test_its_end_is_when_it_was_resolved_and_since_then_all_is_well() -> None:
    component = watched()
    known = incident(component, started_at=timezone.now() - 2 * HOUR)

    post_update(known, status=IncidentState.RESOLVED, message="Done")

    known.refresh_from_db()
    component.refresh_from_db()
    assert (component.status, component.status_since) == (UP, known.resolved_at)
    assert declared(component)[0][3] == known.resolved_at


@pytest.mark.parametrize("days_ago", [0.5, 40, 85])
def test_an_incident_that_was_over_long_ago_moves_exactly_its_days(days_ago: float) -> None:
    component = watched(for_hours=100 * 24)
    began = timezone.now() - timedelta(days=days_ago)
    before = view(component)

    incident(component, started_at=began, resolved_at=began + HOUR)

    after = view(component)
    assert before.days == ()
    assert sum(down_by_day(component).values()) == 3600
    assert {day.on for day in after.days} <= {began.date(), (began + HOUR).date()}
    component.refresh_from_db()
    assert component.status == UP
    assert component.status_since == (began + HOUR)
    assert after.uptime is not None
    assert after.uptime < 100


def test_before_a_component_was_watched_only_what_was_declared_is_known() -> None:
    component = watched(for_hours=24)
    began = datetime.combine(timezone.now().date() - timedelta(days=30), datetime.min.time(), UTC)

    incident(component, started_at=began, resolved_at=began + HOUR)

    days = {day.on: day for day in view(component).days}
    assert days[began.date()].status is DOWN
    assert days[began.date() + timedelta(days=1)].status is Status.UNKNOWN
    assert days[began.date() + timedelta(days=1)].seconds == {Status.UNKNOWN: 86_400}


def test_an_edit_of_the_start_and_a_deletion_are_followed() -> None:
    component = watched()
    known = incident(component, started_at=timezone.now() - HOUR)
    earlier = timezone.now() - 3 * HOUR

    edit_incident(known, changes={"started_at": earlier})
    component.refresh_from_db()
    assert component.status_since == earlier
    assert declared(component) == [(Source.INCIDENT, DOWN, earlier, None)]

    delete_incident(known)
    component.refresh_from_db()
    assert component.status == UP
    assert declared(component) == []
    assert view(component).uptime == 100


def test_drafts_and_what_only_the_machine_has_spoken_in_declare_nothing() -> None:
    component = watched()
    draft = incident(component, published=False, started_at=timezone.now() - HOUR)
    machine = Incident(
        title="By itself", severity=Severity.MAJOR, machine_only=True,
        started_at=timezone.now() - HOUR,
    )  # fmt: skip
    with transaction.atomic():
        _, event = write_incident(machine, message="x", impacts={component: WEAK})
        record(event)

    assert declared(component) == []

    publish_incident(draft)
    add_note(machine, text="I look after it.", actor="olga")
    assert [each[:2] for each in declared(component)] == [
        (Source.INCIDENT, DOWN), (Source.INCIDENT, WEAK),
    ]  # fmt: skip


def test_a_status_set_by_hand_is_declared_for_as_long_as_it_is() -> None:
    component = watched()

    set_override(component, status=WEAK, note="Seen by eye.", actor="olga")
    DeclaredPeriod.objects.update(started_at=timezone.now() - HOUR)
    set_override(component, status=DOWN, actor="ben")
    DeclaredPeriod.objects.filter(ended_at=None).update(
        started_at=timezone.now() - timedelta(seconds=5)
    )
    set_override(component, status=None, actor="olga")

    assert [each[1] for each in declared(component)] == [WEAK, DOWN]
    row = DeclaredPeriod.objects.order_by("pk")[0]
    assert (row.note, row.author) == ("Seen by eye.", "olga")
    assert measured(component) == [UP]
    assert all(each[3] is not None for each in declared(component))


def test_what_was_set_and_cleared_at_once_leaves_no_period() -> None:
    component = watched()

    set_override(component, status=WEAK)
    set_override(component, status=None)

    assert declared(component) == []


def test_a_wrong_word_of_five_seconds_can_be_taken_back_and_put_back_f_t15() -> None:
    component = watched()
    set_override(component, status=DOWN)
    DeclaredPeriod.objects.update(started_at=timezone.now() - timedelta(seconds=5))
    set_override(component, status=None)
    assert down_by_day(component)
    (period,) = corrections.declared_periods(component)
    now = timezone.now()

    corrections.withdraw_period(period, note="The wrong component.", now=now, actor="olga")
    assert down_by_day(component) == {}
    assert view(component).uptime == 100

    corrections.restore_period(period, note="It was the right one.", now=now, actor="olga")
    assert down_by_day(component)
    told = JournalEntry.objects.filter(kind="component.history_corrected").order_by("id")
    assert [(e.data["action"], e.data["note"], e.actor) for e in told] == [
        ("withdrawn", "The wrong component.", "olga"),
        ("restored", "It was the right one.", "olga"),
    ]
    assert told[0].data["before"]["withdrawn"] is False
    assert not any(entry.public for entry in told)


def test_a_correction_is_added_changed_and_never_erases_what_was_measured() -> None:
    component = watched()
    now = timezone.now()
    period = corrections.add_correction(
        component, status=DOWN, started_at=now - 5 * HOUR, ended_at=now - 4 * HOUR,
        note="Customers told us.", now=now, actor="olga",
    )  # fmt: skip
    assert sum(down_by_day(component).values()) == 3600

    corrections.change_period(
        period, changes={"ended_at": now - 4.5 * HOUR}, note="It was shorter.", now=now
    )

    assert sum(down_by_day(component).values()) == 1800
    assert measured(component) == [UP]
    component.uptime_policy = Policy.MEASURED
    save_component(component)
    assert view(component).uptime == 100
    assert view(component).basis is Policy.MEASURED
    assert component.status == UP


@pytest.mark.parametrize(
    ("field", "fields"),
    [
        ("ended_at", {"ended_at": timedelta(hours=1)}),
        ("ended_at", {"ended_at": timedelta(hours=-5)}),
        ("ended_at", {"ended_at": timedelta(hours=-6)}),
        ("started_at", {"started_at": timedelta(days=-20_000)}),
        ("note", {"note": "  "}),
        ("status", {"status": "fine"}),
    ],
)
def test_a_correction_that_cannot_be_is_refused_by_its_field(
    field: str, fields: dict[str, Any]
) -> None:
    component = watched()
    now = timezone.now()
    values: dict[str, Any] = {"started_at": timedelta(hours=-5), "ended_at": timedelta(hours=-4)}
    values = {
        **{name: now + value for name, value in {**values, **fields}.items()
           if isinstance(value, timedelta)},
        **{name: value for name, value in {"note": "n", "status": DOWN, **fields}.items()
           if not isinstance(value, timedelta)},
    }  # fmt: skip

    with pytest.raises(ValidationError) as refused:
        corrections.add_correction(component, now=now, **values)

    assert list(refused.value.message_dict) == [field]
    assert declared(component) == []


def test_what_follows_an_incident_or_is_in_force_cannot_be_corrected() -> None:
    component = watched()
    incident(component)
    set_override(component, status=WEAK)

    for period in corrections.declared_periods(component):
        with pytest.raises(ValidationError):
            corrections.withdraw_period(period, note="n", now=timezone.now())


def test_a_correction_over_one_that_was_never_seen_is_refused() -> None:
    component = watched()
    now = timezone.now()
    period = corrections.add_correction(
        component, status=DOWN, started_at=now - 5 * HOUR, ended_at=now - 4 * HOUR, note="n",
        now=now,
    )  # fmt: skip
    seen = period.version
    corrections.withdraw_period(period, note="n", now=now)

    with pytest.raises(ConflictError):
        corrections.change_period(
            period, changes={"status": WEAK}, note="n", now=now, seen_version=seen
        )
