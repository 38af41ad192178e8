"""An agent's schedule: which of its assignments is due when, by the server's clock."""

import logging
from dataclasses import dataclass, field

from pydantic import ValidationError

from components.status import Verdict
from monitors.agent.protocol import Assignment, ReportedCertificate, ReportedResult
from monitors.probers import registry
from monitors.probing.base import CertificateValidity, CheckResult, Probe
from monitors.probing.unavailable import or_unavailable
from monitors.rules.check_state import FRESH_INTERVALS, CheckState, Tolerance, observe
from monitors.rules.flapping import window_of
from monitors.rules.intervals import next_start, phase

log = logging.getLogger(__name__)

FIRST_CHECK_WITHIN = 2.0
"""A new assignment is first probed within this many seconds, spread."""


@dataclass(slots=True)
class _Entry:
    assignment: Assignment
    template: Probe
    due: float | None
    """None while it is being made."""
    state: CheckState = field(default_factory=CheckState)
    """Only to know when to look again soon: what is believed is the server's to decide."""

    @property
    def tolerance(self) -> Tolerance:
        assignment = self.assignment
        return Tolerance(
            assignment.confirm_down,
            assignment.confirm_up,
            FRESH_INTERVALS * assignment.interval,
            flapping_window=window_of(assignment.interval),
        )


class CheckScheduler:
    """The schedule. Instants are seconds since the epoch, by the server's clock."""

    def __init__(self) -> None:
        self._entries: dict[int, _Entry] = {}

    def assign(self, assignments: list[Assignment], *, now: float) -> None:
        """Replace the assignments; unchanged ones keep their time."""
        entries: dict[int, _Entry] = {}
        for assignment in assignments:
            known = self._entries.get(assignment.check)
            if known is not None and known.assignment == assignment:
                entries[assignment.check] = known
                continue
            template = _template(assignment)
            if template is not None:
                due = now + phase(
                    assignment.check, min(FIRST_CHECK_WITHIN, assignment.interval / 2)
                )
                entries[assignment.check] = _Entry(assignment, template, due)
        self._entries = entries

    def take_due(self, *, until: float) -> list[tuple[Probe, float]]:
        """Return the probes due before `until`, each with its instant, each once."""
        due_probes = []
        for entry in self._entries.values():
            if entry.due is not None and entry.due <= until:
                due_probes.append((entry.template, entry.due))
                entry.due = None
        return due_probes

    def is_down(self, check: int) -> bool:
        """Return whether this check is down already."""
        entry = self._entries.get(check)
        return entry is not None and entry.state.verdict is Verdict.DOWN

    def complete(self, result: CheckResult, *, due: float, skew: float) -> ReportedResult | None:
        """Return what to report of a result; its check is due again. None if no longer ours."""
        probe, outcome = result.probe, result.outcome
        entry = self._entries.get(probe.key)
        if entry is None:
            return None
        assignment, started, ended = entry.assignment, result.started + skew, result.ended + skew
        current = entry.template.config is probe.config
        if current:
            entry.state, _ = observe(
                entry.state, outcome.status, at=started, tolerance=entry.tolerance
            )
            retry = assignment.retry if entry.state.suspicious else None
            entry.due, _ = next_start(
                assignment.check,
                # What is known of the clocks' difference may have moved by a hair since: a start
                # seen as just before its instant would have that instant come again.
                started=max(started, due),
                ended=ended,
                interval=assignment.interval,
                retry=retry,
            )
        return ReportedResult(
            check=assignment.check,
            # A result of the assignment as it was is evidence of no revision there is.
            revision=assignment.revision if current else 0,
            due=due,
            started=started,
            ended=ended,
            word=outcome.status,
            message=outcome.message[:300],
            latency_ms=outcome.latency_ms,
            code=outcome.code,
            phases=outcome.phases,
            certificate=_reported(outcome.certificate),
            stated=outcome.stated,
        )


def _template(assignment: Assignment) -> Probe | None:
    try:
        prober = or_unavailable(registry.prober(assignment.kind))
        config = prober.config_type.model_validate(assignment.config)
    except (LookupError, ValidationError) as error:
        # One that this release cannot make is set aside; its neighbours are probed.
        log.error("check %s cannot be made: %s", assignment.check, _first_line(error))
        return None
    return Probe(assignment.check, prober, config, assignment.timeout, 0.0)


def _reported(seen: CertificateValidity | None) -> ReportedCertificate | None:
    return None if seen is None else ReportedCertificate(ends=seen.ends, is_valid=seen.is_valid)


def _first_line(error: Exception) -> str:
    # Of a settings error only which field it is: the rest may hold a secret.
    if isinstance(error, ValidationError):
        return ", ".join(str(problem["loc"]) for problem in error.errors(include_input=False))
    return str(error).splitlines()[0]
