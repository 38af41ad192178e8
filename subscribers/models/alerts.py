"""Operators' alerts: channels to operators, routes of alerts to channels, and the alerts."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q

from components.models import Component, Group
from components.secrets import SecretError
from components.secrets.fields import SealedField
from components.values.severity import Severity, severity_choices
from components.values.time_zones import time_zone
from subscribers.addresses import masked
from subscribers.channels.base import EMAIL
from subscribers.channels.registry import channel_choices
from subscribers.enums import AlertStage, alert_stage_choices


class AlertChannel(models.Model):
    """A channel to operators, configured by staff."""

    name = models.CharField(max_length=100, unique=True)
    channel = models.CharField(max_length=12, choices=channel_choices, default=EMAIL)
    address = SealedField()
    """A mail address, a webhook's URL, or an Apprise URL; may hold credentials."""
    secret = SealedField()
    """What its webhooks are signed with."""
    lane = models.CharField(max_length=255, editable=False)
    enabled = models.BooleanField(default=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def masked(self) -> str:
        try:
            return masked(self.channel, self.address.reveal()) if self.address else "not set"
        except SecretError:
            return "cannot be read"


def every_day() -> list[int]:
    return [1, 2, 3, 4, 5, 6, 7]


def only_minor() -> list[str]:
    return [Severity.MINOR.value]


class AlertRoute(models.Model):
    """A route of alerts to channels. Without components and groups: of all of them."""

    name = models.CharField(max_length=100, unique=True)
    enabled = models.BooleanField(default=True)
    components = models.ManyToManyField(Component, related_name="+", blank=True)
    groups = models.ManyToManyField(Group, related_name="+", blank=True)
    min_severity = models.CharField(
        max_length=10, choices=severity_choices, default=Severity.MINOR,
        help_text="Alerts below this severity do not use this route.",
    )  # fmt: skip
    channels: Any = models.ManyToManyField(AlertChannel, related_name="routes", through="AlertStep")
    hours_zone = models.CharField(
        "time zone", max_length=60, default="UTC", help_text="Time zone, e.g. Europe/Berlin."
    )
    hours_days = models.JSONField("days", default=every_day, blank=True)
    """ISO weekdays, Monday is 1."""
    hours_from = models.TimeField("from", null=True, blank=True)
    hours_to = models.TimeField(
        "to", null=True, blank=True,
        help_text="Before the start: ends the next day. Leave both empty for the whole day.",
    )  # fmt: skip
    waits_outside = models.JSONField("wait outside these hours", default=only_minor, blank=True)
    """The severities whose alerts are kept until the hours begin; others know no hours."""
    remind_minutes = models.PositiveIntegerField(
        default=0, validators=[MaxValueValidator(7 * 24 * 60)],
        help_text="Minutes between reminders until acknowledged. 0: no reminders.",
    )  # fmt: skip

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def keeps_hours(self) -> bool:
        """Whether there is any time that is outside its hours."""
        return bool(self.hours_from or self.hours_to) or set(self.hours_days) != set(every_day())

    def clean(self) -> None:
        super().clean()
        if (self.hours_from is None) is not (self.hours_to is None):
            raise ValidationError({"hours_to": "Enter both start and end, or neither."})
        if not self.hours_days:
            raise ValidationError({"hours_days": "Choose at least one day."})
        if not set(self.hours_days) <= set(every_day()):
            raise ValidationError({"hours_days": "Enter days from 1 (Monday) to 7."})
        if not set(self.waits_outside) <= set(Severity):
            words = f"Choose from {', '.join(Severity)}."
            raise ValidationError({"waits_outside": words})
        try:
            time_zone(self.hours_zone)
        except ValueError as error:
            raise ValidationError({"hours_zone": str(error)}) from None


class AlertStep(models.Model):
    """One step of a route: a channel that is told when nobody has acknowledged for so long."""

    route = models.ForeignKey(
        AlertRoute, on_delete=models.CASCADE, related_name="steps", db_column="alertroute_id"
    )
    channel = models.ForeignKey(
        AlertChannel, on_delete=models.CASCADE, related_name="+", db_column="alertchannel_id"
    )
    after_minutes = models.PositiveIntegerField(
        "minutes unacknowledged", default=0, db_default=0,
        validators=[MaxValueValidator(7 * 24 * 60)],
        help_text="0: immediately.",
    )  # fmt: skip

    class Meta:
        db_table = "subscribers_alertroute_channels"
        ordering = ["after_minutes", "id"]
        unique_together = [("route", "channel")]
        verbose_name = "step"

    def __str__(self) -> str:
        return f"after {self.after_minutes} min: {self.channel}"


class Alert(models.Model):
    """An alert on one component, from when trouble was noticed until it was over."""

    component_id = models.BigIntegerField(db_index=True)
    """Of the catalogue; the alert outlives the component."""
    name = models.CharField(max_length=200)
    stage = models.CharField(max_length=12, choices=alert_stage_choices)
    severity = models.CharField(max_length=10, choices=severity_choices)
    facts = models.JSONField()
    """As it was last sent; reminders repeat it."""
    began_at = models.DateTimeField()
    raised_at = models.DateTimeField(null=True)
    """When it was first sent to operators; None while it is muted or suppressed."""
    escalated_from = models.DateTimeField(null=True)
    """When it was last raised: the minutes of its routes' steps count from here."""
    steps_done = models.JSONField(default=list)
    """`ROUTE:STEP` of what was sent since then."""
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.CharField(max_length=150, blank=True)
    resolved_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["component_id"], condition=Q(resolved_at=None), name="one_open_alert"
            )
        ]
        indexes = [
            # The few that are not resolved, among all there were.
            models.Index(fields=["stage", "-id"], name="alert_by_stage"),
            models.Index(fields=["component_id", "-id"], name="alert_by_component"),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.stage}"

    @property
    def thread(self) -> str:
        return f"alert-{self.pk}"

    @property
    def needs_reminders(self) -> bool:
        """Whether reminders are due while it lasts."""
        return self.stage == AlertStage.RAISED and self.acknowledged_at is None
