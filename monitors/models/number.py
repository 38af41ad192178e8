"""What is sent to monitors of the kind `number`: the last number, and rows for charts."""

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


class NumberRow(models.Model):
    """The numbers of ten minutes, added up for charts. Kept for 92 days: the longest has 90."""

    # No constraint in the database: a release that does not know these rows can delete monitors.
    monitor = models.ForeignKey(
        Monitor, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="+"
    )
    minute = models.IntegerField(db_index=True)
    """Its first one, in minutes since the epoch."""
    count = models.PositiveIntegerField()
    total = models.FloatField()
    lowest = models.FloatField()
    highest = models.FloatField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["monitor", "minute"], name="one_row_per_ten_minutes")
        ]

    def __str__(self) -> str:
        return f"{self.count} numbers of {self.monitor_id} from minute {self.minute}"
