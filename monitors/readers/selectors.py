"""Queries of readers and of the metrics they report."""

import time
from dataclasses import dataclass
from typing import Any

from django.db.models import Sum

from monitors.models import Gauge, Reader
from monitors.rules.reader_metrics import (
    ApiRequests,
    GpuClusters,
    ResourceUsage,
    gpu_clusters,
    mean_usage,
)
from monitors.rules.reader_state import LISTED_SECONDS, ReaderState, dead_at

DAY_MINUTES = 1440


@dataclass(frozen=True, slots=True)
class GroupCount:
    """The numbers of readers of a consumer group."""

    live: int
    loading: int
    dead: int

    @property
    def total(self) -> int:
        return self.live + self.loading + self.dead


def listed_readers(*, now: float) -> list[tuple[Reader, ReaderState]]:
    """Return every reader with its state at `now`; the dead only for a day."""
    return [
        (reader, state)
        for reader in Reader.objects.all()
        if (state := reader.state_at(now)) is not ReaderState.DEAD or _listed_dead(reader, now)
    ]


def _listed_dead(reader: Reader, now: float) -> bool:
    died = dead_at(heartbeat=reader.heartbeat, interval=reader.interval)
    return now - died <= LISTED_SECONDS


def count_group(group: str, *, now: float) -> GroupCount:
    """Return how many readers a consumer group has."""
    states = [state for reader, state in listed_readers(now=now) if group in reader.consumer_groups]
    return GroupCount(
        live=states.count(ReaderState.LIVE),
        loading=states.count(ReaderState.LOADING),
        dead=states.count(ReaderState.DEAD),
    )


def live_models(*, now: float | None = None) -> list[tuple[str, float]]:
    """Return the models of live readers that are not our own, each with its start."""
    since: dict[str, float] = {}
    for reader, state in listed_readers(now=now or time.time()):
        if state is ReaderState.LIVE and reader.model_name and not reader.own:
            since[reader.model_name] = min(reader.since, since.get(reader.model_name, reader.since))
    return sorted(since.items())


def api_requests(*, now: float) -> ApiRequests:
    """Return the requests served over the last 24 hours (T23)."""
    minute = int(now // 60)
    sums = Gauge.objects.filter(minute__gt=minute - DAY_MINUTES, minute__lte=minute).aggregate(
        total=Sum("requests"), failed=Sum("failed"), took=Sum("request_ms")
    )
    total, failed = sums["total"] or 0, sums["failed"] or 0
    average = round((sums["took"] or 0.0) / total, 1) if total else 0.0
    return ApiRequests(successful=total - failed, failed=failed, average_ms=average)


def resource_usage(*, now: float) -> ResourceUsage:
    """Return the mean over live readers that report such metrics (T24)."""
    return mean_usage(live_reports(now=now))


def gpu_usage(*, now: float) -> GpuClusters:
    """Return the sums over live readers that report as GPU clusters (T25)."""
    return gpu_clusters(live_reports(now=now))


def live_reports(*, now: float) -> list[dict[str, Any]]:
    """Return the last metrics of live readers."""
    return [
        reader.metrics
        for reader, state in listed_readers(now=now)
        if reader.metrics and state is ReaderState.LIVE
    ]
