"""The deletion of what is too old of everything but checks: the journal, what was sent, alerts,
logs and sessions. `monitors.history.retention` does checks; `growth` lists every table."""

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.contrib.admin.models import LogEntry

from components.journal import retention as journal_retention
from components.models.deletion import delete_plainly, old_pages
from incidents import event_types as incident_events
from incidents.models import Incident
from maintenance import event_types as window_events
from maintenance.lifecycle import WindowState
from maintenance.models import Window
from statuspage.access import announcements, sessions
from subscribers.alerting import retention as alert_retention
from subscribers.delivery import retention as delivery_retention

log = logging.getLogger(__name__)

DELETIONS = (
    incident_events.INCIDENT_DELETED.name,
    window_events.WINDOW_DELETED.name,
    window_events.SERIES_CHANGED.name,
)
"""The kinds of entries that keep what they deleted, for as long as it can be undone."""
TELL_SECONDS = 60.0
"""How often a long round says in the log how far it is."""


@dataclass(frozen=True, slots=True)
class Periods:
    """How long is kept what is not kept for ever; see the settings of these names."""

    journal_days: int
    deliveries_days: int
    alerts_days: int


def prune(*, now: datetime, periods: Periods) -> Iterator[tuple[str, int]]:
    """Delete what is too old, table by table; yield its name and how many rows went, after each
    batch."""

    def before(days: int) -> datetime:
        return now - timedelta(days=days)

    journal = before(periods.journal_days)
    sent = before(periods.deliveries_days)
    kinds = {
        "sessions": sessions.prune(now=now),
        "deliveries": delivery_retention.prune(before=sent, open_threads=_open_threads()),
        "alerts": alert_retention.prune(before=before(periods.alerts_days)),
        "journal": journal_retention.prune(before=journal),
        "deleted rows": journal_retention.forget_deleted_rows(DELETIONS, before=before(1)),
        "admin log": _prune_admin_log(before=journal),
        "announcements": announcements.prune(before=journal),
    }
    for name, batches in kinds.items():
        for gone in batches:
            yield name, gone


def prune_and_tell(now: float, periods: Periods) -> Iterator[None]:
    """Do what `prune` does, and say in the log how many rows went, each minute and at the end."""
    totals: dict[str, int] = {}
    told_at = time.monotonic()
    for name, gone in prune(now=datetime.fromtimestamp(now, UTC), periods=periods):
        totals[name] = totals.get(name, 0) + gone
        if time.monotonic() - told_at >= TELL_SECONDS:
            log.info("deleting what is too old: %s so far", summary(totals) or "nothing")
            told_at = time.monotonic()
        yield
    if told := summary(totals):
        log.info("deleted what is too old: %s", told)


def summary(totals: dict[str, int]) -> str:
    """Return how many rows of each table went, as text; '' for none."""
    return ", ".join(f"{count:,} of {name}" for name, count in totals.items() if count)


def _open_threads() -> frozenset[str]:
    """Return the threads of messages of incidents and windows that are not over."""
    incidents = Incident.objects.filter(resolved_at=None).values_list("pk", flat=True)
    windows = Window.objects.filter(
        state__in=[WindowState.SCHEDULED, WindowState.IN_PROGRESS]
    ).values_list("pk", flat=True)
    return frozenset(
        [*(f"incident-{pk}" for pk in incidents), *(f"maintenance-{pk}" for pk in windows)]
    )


def _prune_admin_log(*, before: datetime) -> Iterator[int]:
    for page in old_pages(LogEntry, at="action_time", before=before):
        yield delete_plainly(LogEntry.objects.filter(pk__in=[pk for (pk,) in page]))
