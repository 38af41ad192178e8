"""Reminders of open incidents of which the public was told nothing new: to whom, how often."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from components.models import JournalEntry
from components.secrets import Sealed
from components.status import Status
from components.values.severity import Severity
from incidents.models import Incident
from incidents.services import open_incident, post_update
from incidents.workflow import IncidentState
from statuspage.automation import quiet_incidents
from subscribers.models import AlertChannel, AlertRoute, Delivery
from tests import build

pytestmark = [pytest.mark.both, pytest.mark.django_db]


def channel(name: str = "On call") -> AlertChannel:
    return AlertChannel.objects.create(
        name=name,
        channel="email",
        address=Sealed.of("oncall@larkspur.dev"),  # type: ignore[misc]  # what the field takes
        lane="email:larkspur.dev",
    )


def route(to: AlertChannel, **fields: Any) -> AlertRoute:
    made = AlertRoute.objects.create(name=f"To {to.name}", **fields)
    made.steps.create(channel=to)
    return made


def incident(severity: Severity = Severity.CRITICAL, **fields: Any) -> Incident:
    return open_incident(
        title="Shop is down", severity=severity, message="We look.", impacts={}, **fields
    )


def after(minutes: float) -> datetime:
    at = JournalEntry.objects.filter(kind__startswith="incident.").latest("id").at
    return at + timedelta(minutes=minutes)


def reminded() -> list[str]:
    rows = Delivery.objects.order_by("id").select_related("notice")
    return [row.notice.facts["headline"] for row in rows]


def test_staff_are_reminded_once_it_was_quiet_for_as_long_as_its_severity_allows() -> None:
    route(channel())
    incident()

    quiet_incidents.remind(now=after(29))
    assert reminded() == []
    for minutes in (30, 31, 45, 59):
        quiet_incidents.remind(now=after(minutes))
    assert reminded() == ["NO UPDATE for 30 min: Shop is down"]
    for minutes in (60, 119, 120, 239):
        quiet_incidents.remind(now=after(minutes))
    assert len(reminded()) == 3


def test_an_update_begins_the_time_anew() -> None:
    route(channel())
    opened = incident()
    JournalEntry.objects.update(at=datetime.now(UTC) - timedelta(minutes=50))
    post_update(opened, status=IncidentState.IDENTIFIED, message="A disk.")

    quiet_incidents.remind(now=after(29))

    assert reminded() == []


@pytest.mark.parametrize("fields", [{"published": False}, {"severity": Severity.NONE}])
def test_nobody_is_reminded_of_drafts_and_of_what_has_no_limit(fields: dict[str, Any]) -> None:
    route(channel())
    incident(**fields)

    quiet_incidents.remind(now=after(10_000))

    assert reminded() == []


def test_nobody_is_reminded_of_what_is_resolved() -> None:
    route(channel())
    opened = incident()
    post_update(opened, status=IncidentState.RESOLVED, message="Well again.")

    quiet_incidents.remind(now=after(10_000))

    assert reminded() == []


def test_it_goes_to_those_who_are_alerted_first_of_what_is_affected() -> None:
    shop, other = build.component("Shop"), build.component("Other")
    everything, of_shop, of_other, calm = map(channel, ("All", "Shop", "Other", "Calm"))
    route(everything).steps.create(channel=channel("Second"), after_minutes=10)
    route(of_shop).components.set([shop])
    route(of_other).components.set([other])
    route(calm, min_severity=Severity.CRITICAL)
    open_incident(
        title="Slow", severity=Severity.MAJOR, message="…",
        impacts={shop: Status.PARTIAL_OUTAGE},
    )  # fmt: skip

    quiet_incidents.remind(now=after(60))

    names = Delivery.objects.values_list("alert_channel__name", flat=True)
    assert sorted(map(str, names)) == ["All", "Shop"]


def test_a_route_that_sleeps_is_reminded_when_it_wakes() -> None:
    monday = datetime(2026, 11, 30, tzinfo=UTC)
    route(
        channel(), waits_outside=["critical"], hours_from="08:00", hours_to="18:00",
        hours_days=[1, 2, 3, 4, 5, 6, 7],
    )  # fmt: skip
    incident()
    JournalEntry.objects.update(at=monday + timedelta(hours=1))

    quiet_incidents.remind(now=monday + timedelta(hours=7))
    assert reminded() == []
    quiet_incidents.remind(now=monday + timedelta(hours=8, minutes=30))

    assert len(reminded()) == 1
