"""The interval log of statuses: the truth that uptime is computed from."""

from django.db import models
from django.db.models import F, Q

from components.models.catalogue import Component
from components.status import status_choices


class StatusPeriod(models.Model):
    """A component had `status` in `[started_at, ended_at)`; open while `ended_at` is null."""

    component = models.ForeignKey(Component, on_delete=models.CASCADE, related_name="periods")
    status = models.CharField(max_length=20, choices=status_choices)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["started_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["component"],
                condition=Q(ended_at=None),
                name="one_open_period_per_component",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gt=F("started_at")),
                name="period_ends_after_it_starts",
            ),
        ]
        indexes = [models.Index(fields=["component", "started_at"], name="period_by_component")]

    def __str__(self) -> str:
        return f"{self.component_id}: {self.status} from {self.started_at:%Y-%m-%d %H:%M:%S}"
