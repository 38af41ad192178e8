"""The figures that readers report: their shape, and how several are aggregated."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

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
    """Means over live readers (T24): percent; network throughput in bits a second."""

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


def mean_usage(reports: Iterable[Mapping[str, Any]]) -> ResourceUsage:
    """Return the mean of each figure over those that report it; 0 where none does."""
    reports = list(reports)
    return ResourceUsage(
        *(
            _mean([float(report[name]) for report in reports if report.get(name) is not None])
            for name in ("cpu", "memory", "storage", "network_in", "network_out")
        )
    )


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
