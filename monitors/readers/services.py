"""Services of readers: each change of state is one transaction, journalled last."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F

from components.journal import Event, record
from components.models.deletion import delete_some
from monitors import event_types
from monitors.models import Gauge, Reader
from monitors.readers import selectors
from monitors.rules.reader_state import (
    LISTED_SECONDS,
    MIN_INTERVAL_SECONDS,
    MISSED_INTERVALS,
    ReaderState,
    dead_at,
)

GAUGE_DAYS = 14
MAX_REMEMBERED = 32
"""Reports of a reader whose numbers are remembered: as many as may be under way at a time."""
MAX_LATE_SECONDS = 60.0
"""Longest time that a report may have waited for the database when it is stored."""
_GAUGES = ("cpu", "memory", "storage", "network_in", "network_out", "gpu")


@dataclass(frozen=True, slots=True)
class ReaderReport:
    """One heartbeat of a reader. `metrics` as in `docs/integrating.md`."""

    name: str
    consumer_groups: tuple[str, ...] = ()
    device: str = ""
    model_name: str = ""
    model_type: str = ""
    pids: tuple[int, ...] = ()
    reported_state: ReaderState = ReaderState.LIVE
    interval: float = 5.0
    metrics: dict[str, Any] = field(default_factory=dict)
    report_id: str = ""
    """The number of this report, the same each time that it is sent; '' when it has none."""


@dataclass(frozen=True, slots=True)
class ReceivedHeartbeat:
    reader: Reader
    replayed: bool
    """Whether a report of this number was counted before, and so not again."""


def receive_heartbeat(
    beat: ReaderReport,
    *,
    now: float,
    own: bool = False,
    is_awaited: Callable[[], bool] = lambda: True,
) -> ReceivedHeartbeat:
    """Register a reader, or record its heartbeat; the requests of a report are counted once.

    A report without a number whose sender no longer waits (`is_awaited`) is a sign of life alone:
    the sender was told to send it again, and it will be counted then. `now` is when it came; one
    that was overtaken while it waited for the database changes nothing that is known since.

    Raises ValidationError when the name is one of the product's own and the caller is not.
    """
    with transaction.atomic():
        reader, is_new = _lock_reader(beat.name)
        if reader.own and not own:
            raise ValidationError({"consumer_name": "A built-in reader has this name."})
        replayed = _remember(reader, beat.report_id)
        former = None if is_new else ReaderState(reader.state)
        overtaken = now < reader.heartbeat <= now + MAX_LATE_SECONDS
        if not overtaken:
            if beat.reported_state is not former:
                reader.state, reader.since = beat.reported_state, now
            _update_reader(beat, reader, now=now, own=own)
        reader.save()
        counts = not replayed and (bool(beat.report_id) or is_awaited())
        _record_metrics(reader, beat.metrics, now=now, counts=counts, gauges=not overtaken)
        returned = former is ReaderState.DEAD and reader.state != former
        record(*([_state_changed(reader, ReaderState.DEAD)] if returned else []))
    return ReceivedHeartbeat(reader, replayed)


def _lock_reader(name: str) -> tuple[Reader, bool]:
    """Return the reader's row, locked, and whether it is new."""
    rows = Reader.objects.select_for_update().filter(pk=name)
    reader = rows.first()
    if reader is None:
        # Two first reports may come at once, or one twice: the second waits here for the first.
        Reader.objects.bulk_create([Reader(name=name)], ignore_conflicts=True)
        reader = rows.get()
    return reader, not reader.heartbeat


def _remember(reader: Reader, report_id: str) -> bool:
    """Remember the number of a report; return whether it was known."""
    if not report_id:
        return False
    if report_id in reader.report_ids:
        return True
    reader.report_ids = [*reader.report_ids, report_id][-MAX_REMEMBERED:]
    return False


def _update_reader(beat: ReaderReport, reader: Reader, *, now: float, own: bool) -> None:
    reader.own = own
    reader.consumer_groups, reader.pids = list(beat.consumer_groups), list(beat.pids)
    reader.device, reader.model_name = beat.device, beat.model_name
    reader.model_type, reader.said = beat.model_type, beat.reported_state
    reader.heartbeat, reader.interval = now, max(MIN_INTERVAL_SECONDS, beat.interval)
    if beat.metrics:
        reader.metrics = {**(reader.metrics or {}), **beat.metrics}


def _record_metrics(
    reader: Reader, metrics: dict[str, Any], *, now: float, counts: bool, gauges: bool
) -> None:
    """Record the minute's row: gauges as they are now, requests added to those before.

    `gauges` and `counts` say which of the two are wanted of this report.
    """
    if not metrics:
        return
    minute = int(now // 60)
    measured = {name: metrics[name] for name in _GAUGES if name in metrics and gauges}
    requests = (metrics.get("requests") if counts else None) or {}
    total, failed = requests.get("total", 0), requests.get("failed", 0)
    took = total * requests.get("average_ms", 0.0)
    Gauge.objects.get_or_create(reader=reader, minute=minute)
    Gauge.objects.filter(reader=reader, minute=minute).update(
        requests=F("requests") + total,
        failed=F("failed") + failed,
        request_ms=F("request_ms") + took,
        **measured,
    )


def mark_dead(*, now: float, watched_since: float = -math.inf) -> int:
    """Mark readers dead that have been silent for too long; return how many.

    Called by beat every `heartbeat_check_interval` seconds, which looks on since `watched_since`.
    """
    silent = Reader.objects.exclude(state=ReaderState.DEAD).filter(
        heartbeat__lt=now - MISSED_INTERVALS * F("interval")
    )
    silent_readers = list(silent.order_by("pk"))
    if silent_readers and math.isfinite(watched_since):
        heard = selectors.hearing(now=now, watched_since=watched_since)
        silent_readers = [
            reader
            for reader in silent_readers
            if heard.state_of(reader, now=now) is ReaderState.DEAD
        ]
    if not silent_readers:
        return 0
    with transaction.atomic():
        events = []
        for reader in silent_readers:
            former = ReaderState(reader.state)
            reader.state = ReaderState.DEAD
            reader.since = dead_at(heartbeat=reader.heartbeat, interval=reader.interval)
            # Conditional on what was read: it may have reported in between.
            unchanged = Reader.objects.filter(
                pk=reader.pk, heartbeat=reader.heartbeat, state=former
            )
            if unchanged.update(state=reader.state, since=reader.since):
                events.append(_state_changed(reader, former))
        record(*events)
    return len(events)


def delete_expired(*, now: float) -> None:
    """Delete readers that have been dead for a day, and metrics older than `GAUGE_DAYS`."""
    Reader.objects.filter(state=ReaderState.DEAD, since__lt=now - LISTED_SECONDS).delete()
    delete_some(Gauge.objects.filter(minute__lt=int(now // 60) - GAUGE_DAYS * 1440), by="minute")


def _state_changed(reader: Reader, former: ReaderState) -> Event:
    since = datetime.fromtimestamp(reader.since, UTC).isoformat()
    return Event(
        event_types.READER_STATE_CHANGED,
        {
            "name": reader.name,
            "state": str(reader.state),
            "was": former.value,
            "since": since,
            "consumer_groups": reader.consumer_groups,
        },
    )
