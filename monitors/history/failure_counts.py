"""The numbers of checks of components in a span of time, and of failures."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from monitors.history import rollup_store
from monitors.models import Check, Folding, Result
from monitors.models.rollup import FOLDING
from monitors.rules.rollups import Resolution


@dataclass(slots=True)
class FailureCount:
    """Checks of one component that say something about it, and those of them that failed."""

    total: int = 0
    failed: int = 0


def failure_counts(
    component_ids: Iterable[int], *, since: datetime, until: datetime
) -> dict[int, FailureCount]:
    """Return counts by component, to the minute: from rollups, then from single results.

    Longer ago than minutes are kept, hours stand in for them. Three queries, four at most.
    """
    owners = dict(
        Check.objects.filter(monitor__component__in=list(component_ids)).values_list(
            "pk", "monitor__component_id"
        )
    )
    counts_by_component: dict[int, FailureCount] = {}
    first, last = int(since.timestamp() // 60), int(until.timestamp() // 60) + 1
    state = Folding.objects.filter(pk=FOLDING).first()
    aggregated_until = min(last, state.minutes_until) if state else first
    for resolution in (Resolution.MINUTE, Resolution.HOUR):
        for check_id, _, tally in rollup_store.read(
            resolution, owners, resolution.floor(first), aggregated_until
        ):
            counts = counts_by_component.setdefault(owners[check_id], FailureCount())
            counts.total += tally.count - tally.inconclusive
            counts.failed += tally.failures
        if counts_by_component:
            break
    single = Result.objects.filter(
        check_id__in=list(owners),
        at_ms__gte=max(first, aggregated_until) * 60_000,
        at_ms__lt=last * 60_000,
    ).exclude(word__in=["inconclusive", "blind"])
    for check_id, total, failed in (
        single.values("check_id")
        .annotate(total=Count("at_ms"), failed=Count("at_ms", filter=Q(word="down")))
        .values_list("check_id", "total", "failed")
    ):
        counts = counts_by_component.setdefault(owners[check_id], FailureCount())
        counts.total += total
        counts.failed += failed
    return counts_by_component
