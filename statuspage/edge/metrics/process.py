"""What this web process knows of itself, without the database."""

import platform
import time
from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from importlib import metadata

import django
from django.conf import settings
from django.db import connection
from prometheus_client.metrics_core import HistogramMetricFamily, Metric, SummaryMetricFamily

from components.status import Status
from statuspage.edge.metrics.families import add_histogram, counter, gauge
from statuspage.edge.pages import PublicPages
from statuspage.server import peer_processes
from statuspage.server.loop_lag import BOUNDS, LAG
from statuspage.server.peer_processes import Counts


@cache
def version() -> str:
    """Return the product's version; "source" where it was not installed as a package."""
    try:
        return metadata.version("statuspage")
    except metadata.PackageNotFoundError:
        return "source"


def process_metrics(pages: PublicPages, *, streams: int) -> Iterable[Metric]:
    """Yield requests, streams, lag of the event loop, age of the page, and the build."""
    machine, database = settings.STATUSPAGE.machine, connection.vendor
    served = peer_processes.served(streams=streams)
    yield counter(
        "statuspage_requests",
        "Requests served by the web processes, by listener, route class and status.",
        ("machine", "listener", "route", "code"),
        [
            ((machine, listener, route, str(code)), count)
            for (listener, route, code), (count, _) in served.counts.items()
        ],
    )
    yield _durations(machine, served.counts)
    yield gauge(
        "statuspage_streams", "Streams (SSE and WebSocket) open in the web processes.",
        ("machine",), [((machine,), served.streams)],
    )  # fmt: skip
    lag = HistogramMetricFamily(
        "statuspage_event_loop_lag_seconds",
        "How late the event loop of this web process wakes its tasks; every request waits so long.",
        labels=("machine",),
    )
    add_histogram(lag, (machine,), bounds=BOUNDS, counts=LAG.counts, total=LAG.seconds)
    yield lag
    yield gauge(
        "statuspage_build_info", "The release that runs, always 1.",
        ("machine", "version", "python", "django", "database"),
        [((machine, version(), platform.python_version(), django.__version__, database), 1)],
    )  # fmt: skip
    yield from _page(pages)


def _durations(machine: str, counts: Counts) -> Metric:
    sums: defaultdict[str, list[float]] = defaultdict(lambda: [0, 0.0])
    for (_, route, _), (served, seconds) in counts.items():
        sums[route][0] += served
        sums[route][1] += seconds
    family = SummaryMetricFamily(
        "statuspage_request_duration_seconds",
        "Time from a request's head to the end of its response, by route class.",
        labels=("machine", "route"),
    )
    for route, (count, seconds) in sums.items():
        family.add_metric((machine, route), count_value=int(count), sum_value=seconds)
    return family


def _page(pages: PublicPages) -> Iterable[Metric]:
    snapshot = pages.snapshot
    if snapshot is None:
        return
    age = max(0.0, time.time() - snapshot.built_at.timestamp())
    machine = settings.STATUSPAGE.machine
    yield gauge(
        "statuspage_snapshot_age_seconds", "Age of the page that this web process serves.",
        ("machine",), [((machine,), age)],
    )  # fmt: skip
    statuses = [component.status for component in snapshot.state.components]
    yield gauge(
        "statuspage_components", "Public components by status.", ("status",),
        [((status.value,), statuses.count(status)) for status in Status],
    )  # fmt: skip
