"""Corrections of history: declared periods that people add, change, withdraw and restore.

Correcting is declaring. What was measured stays, and how the two add up is the component's policy;
what is withdrawn stays too, and can be restored. Each act is journalled with a note and with what
was there before.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet

from components.journal import Event, event_types, record
from components.models import Component, DeclaredPeriod
from components.optimistic_lock import bump_version
from components.status import Status
from components.uptime.layers import Source

CLOCK_TOLERANCE = timedelta(minutes=1)
"""How far ahead of ours a caller's clock may be."""
SHORTEST = timedelta(seconds=1)
_FIRST = datetime(2000, 1, 1, tzinfo=UTC)
_NOTE = "Write why it is so: colleagues read it in the journal."


def declared_periods(component: Component) -> QuerySet[DeclaredPeriod]:
    """Return what was declared of a component, withdrawn periods included, newest first."""
    rows = DeclaredPeriod.objects.filter(component=component)
    return rows.exclude(source=Source.BY_HAND).order_by("-started_at", "-pk")


def correction_problem(period: DeclaredPeriod) -> str:
    """Return why a period cannot be corrected; '' when it can."""
    if period.source == Source.INCIDENT:
        return "It follows its incident: correct the incident's times or what it affects."
    if period.source == Source.WINDOW:
        return "It follows its maintenance window: correct that, or delete it."
    if period.source == Source.BY_HAND:
        return "It is the time in which the component had no monitors."
    if period.ended_at is None:
        return "It is in effect: clear the manual status first."
    return ""


def time_problems(
    started_at: datetime | None, ended_at: datetime | None, *, now: datetime
) -> dict[str, str]:
    """Return what is wrong with a period's times, by field; {} when nothing is."""
    if started_at is None or ended_at is None:
        missing = "started_at" if started_at is None else "ended_at"
        return {missing: "Write an instant: a declared period has a start and an end."}
    if started_at < _FIRST:
        return {"started_at": "Write a time after the year 1999."}
    if ended_at > now + CLOCK_TOLERANCE:
        return {"ended_at": "It lies in the future: history is what has been."}
    if ended_at - started_at < SHORTEST:
        return {"ended_at": "The end must lie at least a second after the start."}
    return {}


def add_correction(
    component: Component,
    *,
    status: Status,
    started_at: datetime,
    ended_at: datetime,
    note: str,
    now: datetime,
    actor: str = "",
) -> DeclaredPeriod:
    """Declare a status of a component for a time that is over. Raises ValidationError naming the
    field."""
    period = DeclaredPeriod(
        component=component, source=Source.CORRECTION, status=status, started_at=started_at,
        ended_at=ended_at, note=note, author=actor,
    )  # fmt: skip
    check_period(period, now=now)
    with transaction.atomic():
        period.save()
        record(corrected_event(period, action="added", before=None, actor=actor))
    return period


def change_period(
    period: DeclaredPeriod,
    *,
    changes: Mapping[str, object],
    note: str,
    now: datetime,
    seen_version: int | None = None,
    actor: str = "",
) -> DeclaredPeriod:
    """Change the status or the times of a correction, or of a status that was set by hand.

    `changes` are of status, started_at and ended_at. Raises ValidationError and ConflictError.
    """
    return _write(
        period, "changed", {**changes, "note": note}, now=now, seen=seen_version, actor=actor
    )


def withdraw_period(
    period: DeclaredPeriod,
    *,
    note: str,
    now: datetime,
    seen_version: int | None = None,
    actor: str = "",
) -> DeclaredPeriod:
    """Withdraw a declared period: it does not count any more, and can be restored."""
    return _write(
        period, "withdrawn", {"withdrawn_at": period.withdrawn_at or now, "note": note},
        now=now, seen=seen_version, actor=actor,
    )  # fmt: skip


def restore_period(
    period: DeclaredPeriod,
    *,
    note: str,
    now: datetime,
    seen_version: int | None = None,
    actor: str = "",
) -> DeclaredPeriod:
    """Have a withdrawn period count again."""
    return _write(
        period, "restored", {"withdrawn_at": None, "note": note},
        now=now, seen=seen_version, actor=actor,
    )  # fmt: skip


def _write(
    period: DeclaredPeriod,
    action: str,
    values: Mapping[str, object],
    *,
    now: datetime,
    seen: int | None,
    actor: str,
) -> DeclaredPeriod:
    with transaction.atomic():
        bump_version(period, expected=seen)
        period.refresh_from_db()
        before = period_data(period)
        if problem := correction_problem(period):
            raise ValidationError(problem)
        for name, value in values.items():
            setattr(period, name, value)
        check_period(period, now=now)
        period.save()
        record(corrected_event(period, action=action, before=before, actor=actor))
    return period


def check_period(period: DeclaredPeriod, *, now: datetime) -> None:
    """Raise ValidationError, naming the field, unless the period can stand so."""
    problems = time_problems(period.started_at, period.ended_at, now=now)
    if not period.note.strip():
        problems["note"] = _NOTE
    if problems:
        raise ValidationError(problems)
    period.full_clean(exclude={"component"})


def period_data(period: DeclaredPeriod) -> dict[str, Any]:
    """Return the journal's data of a declared period, enough to put it back."""
    return {
        "status": str(period.status),
        "started_at": period.started_at.isoformat(),
        "ended_at": period.ended_at.isoformat() if period.ended_at else None,
        "note": period.note,
        "withdrawn": period.withdrawn_at is not None,
    }


def corrected_event(
    period: DeclaredPeriod, *, action: str, before: Mapping[str, Any] | None, actor: str
) -> Event:
    """Return the event of a correction, once it is written."""
    return Event(
        event_types.HISTORY_CORRECTED,
        {
            "component_id": period.component_id,
            "period_id": period.pk,
            "action": action,
            "note": period.note,
            "before": before,
            "after": period_data(period),
        },
        subject_id=period.component_id,
        actor=actor,
    )
