"""Queries on history: what both layers add up to, and what was corrected afterwards."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta

from django.db.models import Q

from components.models import Component, DeclaredPeriod, StatusPeriod
from components.status import Status
from components.uptime.layers import DeclaredSpan, Policy, Source, combine
from components.uptime.periods import Period


def combined_periods(
    component_ids: Iterable[int],
    *,
    since: datetime,
    until: datetime | None = None,
    policies: Mapping[int, str] | None = None,
) -> dict[int, list[Period]]:
    """Return, by component, what both layers add up to by its own policy, in three queries.

    Of periods that touch [since, until); they are whole, also where they reach beyond. `policies`
    are others than the components have at present.
    """
    if policies is None:
        rows = Component.objects.filter(pk__in=list(component_ids))
        policies = dict(rows.values_list("pk", "uptime_policy"))
    touching = Q(component__in=list(policies)) & (Q(ended_at=None) | Q(ended_at__gt=since))
    if until is not None:
        touching &= Q(started_at__lt=until)
    measured: dict[int, list[Period]] = defaultdict(list)
    for row in StatusPeriod.objects.filter(touching).order_by("started_at"):
        measured[row.component_id].append(Period(Status(row.status), row.started_at, row.ended_at))
    declared: dict[int, list[DeclaredSpan]] = defaultdict(list)
    for each in DeclaredPeriod.objects.filter(touching, withdrawn_at=None):
        declared[each.component_id].append(each.span)
    return {
        pk: combine(measured[pk], declared[pk], policy=Policy(policy))
        for pk, policy in policies.items()
    }


def corrected_days(component_id: int, *, since: datetime) -> dict[date, datetime]:
    """Return the days (UTC) whose figures a person changed after they were over, and when last."""
    rows = DeclaredPeriod.objects.filter(component=component_id, ended_at__gt=since).filter(
        Q(source=Source.CORRECTION) | Q(source=Source.OVERRIDE, version__gt=0)
    )
    found: dict[date, datetime] = {}
    for row in rows:
        on, changed = max(row.started_at, since).date(), row.updated_at
        while on <= (row.ended_at or row.started_at).date():
            if on < changed.date():
                found[on] = max(changed, found.get(on, changed))
            on += timedelta(days=1)
    return found
