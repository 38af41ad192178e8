"""Changes to monitors and to what they believe: each one transaction, journalled last."""

import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import ExpressionWrapper, F, FloatField, Value
from pydantic import ValidationError as ShapeError

from components.journal import Event, record
from components.status import Verdict
from monitors import kinds
from monitors.health import FRESH_INTERVALS, Health, Tolerance, Transition, expire
from monitors.models import MAX_INTERVAL, MAX_TIMEOUT, Check, Monitor, Region
from monitors.probers import registry
from monitors.probers.base import Config
from monitors.schedule import phase

MAX_CONFIRMATIONS = 20
FIRST_WITHIN = 2.0
"""A new monitor's first check starts within this many seconds, spread."""


def parse_config(kind: str, config: dict[str, Any]) -> Config:
    """The kind's settings, checked. Raises ValidationError naming each field and what to write."""
    try:
        prober = registry.prober(kind)
    except LookupError as error:
        raise ValidationError({"kind": str(error)}) from None
    try:
        return prober.config_type.model_validate(config)
    except ShapeError as error:
        problems: dict[str, list[str]] = {}
        for problem in error.errors(include_url=False, include_input=False):
            field = str(problem["loc"][0]) if problem["loc"] else "config"
            text = problem["msg"].removeprefix("Value error, ")
            problems.setdefault(field, []).append(text[:1].upper() + text[1:] + ".")
        raise ConfigError(problems) from None


class ConfigError(ValidationError):
    """A kind's settings are wrong; `by_field` maps each field of the kind to its messages."""

    def __init__(self, by_field: dict[str, list[str]]) -> None:
        self.by_field = by_field
        told = [f"{field}: {text}" for field, texts in by_field.items() for text in texts]
        super().__init__({"config": told})


def check_monitor(monitor: Monitor) -> None:
    """Refuse what cannot be probed. Raises ValidationError naming the fields."""
    problems: dict[str, Any] = {}
    try:
        monitor.full_clean(validate_constraints=False)
    except ValidationError as error:
        problems = error.message_dict
    for field, text in _timing_problems(monitor):
        problems.setdefault(field, [text])
    if "kind" not in problems:
        try:
            monitor.config = parse_config(monitor.kind, monitor.config).model_dump(
                mode="json", exclude_defaults=True
            )
        except ConfigError as error:
            problems["config"] = error.message_dict["config"]
    if problems:
        raise ValidationError(problems)


def _timing_problems(monitor: Monitor) -> Iterator[tuple[str, str]]:
    # As typed in a form or a file they may be anything; then `full_clean` has said so already.
    interval: Any = monitor.interval
    timeout: Any = monitor.timeout
    if not isinstance(interval, int) or not isinstance(timeout, int | float):
        return
    if not 1 <= interval <= MAX_INTERVAL:
        yield "interval", f"Write a number of seconds from 1 to {MAX_INTERVAL} (a day)."
    if timeout <= 0:
        yield "timeout", "Write a number of seconds above 0."
    elif timeout > MAX_TIMEOUT:
        yield "timeout", f"Write at most {MAX_TIMEOUT} seconds."
    elif timeout > interval:
        yield (
            "timeout",
            f"The timeout ({timeout:g} s) must not be longer than the interval ({interval} s).",
        )
    for field in ("confirm_down", "confirm_up"):
        if getattr(monitor, field) > MAX_CONFIRMATIONS:
            yield field, f"Write at most {MAX_CONFIRMATIONS}."
    if monitor.retry_interval == 0:
        yield "retry_interval", "Write a number of seconds from 1, or leave it empty."


def tolerance(monitor: Monitor) -> Tolerance:
    return Tolerance(
        monitor.confirm_down, monitor.confirm_up, float(FRESH_INTERVALS * monitor.interval)
    )


def save_monitor(
    monitor: Monitor, *, regions: Iterable[Region], actor: str = "", now: float | None = None
) -> Monitor:
    """Create or change a monitor and its checks. Raises ValidationError naming the fields."""
    check_monitor(monitor)
    with transaction.atomic():
        store_monitor(monitor)
        monitor.regions.set(regions)
        record(*renew_checks(monitor, actor=actor, now=now or time.time()))
    return monitor


def store_monitor(monitor: Monitor) -> None:
    """Write the row itself with a new revision, by which probers notice the change."""
    monitor.revision += 1
    monitor.save()


def renew_checks(monitor: Monitor, *, actor: str, now: float) -> list[Event]:
    """Bring a stored monitor's checks in line with it; the answer is what to journal.

    A changed monitor starts without belief: what was seen of its former target says nothing of
    the new one. Checks of regions it left stay, unscheduled, for the sake of their results.
    """
    wanted = {region.pk for region in monitor.regions.all()} or {"global"}
    Region.objects.get_or_create(code="global", defaults={"name": "Global"})
    rows = {check.region_id: check for check in monitor.checks.select_for_update()}
    for code in wanted - rows.keys():
        rows[code] = Check.objects.create(monitor=monitor, region_id=code)
    for code, check in rows.items():
        active = monitor.enabled and code in wanted
        check.revision, check.timeout = monitor.revision, monitor.timeout
        check.leased_until, check.lease = 0, ""
        check.verdict, check.since = Verdict.UNKNOWN, now
        check.checked, check.latency_ms, check.message = None, None, ""
        check.run, check.run_verdict, check.run_since = 0, "", None
        soon = now + phase(check.pk, min(FIRST_WITHIN, monitor.interval / 2))
        check.due = soon if active else None
        check.save()
    return [
        Event(
            kinds.MONITOR_CHANGED,
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


def delete_monitor(monitor: Monitor, *, actor: str = "") -> None:
    event = Event(
        kinds.MONITOR_DELETED,
        {"monitor_id": monitor.pk, "component_id": monitor.component_id, "name": monitor.name},
        subject_id=monitor.component_id,
        actor=actor,
    )
    with transaction.atomic():
        monitor.delete()
        record(event)


def state_changed(monitor: Monitor, region: str, transition: Transition, *, message: str) -> Event:
    since = datetime.fromtimestamp(transition.since, UTC).isoformat()
    return Event(
        kinds.MONITOR_STATE_CHANGED,
        {
            "monitor_id": monitor.pk,
            "component_id": monitor.component_id,
            "name": monitor.name,
            "region": region,
            "verdict": transition.verdict.value,
            "since": since,
            "message": message,
        },
        subject_id=monitor.component_id,
    )


def expire_evidence(*, now: float) -> int:
    """Turn every check whose evidence is too old into unknown; the answer is how many.

    Called by beat each second: it is how the page notices that probing itself has stopped.
    """
    stale: list[tuple[Check, Transition]] = []
    for check in _perhaps_stale(now):
        health = Health(Verdict(check.verdict), since=check.since, checked=check.checked)
        _, transitions = expire(health, now=now, tolerance=tolerance(check.monitor))
        stale.extend((check, transition) for transition in transitions)
    if not stale:
        return 0
    with transaction.atomic():
        events = []
        for check, transition in stale:
            # Conditional on what was read: a result may have come in between.
            changed = Check.objects.filter(pk=check.pk, checked=check.checked).update(
                verdict=transition.verdict, since=transition.since, run=0, run_verdict="",
                run_since=None, message="no fresh evidence",
            )  # fmt: skip
            if changed:
                events.append(
                    state_changed(
                        check.monitor, check.region_id, transition, message="no fresh evidence"
                    )
                )
        record(*events)
    return len(events)


def _perhaps_stale(now: float) -> Sequence[Check]:
    fresh_from = ExpressionWrapper(
        Value(now) - FRESH_INTERVALS * F("monitor__interval"), output_field=FloatField()
    )
    known = Check.objects.exclude(verdict=Verdict.UNKNOWN).filter(due__isnull=False)
    return list(known.filter(checked__lt=fresh_from).select_related("monitor"))
