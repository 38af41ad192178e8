"""The rules that are mutated, and the test modules that have to notice."""

from dataclasses import dataclass
from pathlib import Path

from tests import ROOT

LEAST_KILLED = 90.0
"""The percentage of a module's mutants that its tests have to kill."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A module and its unit tests, as paths from the project's folder."""

    path: str
    tests: tuple[str, ...]
    root: Path = ROOT

    @property
    def module(self) -> str:
        """The name that it is imported by."""
        return self.path.removesuffix(".py").replace("/", ".")

    def source(self) -> str:
        return (self.root / self.path).read_text(encoding="utf-8")


RULES = tuple(
    Rule(path, tuple(tests))
    for path, *tests in (
        ("components/rollup.py", "tests/components/test_rollup.py",
         "tests/components/test_rollup_reasons.py"),
        ("components/uptime/layers.py", "tests/components/uptime/test_layers.py"),
        ("components/uptime/periods.py", "tests/components/uptime/test_periods.py"),
        ("incidents/impact_history.py", "tests/incidents/test_impact_history.py"),
        ("incidents/workflow.py", "tests/incidents/test_workflow.py"),
        ("maintenance/lifecycle.py", "tests/maintenance/test_lifecycle.py"),
        ("maintenance/recurrence.py", "tests/maintenance/test_recurrence.py"),
        ("maintenance/repetition/choice.py", "tests/maintenance/test_repetition.py"),
        ("monitors/rules/alert_lanes.py", "tests/monitors/rules/test_alert_lanes.py"),
        ("monitors/rules/check_state.py", "tests/monitors/rules/test_check_state.py",
         "tests/monitors/rules/test_flapping_checks.py"),
        ("monitors/rules/cron.py", "tests/monitors/rules/test_cron.py"),
        ("monitors/rules/evidence_age.py", "tests/monitors/rules/test_evidence_age.py"),
        ("monitors/rules/flapping.py", "tests/monitors/rules/test_flapping.py"),
        ("monitors/rules/heartbeat_schedule.py", "tests/monitors/rules/test_heartbeat_schedule.py"),
        ("monitors/rules/intervals.py", "tests/monitors/rules/test_intervals.py"),
        ("monitors/rules/label_matchers.py", "tests/monitors/rules/test_label_matchers.py"),
        ("monitors/rules/latency_sketch.py", "tests/monitors/rules/test_latency_sketch.py"),
        ("monitors/rules/placeholders.py", "tests/monitors/rules/test_placeholders.py"),
        ("monitors/rules/reader_metrics.py", "tests/monitors/rules/test_reader_state.py"),
        ("monitors/rules/reader_state.py", "tests/monitors/rules/test_reader_state.py"),
        ("monitors/rules/rollups.py", "tests/monitors/rules/test_rollups.py"),
        ("monitors/rules/stated_status.py", "tests/monitors/rules/test_stated_status.py"),
        ("statuspage/automation/auto_incident_rules.py",
         "tests/statuspage/automation/test_auto_incident_rules.py"),
        ("subscribers/delivery/matching.py", "tests/subscribers/delivery/test_matching.py"),
        ("subscribers/delivery/retry.py", "tests/subscribers/delivery/test_retry.py"),
    )
)  # fmt: skip
