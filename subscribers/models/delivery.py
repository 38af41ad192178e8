"""Notices, and each recipient's delivery of one: the queue of record of all sending."""

from django.db import models
from django.db.models import Q

from components.secrets.fields import SealedField
from subscribers.channels.base import EMAIL
from subscribers.channels.registry import channel_choices
from subscribers.enums import (
    State,
    kind_choices,
    state_choices,
)
from subscribers.models.alerts import AlertChannel
from subscribers.models.subscriber import Subscriber


class Notice(models.Model):
    """One notice: the facts that every channel renders, stored as they were then."""

    key = models.CharField(max_length=80, unique=True)
    """`journal-ID` of its journal entry, or a name of its own; part of every Message-ID."""
    entry_id = models.BigIntegerField(null=True, db_index=True)
    """The journal entry, if it is about one."""
    kind = models.CharField(max_length=12, choices=kind_choices)
    thread = models.CharField(max_length=80, blank=True)
    """What belongs together, `incident-ID` say: messages of a thread refer to each other."""
    facts = models.JSONField()
    """See `subscribers.message.Facts`; never an address, never a secret."""
    audience = models.JSONField(default=dict)
    """See `subscribers.delivery.matching.Audience`: whom it is for."""
    created_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    """The instant from which its copies may leave; None: at once."""
    recalled_at = models.DateTimeField(null=True)
    """When it was taken back before any copy had left; see `subscribers.delivery.recall`."""
    position = models.BigIntegerField(default=0)
    """The last subscriber that fan-out has examined."""
    fanned_out_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["id"], condition=Q(fanned_out_at=None), name="notice_to_fan_out"),
            models.Index(fields=["thread", "id"], name="notice_by_thread"),
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="notice_held"),
        ]

    def __str__(self) -> str:
        return self.key


class Delivery(models.Model):
    """One recipient's copy of a notice. `due`, in seconds since the epoch, is None when done.

    A row that is `sending` is leased; when the lease lapses its sender was killed, and another
    one sends again, under the same `message_id`.
    """

    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="deliveries")
    subscriber = models.ForeignKey(
        Subscriber, null=True, on_delete=models.SET_NULL, related_name="deliveries"
    )
    """None once the person was erased, and of operators' alerts."""
    alert_channel = models.ForeignKey(
        AlertChannel, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    """Of operators' alerts: where it goes."""
    address = SealedField(db_default="")
    """Of mail about an account: where it goes, as it was when something happened to the account.

    Not where it is by the time of sending: who got in may have changed it.
    """
    channel = models.CharField(max_length=12, choices=channel_choices, default=EMAIL)
    lane = models.CharField(max_length=255)
    state = models.CharField(max_length=12, choices=state_choices, default=State.QUEUED)
    reason = models.CharField(max_length=200, blank=True)
    """Why it was suppressed, muted or set aside."""
    context = models.JSONField(null=True)
    """Of operators' alerts: the route and the step by which this copy is sent."""
    message_id = models.CharField(max_length=200)
    """The same in every repeat: `Message-ID` without its brackets, `webhook-id`."""
    attempts = models.PositiveSmallIntegerField(default=0)
    """Sends whose outcome is known."""
    faults = models.PositiveSmallIntegerField(default=0)
    """Sends without an outcome: the sender was killed, or failed itself. Three set it aside."""
    due = models.FloatField(null=True)
    waits_for = models.BigIntegerField(null=True)
    """The recipient's delivery before it about the same event: while that one is pending, this
    one is not sent. See `subscribers.delivery.order`."""
    stands_for = models.PositiveIntegerField(db_default=0)
    """How many earlier deliveries it superseded."""
    lease = models.CharField(max_length=40, blank=True)
    leased_until = models.FloatField(default=0)
    unread_by = models.CharField(max_length=60, blank=True, default="", db_default="")
    """The sets of keys that do not open its address; see `subscribers.delivery.unreadable`."""
    last_code = models.IntegerField(null=True)
    last_response = models.CharField(max_length=1024, blank=True)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "deliveries"
        permissions = [("see_addresses", "Can see the addresses of subscribers")]
        constraints = [
            models.UniqueConstraint(
                fields=["notice", "subscriber"], name="one_delivery_per_notice_and_subscriber"
            ),
            models.UniqueConstraint(
                fields=["notice", "alert_channel"],
                condition=Q(alert_channel__isnull=False),
                name="one_delivery_per_notice_and_channel",
            ),
        ]
        indexes = [
            models.Index(fields=["due"], condition=Q(due__isnull=False), name="delivery_due"),
            models.Index(
                fields=["lane", "due"], condition=Q(due__isnull=False), name="delivery_by_lane"
            ),
            models.Index(fields=["state", "-id"], name="delivery_by_state"),
            models.Index(fields=["channel", "-id"], name="delivery_by_channel"),
            # What became of messages lately, among millions.
            models.Index(
                fields=["ended_at"], condition=Q(ended_at__isnull=False), name="delivery_by_end"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.message_id}: {self.state}"
