"""Reminders to staff of open incidents that the public was told nothing new of for long.

They go the way of alerts: to the first steps of the routes that take alerts about what is affected.
The second follows when it was quiet for twice as long, the third after four times, and so on: an
incident that was forgotten says so, one that lasts for days does not say so all day.
"""

import math
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Max

from components.models import JournalEntry
from components.values.instants import iso
from components.values.severity import Severity
from incidents import event_types
from incidents.models import Incident
from statuspage.renderers.html.times import duration
from subscribers.alerting.service import notify_first_steps
from subscribers.message import Facts

EVENT = "alert.quiet"
_SAID = (event_types.INCIDENT_CREATED.name, event_types.INCIDENT_UPDATED.name)


def remind(*, now: datetime) -> None:
    """Queue the reminders that are due, each once."""
    limits: dict[str, int] = settings.STATUSPAGE.quiet_minutes
    wanted = [severity for severity, minutes in limits.items() if minutes]
    rows = Incident.objects.filter(published=True, resolved_at=None, severity__in=wanted)
    incidents = list(rows.prefetch_related("impacts__component"))
    entries = JournalEntry.objects.filter(subject_id__in=[each.pk for each in incidents])
    told = entries.filter(kind__in=_SAID).order_by().values_list("subject_id")
    last = dict(told.annotate(Max("at"))) if incidents else {}
    for incident in incidents:
        since = last.get(incident.pk) or incident.started_at
        _remind(incident, since, timedelta(minutes=limits[incident.severity]), now=now)


def _remind(incident: Incident, since: datetime, limit: timedelta, *, now: datetime) -> None:
    quiet = now - since
    if quiet < limit:
        return
    number = int(math.log2(quiet / limit))
    affected = [each.component for each in incident.impacts.all()]
    desk = f"{str(settings.STATUSPAGE.site_url).rstrip('/')}/admin/incidents/incident"
    url = f"{desk}/{incident.pk}/desk"
    facts = Facts(
        event=EVENT,
        headline=f"NO UPDATE for {duration(quiet.total_seconds())}: {incident.title}",
        at=iso(now),
        url=url,
        severity=incident.severity,
        message=f"{incident.reference} is open, and its last public update is"
        f" {duration(quiet.total_seconds())} old. Post an update, or resolve it.",
        components=tuple(each.name for each in affected),
        component_ids=tuple(each.pk for each in affected),
        subject_id=incident.pk,
        reference=incident.reference,
        more={
            "details": {"since": iso(since)},
            "links": [{"label": "Post update", "url": url}],
        },
    )
    notify_first_steps(
        f"quiet-{incident.pk}", facts, severity=Severity(incident.severity), now=now,
        key=f"quiet-{incident.pk}-{since.timestamp():.0f}-{number}",
    )  # fmt: skip
