"""Alerts from elsewhere: what is known of a monitor's sender, and each alert that fires."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from components.models import Component
from components.status import Verdict
from components.text import LineField
from monitors.models.check import verdict_choices
from monitors.models.monitor import Monitor
from monitors.rules import label_matchers
from monitors.rules.alert_lanes import Hearing, Lane


def status_choices() -> list[tuple[str, str]]:
    """Return what a rule may make of an alert."""
    return [(each.value, each.value) for each in (Verdict.DOWN, Verdict.DEGRADED, Verdict.UP)]


class AlertSource(models.Model):
    """What is known of the sender of a monitor's alerts. Instants are seconds since the epoch."""

    # No constraint in the database: a release that does not know these rows can delete monitors.
    monitor = models.OneToOneField(
        Monitor, on_delete=models.CASCADE, primary_key=True, db_constraint=False,
        related_name="alert_source",
    )  # fmt: skip
    heard_at = models.FloatField(null=True)
    watchdog_at = models.FloatField(null=True)
    left_out = models.PositiveIntegerField(default=0)
    """Alerts of the last message that had no lane, since all were taken."""
    left_out_at = models.FloatField(null=True)

    def __str__(self) -> str:
        return f"alerts of {self.monitor_id}"

    @property
    def hearing(self) -> Hearing:
        return Hearing(self.heard_at, self.watchdog_at)


class AlertLane(models.Model):
    """One alert that fires; kept for a minute after it was resolved. See `rules.alert_lanes`."""

    monitor = models.ForeignKey(
        Monitor, on_delete=models.CASCADE, db_constraint=False, db_index=False,
        related_name="alert_lanes",
    )  # fmt: skip
    fingerprint = models.CharField(max_length=64)
    verdict = models.CharField(max_length=10, choices=verdict_choices)
    reason = models.CharField(max_length=300, blank=True, default="")
    opened_at = models.FloatField()
    heard_at = models.FloatField()
    started_at = models.FloatField(null=True)
    ends_at = models.FloatField(null=True)
    cleared_at = models.FloatField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["monitor", "fingerprint"], name="one_lane_per_alert")
        ]

    def __str__(self) -> str:
        return f"{self.fingerprint} of {self.monitor_id}: {self.verdict}"

    @property
    def lane(self) -> Lane:
        return Lane(
            Verdict(self.verdict), self.reason, opened_at=self.opened_at, heard_at=self.heard_at,
            started_at=self.started_at, ends_at=self.ends_at, cleared_at=self.cleared_at,
        )  # fmt: skip

    @classmethod
    def values_of(cls, lane: Lane) -> dict[str, Any]:
        """Return the columns of a lane."""
        return {
            "verdict": lane.verdict.value, "reason": lane.reason, "opened_at": lane.opened_at,
            "heard_at": lane.heard_at, "started_at": lane.started_at, "ends_at": lane.ends_at,
            "cleared_at": lane.cleared_at,
        }  # fmt: skip


class AlertRule(models.Model):
    """A rule of the address for all alerts: those with these labels are about a component."""

    name = LineField(
        max_length=100, blank=True, default="", db_default="",
        help_text="What catalogue files call it. Empty: “rule-” with its number.",
    )  # fmt: skip
    position = models.PositiveIntegerField(
        default=10, help_text="Rules are tried in this order; the first that matches counts."
    )
    matchers = models.CharField(
        max_length=1_000, blank=True,
        help_text="Labels as in Alertmanager: severity=\"critical\", job=~\"api|web\". "
        "Operators: = != =~ !~. Empty: every alert.",
    )  # fmt: skip
    component = models.ForeignKey(
        Component, on_delete=models.CASCADE, db_constraint=False, related_name="+"
    )
    status = models.CharField(max_length=10, choices=status_choices, default=Verdict.DOWN)

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.name or self.matchers or "every alert"

    def clean(self) -> None:
        """Refuse matchers that cannot be read."""
        try:
            label_matchers.parse(self.matchers)
        except ValueError as error:
            raise ValidationError({"matchers": str(error)}) from None


class UnmatchedAlert(models.Model):
    """An alert of the address for all that no rule matched; the last 100 are kept."""

    fingerprint = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=300, blank=True)
    labels = models.JSONField(default=dict)
    reason = models.CharField(max_length=300, blank=True)
    received_at = models.DateTimeField(db_index=True)
    times = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-received_at", "-pk"]

    def __str__(self) -> str:
        return self.name or self.fingerprint
