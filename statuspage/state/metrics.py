"""What listeners and readers report, as the snapshot holds it: no query per request (T23–T25)."""

from monitors.readers.selectors import api_requests, live_reports
from monitors.rules.reader_metrics import gpu_clusters, mean_usage
from statuspage.state.page_state import FiguresView


def figures(*, now: float) -> FiguresView:
    """Return the figures at `now`, in two queries."""
    requests, reports = api_requests(now=now), live_reports(now=now)
    usage, clusters = mean_usage(reports), gpu_clusters(reports)
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
