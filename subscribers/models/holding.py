"""Holds on deliveries, and the mark by which a restored store is detected."""

from django.db import models
from django.db.models import Q


class Mark(models.Model):
    """The one row that distinguishes this store from an older copy of itself.

    See `subscribers.delivery.restore_detection`.
    """

    id = models.SmallIntegerField(primary_key=True, default=1)
    serial = models.BigIntegerField(default=0)
    at = models.FloatField(default=0.0)
    """Seconds since the epoch."""

    def __str__(self) -> str:
        return f"mark {self.serial}"


class Hold(models.Model):
    """A time during which subscribers are sent nothing, because it might be a repeat."""

    since = models.DateTimeField()
    reason = models.CharField(max_length=200)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=150, blank=True)
    released = models.BooleanField(null=True, blank=True)
    """Whether what waited was sent, or discarded."""

    class Meta:
        ordering = ["-id"]
        verbose_name = "paused delivery"
        verbose_name_plural = "paused deliveries"
        constraints = [
            models.UniqueConstraint(
                models.Value(1), condition=Q(ended_at=None), name="one_hold_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"{self.since:%Y-%m-%d %H:%M}: {self.reason}"
