"""What is believed although nothing came for too long becomes unknown.

Called by beat each second: it is how the page notices that probing itself has stopped.
"""

import math
import time
from collections.abc import Callable

from django.db import connection, transaction
from django.db.models import F

from components.journal import record
from components.status import Verdict
from monitors import absences
from monitors.models import Check
from monitors.models.heartbeat import CALLS_IN
from monitors.rules.check_state import FRESH_INTERVALS, Transition
from monitors.rules.evidence_age import silent_since_before, stale_before
from monitors.services import state_changed_event
from monitors.vantage_points import blind_vantages

BLIND_MESSAGE = "no recent data: this vantage point has no network"
MESSAGE = "no recent data"
BATCH = 500
"""Checks in one transaction."""
BUDGET_SECONDS = 1.0
"""How long beat is kept from its other jobs; the rest follows next time."""
_OLD = """
SELECT DISTINCT region_id, monitors_monitor.interval
FROM monitors_check JOIN monitors_monitor ON monitors_monitor.id = monitor_id
WHERE due IS NOT NULL AND verdict <> %s AND lease <> %s
    AND checked < %s - %s * monitors_monitor.interval
"""


def expire_evidence(
    *,
    now: float,
    watched_since: float = -math.inf,
    on_progress: Callable[[], None] = lambda: None,
) -> int:
    """Set checks whose evidence is too old to unknown; return how many.

    The caller looks on since `watched_since`: before that, a prober's silence may have been the
    caller's own. `on_progress` is called after each batch.
    """
    old = _old_groups(now)
    if not old:
        return 0
    present = absences.present_regions(now=now)
    away = absences.of_regions({region for region, _ in old})
    blind = set(blind_vantages().values_list("pk", flat=True))
    deadline, expired = time.monotonic() + BUDGET_SECONDS, 0
    for region, interval in old:
        fresh_for = float(FRESH_INTERVALS * interval)
        if region in present:
            before = stale_before(now=now, fresh_for=fresh_for, absences=away.get(region, ()))
        else:
            before = silent_since_before(now=now, fresh_for=fresh_for, watched_since=watched_since)
        message = BLIND_MESSAGE if region in blind else MESSAGE
        while math.isfinite(before) and time.monotonic() < deadline:
            changed, is_last = _expire_batch(region, interval, before, fresh_for, message)
            expired += changed
            on_progress()
            if is_last:
                break
    return expired


def _old_groups(now: float) -> list[tuple[str, int]]:
    """Return regions and intervals of which there is evidence older than it lasts.

    Nearly always none is: a look that needs no building is all that this costs each second.
    """
    with connection.cursor() as cursor:
        cursor.execute(_OLD, [Verdict.UNKNOWN.value, CALLS_IN, now, FRESH_INTERVALS])
        return sorted(cursor.fetchall())


def _expire_batch(
    region: str, interval: int, before: float, fresh_for: float, message: str
) -> tuple[int, bool]:
    """Expire a batch by one statement; return how many, and whether there are no more.

    What somebody else holds is passed over: a result of it is being stored, or another beat is at
    it. So nobody is waited for, and whoever waits for these rows waits for one batch.
    """
    with transaction.atomic():
        stale = list(
            Check.objects.filter(
                region=region, monitor__interval=interval, due__isnull=False, checked__lt=before
            )
            .exclude(verdict=Verdict.UNKNOWN)
            .exclude(lease=CALLS_IN)
            .select_related("monitor")
            .order_by("pk")
            .select_for_update(of=("self",), skip_locked=True)[:BATCH]
        )
        if not stale:
            return 0, True
        Check.objects.filter(pk__in=[check.pk for check in stale]).update(
            verdict=Verdict.UNKNOWN, since=F("checked") + fresh_for, run=0, run_verdict="",
            run_since=None, turns=0, beneath="", beneath_since=0, message=message,
        )  # fmt: skip
        record(
            *(
                state_changed_event(
                    check.monitor,
                    check.region_id,
                    Transition(Verdict.UNKNOWN, (check.checked or 0.0) + fresh_for),
                    message=message,
                )
                for check in stale
            )
        )
    return len(stale), len(stale) < BATCH
