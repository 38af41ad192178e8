"""Subscribers: address, channel and preferences of each; suspensions; sign-up forms."""

import secrets

from django.db import models
from django.db.models import Q

from components.languages.names import NAMES
from components.models import Component
from components.secrets import SecretError
from components.secrets.fields import SealedField
from components.values.severity import Severity, severity_choices
from subscribers.addresses import masked
from subscribers.channels.base import EMAIL
from subscribers.channels.registry import channel_choices
from subscribers.enums import Kind, Scope, scope_choices


def default_kinds() -> list[str]:
    return [Kind.INCIDENTS.value, Kind.MAINTENANCE.value]


def language_choices() -> list[tuple[str, str]]:
    return list(NAMES.items())


def new_nonce() -> str:
    return secrets.token_urlsafe(12)


class Subscriber(models.Model):
    """One address and what it follows. Nothing but the question whether it is wanted is sent to
    an address that was not confirmed."""

    channel = models.CharField(max_length=12, choices=channel_choices, default=EMAIL)
    address = SealedField()
    address_digest = models.CharField(max_length=64, editable=False)
    """A keyed hash: finds an address without reading any; of each page another one."""
    lane = models.CharField(max_length=255, editable=False)
    """The queue its deliveries wait in; see `addresses.lane`."""
    format = models.CharField(max_length=20, blank=True)
    """Of webhooks: the shape of what is sent; '' is the channel's own."""
    language = models.CharField(
        max_length=16, blank=True, default="", db_default="", choices=language_choices
    )
    """Of what it is sent; '' is the page's own."""
    name = models.CharField(
        max_length=100, blank=True, default="", db_default="", editable=False,
    )  # fmt: skip
    """What operators call an endpoint of theirs; '' for whoever asked to be told."""
    page = models.CharField(max_length=40, blank=True, default="", db_default="", editable=False)
    """The slug of the page that it was asked for on; '' for the main page."""
    scope = models.CharField(max_length=12, choices=scope_choices, default=Scope.ALL)
    components = models.ManyToManyField(Component, related_name="+", blank=True)
    """With the scope `components`."""
    incident_id = models.BigIntegerField(default=0, editable=False)
    """With the scope `incident`; else 0."""
    kinds = models.JSONField(default=default_kinds)
    min_severity = models.CharField(
        max_length=10, choices=severity_choices, default=Severity.NONE,
        help_text="Incidents below it are not told.",
    )  # fmt: skip
    nonce = models.CharField(max_length=32, default=new_nonce, editable=False)
    """Of its links; a new one makes all links that were sent before invalid."""
    created_at = models.DateTimeField(auto_now_add=True)
    confirmed_at = models.DateTimeField(null=True, blank=True, editable=False)
    unsubscribed_at = models.DateTimeField(null=True, blank=True, editable=False)
    merged_into = models.ForeignKey(
        "self", null=True, on_delete=models.CASCADE, related_name="+", editable=False
    )
    """The subscriber that has the same mailbox: this one keeps nothing but its links."""
    asked_at = models.DateTimeField(null=True, editable=False)
    """When it was last asked to confirm: an address is asked once an hour at most."""

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["address_digest", "incident_id"], name="one_subscriber_per_address"
            )
        ]
        indexes = [
            models.Index(
                fields=["id"],
                condition=Q(confirmed_at__isnull=False, unsubscribed_at=None),
                name="subscriber_told",
            )
        ]

    def __str__(self) -> str:
        return self.masked

    @property
    def masked(self) -> str:
        try:
            return masked(self.channel, self.address.reveal()) if self.address else "erased"
        except SecretError:
            return "cannot be read"

    @property
    def is_active(self) -> bool:
        """Whether it is sent notices: confirmed and not unsubscribed."""
        return self.confirmed_at is not None and self.unsubscribed_at is None


class Suspension(models.Model):
    """A subscriber who is sent nothing, because what was sent kept failing."""

    subscriber = models.ForeignKey(Subscriber, on_delete=models.CASCADE, related_name="suspensions")
    since = models.DateTimeField()
    reason = models.CharField(max_length=200)
    lifted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subscriber"], condition=Q(lifted_at=None), name="one_suspension_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"{self.subscriber_id} since {self.since:%Y-%m-%d %H:%M}"


class SignUp(models.Model):
    """A sign-up form that was received and is not processed yet.

    Its sender is answered before anything is known of the address, so that neither the answer
    nor its time can reveal it (S8); a worker does the rest.
    """

    asked = SealedField()
    """The form, as JSON."""
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"sign-up {self.pk}"
