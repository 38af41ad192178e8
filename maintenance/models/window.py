"""Maintenance windows and their updates."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q

from components.models import edit_history
from components.models.translations import translations_field
from components.text import ParagraphField
from maintenance.lifecycle import WindowState, state_choices
from maintenance.models.plan import Plan
from maintenance.models.series import Series


class Window(Plan):
    """Announced time in which components are worked on.

    `starts_at` and `ends_at` are the plan until they have happened, and then the fact: started by
    hand it began then, completed early it ended then.
    """

    reference = models.CharField(max_length=24, unique=True, editable=False)
    state = models.CharField(
        max_length=20, choices=state_choices, default=WindowState.SCHEDULED, editable=False
    )
    titles = translations_field()
    messages = translations_field()
    """Title and message in other languages, by their tags."""
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    publish_at = models.DateTimeField(
        null=True, blank=True,
        help_text="UTC. A draft is published at this time by itself. Empty: when you publish it.",
    )  # fmt: skip
    closed_at = models.DateTimeField(null=True, editable=False)
    """When it was completed or cancelled."""
    reminded_at = models.DateTimeField(null=True, editable=False)
    series = models.ForeignKey(
        Series, null=True, editable=False, on_delete=models.SET_NULL, related_name="windows"
    )
    occurrence = models.CharField(max_length=19, blank=True, editable=False)
    """Which of its series it is: the local start that the rule named, as ISO 8601."""
    touched = models.BooleanField(default=False, editable=False)
    """A person changed this one: its series leaves it alone."""
    history = edit_history(excluded_fields=["reminded_at", "publish_at"])

    class Meta:
        ordering = ["starts_at"]
        verbose_name = "maintenance window"
        verbose_name_plural = "maintenance"
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="window_ends_after_it_starts"
            ),
            models.UniqueConstraint(
                fields=["series", "occurrence"], name="one_window_per_occurrence"
            ),
        ]
        indexes = [
            models.Index(
                fields=["starts_at"],
                condition=Q(state__in=["scheduled", "in_progress"]),
                name="window_to_come",
            ),
            models.Index(fields=["closed_at"], name="window_closed"),
            models.Index(
                fields=["publish_at"],
                condition=Q(publish_at__isnull=False),
                name="window_to_publish",
            ),
        ]

    def clean(self) -> None:
        super().clean()
        if self.starts_at and self.ends_at and self.ends_at <= self.starts_at:
            raise ValidationError({"ends_at": "The end must be after the start."})


class WindowUpdate(models.Model):
    """One public message about a window, and the state it was in then."""

    window = models.ForeignKey(Window, on_delete=models.CASCADE, related_name="updates")
    state = models.CharField(max_length=20, choices=state_choices)
    message = ParagraphField(max_length=10_000)
    messages = translations_field()
    """The message in other languages, by their tags."""
    created_at = models.DateTimeField()
    author = models.CharField(max_length=150, blank=True)
    history = edit_history()

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return f"{self.state} at {self.created_at:%Y-%m-%d %H:%M}"
