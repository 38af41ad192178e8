"""Writes what was derived: a component's status, its measured periods, who runs it by hand."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import OuterRef, Value

from components.history.since import Standing, runs_since
from components.journal import Event, event_types
from components.models import Component, DeclaredPeriod, StatusPeriod
from components.rollup import DerivedStatus
from components.status import Status
from components.uptime.layers import Source
from components.uptime.periods import PERCENT_NEEDS

SHORTEST = timedelta(seconds=1)
"""What lasts less is no period: a component and its monitors are made one after the other."""
_SETTING_UP = timedelta(seconds=PERCENT_NEEDS)
"""For how long a component without monitors may be one whose monitors are still to be made."""
_BATCH_SIZE = 200
"""Rows in one statement."""


@dataclass(frozen=True, slots=True)
class Derivation:
    """What was derived of one component."""

    component: Component
    derived: DerivedStatus
    measured: Status | None
    """By monitors and windows alone; None when there are none."""
    by_hand: bool
    """Whether it has no monitors."""
    at: datetime
    """When what led to it happened; for a monitor's verdict, when that began."""
    override_at: datetime
    override_by: str = ""
    redeclared: bool = False
    """Whether what incidents declare of it was written anew, so that `since` may have moved."""


@dataclass(slots=True)
class _Changes:
    """Rows to write, so that many components cost few statements."""

    renamed: dict[Status, list[int]] = field(default_factory=lambda: defaultdict(list))
    closed: dict[datetime, list[int]] = field(default_factory=lambda: defaultdict(list))
    removed: list[int] = field(default_factory=list)
    opened: list[StatusPeriod] = field(default_factory=list)
    undeclared: dict[datetime, list[int]] = field(default_factory=lambda: defaultdict(list))
    forgotten: list[int] = field(default_factory=list)
    declared: list[DeclaredPeriod] = field(default_factory=list)


def apply_statuses(derivations: Iterable[Derivation]) -> list[Event]:
    """Write newly derived statuses and their periods; return the events to journal.

    Must run inside the projector's transaction. The instant since which a status holds may lie in
    the past: a confirmed outage starts with its first failing check, but not before the present
    period began; an incident starts when people say that it did. However many components change,
    the statements are few.
    """
    todo = list(derivations)
    standings = _standings([each.component.pk for each in todo])
    changes = _Changes()
    for each in todo:
        standing = standings[each.component.pk]
        _switch_measured(each, standing, changes)
        _switch_declared(each, standing, changes)
    _write(changes)
    return _write_statuses(todo, standings)


def _standings(ids: Sequence[int]) -> dict[int, Standing]:
    """Return what holds at present of each of the components, in one query."""
    columns = ("source", "pk", "component_id", "status", "started_at")
    measured = StatusPeriod.objects.filter(component__in=ids, ended_at=None).order_by()
    declared = DeclaredPeriod.objects.filter(component__in=ids, ended_at=None).order_by()
    rows: Any = measured.annotate(source=Value("")).values_list(*columns)
    found: dict[int, Standing] = defaultdict(Standing)
    for source, pk, component_id, status, started_at in rows.union(
        declared.values_list(*columns), all=True
    ):
        found[component_id].add(source, pk, Status(status), started_at)
    return found


def _switch_measured(each: Derivation, standing: Standing, changes: _Changes) -> None:
    """Close the open measured period and open another, where the measured status is another."""
    period = standing.measured
    if period is None:
        if each.measured is not None:
            _open(each, each.at, standing, changes)
        return
    if each.measured is period.status:
        return
    begin = max(each.at, period.start)
    if begin - period.start >= SHORTEST:
        changes.closed[begin].append(period.pk)
        _open(each, begin, standing, changes)
    elif each.measured is None:
        changes.removed.append(period.pk)
        standing.measured = None
    else:
        # The present period turns out to have been the new status from its start.
        changes.renamed[each.measured].append(period.pk)
        standing.measured = period.renamed(each.measured)


def _open(each: Derivation, begin: datetime, standing: Standing, changes: _Changes) -> None:
    standing.measured = None
    if each.measured is not None:
        changes.opened.append(
            StatusPeriod(component=each.component, status=each.measured, started_at=begin)
        )
        standing.begin_measured(each.measured, begin)


def _switch_declared(each: Derivation, standing: Standing, changes: _Changes) -> None:
    """Bring what is declared for now in line: the status set by hand, and being run by hand."""
    said = "" if each.component.retired_at else each.component.status_override
    wanted = Status(said) if said else None
    known = standing.override
    if wanted is not (known.status if known else None):
        if known is not None:
            end = max(each.override_at, known.start)
            _undeclare(known.pk, known.start, end, SHORTEST, changes)
        standing.override = None
        if wanted is not None:
            period = DeclaredPeriod(
                component=each.component, source=Source.OVERRIDE, status=wanted,
                started_at=each.override_at, note=each.component.override_note,
                author=each.override_by,
            )  # fmt: skip
            changes.declared.append(period)
            standing.begin_override(wanted, each.override_at)
    if each.by_hand and standing.by_hand is None:
        changes.declared.append(
            DeclaredPeriod(
                component=each.component, source=Source.BY_HAND, status=Status.OPERATIONAL,
                started_at=each.at,
            )
        )  # fmt: skip
        standing.begin_by_hand(each.at)
    elif not each.by_hand and standing.by_hand is not None:
        known = standing.by_hand
        _undeclare(known.pk, known.start, max(each.at, known.start), _SETTING_UP, changes)
        standing.by_hand = None


def _undeclare(
    pk: int, start: datetime, end: datetime, least: timedelta, changes: _Changes
) -> None:
    """End an open declared period, or forget it if it lasted less than `least`."""
    if end - start < least:
        changes.forgotten.append(pk)
    else:
        changes.undeclared[end].append(pk)


def _write(changes: _Changes) -> None:
    for status, pks in changes.renamed.items():
        StatusPeriod.objects.filter(pk__in=pks).update(status=status)
        _join_with_former(pks, status)
    for end, pks in changes.closed.items():
        StatusPeriod.objects.filter(pk__in=pks).update(ended_at=end)
    if changes.removed:
        StatusPeriod.objects.filter(pk__in=changes.removed).delete()
    StatusPeriod.objects.bulk_create(changes.opened, batch_size=_BATCH_SIZE)
    if changes.forgotten:
        DeclaredPeriod.objects.filter(pk__in=changes.forgotten).delete()
    for end, pks in changes.undeclared.items():
        DeclaredPeriod.objects.filter(pk__in=pks).update(ended_at=end)
    DeclaredPeriod.objects.bulk_create(changes.declared, batch_size=_BATCH_SIZE)


def _join_with_former(pks: Sequence[int], status: Status) -> None:
    """Make one of a renamed period and the one before it, where that has the same status now."""
    former = StatusPeriod.objects.filter(
        component=OuterRef("component"), status=status, ended_at=OuterRef("started_at")
    )
    renamed = StatusPeriod.objects.filter(pk__in=pks).annotate(former=former.values("pk")[:1])
    for period in renamed.filter(former__isnull=False):
        period.delete()
        StatusPeriod.objects.filter(pk=period.former).update(ended_at=None)


def _write_statuses(todo: Sequence[Derivation], standings: dict[int, Standing]) -> list[Event]:
    explained, moved, events = [], [], []
    since = runs_since(
        {
            each.component.pk: (each.derived.status, standings[each.component.pk], each.at)
            for each in todo
            if each.redeclared or each.component.status != each.derived.status
            or each.component.status_since is None
        }
    )  # fmt: skip
    for each in todo:
        component, status = each.component, each.derived.status
        reasons = [
            {"rule": reason.rule, "text": reason.text, "status": reason.status.value}
            for reason in each.derived.reasons
        ]
        begin = since.get(component.pk, component.status_since)
        if component.status != status or component.status_since != begin:
            if component.status != status or component.status_since is None:
                events.append(_status_changed(component, status, begin or each.at))
            component.status, component.status_since = status, begin
            moved.append(component)
        elif component.reasons != reasons:
            explained.append(component)
        component.reasons = reasons
    Component.objects.bulk_update(explained, ["reasons"], batch_size=_BATCH_SIZE)
    Component.objects.bulk_update(
        moved, ["status", "status_since", "reasons"], batch_size=_BATCH_SIZE
    )
    return events


def _status_changed(component: Component, status: Status, since: datetime) -> Event:
    return Event(
        event_types.STATUS_CHANGED,
        {
            "component_id": component.pk,
            "slug": component.slug,
            "name": component.name,
            "old_status": component.status,
            "status": status.value,
            "since": since.isoformat(),
        },
        subject_id=component.pk,
        hidden=not component.is_public,
    )
