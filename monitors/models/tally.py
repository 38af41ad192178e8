"""Running counts of the checks that were made: how late each began, and what it found."""

from django.db import models


class CheckTally(models.Model):
    """The counts of one slot of a region since it was first filled; they only ever grow.

    Columns, and one row for each slot: a shift adds what it counted in one statement, which two
    shifts that follow each other do not undo for one another.
    """

    region = models.CharField(max_length=40)
    slot = models.SmallIntegerField()
    """The number of the shift's slot; -1 for what agents reported."""
    late_100ms = models.BigIntegerField(default=0)
    late_250ms = models.BigIntegerField(default=0)
    late_500ms = models.BigIntegerField(default=0)
    late_1s = models.BigIntegerField(default=0)
    late_2500ms = models.BigIntegerField(default=0)
    late_5s = models.BigIntegerField(default=0)
    late_10s = models.BigIntegerField(default=0)
    late_30s = models.BigIntegerField(default=0)
    late_60s = models.BigIntegerField(default=0)
    later = models.BigIntegerField(default=0)
    late_seconds = models.FloatField(default=0)
    """The sum of all lateness."""
    up = models.BigIntegerField(default=0)
    degraded = models.BigIntegerField(default=0)
    down = models.BigIntegerField(default=0)
    inconclusive = models.BigIntegerField(default=0)
    blind = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["region", "slot"], name="one_tally_per_slot")
        ]

    def __str__(self) -> str:
        return f"{self.region} {self.slot}"
