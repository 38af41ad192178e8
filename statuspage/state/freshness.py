"""How fresh the evidence about each component is, from where, and how fast the answers came."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from components.database.prepared_rows import PreparedRows
from components.status import Status, Verdict, worst
from monitors.models import Check
from monitors.models.check import ANSWERING
from monitors.models.heartbeat import CALLS_IN
from monitors.rules.stated_status import agreeing
from monitors.vantage_points import blind_vantages
from statuspage.state.observations import BlindView
from statuspage.state.page_state import RegionView

_STATUSES = {
    Verdict.UP.value: Status.OPERATIONAL,
    Verdict.DEGRADED.value: Status.DEGRADED,
    Verdict.DOWN.value: Status.MAJOR_OUTAGE,
    Verdict.UNKNOWN.value: Status.UNKNOWN,
}
_rows = PreparedRows(
    lambda: Check.objects.filter(due__isnull=False).values_list(
        "monitor__component_id", "region_id", "monitor__interval", "checked", "latency_ms",
        "verdict", "lease", "stated_status", "monitor_id", "monitor__last_number__value",
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Freshness:
    """The freshness of one component; `checked_at` is its checks' oldest last evidence."""

    checked_at: datetime | None
    latency_ms: float | None
    longest_interval: int
    regions: tuple[RegionView, ...]
    numbers: Mapping[int, float]
    """The newest number by monitor, while it counts."""


@dataclass(frozen=True, slots=True)
class _CheckEvidence:
    """The newest evidence of one check."""

    region: str
    interval: int
    at: float | None
    latency_ms: float | None
    verdict: str
    stated: Status | None
    monitor_id: int
    number: float | None

    @property
    def status(self) -> Status:
        return self.stated or _STATUSES[self.verdict]


def freshness(regions: Mapping[str, str]) -> dict[int, Freshness]:
    """Return the freshness of every component that is being checked, in one query.

    `regions` are names by codes, in their order.
    """
    checks: dict[int, list[_CheckEvidence]] = defaultdict(list)
    for component_id, region, interval, at, latency_ms, verdict, lease, stated, *sent in _rows():
        # That a daily job has not called for hours is no sign of our having gone blind.
        checked = None if lease == CALLS_IN else at
        word = agreeing(stated, Verdict(verdict)) if stated else None
        checks[component_id].append(
            _CheckEvidence(region, interval, checked, latency_ms, verdict, word, *sent)
        )
    return {
        component_id: Freshness(
            checked_at=_oldest(evidence),
            latency_ms=_mean(evidence),
            longest_interval=max(each.interval for each in evidence),
            regions=_regions(evidence, regions),
            numbers={
                each.monitor_id: each.number
                for each in evidence
                if each.number is not None and each.verdict != Verdict.UNKNOWN
            },
        )
        for component_id, evidence in checks.items()
    }


def _regions(evidence: list[_CheckEvidence], names: Mapping[str, str]) -> tuple[RegionView, ...]:
    """Return the regions in their order, which is that of `names`."""
    by_region: dict[str, list[_CheckEvidence]] = defaultdict(list)
    for each in evidence:
        by_region[each.region].append(each)
    return tuple(
        RegionView(
            code=code,
            name=names[code],
            status=_worst_status(by_region[code]),
            latency_ms=_mean(by_region[code]),
            checked_at=_oldest(by_region[code]),
        )
        for code in names
        if code in by_region
    )


def _worst_status(evidence: Iterable[_CheckEvidence]) -> Status:
    """Return the worst of what is known; one without evidence does not speak for the others."""
    known = [each.status for each in evidence if each.verdict != Verdict.UNKNOWN]
    return worst(known, default=Status.UNKNOWN)


def _oldest(evidence: Iterable[_CheckEvidence]) -> datetime | None:
    oldest = min((each.at for each in evidence if each.at is not None), default=None)
    return None if oldest is None else datetime.fromtimestamp(oldest, UTC)


def _mean(evidence: Iterable[_CheckEvidence]) -> float | None:
    """Return the mean time of good answers: that an error came fast is no figure of a service."""
    values = [
        each.latency_ms
        for each in evidence
        if each.latency_ms is not None and each.verdict in ANSWERING
    ]
    return round(sum(values) / len(values), 1) if values else None


def blind_views() -> tuple[BlindView, ...]:
    """Return the vantage points that are blind, in one query."""
    return tuple(
        BlindView(vantage.region_id, vantage.region.name, vantage.blind_at, vantage.names_only)
        for vantage in blind_vantages().order_by("blind_since")
        if vantage.blind_at is not None
    )


def all_blind(blind: Iterable[BlindView], fresh: Iterable[Freshness]) -> bool:
    """Whether none of the vantage points that watch anything sees."""
    watching = {region.code for each in fresh for region in each.regions}
    return bool(watching) and watching <= {view.region for view in blind}
