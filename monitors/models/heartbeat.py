"""Heartbeats: their keys, each ping, and the gaps in which none could be received."""

from datetime import UTC, datetime

from django.db import models
from django.db.models import Q

from components.secrets.fields import SealedField
from monitors.models.monitor import Monitor
from monitors.rules.heartbeat_schedule import HeartbeatState, IngestGap

CALLS_IN = "calls in"
"""The lease of a check that its target makes: no prober ever gets it."""
FOR_GOOD = 1e12
"""Seconds since the epoch: later than any time that is asked for."""


class Heartbeat(models.Model):
    """What is known of a monitor's pings. Instants are seconds since the epoch."""

    monitor = models.OneToOneField(
        Monitor, on_delete=models.CASCADE, primary_key=True, related_name="heartbeat"
    )
    key_hash = models.CharField(max_length=32, unique=True)
    """What the key is looked up by; see `monitors.ping_keys`."""
    key = SealedField()
    """The key itself, so that staff can copy the ping address again."""
    rotated_at = models.DateTimeField()
    last = models.FloatField(null=True)
    run = models.FloatField(null=True)
    runs = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"heartbeat of {self.monitor_id}"

    @property
    def state(self) -> HeartbeatState:
        return HeartbeatState(self.last, self.run, self.runs)


class Ping(models.Model):
    """One call. Kept for `STATUSPAGE_RESULTS_HOURS`."""

    # No constraint in the database: pings are written in batches while a monitor may be deleted.
    monitor = models.ForeignKey(
        Monitor, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="pings"
    )
    at = models.FloatField()
    """When it came, in seconds since the epoch."""
    word = models.CharField(max_length=8)
    code = models.PositiveSmallIntegerField(null=True)
    """The exit code that it reported."""
    rid = models.CharField(max_length=36, blank=True, default="")
    took_ms = models.FloatField(null=True)
    """How long the run took: as reported, else from its start."""
    message = models.CharField(max_length=300, blank=True, default="")
    body = models.TextField(blank=True, default="")
    taken = models.BooleanField(default=False)
    """Whether it has been judged."""

    class Meta:
        indexes = [
            models.Index(fields=["monitor", "-id"], name="ping_by_monitor"),
            models.Index(fields=["at"], name="ping_by_age"),
            models.Index(fields=["id"], name="ping_to_take", condition=Q(taken=False)),
        ]

    def __str__(self) -> str:
        return f"{self.word} of {self.monitor_id}"

    @property
    def came_at(self) -> datetime:
        return datetime.fromtimestamp(self.at, UTC)


class Doorkeeper(models.Model):
    """A web process that receives pings: everything that came to it before `seen` is stored."""

    name = models.CharField(max_length=32, primary_key=True)
    seen = models.FloatField()

    def __str__(self) -> str:
        return f"{self.name} at {self.seen:.0f}"


class Closure(models.Model):
    """A gap in which no ping could be received: no heartbeat is late for it."""

    began = models.FloatField()
    ended = models.FloatField(db_index=True)

    def __str__(self) -> str:
        return f"closed for {self.ended - self.began:.0f} s"

    @property
    def gap(self) -> IngestGap:
        return IngestGap(self.began, self.ended)
