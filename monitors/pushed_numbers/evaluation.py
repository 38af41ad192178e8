"""The evaluation of silence of those that send numbers; called by beat."""

import logging

from django.core.exceptions import ValidationError
from django.db import connection, transaction

from components.journal import record
from monitors.heartbeats.ingest_coverage import complete_until
from monitors.models import Check, LastNumber
from monitors.models.heartbeat import CALLS_IN, FOR_GOOD
from monitors.probers.number import NumberProber
from monitors.pushed_numbers.judging import config_of, judge, load_gaps
from monitors.reported_state import locked_check, settle

log = logging.getLogger(__name__)

BATCH = 200


def evaluate_due(*, now: float) -> int:
    """Judge the monitors that are due, each in its own transaction; return how many changed.

    While nothing can be sent to us, nobody is silent.
    """
    if not _any_monitor():
        return 0
    until = complete_until(now=now)
    if until is None:
        return 0
    due = Check.objects.filter(lease=CALLS_IN, due__lte=until, monitor__kind=NumberProber.kind)
    return sum(_evaluate(pk, now=until) for pk in due.values_list("monitor_id", flat=True)[:BATCH])


def _any_monitor() -> bool:
    """Return whether there is any: asked often, so in a statement that is not built."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM monitors_monitor WHERE kind = %s LIMIT 1", [NumberProber.kind]
        )
        return cursor.fetchone() is not None


def _evaluate(monitor_id: int, *, now: float) -> bool:
    with transaction.atomic():
        try:
            check = locked_check(monitor_id)
        except Check.DoesNotExist:
            return False  # deleted meanwhile
        if check.due is None or check.due > now:
            return False  # a number came first
        try:
            config = config_of(check.monitor)
        except ValidationError as error:
            # One broken monitor is set aside, until it is edited.
            log.error("numbers of monitor %s cannot be judged: %s", monitor_id, error)
            Check.objects.filter(pk=check.pk).update(due=FOR_GOOD)
            return False
        last = LastNumber.objects.filter(monitor=monitor_id).first()
        events = settle(check, judge(last, config, load_gaps(), now=now), now=now)
        record(*events)
    return bool(events)
