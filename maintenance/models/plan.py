"""The plan of the work, common to a window and the series it may come from."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from components.models import Component, Versioned
from components.models.validators import check_regions
from components.text import LineField, ParagraphField
from maintenance.lifecycle import Impact, impact_choices


class Plan(Versioned):
    title = LineField(max_length=200)
    message = ParagraphField(max_length=10_000, blank=True, help_text="Public. Markdown.")
    impact = models.CharField(max_length=10, choices=impact_choices, default=Impact.MINIMAL)
    components: Any = models.ManyToManyField(
        Component, related_name="+", blank=True, help_text="Empty: all components."
    )
    regions = models.JSONField(
        default=list,
        blank=True,
        validators=[check_regions],
        help_text="Affected regions. Empty: all regions.",
    )
    blocks_api = models.BooleanField(
        "blocks the API",
        default=False,
        help_text="The platform's API answers 503 during this time.",
    )
    remind_before = models.PositiveIntegerField(
        default=60, help_text="Minutes before the start. 0: no reminder."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta(Versioned.Meta):
        abstract = True

    def __str__(self) -> str:
        return self.title

    def clean(self) -> None:
        if self.remind_before is not None and self.remind_before > 60 * 24 * 60:
            raise ValidationError({"remind_before": "Enter at most 60 days."})
