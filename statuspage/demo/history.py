"""Writing of the demonstration's history into a fresh store: once, as a whole, or not at all."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from components.journal import Event, head, record
from components.models import Component, JournalEntry, StatusPeriod
from components.reference_numbers import next_reference
from components.status import Status, Verdict
from components.uptime.periods import Period
from incidents.models import Impact, Incident, Update
from incidents.workflow import IncidentState
from maintenance.models import Window
from maintenance.services import schedule
from monitors.models import Check
from statuspage.catalogue_files import preset
from statuspage.catalogue_files.shape import Preset
from statuspage.demo import scenario, status_history
from statuspage.demo.latencies import write_response_times
from statuspage.demo.scenario import IncidentScenario, Work, instant
from statuspage.event_types import DEMO_FILLED
from statuspage.models import Page
from statuspage.pages.face import MAIN
from statuspage.publishing.declared_history import refresh_incident_periods


class ForeignStoreError(Exception):
    """The store holds data that no demonstration wrote; the two must not be mixed."""


def fill(catalogue: Preset, *, name: str, now: datetime) -> bool:
    """Load the catalogue with a history that ends at `now`; False if that was done before.

    The past is written as it would lie in the tables by now. Journalled is what happens today:
    the catalogue's rows, the window that is announced, and the one entry that says the rest.
    Raises ForeignStoreError, before anything is written.
    """
    if JournalEntry.objects.filter(kind=DEMO_FILLED.name).exists():
        return False
    if head() or Component.objects.exists():
        raise ForeignStoreError
    with transaction.atomic():
        preset.load(catalogue)
        components = {component.slug: component for component in Component.objects.all()}
        past = status_history.past(components, now=now)
        _write_periods(components, past, now)
        write_response_times(past, now=now)
        written = [_write_incident(each, components, now) for each in scenario.INCIDENTS]
        refresh_incident_periods(written)
        for work in (scenario.PAST_WORK, scenario.COMING_WORK):
            covered = [components[slug] for slug in work.components]
            schedule(_window(work, now), components=covered, at=now)
        Page.objects.update_or_create(slug=MAIN, defaults={"demo": True})
        record(Event(DEMO_FILLED, {"preset": name}))
    return True


def _write_periods(
    components: Mapping[str, Component], past: Mapping[str, tuple[Period, ...]], now: datetime
) -> None:
    StatusPeriod.objects.bulk_create(
        [
            StatusPeriod(
                component=components[slug],
                status=period.status,
                started_at=period.start,
                ended_at=period.end,
            )
            for slug, log in past.items()
            for period in log
        ],
        batch_size=1_000,
    )
    for slug, log in past.items():
        since = log[-1].start
        Component.objects.filter(slug=slug).update(
            status=log[-1].status, status_since=since, created_at=log[0].start
        )
        # The last known evidence, so that the open period lasts until a probe says otherwise.
        checks: QuerySet[Check] = Check.objects.filter(monitor__component=components[slug])
        checks.update(
            verdict=Verdict.UP, since=since.timestamp(), checked=now.timestamp(), message=""
        )
    Page.objects.update_or_create(
        slug=MAIN,
        defaults={
            "status": Status.OPERATIONAL,
            "status_since": max(log[-1].start for log in past.values()),
        },
    )


def _write_incident(
    script: IncidentScenario, components: Mapping[str, Component], now: datetime
) -> int:
    """Write one incident of the past; return its id."""
    resolved_at = instant(script.days_ago, script.at, now=now, minutes=script.words[-1].after)
    incident = Incident(
        title=script.title,
        severity=script.severity,
        status=IncidentState.RESOLVED,
        started_at=instant(script.days_ago, script.at, now=now),
        resolved_at=resolved_at,
    )
    incident.full_clean(exclude=["reference"])
    incident.reference = next_reference("INC", year=incident.started_at.year)
    incident.save()
    Impact.objects.bulk_create(
        Impact(incident=incident, component=components[slug], status=status)
        for slug, status in script.impacts.items()
    )
    for word in script.words:
        at = instant(script.days_ago, script.at, now=now, minutes=word.after)
        update = Update(incident=incident, status=word.state, message=word.message, created_at=at)
        update.full_clean()
        update.save()
    Incident.objects.filter(pk=incident.pk).update(created_at=resolved_at, updated_at=resolved_at)
    return incident.pk


def _window(work: Work, now: datetime) -> Window:
    starts_at = instant(work.days_ago, work.at, now=now)
    return Window(
        title=work.title,
        message=work.message,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=work.minutes),
    )
