"""The last number that was sent to a monitor of the kind `number`."""

from django.db import models

from monitors.models.monitor import Monitor


class LastNumber(models.Model):
    """One for each such monitor. Instants are seconds since the epoch."""

    # No constraint in the database: a release that does not know these rows can delete monitors.
    monitor = models.OneToOneField(
        Monitor, on_delete=models.CASCADE, primary_key=True, db_constraint=False,
        related_name="last_number",
    )  # fmt: skip
    value = models.FloatField()
    taken_at = models.FloatField()
    """Of when it is by our clock: when it came, or before, if its sender said so."""
    stated_at = models.FloatField(null=True)
    """Of when it is by its sender's clock; None where nothing was said."""

    def __str__(self) -> str:
        return f"{self.value:g} of {self.monitor_id}"
