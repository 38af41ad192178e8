"""What single results add up to: rows of a minute, an hour and a day, and how far folding got."""

from datetime import UTC, datetime

from django.db import models

from monitors.rollups import Resolution, Tally
from monitors.sketch import Sketch

FOLDING = 1
"""The key of the one row of `Folding`."""


class Row(models.Model):
    """One check over one span of time.

    Like `Result`, without a foreign key and, on SQLite, without row ids.
    """

    resolution: Resolution
    pk = models.CompositePrimaryKey("check_id", "minute")
    check_id = models.IntegerField()
    minute = models.IntegerField()
    """Its first one, in minutes since the epoch."""
    count = models.IntegerField()
    failures = models.IntegerField()
    degraded = models.IntegerField()
    inconclusive = models.IntegerField()
    latencies = models.BinaryField()
    """A packed `Sketch`."""

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.start:%Y-%m-%d %H:%M} {self.failures} of {self.count} failed"

    @property
    def start(self) -> datetime:
        return datetime.fromtimestamp(self.minute * 60, UTC)

    @property
    def tally(self) -> Tally:
        return Tally(
            self.count,
            self.failures,
            self.degraded,
            self.inconclusive,
            Sketch.unpack(bytes(self.latencies)),
        )


class MinuteRow(Row):
    """Kept for `STATUSPAGE_MINUTE_ROWS_DAYS`."""

    resolution = Resolution.MINUTE
    # There are so many that these six bytes a row count; a minute has at most 60 checks.
    count = models.SmallIntegerField()
    failures = models.SmallIntegerField()
    degraded = models.SmallIntegerField()
    inconclusive = models.SmallIntegerField()


class HourRow(Row):
    """Kept for `STATUSPAGE_HOUR_ROWS_DAYS`."""

    resolution = Resolution.HOUR


class DayRow(Row):
    """Kept for ever."""

    resolution = Resolution.DAY


class Folding(models.Model):
    """How far folding got: one row. Everything before these minutes has been folded."""

    version = models.IntegerField(default=0)
    """Counts every write of whoever folds. Each is conditional on it, so that of two who fold at a
    time, or of one who wakes up after a long pause, no older reading overwrites a newer one."""
    minutes_until = models.IntegerField()
    hours_until = models.IntegerField()
    days_until = models.IntegerField()

    def __str__(self) -> str:
        return f"folded until minute {self.minutes_until}"


class LateMinute(models.Model):
    """A check's minute that got a result when it may have been folded already.

    Written with the result, in one transaction; deleted with the rows folded anew. Not unique:
    whoever folds deletes the marks it has read, and never one that came after.
    """

    check_id = models.IntegerField()
    minute = models.IntegerField()

    def __str__(self) -> str:
        return f"{self.check_id} at minute {self.minute}"
