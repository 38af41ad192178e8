"""Findings as a prober would report them, for tests of what is done with them."""

import time
from dataclasses import dataclass

from components.status import Status
from monitors.config.parsing import parse_config
from monitors.models import Check
from monitors.probers import registry
from monitors.probing.base import CertificateValidity, CheckResult, Outcome, Probe, ProbeStatus
from monitors.rules.check_state import CheckState
from monitors.worker.leases import LeasedCheck
from monitors.worker.result_writer import Target


@dataclass(frozen=True, slots=True)
class Made:
    check: Check
    result: CheckResult

    def leased(self, health: CheckState | None = None) -> tuple[LeasedCheck, Target]:
        """The claim that led to the finding, with what was believed then."""
        monitor = self.check.monitor
        claim = LeasedCheck(
            self.check.pk,
            monitor.pk,
            monitor.revision,
            self.result.probe.due,
            health or CheckState(),
        )
        return claim, Target.of(monitor, self.check.region_id)


def finding(
    check: Check,
    word: str,
    *,
    message: str = "",
    at: float | None = None,
    late: float = 0.0,
    certificate: CertificateValidity | None = None,
    stated: Status | None = None,
) -> Made:
    started = at or time.time()
    monitor = check.monitor
    probe = Probe(
        check.pk,
        registry.prober(monitor.kind),
        parse_config(monitor.kind, monitor.config),
        monitor.timeout,
        started - late,
    )
    latency_ms = 12.0 if word == "up" else None
    outcome = Outcome(
        ProbeStatus(word),
        message=message,
        latency_ms=latency_ms,
        certificate=certificate,
        stated=stated,
    )
    return Made(check, CheckResult(probe, started, started + 0.02, outcome))
