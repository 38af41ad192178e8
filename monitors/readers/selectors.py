"""Queries of readers and of the metrics they report."""

import math
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Sum

from monitors.models import Gauge, Reader
from monitors.rules import reader_metrics
from monitors.rules.reader_metrics import (
    ApiRequests,
    GpuClusters,
    ReaderFigures,
    ResourceUsage,
    gpu_clusters,
)
from monitors.rules.reader_state import LISTED_SECONDS, ReaderState, dead_at

DAY_MINUTES = 1440
WEB_TYPE = "web"
"""The model type under which a web process reports itself."""
GLOBAL = "global"
"""The region of who says of none."""


@dataclass(frozen=True, slots=True)
class GroupCount:
    """The numbers of readers of a consumer group."""

    live: int
    loading: int
    dead: int

    @property
    def total(self) -> int:
        return self.live + self.loading + self.dead


@dataclass(frozen=True, slots=True)
class Hearing:
    """In which time readers could be heard: another time's silence says nothing of them.

    Instants are seconds since the epoch. Our own processes write to the database themselves, all
    others report to a web process.
    """

    watched_since: float = -math.inf
    """Since when the database could be looked at."""
    since: float = -math.inf
    """Since when a web process was there."""
    until: float = math.inf
    """Until when one was."""

    def state_of(self, reader: Reader, *, now: float) -> ReaderState:
        """Return the state of a reader at `now`, as far as it could be heard."""
        since, until = self.watched_since, now
        if not reader.own:
            since, until = max(since, self.since), min(now, self.until)
        return reader.state_at(until, heard_since=since)


ALWAYS = Hearing()


def hearing(*, now: float, watched_since: float) -> Hearing:
    """Return when readers could be heard, for one who looks on since `watched_since`."""
    web = Reader.objects.filter(own=True, model_type=WEB_TYPE).exclude(state=ReaderState.DEAD)
    rows = list(web.values_list("heartbeat", "since", "interval"))
    if not rows:
        return Hearing(watched_since, since=math.inf)
    newest = max(rows)
    until = now if now <= newest[0] + 2 * newest[2] else newest[0]
    return Hearing(watched_since, since=min(since for _, since, _ in rows), until=until)


def listed_readers(*, now: float, heard: Hearing = ALWAYS) -> list[tuple[Reader, ReaderState]]:
    """Return every reader with its state at `now`; the dead only for a day."""
    return [
        (reader, state)
        for reader in Reader.objects.all()
        if (state := heard.state_of(reader, now=now)) is not ReaderState.DEAD
        or _listed_dead(reader, now)
    ]


def _listed_dead(reader: Reader, now: float) -> bool:
    died = dead_at(heartbeat=reader.heartbeat, interval=reader.interval)
    return now - died <= LISTED_SECONDS


def count_group(group: str, *, now: float, heard: Hearing = ALWAYS) -> GroupCount:
    """Return how many readers a consumer group has."""
    listed = listed_readers(now=now, heard=heard)
    states = [state for reader, state in listed if group in reader.consumer_groups]
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


def reader_figures(*, now: float) -> list[ReaderFigures]:
    """Return what every reader has reported, in two queries (T23–T25)."""
    minute = int(now // 60)
    sums = {
        each["reader_id"]: each
        for each in Gauge.objects.filter(minute__gt=minute - DAY_MINUTES, minute__lte=minute)
        .order_by()
        .values("reader_id")
        .annotate(total=Sum("requests"), lost=Sum("failed"), took=Sum("request_ms"))
    }
    readers = {reader.pk: reader for reader in Reader.objects.all()}
    regions = _regions(readers.values())
    return [
        _figures(name, readers.get(name), regions.get(name, GLOBAL), sums.get(name, {}), now=now)
        for name in {**readers, **sums}
    ]


def _figures(
    name: str, reader: Reader | None, region: str, sums: Mapping[str, Any], *, now: float
) -> ReaderFigures:
    live = reader is not None and reader.state_at(now) is ReaderState.LIVE
    return ReaderFigures(
        region=region,
        host=_host(reader) if reader is not None else name,
        requests=sums.get("total") or 0,
        failed=sums.get("lost") or 0,
        request_ms=sums.get("took") or 0.0,
        metrics=(reader.metrics or {}) if live and reader is not None else {},
    )


def _regions(readers: Iterable[Reader]) -> dict[str, str]:
    """Return the region of each reader: that of a group such as `probes@us-east-1`, if it has one.

    Of our own processes on one machine only its probers say where it stands.
    """
    stated = {reader.pk: _stated_region(reader) for reader in readers}
    of_host = {_host(reader): stated[reader.pk] for reader in readers if stated[reader.pk]}
    return {reader.pk: of_host.get(_host(reader)) or GLOBAL for reader in readers}


def _stated_region(reader: Reader) -> str:
    return next((group.rpartition("@")[2] for group in reader.consumer_groups if "@" in group), "")


def _host(reader: Reader) -> str:
    """Return the machine of one of our own processes or agents; others are hosts of their own."""
    ours = reader.own or "probes" in reader.consumer_groups
    return reader.name.partition("/")[0] if ours else reader.name


def api_requests(*, now: float) -> ApiRequests:
    """Return the API requests served over the last 24 hours (T23)."""
    return reader_metrics.api_requests(reader_figures(now=now))


def resource_usage(*, now: float) -> ResourceUsage:
    """Return the usage of live readers that report such metrics (T24)."""
    return reader_metrics.resource_usage(reader_figures(now=now))


def gpu_usage(*, now: float) -> GpuClusters:
    """Return the sums over live readers that report as GPU clusters (T25)."""
    return gpu_clusters(one.metrics for one in reader_figures(now=now))
