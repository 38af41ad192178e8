"""The counters behind the references that people quote, one per series and year."""

from django.db import models


class ReferenceCounter(models.Model):
    """The last number given out in a series: `INC` of 2026 has come to 7."""

    prefix = models.CharField(max_length=10)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["prefix", "year"], name="one_counter_per_series_year")
        ]

    def __str__(self) -> str:
        return f"{self.prefix}-{self.year}: {self.last}"
