"""The kind `external`: another monitoring system sends its alerts, and they are the state."""

from typing import Literal

from pydantic import Field, field_validator

from components.status import Verdict
from monitors.probers.endpoint import json_path
from monitors.probing.base import Config, PassiveProber, one_line
from monitors.rules.alert_lanes import AlertReport, SilenceRule
from monitors.rules.alert_mapping import DEFAULTS, WORDS
from monitors.rules.incoming_alert import IncomingAlert

YEAR = 366 * 86_400
MAX_SEVERITIES = 20
AlertStatus = Literal["down", "degraded", "up"]
"""What an alert says of the component; `up`: nothing."""


class ExternalConfig(Config):
    """What alerts mean, and how long silence is believed."""

    status: AlertStatus = Field(
        default="down", description="What an alert means whose severity is not listed below."
    )
    severities: dict[str, AlertStatus] = Field(
        default={"warning": "degraded", "info": "up", "none": "up"},
        max_length=MAX_SEVERITIES,
        description="What alerts of a severity mean, one “severity: down”, “degraded” or “up” per"
        " line. Alerts that mean up change nothing.",
    )
    repeat_interval: int = Field(
        default=14_400,
        ge=1,
        le=YEAR,
        description="Seconds after which the sender repeats an alert, such as Alertmanager's"
        " repeat_interval. After three of them without a message the status is unknown.",
    )
    watchdog: str = Field(
        default="",
        max_length=200,
        description="Name of an alert that always fires, such as Watchdog. It proves that the"
        " sender works, and never changes the status otherwise.",
    )
    grace: int = Field(
        default=900,
        ge=1,
        le=YEAR,
        description="Seconds without that alert after which the status is unknown.",
    )

    mapping: dict[str, str] = Field(
        default={},
        max_length=len(DEFAULTS),
        description="For the format generic: where each part of an alert is, one “part: JSON path”"
        " per line.",
    )

    @field_validator("mapping")
    @classmethod
    def _check_mapping(cls, mapping: dict[str, str]) -> dict[str, str]:
        for name, path in mapping.items():
            if name not in DEFAULTS:
                raise ValueError(f"{name!r} is not a part of an alert: {', '.join(DEFAULTS)}")
            if name not in WORDS:
                json_path.parse(path)
        return mapping

    @field_validator("severities")
    @classmethod
    def _check_severities(cls, severities: dict[str, AlertStatus]) -> dict[str, AlertStatus]:
        return {name.strip().lower(): status for name, status in severities.items()}

    @property
    def silence_rule(self) -> SilenceRule:
        return SilenceRule(float(self.repeat_interval), bool(self.watchdog), float(self.grace))

    def is_watchdog(self, alert: IncomingAlert) -> bool:
        """Return whether an alert is the one that proves that its sender works."""
        return bool(self.watchdog) and alert.name == self.watchdog

    def report_of(self, alert: IncomingAlert) -> AlertReport:
        """Return what an alert means to this monitor."""
        status = self.severities.get(alert.severity, self.status)
        return AlertReport(
            fingerprint=alert.fingerprint,
            verdict=Verdict(status),
            reason=one_line(alert.reason or alert.name) or "an alert fires",
            firing=alert.firing,
            started_at=alert.started_at,
            ends_at=alert.ends_at,
        )


class ExternalProber(PassiveProber):
    """A passive kind: nothing is sent; see `monitors.external_alerts`."""

    kind = "external"
    label = "Alerts from elsewhere"
    config_type = ExternalConfig
