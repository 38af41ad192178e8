"""The server's side of remote agents: their assignments and reports."""

import logging
import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.db import transaction
from django.db.models import Max
from pydantic import SecretStr

from components.secrets import SecretError, is_sealed
from monitors import absences
from monitors.agent.protocol import Assignment, Report, ReportedResult
from monitors.config.secrets import destination_of, unseal_config
from monitors.models import Agent, Check, Monitor, Region, Slot
from monitors.probers import registry
from monitors.probing.base import CertificateValidity, CheckResult, Outcome, Probe
from monitors.worker import slots
from monitors.worker.leases import LeasedCheck, lease_reported
from monitors.worker.result_writer import CompletedCheck, Target, store_results
from monitors.worker.tally import AGENTS, Tally

log = logging.getLogger(__name__)

REGION_CLAIM_SECONDS = 15.0
"""How long after an agent was last seen another one may take its region over."""
MAX_CLOCK_ERROR = 5.0
"""Seconds by which an agent's measure of our clock may be wrong."""
_NO_LEASE = "nobody"
"""A lease that no check ever has: what is stored under it is evidence and moves nothing."""


class RegionTakenError(Exception):
    """Another agent or worker probes from this region; the message says which."""


class UnknownRegionError(LookupError):
    """There is no such region; the message names those there are."""


def claim_region(*, agent: str, region: str, now: float) -> None:
    """Have `agent` serve `region` from now on.

    Raises UnknownRegionError, and RegionTakenError while another agent, or the product's own
    workers, serve it: two would probe everything twice.
    """
    with transaction.atomic():
        if not Region.objects.select_for_update().filter(pk=region).exists():
            known = ", ".join(Region.objects.values_list("pk", flat=True))
            raise UnknownRegionError(f"{region} is not a region; there are: {known}")
        _refuse_own_region(region, now=now)
        others = Agent.objects.filter(region=region, seen__gt=now - REGION_CLAIM_SECONDS)
        other = others.exclude(pk=agent).values_list("name", flat=True).first()
        if other is not None:
            raise RegionTakenError(f"The agent {other} probes from {region}.")
        before = Agent.objects.filter(region=region).aggregate(newest=Max("seen"))["newest"]
        if before and now - before > absences.AGENT_GAP_SECONDS:
            absences.record(region, began=before, ended=now)
        Agent.objects.update_or_create(name=agent, defaults={"region": region, "seen": now})


def assignments(region: str) -> tuple[list[Assignment], bool]:
    """Return what is to be probed from `region`, and whether there are secrets in it."""
    reported, secret = [], False
    rows = Check.objects.filter(region=region, due__isnull=False).select_related("monitor")
    for check in rows.order_by("pk"):
        monitor = check.monitor
        if monitor.calls_in or monitor.on_record:
            continue  # judged from what comes in, not from anywhere
        try:
            destination = destination_of(monitor.kind, monitor.config)
            config = _reveal(unseal_config(monitor.config, destination=destination))
        except (SecretError, LookupError) as error:
            log.error("monitor %s is not assigned: %s", monitor.pk, error)
            continue
        secret = secret or _has_secret(monitor.config)
        reported.append(
            Assignment(
                check=check.pk,
                revision=check.revision,
                kind=monitor.kind,
                config=config,
                timeout=monitor.timeout,
                interval=monitor.interval,
                retry=monitor.effective_retry,
                confirm_down=monitor.confirm_down,
                confirm_up=monitor.confirm_up,
            )
        )
    return reported, secret


def _reveal(value: Any) -> Any:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, dict):
        return {name: _reveal(inner) for name, inner in value.items()}
    return value


def _has_secret(stored: Any) -> bool:
    if is_sealed(stored):
        return True
    return isinstance(stored, dict) and any(_has_secret(value) for value in stored.values())


def receive_report(report: Report, *, now: float) -> bool:
    """Store what an agent reports; return False when this batch was stored before.

    Raises RegionTakenError unless the agent holds its region: it asked for the assignments last of
    all, and the product's own workers do not probe from there.

    Results keep their own times. One that is older than what is known of its check, or of a
    monitor that was edited since, is evidence and moves no belief.
    """
    with transaction.atomic():
        agent = _holder(report, now=now)
        if agent.stream == report.stream and report.sequence <= agent.sequence:
            return False
        agent.stream, agent.sequence = report.stream, report.sequence
        agent.save(update_fields=["stream", "sequence"])
        lease = uuid.uuid4().hex
        ids = {reported.check for reported in report.results}
        leased = lease_reported(sorted(ids), region=report.region, lease=lease)
        late, fresh = _split_late(report, leased, now=now)
        moved = {completed.leased.check_id for completed in fresh}
        Check.objects.filter(lease=lease).exclude(pk__in=moved).update(lease="")
        tally = Tally(region=report.region, slot=AGENTS)
        tally.add_outcomes([*late, *fresh])
        tally.store()
        store_results(late, lease=_NO_LEASE)
        store_results(fresh, lease=lease)
    return True


def _holder(report: Report, *, now: float) -> Agent:
    """Return the agent of a report, locked; claims of its region wait. Raises RegionTakenError."""
    list(Region.objects.select_for_update().filter(pk=report.region))
    _refuse_own_region(report.region, now=now)
    agents = Agent.objects.select_for_update().filter(region=report.region)
    last = agents.order_by("-seen").first()
    if last is None or last.name != report.agent:
        who = "Nobody" if last is None else f"The agent {last.name}"
        raise RegionTakenError(f"{who} probes from {report.region}: ask for assignments first.")
    return last


def _refuse_own_region(region: str, *, now: float) -> None:
    if Slot.objects.filter(region=region, beat__gt=now - slots.SILENT_SECONDS).exists():
        raise RegionTakenError(f"The product's own workers probe from {region}.")


def _split_late(
    report: Report, leased: Sequence[LeasedCheck], *, now: float
) -> tuple[list[CompletedCheck], list[CompletedCheck]]:
    """Return what comes too late to be believed, and the rest, each check's in order of time."""
    by_id = {item.check_id: item for item in leased}
    monitors = Monitor.objects.in_bulk({item.monitor_id for item in leased})
    targets = {pk: Target.of(monitor, report.region) for pk, monitor in monitors.items()}
    known: dict[int, float] = defaultdict(float)
    known |= {item.check_id: item.state.checked or 0.0 for item in leased}
    late: list[CompletedCheck] = []
    fresh: list[CompletedCheck] = []
    for reported in sorted(report.results, key=lambda each: each.started):
        item = by_id.get(reported.check)
        target = targets.get(item.monitor_id) if item is not None else None
        if item is None or target is None:
            continue  # deleted, or not this region's
        completed = CompletedCheck(
            replace(item, due=reported.due), target, _check_result(reported, target, now=now)
        )
        if reported.revision == item.revision and completed.result.started > known[reported.check]:
            known[reported.check] = completed.result.started
            fresh.append(completed)
        else:
            late.append(completed)
    return late, fresh


def _check_result(reported: ReportedResult, target: Target, *, now: float) -> CheckResult:
    """Return it as the engine would. What was observed in the future was observed now: a clock is
    wrong, and it would keep everything that is true from being believed."""
    monitor = target.monitor
    prober = registry.prober(monitor.kind)
    probe = Probe(
        reported.check, prober, prober.config_type.model_construct(), monitor.timeout, 0.0
    )
    seen = reported.certificate
    outcome = Outcome(
        reported.word,
        reported.message,
        latency_ms=reported.latency_ms,
        code=reported.code,
        phases=reported.phases,
        certificate=None if seen is None else CertificateValidity(seen.ends, seen.is_valid),
        stated=reported.stated,
    )
    if reported.started > now + MAX_CLOCK_ERROR:
        return CheckResult(probe, now, now, outcome)
    return CheckResult(probe, reported.started, max(reported.started, reported.ended), outcome)
