"""The evaluation of silence, and of alerts that end by themselves; called by beat."""

import logging

from django.core.exceptions import ValidationError
from django.db import connection, transaction

from components.journal import record
from monitors.external_alerts.lanes import (
    config_of,
    load_lanes,
    store_lanes,
)
from monitors.models import AlertSource, Check
from monitors.models.heartbeat import CALLS_IN, FOR_GOOD
from monitors.probers.external import ExternalProber
from monitors.reported_state import locked_check, settle
from monitors.rules.alert_lanes import current_lanes, judge

log = logging.getLogger(__name__)

BATCH = 200


def evaluate_due(*, now: float) -> int:
    """Judge the monitors that are due, each in its own transaction; return how many changed."""
    if not _any_source():
        return 0
    due = Check.objects.filter(lease=CALLS_IN, due__lte=now, monitor__kind=ExternalProber.kind)
    return sum(_evaluate(pk, now=now) for pk in due.values_list("monitor_id", flat=True)[:BATCH])


def _any_source() -> bool:
    """Return whether there is any sender: asked often, so in a statement that is not built."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM monitors_alertsource LIMIT 1")
        return cursor.fetchone() is not None


def _evaluate(monitor_id: int, *, now: float) -> bool:
    with transaction.atomic():
        try:
            check = locked_check(monitor_id)
        except Check.DoesNotExist:
            return False  # deleted meanwhile
        if check.due is None or check.due > now:
            return False  # a message came first
        try:
            rule = config_of(check.monitor).silence_rule
        except ValidationError as error:
            # One broken monitor is set aside, until it is edited.
            log.error("alerts of monitor %s cannot be judged: %s", monitor_id, error)
            Check.objects.filter(pk=check.pk).update(due=FOR_GOOD)
            return False
        source, _ = AlertSource.objects.get_or_create(monitor=check.monitor)
        before = load_lanes(monitor_id)
        after = current_lanes(before, now=now)
        store_lanes(monitor_id, before=before, after=after)
        events = settle(check, judge(after, source.hearing, rule, now=now), now=now)
        record(*events)
    return bool(events)
