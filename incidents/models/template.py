"""Incident templates: texts kept ready for the next time, with named placeholders."""

from django.core.exceptions import ValidationError
from django.db import models

from components.text import LineField, ParagraphField
from components.values.severity import Severity, severity_choices
from incidents.placeholders import PlaceholderError, check_placeholders
from incidents.workflow import IncidentState, state_choices


class IncidentTemplate(models.Model):
    name = LineField(max_length=100, unique=True)
    title = LineField(max_length=200, help_text="Placeholders such as {component} are filled in.")
    message = ParagraphField(max_length=10_000, help_text="Markdown; the same placeholders work.")
    severity = models.CharField(max_length=20, choices=severity_choices, default=Severity.MINOR)
    status = models.CharField(
        max_length=20, choices=state_choices, default=IncidentState.INVESTIGATING
    )

    class Meta:
        ordering = ["name"]
        verbose_name = "message template"

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        problems = {}
        for field in ("title", "message"):
            try:
                check_placeholders(getattr(self, field) or "")
            except PlaceholderError as error:
                problems[field] = str(error)
        if problems:
            raise ValidationError(problems)
