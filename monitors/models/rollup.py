"""Rollups of results: rows of a minute, an hour and a day, and how far aggregation got."""

from django.db import models

FOLDING = 1
"""The key of the one row of `Folding`."""


class MinuteRows(models.Model):
    """One check's minutes of one hour. Kept for `STATUSPAGE_MINUTE_ROWS_DAYS`.

    All in one row: on PostgreSQL a row and its place in the index take 60 bytes before anything
    is in them, and there would be ten million. Minutes are strung together as they are aggregated.
    """

    pk = models.CompositePrimaryKey("check_id", "minute")
    check_id = models.IntegerField()
    minute = models.IntegerField()
    """The hour's first one, in minutes since the epoch."""
    packed = models.BinaryField()
    """See `pack_minutes`."""

    def __str__(self) -> str:
        return f"minutes of the hour from minute {self.minute}"


class _Row(models.Model):
    """One check over one span of time.

    Like `Result`, without a foreign key and, on SQLite, without row ids.
    """

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
        return f"{self.failures} of {self.count} failed from minute {self.minute}"


class HourRow(_Row):
    """Kept for `STATUSPAGE_HOUR_ROWS_DAYS`."""


class DayRow(_Row):
    """Kept for ever."""


class Folding(models.Model):
    """The progress of aggregation: one row. All before these minutes has been aggregated."""

    version = models.IntegerField(default=0)
    """Counts every write of aggregation. Each is conditional on it, so that of two processes at a
    time, or of one who wakes up after a long pause, no older reading overwrites a newer one."""
    minutes_until = models.IntegerField()
    hours_until = models.IntegerField()
    days_until = models.IntegerField()

    def __str__(self) -> str:
        return f"folded until minute {self.minutes_until}"


class LateMinute(models.Model):
    """A check's minute that got a result when it may have been aggregated already.

    Written with the result, in one transaction; deleted with the rows aggregated anew. Not
    unique: aggregation deletes the marks it has read, and never one that came after.
    """

    check_id = models.IntegerField()
    minute = models.IntegerField()

    def __str__(self) -> str:
        return f"{self.check_id} at minute {self.minute}"
