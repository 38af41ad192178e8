"""`/metrics`: figures of the product itself as Prometheus text; few series, whatever is watched."""

import time
from collections.abc import Iterable

from django.db import connection
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from components import journal
from components.status import Status
from monitors.models import Check
from monitors.readers import selectors
from monitors.worker.leases import oldest_due_age
from statuspage.edge.pages import PublicPages
from statuspage.runtime import progress
from statuspage.server import siblings


class _ProductCollector(Collector):
    """Collects the metrics once for each scrape; nothing is kept in between."""

    def __init__(self, pages: PublicPages) -> None:
        self._pages = pages

    def collect(self) -> Iterable[Metric]:
        now = time.time()
        yield from _requests()
        yield from self._page(now)
        yield from _readers(now)
        yield from _work(now)

    def _page(self, now: float) -> Iterable[Metric]:
        snapshot = self._pages.snapshot
        if snapshot is None:
            return
        age = GaugeMetricFamily("statuspage_snapshot_age_seconds", "Age of the published page.")
        age.add_metric([], max(0.0, now - snapshot.built_at.timestamp()))
        yield age
        components = GaugeMetricFamily(
            "statuspage_components", "Public components by status.", labels=["status"]
        )
        statuses = [component.status for component in snapshot.state.components]
        for status in Status:
            components.add_metric([status.value], statuses.count(status))
        yield components


def _requests() -> Iterable[Metric]:
    counted = siblings.served()
    total = CounterMetricFamily(
        "statuspage_requests", "Requests served by the web processes.", labels=["outcome"]
    )
    total.add_metric(["success"], counted.total - counted.failed)
    total.add_metric(["failure"], counted.failed)
    yield total
    yield CounterMetricFamily(
        "statuspage_request_seconds", "Time spent on them.", value=counted.seconds
    )


def _readers(now: float) -> Iterable[Metric]:
    states = [state for _, state in selectors.listed_readers(now=now)]
    family = GaugeMetricFamily("statuspage_readers", "Readers by state.", labels=["state"])
    for state in ("live", "loading", "dead"):
        family.add_metric([state], states.count(state))  # type: ignore[arg-type]  # a StrEnum
    yield family
    usage = selectors.resource_usage(now=now)
    for name in ("cpu", "memory", "storage"):
        yield GaugeMetricFamily(
            f"statuspage_{name}_percent", f"Mean {name} over live readers.", getattr(usage, name)
        )


def _work(now: float) -> Iterable[Metric]:
    ages = GaugeMetricFamily(
        "statuspage_progress_age_seconds", "Since each role made progress.", labels=["role"]
    )
    for role, age in progress.ages().items():
        if age is not None:
            ages.add_metric([role], age)
    yield ages
    checks = Check.objects.filter(due__isnull=False).count()
    yield GaugeMetricFamily("statuspage_checks", "Checks that are made.", checks)
    yield GaugeMetricFamily(
        "statuspage_oldest_due_seconds", "Lateness of the latest check.", oldest_due_age(now=now)
    )
    yield GaugeMetricFamily("statuspage_journal_head", "The newest entry.", journal.head())
    behind = GaugeMetricFamily(
        "statuspage_journal_lag", "Entries each reader is behind.", labels=["reader"]
    )
    for reader, lag in journal.lag().items():
        behind.add_metric([reader], lag)
    yield behind


def exposition(pages: PublicPages) -> bytes:
    """Return the whole text. Raises the database's error when it cannot be read."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_ProductCollector(pages))
    try:
        return generate_latest(registry)
    finally:
        connection.close()
