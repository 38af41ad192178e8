"""How fresh the evidence about each component is, from where, and how fast the answers came."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from components.status import Status, Verdict, worst
from monitors.models import Check
from monitors.models.heartbeat import CALLS_IN
from monitors.vantage_points import blind_vantages
from statuspage.state.page_state import BlindView, RegionView

_STATUSES = {
    Verdict.UP.value: Status.OPERATIONAL,
    Verdict.DEGRADED.value: Status.DEGRADED,
    Verdict.DOWN.value: Status.MAJOR_OUTAGE,
    Verdict.UNKNOWN.value: Status.UNKNOWN,
}


@dataclass(frozen=True, slots=True)
class Freshness:
    """Of one component. `checked_at` is the oldest of its checks' last evidence."""

    checked_at: datetime | None
    latency_ms: float | None
    longest_interval: int
    regions: tuple[RegionView, ...]


@dataclass(frozen=True, slots=True)
class _Seen:
    """What one check says."""

    region: str
    interval: int
    at: float | None
    latency_ms: float | None
    verdict: str


def freshness(regions: Mapping[str, str]) -> dict[int, Freshness]:
    """Of every component that is being checked, in one query; `regions` are names by codes, in
    their order."""
    checks: dict[int, list[_Seen]] = defaultdict(list)
    rows = Check.objects.filter(due__isnull=False).values_list(
        "monitor__component_id", "region_id", "monitor__interval", "checked", "latency_ms",
        "verdict", "lease",
    )  # fmt: skip
    for component_id, region, interval, at, latency_ms, verdict, lease in rows:
        # That a daily job has not called for hours is no sign of our having gone blind.
        checked = None if lease == CALLS_IN else at
        checks[component_id].append(_Seen(region, interval, checked, latency_ms, verdict))
    return {
        component_id: Freshness(
            checked_at=_oldest(seen),
            latency_ms=_mean(seen),
            longest_interval=max(each.interval for each in seen),
            regions=_regions(seen, regions),
        )
        for component_id, seen in checks.items()
    }


def _regions(seen: list[_Seen], names: Mapping[str, str]) -> tuple[RegionView, ...]:
    """By the regions' order, which is that of `names`."""
    by_region: dict[str, list[_Seen]] = defaultdict(list)
    for each in seen:
        by_region[each.region].append(each)
    return tuple(
        RegionView(
            code=code,
            name=names[code],
            status=_together(by_region[code]),
            latency_ms=_mean(by_region[code]),
            checked_at=_oldest(by_region[code]),
        )
        for code in names
        if code in by_region
    )


def _together(seen: Iterable[_Seen]) -> Status:
    """The worst of what is known; a monitor without evidence does not speak for the others."""
    known = [_STATUSES[each.verdict] for each in seen if each.verdict != Verdict.UNKNOWN]
    return worst(known, default=Status.UNKNOWN)


def _oldest(seen: Iterable[_Seen]) -> datetime | None:
    oldest = min((each.at for each in seen if each.at is not None), default=None)
    return None if oldest is None else datetime.fromtimestamp(oldest, UTC)


def _mean(seen: Iterable[_Seen]) -> float | None:
    values = [each.latency_ms for each in seen if each.latency_ms is not None]
    return round(sum(values) / len(values), 1) if values else None


def blind_views() -> tuple[BlindView, ...]:
    """The vantage points that have lost their own network, in one query."""
    return tuple(
        BlindView(vantage.region_id, vantage.region.name, vantage.blind_at)
        for vantage in blind_vantages().order_by("blind_since")
        if vantage.blind_at is not None
    )


def all_blind(blind: Iterable[BlindView], fresh: Iterable[Freshness]) -> bool:
    """Whether none of the vantage points that watch anything sees."""
    watching = {region.code for each in fresh for region in each.regions}
    return bool(watching) and watching <= {view.region for view in blind}
