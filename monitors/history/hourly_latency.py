"""Every component's mean response times of the last whole hours, for a small line beside its name.

Read from the rollups of hours in two queries for all components together, and kept until another
hour has been aggregated: a publication asks only how far aggregation got.
"""

from collections import defaultdict
from dataclasses import dataclass

from monitors.history import rollup_store
from monitors.models import Check, Folding
from monitors.models.rollup import FOLDING
from monitors.rules.rollups import Resolution

HOURS = 24

Means = dict[int, tuple[int | None, ...]]
"""Whole milliseconds by component, oldest first."""


@dataclass(slots=True)
class _Cache:
    until: int = 0
    means: Means | None = None


_cache = _Cache()


def hourly_means() -> Means:
    """Return the means of components that have any; None: an hour without a good answer."""
    state = Folding.objects.filter(pk=FOLDING).first()
    if state is None:
        clear_cache()
        return {}
    if _cache.means is None or _cache.until != state.hours_until:
        _cache.means, _cache.until = _read(state.hours_until), state.hours_until
    return _cache.means


def clear_cache() -> None:
    """Clear the cache."""
    _cache.means = None


def _read(until: int) -> Means:
    owners = dict(Check.objects.filter(due__isnull=False).values_list("pk", "monitor__component"))
    since = until - HOURS * Resolution.HOUR
    totals: dict[int, list[int]] = defaultdict(lambda: [0] * HOURS)
    counts: dict[int, list[int]] = defaultdict(lambda: [0] * HOURS)
    for check_id, minute, tally in rollup_store.read(Resolution.HOUR, owners, since, until):
        component, hour = owners[check_id], (minute - since) // Resolution.HOUR
        totals[component][hour] += tally.latencies.total
        counts[component][hour] += tally.latencies.count
    return {
        component: tuple(
            round(total / count / 1000) if count else None
            for total, count in zip(totals[component], counts[component], strict=True)
        )
        for component in totals
        if any(counts[component])
    }
