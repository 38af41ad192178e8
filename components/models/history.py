"""The two layers of history that uptime is computed from: what was measured, what was declared."""

from django.db import models
from django.db.models import F, Q

from components.models.catalogue import Component
from components.models.versioned import Versioned
from components.status import Status, status_choices
from components.text import LineField, ParagraphField
from components.uptime.layers import DeclaredSpan, Source, source_choices


class StatusPeriod(models.Model):
    """A component was measured as `status` in `[started_at, ended_at)`; open while that is null.

    Of monitors and maintenance windows, and what a release before declared periods wrote.
    """

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


class DeclaredPeriod(Versioned):
    """People declared `status` of a component for `[started_at, ended_at)`; null is until now.

    Those of incidents and windows follow these and are rewritten with them. A withdrawn one does
    not count, and can be restored.
    """

    # `declared_by_component` begins with it.
    component = models.ForeignKey(
        Component, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    source = models.CharField(
        max_length=20, choices=source_choices, default=Source.CORRECTION, editable=False
    )
    incident_id = models.BigIntegerField(null=True, editable=False)
    """The incident that it comes from; incidents know components, not the other way round."""
    window_id = models.BigIntegerField(null=True, editable=False)
    """The maintenance window that it comes from."""
    status = models.CharField(max_length=20, choices=status_choices)
    started_at = models.DateTimeField("from")
    ended_at = models.DateTimeField("to", null=True)
    note = ParagraphField(max_length=500, blank=True, help_text="Internal note; not public.")
    author = LineField(max_length=150, blank=True, editable=False)
    withdrawn_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta(Versioned.Meta):
        verbose_name_plural = "declared history"
        ordering = ["-started_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["component", "source"],
                condition=Q(ended_at=None, source__in=[Source.OVERRIDE, Source.BY_HAND]),
                name="one_open_declaration_per_source",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gt=F("started_at")),
                name="declared_ends_after_it_starts",
            ),
        ]
        indexes = [
            models.Index(fields=["component", "started_at"], name="declared_by_component"),
            models.Index(
                fields=["incident_id"],
                condition=Q(incident_id__isnull=False),
                name="declared_by_incident",
            ),
            models.Index(
                fields=["window_id"],
                condition=Q(window_id__isnull=False),
                name="declared_by_window",
            ),
        ]

    def __str__(self) -> str:
        return f"{Status(self.status).label} from {self.started_at:%Y-%m-%d %H:%M:%S}"

    @property
    def span(self) -> DeclaredSpan:
        """Return it as the pure rules take it."""
        return DeclaredSpan(
            Source(self.source), Status(self.status), self.started_at, self.ended_at, self.pk
        )
