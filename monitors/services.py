"""Services of monitors and their checks: each is one transaction, journalled last."""

import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from components.journal import Event, record
from components.status import Verdict
from monitors import event_types, ping_keys
from monitors.models import AlertLane, AlertSource, Check, LastNumber, Monitor, NumberRow, Region
from monitors.models.heartbeat import CALLS_IN, FOR_GOOD
from monitors.rules.check_state import FRESH_INTERVALS, Tolerance, Transition
from monitors.rules.flapping import window_of
from monitors.rules.intervals import phase

FIRST_CHECK_WITHIN = 2.0
"""A new monitor's first check starts within this many seconds, spread."""


def tolerance(monitor: Monitor) -> Tolerance:
    """Return what it takes to believe a change; a target that calls in is believed at once."""
    if monitor.calls_in:
        return Tolerance(0, 0, math.inf, flapping_window=None)
    return Tolerance(
        monitor.confirm_down,
        monitor.confirm_up,
        float(FRESH_INTERVALS * monitor.interval),
        flapping_window=window_of(monitor.interval) if monitor.flaps else None,
    )


def save_monitor(
    monitor: Monitor, *, regions: Iterable[Region], actor: str = "", now: float | None = None
) -> Monitor:
    """Create or change a monitor and its checks. Raises ValidationError naming the fields."""
    monitor.full_clean()
    with transaction.atomic():
        store_monitor(monitor)
        monitor.regions.set(regions)
        record(*sync_checks(monitor, actor=actor, now=now or time.time()))
    return monitor


def save_monitors(
    batch: Sequence[tuple[Monitor, Sequence[Region]]],
    *,
    actor: str = "",
    on_progress: Callable[[int], None],
    now: float | None = None,
) -> None:
    """Create or change many, all or none. They are clean: `full_clean` has passed them."""
    with transaction.atomic():
        # In the order in which all others lock them, whatever the order in the file is.
        ids = [monitor.pk for monitor, _ in batch if monitor.pk]
        known = Check.objects.filter(monitor__in=ids).order_by("pk")
        list(known.select_for_update().values_list("pk", flat=True))
        events: list[Event] = []
        for number, (monitor, regions) in enumerate(batch, start=1):
            store_monitor(monitor)
            monitor.regions.set(regions)
            events += sync_checks(monitor, actor=actor, now=now or time.time())
            on_progress(number)
        record(*events)


def store_monitor(monitor: Monitor) -> None:
    """Store the row itself; its revisions show probers and checks what has changed."""
    before = Monitor.objects.filter(pk=monitor.pk).values("kind", "config").first()
    monitor.revision += 1
    if monitor.enabled:
        monitor.awaits_start = False
    elif before is None and monitor.placeholders:
        monitor.awaits_start = True
    same_caller = before is not None and before["kind"] == monitor.kind and monitor.calls_in
    if before != {"kind": monitor.kind, "config": monitor.config} and not same_caller:
        monitor.target_revision += 1
    monitor.save()
    if before is not None and before["kind"] != monitor.kind:
        for model in (AlertLane, AlertSource, LastNumber):
            model.objects.filter(monitor=monitor).delete()
    if before is not None and _measured(before["kind"], before["config"]) != _measured(
        monitor.kind, monitor.config
    ):
        NumberRow.objects.filter(monitor=monitor).delete()


def _measured(kind: str, config: Mapping[str, Any]) -> tuple[object, ...]:
    """Return what numbers are of: those of something else do not go on in one chart."""
    return kind, config.get("measures", ""), config.get("unit", "")


def sync_checks(monitor: Monitor, *, actor: str, now: float) -> list[Event]:
    """Bring a stored monitor's checks in line with it; return the events to journal.

    A prober that makes a check right now loses its lease: the result would be of the monitor as it
    was. Checks of regions it left stay, unscheduled, for the sake of their results.
    """
    wanted = {region.pk for region in monitor.regions.all()} or {"global"}
    if monitor.calls_in or monitor.on_record:
        wanted = {"global"}  # no check is made from anywhere
    Region.objects.get_or_create(code="global", defaults={"name": "Global"})
    rows = {check.region_id: check for check in monitor.checks.order_by("pk").select_for_update()}
    for code in wanted - rows.keys():
        rows[code] = Check.objects.create(monitor=monitor, region_id=code, since=now)
    for code, check in rows.items():
        active = monitor.enabled and monitor.component.retired_at is None and code in wanted
        resumed = active and check.due is None
        if not active or check.target_revision != monitor.target_revision:
            _reset_state(check, now=now)
        check.revision, check.timeout = monitor.revision, monitor.timeout
        check.target_revision = monitor.target_revision
        check.leased_until, check.lease = 0, ""
        first_due = now + phase(check.pk, min(FIRST_CHECK_WITHIN, monitor.interval / 2))
        check.due = first_due if active else None
        if active and monitor.by_hand:
            check.due = check.leased_until = FOR_GOOD
            check.lease = CALLS_IN
        elif active and monitor.takes_alerts:
            # Due at once: its alerts, which were taken meanwhile, are judged anew.
            AlertSource.objects.get_or_create(monitor=monitor)
            check.due, check.leased_until, check.lease = now, FOR_GOOD, CALLS_IN
        elif active and monitor.takes_numbers:
            check.due, check.leased_until, check.lease = now, FOR_GOOD, CALLS_IN
        elif active and monitor.calls_in:
            ping_keys.schedule_check(check, monitor, resumed=resumed, now=now)
        if active and monitor.on_record:
            check.leased_until = FOR_GOOD  # no prober's to make
        check.save()
    return [
        Event(
            event_types.MONITOR_CHANGED,
            {
                "monitor_id": monitor.pk,
                "component_id": monitor.component_id,
                "name": monitor.name,
                "kind": monitor.kind,
                "enabled": monitor.enabled,
                "interval": monitor.interval,
            },
            subject_id=monitor.component_id,
            actor=actor,
        )
    ]


def _reset_state(check: Check, *, now: float) -> None:
    check.verdict, check.since = Verdict.UNKNOWN, now
    check.checked, check.latency_ms, check.message = None, None, ""
    check.certificate_ends, check.certificate_valid = None, None
    check.stated_status = ""
    check.run, check.run_verdict, check.run_since = 0, "", None
    check.turns, check.beneath, check.beneath_since = 0, "", 0


def delete_monitor(monitor: Monitor, *, actor: str = "") -> None:
    """Delete a monitor with its checks."""
    event = Event(
        event_types.MONITOR_DELETED,
        {"monitor_id": monitor.pk, "component_id": monitor.component_id, "name": monitor.name},
        subject_id=monitor.component_id,
        actor=actor,
    )
    with transaction.atomic():
        monitor.delete()
        record(event)


def state_changed_event(
    monitor: Monitor, region: str, transition: Transition, *, message: str, actor: str = ""
) -> Event:
    """Return the journal event of a transition."""
    since = datetime.fromtimestamp(transition.since, UTC).isoformat()
    return Event(
        event_types.MONITOR_STATE_CHANGED,
        {
            "monitor_id": monitor.pk,
            "component_id": monitor.component_id,
            "name": monitor.name,
            "region": region,
            "verdict": transition.verdict.value,
            "since": since,
            "flapping": transition.flapping,
            "message": message,
        },
        subject_id=monitor.component_id,
        actor=actor,
    )
