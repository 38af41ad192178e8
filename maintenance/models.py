"""Maintenance windows: announced time in which components are worked on."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q

from components.models import Component
from components.text import LineField, ParagraphField
from maintenance.lifecycle import WindowState, state_choices


class Window(models.Model):
    title = LineField(max_length=200)
    message = ParagraphField(max_length=10_000, blank=True)
    state = models.CharField(
        max_length=20, choices=state_choices, default=WindowState.SCHEDULED, editable=False
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    components: Any = models.ManyToManyField(Component, related_name="+", blank=True)
    blocks_api = models.BooleanField(
        default=False, help_text="Whether the platform's API answers 503 meanwhile."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["starts_at"]
        verbose_name = "maintenance window"
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="window_ends_after_it_starts"
            )
        ]

    def __str__(self) -> str:
        return self.title

    def clean(self) -> None:
        if self.starts_at and self.ends_at and self.ends_at <= self.starts_at:
            raise ValidationError({"ends_at": "The end must lie after the start."})
