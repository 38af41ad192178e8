"""Readers, which consume work and report by heartbeat, and their metrics."""

import math
from typing import Any

from django.db import models

from monitors.rules.reader_state import ReaderState, state_at


def state_choices() -> list[tuple[str, str]]:
    return [(state.value, state.value) for state in ReaderState]


class Reader(models.Model):
    """One consumer of work. Instants are seconds since the epoch, by the server's clock."""

    name = models.CharField(max_length=200, primary_key=True)
    own = models.BooleanField(default=False)
    """Whether it is one of the product's own processes."""
    consumer_groups: Any = models.JSONField(default=list)
    device = models.CharField(max_length=100, blank=True, default="")
    model_name = models.CharField(max_length=200, blank=True, default="")
    model_type = models.CharField(max_length=100, blank=True, default="")
    pids: Any = models.JSONField(default=list)
    said = models.CharField(max_length=10, choices=state_choices, default=ReaderState.LIVE)
    """The state that it reported of itself: loading or live."""
    state = models.CharField(max_length=10, choices=state_choices, default=ReaderState.LIVE)
    """What was last journalled of it; what it is follows from the age of its heartbeat."""
    since = models.FloatField(default=0)
    heartbeat = models.FloatField(default=0)
    interval = models.FloatField(default=5)
    """Seconds it may take until its next heartbeat."""
    metrics: Any = models.JSONField(null=True)
    """What it last reported; null when it never did."""
    report_ids: Any = models.JSONField(default=list)
    """The numbers of its last reports, the newest last: one that is sent again counts once."""

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def state_at(self, now: float, *, heard_since: float = -math.inf) -> ReaderState:
        """Return its state at `now`; before `heard_since` nobody could hear it."""
        heartbeat = max(self.heartbeat, heard_since)
        return state_at(
            now, reported=ReaderState(self.said), heartbeat=heartbeat, interval=self.interval
        )


class Gauge(models.Model):
    """A reader's metrics in one minute: the last report of it, and its requests summed up."""

    reader = models.ForeignKey(
        Reader, on_delete=models.CASCADE, related_name="gauges", db_constraint=False
    )
    minute = models.BigIntegerField()
    """Minutes since the epoch."""
    cpu = models.FloatField(null=True)
    memory = models.FloatField(null=True)
    storage = models.FloatField(null=True)
    network_in = models.FloatField(null=True)
    """Bits a second, as `network_out`."""
    network_out = models.FloatField(null=True)
    gpu: Any = models.JSONField(null=True)
    requests = models.BigIntegerField(default=0)
    failed = models.BigIntegerField(default=0)
    request_ms = models.FloatField(default=0)
    """Milliseconds that all those requests took together."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["reader", "minute"], name="one_gauge_each")]
        indexes = [models.Index(fields=["minute"], name="gauge_by_age")]

    def __str__(self) -> str:
        return f"{self.reader_id} {self.minute}"
