"""Incidents: a title, a severity, and updates that carry the state."""

from collections.abc import Mapping

from django.db import models
from django.utils import timezone

from components.models import Component, Versioned, edit_history
from components.models.translations import translations_field
from components.models.validators import check_regions
from components.status import Status, status_choices
from components.text import LineField, ParagraphField
from components.values.severity import Severity, severity_choices
from incidents.workflow import IncidentState, state_choices


class Incident(Versioned):
    """An incident: something that disturbs users, as it is published to them."""

    reference = models.CharField(max_length=20, unique=True, editable=False)
    """`INC-2026-014`, for ever; the year is that in which it began."""
    title = LineField(max_length=200)
    titles = translations_field()
    """The title in other languages, by their tags."""
    status = models.CharField(
        max_length=20, choices=state_choices, default=IncidentState.INVESTIGATING
    )
    severity = models.CharField(max_length=20, choices=severity_choices, default=Severity.MINOR)
    published = models.BooleanField(default=True, help_text="Drafts are visible to staff only.")
    publish_at = models.DateTimeField(
        null=True, blank=True,
        help_text="UTC. A draft is published at this time by itself. Empty: when you publish it.",
    )  # fmt: skip
    regions = models.JSONField(
        default=list,
        blank=True,
        validators=[check_regions],
        help_text="Region codes. Empty: all regions.",
    )
    machine_only = models.BooleanField(default=False, editable=False)
    """Opened by the machine, and no person has touched it: only then may the machine go on."""
    started_at = models.DateTimeField(default=timezone.now)
    resolved_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    history = edit_history(excluded_fields=["updated_at", "version", "publish_at"])

    class Meta:
        ordering = ["-started_at"]
        indexes = [
            models.Index(
                fields=["started_at"],
                condition=models.Q(resolved_at=None),
                name="incident_open",
            ),
            models.Index(
                fields=["publish_at"],
                condition=models.Q(publish_at__isnull=False),
                name="incident_to_publish",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.title}"

    def with_stale_titles(self, changes: Mapping[str, object]) -> Mapping[str, object]:
        """Return the changes of an edit, with no translations left of a title that the machine
        wrote and a person replaces: readers of other languages get the person's title instead."""
        is_replaced = changes.get("title", self.title) != self.title
        if self.machine_only and is_replaced and self.titles:
            return {"titles": {}, **changes}
        return changes


class Impact(models.Model):
    """The status that an incident declares for a component, while it is open."""

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
    messages = translations_field()
    """The message in other languages, by their tags."""
    component_statuses = models.JSONField(default=dict, blank=True, editable=False)
    """What it declared from then on: {component id as text: status}."""
    notify = models.BooleanField(default=True, help_text="Notify subscribers.")
    author = models.CharField(max_length=150, blank=True, editable=False)
    """Never shown in public; '' for the machine."""
    created_at = models.DateTimeField(default=timezone.now)
    history = edit_history(excluded_fields=["component_statuses", "notify", "author"])

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return f"{self.status} at {self.created_at:%Y-%m-%d %H:%M}"

    def declared(self) -> dict[int, Status]:
        """Return the declared statuses by component id."""
        return {int(pk): Status(status) for pk, status in self.component_statuses.items()}


class Note(models.Model):
    """A note of staff for each other, beside the public updates."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="notes")
    text = ParagraphField(max_length=10_000)
    author = models.CharField(max_length=150, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return f"{self.author} at {self.created_at:%Y-%m-%d %H:%M}"
