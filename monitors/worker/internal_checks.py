"""The checks that are made of our own records, when they are due: nothing is sent."""

import math
import uuid

from django.db import connection, transaction

from monitors.config.parsing import parse_config
from monitors.models import Check, Monitor
from monitors.models.heartbeat import FOR_GOOD
from monitors.probers import registry
from monitors.probers.readers import ReadersConfig, judge
from monitors.probing.base import CheckResult, Outcome, Probe
from monitors.readers import selectors
from monitors.readers.selectors import Hearing
from monitors.worker.leases import LeasedCheck, lease_reported
from monitors.worker.result_writer import CompletedCheck, Target, store_results

BATCH = 500
_ANY_DUE = """
SELECT 1 FROM monitors_check WHERE due <= %s AND lease = '' AND leased_until = %s LIMIT 1
"""


def evaluate_due(*, now: float, watched_since: float = -math.inf) -> int:
    """Evaluate what is due; return how many verdicts changed.

    Called by beat, which looks on since `watched_since`.
    """
    if not _any_due(now):
        return 0
    heard = selectors.ALWAYS
    if math.isfinite(watched_since):
        heard = selectors.hearing(now=now, watched_since=watched_since)
    waiting = Check.objects.filter(due__lte=now, lease="", leased_until=FOR_GOOD).order_by("due")
    ids = list(waiting.values_list("pk", flat=True)[:BATCH])
    if not ids:
        return 0
    lease = uuid.uuid4().hex
    with transaction.atomic():
        leased = lease_reported(ids, region="global", lease=lease)
        # Another beat may have judged some of them just now.
        due = [item for item in leased if item.due <= now]
        completed = _evaluate(due, now=now, heard=heard)
        judged = {each.leased.check_id for each in completed}
        others = Check.objects.filter(lease=lease).exclude(pk__in=judged)
        others.update(lease="", leased_until=FOR_GOOD)
        return store_results(completed, lease=lease, hold_until=FOR_GOOD)


def _any_due(now: float) -> bool:
    """Return whether any is due. Asked twice a second, so in a statement that is not built."""
    with connection.cursor() as cursor:
        cursor.execute(_ANY_DUE, [now, FOR_GOOD])
        return cursor.fetchone() is not None


def _evaluate(leased: list[LeasedCheck], *, now: float, heard: Hearing) -> list[CompletedCheck]:
    monitors = Monitor.objects.in_bulk({item.monitor_id for item in leased})
    completed = []
    for item in leased:
        monitor = monitors.get(item.monitor_id)
        if monitor is not None:
            result = _check_result(item, monitor, now=now, heard=heard)
            completed.append(CompletedCheck(item, Target.of(monitor, "global"), result))
    return completed


def _check_result(
    item: LeasedCheck, monitor: Monitor, *, now: float, heard: Hearing
) -> CheckResult:
    config = parse_config(monitor.kind, monitor.config)
    prober = registry.prober(monitor.kind)
    probe = Probe(item.check_id, prober, config, monitor.timeout, item.due)
    return CheckResult(probe, now, now, _outcome(config, now=now, heard=heard))


def _outcome(config: object, *, now: float, heard: Hearing) -> Outcome:
    assert isinstance(config, ReadersConfig)  # noqa: S101  (the only kind there is so far)
    group = selectors.count_group(config.group, now=now, heard=heard)
    return judge(config, live=group.live, known=group.total)
