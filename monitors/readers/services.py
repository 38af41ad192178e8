"""Services of readers: each change of state is one transaction, journalled last."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F

from components.journal import Event, record
from monitors import event_types
from monitors.models import Gauge, Reader
from monitors.rules.reader_state import LISTED_SECONDS, MISSED_INTERVALS, ReaderState, dead_at

GAUGE_DAYS = 14
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


def receive_heartbeat(beat: ReaderReport, *, now: float, own: bool = False) -> Reader:
    """Register a reader, or record its heartbeat.

    Raises ValidationError when the name is one of the product's own and the caller is not.
    """
    with transaction.atomic():
        reader = Reader.objects.select_for_update().filter(pk=beat.name).first()
        if reader is not None and reader.own and not own:
            raise ValidationError({"consumer_name": "One of the product's own has this name."})
        former = ReaderState(reader.state) if reader is not None else None
        reader = reader or Reader(name=beat.name)
        if beat.reported_state is not former:
            reader.state, reader.since = beat.reported_state, now
        _update_reader(beat, reader, now=now, own=own)
        reader.save()
        _record_metrics(reader, beat.metrics, now=now)
        record(*([_state_changed(reader, former)] if former is ReaderState.DEAD else []))
    return reader


def _update_reader(beat: ReaderReport, reader: Reader, *, now: float, own: bool) -> None:
    reader.own = own
    reader.consumer_groups, reader.pids = list(beat.consumer_groups), list(beat.pids)
    reader.device, reader.model_name = beat.device, beat.model_name
    reader.model_type, reader.said = beat.model_type, beat.reported_state
    reader.heartbeat, reader.interval = now, beat.interval
    if beat.metrics:
        reader.metrics = {**(reader.metrics or {}), **beat.metrics}


def _record_metrics(reader: Reader, metrics: dict[str, Any], *, now: float) -> None:
    """Record the minute's row: gauges as they are now, requests added to those before."""
    if not metrics:
        return
    minute = int(now // 60)
    gauges = {name: metrics[name] for name in _GAUGES if name in metrics}
    requests = metrics.get("requests") or {}
    total, failed = requests.get("total", 0), requests.get("failed", 0)
    took = total * requests.get("average_ms", 0.0)
    Gauge.objects.get_or_create(reader=reader, minute=minute)
    Gauge.objects.filter(reader=reader, minute=minute).update(
        requests=F("requests") + total,
        failed=F("failed") + failed,
        request_ms=F("request_ms") + took,
        **gauges,
    )


def mark_dead(*, now: float) -> int:
    """Mark readers dead that have been silent for too long; return how many.

    Called by beat every `heartbeat_check_interval` seconds.
    """
    silent = Reader.objects.exclude(state=ReaderState.DEAD).filter(
        heartbeat__lt=now - MISSED_INTERVALS * F("interval")
    )
    silent_readers = list(silent)
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
    Gauge.objects.filter(minute__lt=int(now // 60) - GAUGE_DAYS * 1440).delete()


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
