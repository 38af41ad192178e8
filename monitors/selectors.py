"""Queries of monitors, for other apps."""

from collections import defaultdict
from collections.abc import Iterable

from components.rollup import MonitorVote, by_quorum
from components.status import Verdict
from monitors.models import Check, Monitor, Ping, Region, Result
from monitors.rules.stated_status import agreeing


def unknown_regions(codes: Iterable[str]) -> list[str]:
    """Those of the codes that no region has, in their order."""
    wanted = list(codes)
    known = set(Region.objects.filter(code__in=wanted).values_list("code", flat=True))
    return [code for code in wanted if code not in known]


def active_checks(component_ids: Iterable[int] | None = None) -> list[Check]:
    """Return the active checks, with their monitors, of these components or of all."""
    rows = Check.objects.filter(due__isnull=False).select_related("monitor")
    if component_ids is not None:
        rows = rows.filter(monitor__component__in=list(component_ids))
    return list(rows.order_by("monitor__name", "region_id"))


def monitor_votes(component_ids: Iterable[int] | None) -> dict[int, list[MonitorVote]]:
    """Return the votes of the monitors of some components, or of all, for the rollup: one query.

    A monitor with a quorum votes once, for all of its regions.
    """
    by_monitor: dict[int, list[Check]] = defaultdict(list)
    for check in active_checks(component_ids):
        by_monitor[check.monitor_id].append(check)
    votes: dict[int, list[MonitorVote]] = defaultdict(list)
    for checks in by_monitor.values():
        monitor = checks[0].monitor
        own = [_vote(check) for check in checks]
        if monitor.quorum is not None:
            own = [by_quorum(own, monitor.quorum)]
        votes[monitor.component_id] += own
    return votes


def _vote(check: Check) -> MonitorVote:
    verdict = Verdict(check.verdict)
    stated = agreeing(check.stated_status, verdict)
    return MonitorVote(check.monitor.name, check.region_id, verdict, check.message, stated)


def paused_monitors(component_ids: Iterable[int] | None) -> dict[int, dict[str, bool]]:
    """Return the paused monitors' names, by component, of these or of all, in order.

    Each with whether it still awaits its start.
    """
    paused: dict[int, dict[str, bool]] = defaultdict(dict)
    rows = Monitor.objects.filter(enabled=False)
    if component_ids is not None:
        rows = rows.filter(component__in=list(component_ids))
    columns = ("component_id", "name", "awaits_start")
    for component_id, name, awaits_start in rows.order_by("name").values_list(*columns):
        paused[component_id][name] = awaits_start or paused[component_id].get(name, False)
    return paused


def latest_results(check: Check, *, limit: int = 20) -> list[Result]:
    """Return a check's latest results, newest first."""
    return list(Result.objects.filter(check_id=check.pk).order_by("-at_ms")[:limit])


def latest_pings(monitor: Monitor, *, limit: int = 20) -> list[Ping]:
    """Return a monitor's latest pings, newest first."""
    return list(monitor.pings.order_by("-id")[:limit])
