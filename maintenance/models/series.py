"""A series: the plan of windows that repeat by a rule."""

from datetime import MAXYEAR, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from components.text import LineField
from maintenance import recurrence
from maintenance.models.plan import Plan

FIRST_YEAR = 1900


class Series(Plan):
    """Work that repeats. Its next occurrences are windows of their own, made ahead of time."""

    rule = LineField(
        max_length=recurrence.MAX_RULE_LENGTH, help_text="RFC 5545, e.g. FREQ=WEEKLY;BYDAY=TU."
    )
    timezone = LineField(max_length=60, default="UTC", help_text="Time zone, e.g. Europe/Berlin.")
    first_local = LineField(max_length=19, help_text="First start, in that time zone.")
    """ISO 8601 without an offset: a rule is counted on the clock, and instants come of it later."""
    duration = models.DurationField(help_text="Length of each occurrence.")
    exceptions: Any = models.JSONField(default=list, editable=False)
    """Local starts that are left out (EXDATE), as ISO 8601."""
    ended = models.BooleanField(default=False, help_text="No further occurrences are scheduled.")

    class Meta:
        ordering = ["title"]
        verbose_name = "recurring maintenance"
        verbose_name_plural = "recurring maintenance"

    def clean(self) -> None:
        super().clean()
        try:
            tz = recurrence.time_zone(self.timezone)
        except recurrence.RuleError as error:
            raise ValidationError({"timezone": str(error)}) from None
        try:
            first = datetime.fromisoformat(self.first_local)
        except ValueError:
            first = None
        if first is None or first.tzinfo is not None:
            raise ValidationError({"first_local": "Enter a date and time like 2026-12-01T02:00."})
        if not FIRST_YEAR <= first.year < MAXYEAR:
            # Beyond them a local time is no instant in some zones.
            message = f"Enter a year from {FIRST_YEAR} to {MAXYEAR - 1}."
            raise ValidationError({"first_local": message})
        try:
            recurrence.check(self.rule, first=first, tz=tz)
        except recurrence.RuleError as error:
            raise ValidationError({"rule": str(error)}) from None
        if not timedelta(0) < (self.duration or timedelta(0)) <= timedelta(days=30):
            raise ValidationError({"duration": "Enter a length of up to 30 days."})
