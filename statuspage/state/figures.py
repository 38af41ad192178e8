"""The figures that readers report, added up as they are shown (T23–T25): pure arithmetic."""

from collections.abc import Iterable

from monitors.rules.reader_metrics import (
    ReaderFigures,
    api_requests,
    gpu_clusters,
    resource_usage,
)
from statuspage.state.page_state import FiguresView


def figures_of(readers: Iterable[ReaderFigures]) -> FiguresView:
    """Return the figures of these readers together."""
    readers = list(readers)
    requests, usage = api_requests(readers), resource_usage(readers)
    clusters = gpu_clusters(one.metrics for one in readers)
    return FiguresView(
        requests_total=requests.total,
        requests_failed=requests.failed,
        average_ms=requests.average_ms,
        cpu=usage.cpu,
        memory=usage.memory,
        storage=usage.storage,
        inbound=usage.inbound,
        outbound=usage.outbound,
        clusters=clusters.total,
        active_clusters=clusters.active,
        utilization=clusters.utilization,
        queue_length=clusters.queue_length,
    )
