"""Incidents as staff tell them: a title, a gravity, and updates that carry the state."""

from django.db import models

from components.models import Component
from components.status import status_choices
from components.text import LineField, ParagraphField
from incidents.workflow import IncidentState, Severity, severity_choices, state_choices


class Incident(models.Model):
    title = LineField(max_length=200)
    status = models.CharField(
        max_length=20, choices=state_choices, default=IncidentState.INVESTIGATING
    )
    severity = models.CharField(max_length=20, choices=severity_choices, default=Severity.MINOR)
    published = models.BooleanField(default=True, help_text="Drafts are seen by staff only.")
    started_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-started_at"]
        indexes = [
            models.Index(
                fields=["started_at"],
                condition=models.Q(resolved_at=None),
                name="incident_open",
            )
        ]

    def __str__(self) -> str:
        return self.title


class Impact(models.Model):
    """What an incident declares a component to be, while it is open."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="impacts")
    component = models.ForeignKey(Component, on_delete=models.CASCADE, related_name="+")
    status = models.CharField(max_length=20, choices=status_choices)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "component"], name="one_impact_per_component"
            )
        ]

    def __str__(self) -> str:
        return f"{self.component_id}: {self.status}"


class Update(models.Model):
    """One public message of an incident, and the state it put it in."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="updates")
    status = models.CharField(max_length=20, choices=state_choices)
    message = ParagraphField(max_length=10_000)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return f"{self.status} at {self.created_at:%Y-%m-%d %H:%M}"
