"""The table of metrics that were made by Statuspage's API."""

from django.db import models

from monitors.models import Monitor


class StatuspageMetric(models.Model):
    """How a metric is described in Statuspage's words: kept as it was written, and answered."""

    # No constraint in the database: a release that does not know these rows can delete monitors.
    monitor = models.OneToOneField(
        Monitor, on_delete=models.CASCADE, primary_key=True, db_constraint=False, related_name="+"
    )
    described = models.JSONField(default=dict)
    """Fields that mean something to its client alone: the ends of an axis, the places shown."""
    has_own_component = models.BooleanField(default=False)
    """Whether its component was made for it, and goes with it."""

    def __str__(self) -> str:
        return f"metric of monitor {self.monitor_id}"
