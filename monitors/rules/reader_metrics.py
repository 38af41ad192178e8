"""The figures that readers report: their shape, and how several are aggregated."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

_THROUGHPUTS = ("network_in", "network_out")
_UNITS = ("bps", "Kbps", "Mbps", "Gbps", "Tbps")


@dataclass(frozen=True, slots=True)
class ApiRequests:
    """Requests served in a period (T23)."""

    successful: int
    failed: int
    average_ms: float

    @property
    def total(self) -> int:
        return self.successful + self.failed


@dataclass(frozen=True, slots=True)
class ResourceUsage:
    """The usage of live readers (T24): mean percentages, and their throughput together in bits a
    second."""

    cpu: float
    memory: float
    storage: float
    network_in: float
    network_out: float

    @property
    def inbound(self) -> str:
        return throughput(self.network_in)

    @property
    def outbound(self) -> str:
        return throughput(self.network_out)


@dataclass(frozen=True, slots=True)
class GpuClusters:
    """Sums over the GPU clusters that readers report (T25)."""

    total: int
    active: int
    utilization: float
    queue_length: int


def throughput(bits_per_second: float) -> str:
    """Format with the unit that leaves the fewest digits: "2.3 Gbps"."""
    value, step = bits_per_second, 0
    while value >= 999.95 and step < len(_UNITS) - 1:
        value, step = value / 1000, step + 1
    return f"{value:.1f} {_UNITS[step]}" if step else f"{value:.0f} bps"


@dataclass(frozen=True, slots=True)
class ReaderFigures:
    """What one reader reported: its requests of the last 24 hours, and its last metrics."""

    region: str
    host: str
    """The machine that its throughput is of: two readers on one measure the same."""
    requests: int = 0
    failed: int = 0
    request_ms: float = 0.0
    """Milliseconds that all those requests took together."""
    metrics: Mapping[str, Any] = field(default_factory=dict)
    """Empty once it is no longer live."""


def api_requests(readers: Iterable[ReaderFigures]) -> ApiRequests:
    """Return their requests together, and the mean of what one took."""
    readers = list(readers)
    total, failed = sum(one.requests for one in readers), sum(one.failed for one in readers)
    took = sum(one.request_ms for one in readers)
    return ApiRequests(total - failed, failed, round(took / total, 1) if total else 0.0)


def resource_usage(readers: Iterable[ReaderFigures]) -> ResourceUsage:
    """Return mean percentages over those that report them, and the hosts' throughput added up."""
    readers = list(readers)
    means = (
        _mean([float(one.metrics[name]) for one in readers if one.metrics.get(name) is not None])
        for name in ("cpu", "memory", "storage")
    )
    return ResourceUsage(*means, *(_sum_of_hosts(readers, name) for name in _THROUGHPUTS))


def _sum_of_hosts(readers: Iterable[ReaderFigures], name: str) -> float:
    by_host: dict[str, float] = {}
    for one in readers:
        measured = float(one.metrics.get(name) or 0.0)
        by_host[one.host] = max(measured, by_host.get(one.host, 0.0))
    return round(sum(by_host.values()), 1)


def gpu_clusters(reports: Iterable[Mapping[str, Any]]) -> GpuClusters:
    """Return the sums of counts, and the mean utilization over active clusters."""
    reports = [report["gpu"] for report in reports if report.get("gpu")]
    active = sum(int(gpu["active"]) for gpu in reports)
    weighed = sum(float(gpu["utilization"]) * int(gpu["active"]) for gpu in reports)
    return GpuClusters(
        total=sum(int(gpu["total"]) for gpu in reports),
        active=active,
        utilization=round(weighed / active, 1) if active else 0.0,
        queue_length=sum(int(gpu["queue_length"]) for gpu in reports),
    )


def _mean(values: list[float]) -> float:
    return round(sum(values) / len(values), 1) if values else 0.0
