"""Checks, each of one monitor from one region, and the slots of probe shifts."""

from datetime import UTC, datetime

from django.db import models
from django.db.models import Q

from components.status import Verdict
from monitors.models.monitor import Monitor, Region


def verdict_choices() -> list[tuple[str, str]]:
    return [(verdict.value, verdict.value) for verdict in Verdict]


ANSWERING = (Verdict.UP.value, Verdict.DEGRADED.value)
"""The verdicts of a target that answers: only of these is there a response time."""


class Check(models.Model):
    """One monitor from one region: its schedule, its lease, and its state.

    Apart from `Monitor`, since probes write here several times a second while people edit there.
    Scheduling instants are seconds since the epoch: the same SQL on either database.
    """

    monitor = models.ForeignKey(Monitor, on_delete=models.CASCADE, related_name="checks")
    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="+")
    revision = models.PositiveIntegerField(default=0)
    target_revision = models.PositiveIntegerField(default=0)
    timeout = models.FloatField(default=10)
    """The monitor's, kept here so that one statement can lease for as long as is needed."""
    due = models.FloatField(null=True)
    """Null while it is not to be made at all."""
    leased_until = models.FloatField(default=0)
    lease = models.CharField(max_length=32, blank=True, default="")
    verdict = models.CharField(max_length=10, choices=verdict_choices, default=Verdict.UNKNOWN)
    since = models.FloatField(default=0)
    checked = models.FloatField(null=True)
    run = models.PositiveSmallIntegerField(default=0)
    run_verdict = models.CharField(max_length=10, blank=True, default="")
    run_since = models.FloatField(null=True)
    turns = models.PositiveIntegerField(default=0)
    beneath = models.CharField(max_length=10, blank=True, default="")
    beneath_since = models.FloatField(default=0)
    latency_ms = models.FloatField(null=True)
    message = models.CharField(max_length=300, blank=True, default="")
    stated_status = models.CharField(max_length=20, blank=True, default="", db_default="")
    """The status that the target states of itself, where that says more than the verdict; see
    `monitors.rules.stated_status`."""
    certificate_ends = models.FloatField(null=True)
    """The last second of the server's certificate when one was last seen."""
    certificate_valid = models.BooleanField(null=True)
    """Whether it was valid, for its host and with its chain, when that was last judged."""
    skipped = models.PositiveIntegerField(default=0)
    """Checks left out because their time had passed before they could be made."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["monitor", "region"], name="one_check_per_region")
        ]
        indexes = [
            models.Index(fields=["region", "due"], name="check_due", condition=Q(due__isnull=False))
        ]

    def __str__(self) -> str:
        return f"{self.monitor_id} from {self.region_id}: {self.verdict}"

    @property
    def checked_at(self) -> datetime | None:
        return datetime.fromtimestamp(self.checked, UTC) if self.checked else None

    @property
    def response_ms(self) -> float | None:
        """The time of its last good answer; None while it is down, of which there is none."""
        return self.latency_ms if self.verdict in ANSWERING else None


class Slot(models.Model):
    """A slot that a probe shift fills: its holder, and until when it leases checks."""

    region = models.CharField(max_length=40)
    number = models.PositiveSmallIntegerField()
    holder = models.CharField(max_length=32, blank=True, default="")
    beat = models.FloatField(default=0)
    """When its holder last made progress, in seconds since the epoch."""
    claims_until = models.FloatField(default=0)
    called = models.FloatField(default=0)
    """When beat last enqueued a shift for it."""
    pid = models.PositiveIntegerField(default=0)
    machine = models.CharField(max_length=100, blank=True, default="")
    """On which its holder runs."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["region", "number"], name="one_slot_each")]

    def __str__(self) -> str:
        return f"{self.region} {self.number}"
