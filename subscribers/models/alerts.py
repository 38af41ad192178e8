"""Operators' alerts: channels to operators, routes of alerts to channels, and the alerts."""

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q

from components.models import Component, Group
from components.secrets import SecretError
from components.secrets.fields import SealedField
from components.values.severity import Severity, severity_choices
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


class AlertRoute(models.Model):
    """A route of alerts to channels. Without components and groups: of all of them."""

    name = models.CharField(max_length=100, unique=True)
    enabled = models.BooleanField(default=True)
    components = models.ManyToManyField(Component, related_name="+", blank=True)
    groups = models.ManyToManyField(Group, related_name="+", blank=True)
    min_severity = models.CharField(
        max_length=10, choices=severity_choices, default=Severity.MINOR,
        help_text="Alerts below it go elsewhere, or nowhere.",
    )  # fmt: skip
    channels = models.ManyToManyField(AlertChannel, related_name="routes")
    remind_minutes = models.PositiveIntegerField(
        default=0, validators=[MaxValueValidator(7 * 24 * 60)],
        help_text="Minutes between reminders while nobody has acknowledged it; 0 for none.",
    )  # fmt: skip

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


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

    def __str__(self) -> str:
        return f"{self.name}: {self.stage}"

    @property
    def thread(self) -> str:
        return f"alert-{self.pk}"

    @property
    def needs_reminders(self) -> bool:
        """Whether reminders are due while it lasts."""
        return self.stage == AlertStage.RAISED and self.acknowledged_at is None
