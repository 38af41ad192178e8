"""Outages as monitors tell them, and what became of them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction

from components.journal import record
from components.models import Component, JournalEntry
from components.status import Verdict
from incidents.models import Incident
from monitors.models import Check
from monitors.rules.check_state import Transition
from monitors.services import state_changed_event
from tests import build

START = datetime.now(UTC) - timedelta(hours=2)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def watched(name: str, **fields: Any) -> Component:
    fields = {"auto_incident": "publish", "opening_delay": 0, "closing_delay": 0, **fields}
    component = build.component(name, **fields)
    build.monitor(component)
    return component


def turns(component: Component, verdict: Verdict, seconds: float) -> None:
    """Its one monitor's confirmed verdict changes."""
    check = Check.objects.select_related("monitor").get(monitor__component=component)
    check.verdict = verdict
    check.save()
    transition = Transition(verdict, at(seconds).timestamp())
    with transaction.atomic():
        record(
            state_changed_event(
                check.monitor, check.region_id, transition, message="10.0.0.7 refused"
            )
        )


def alerts() -> list[tuple[str, str]]:
    rows = JournalEntry.objects.filter(kind__startswith="alert.").order_by("id")
    assert not rows.filter(public=True).exists()
    return [(row.kind.removeprefix("alert."), row.data["name"]) for row in rows]


def the_incident() -> Incident:
    return Incident.objects.get()
