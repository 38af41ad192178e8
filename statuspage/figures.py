"""What listeners and readers report, as the snapshot keeps it: no query per request (T23–T25)."""

from monitors.models import Region
from monitors.readers.selectors import api_requests, gpu_usage, resource_usage
from statuspage.readmodel import FiguresView


def figures(*, now: float) -> FiguresView:
    """The figures at `now`, in three queries."""
    requests, usage, clusters = api_requests(now=now), resource_usage(now=now), gpu_usage(now=now)
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


def region_codes() -> tuple[str, ...]:
    """All there are, in their order."""
    return tuple(Region.objects.values_list("code", flat=True))
