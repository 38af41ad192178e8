"""Monitors and the regions they check from."""

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from components.models import Component
from components.secrets.fields import SealedJSONField
from components.text import LineField
from monitors.config.parsing import UnreadableError, parse_config
from monitors.config.secrets import seal_config
from monitors.probers import registry
from monitors.probers.external import ExternalProber
from monitors.probers.manual import ManualProber
from monitors.probers.number import NumberProber
from monitors.probing.base import PassiveProber, RecordProber
from monitors.rules.placeholders import placeholders

MAX_INTERVAL = 86_400
MAX_TIMEOUT = 60
MAX_CONFIRMATIONS = 20


def kind_choices() -> list[tuple[str, str]]:
    return [(prober.kind, prober.label) for prober in registry.probers().values()]


class Region(models.Model):
    """A vantage point's place, such as `us-east-1` (Virginia)."""

    code = models.SlugField(max_length=40, primary_key=True)
    name = LineField(max_length=100)
    sort_order = models.IntegerField(default=0)
    latitude = models.FloatField(
        null=True,
        blank=True,
        validators=[MinValueValidator(-90), MaxValueValidator(90)],
        help_text="Degrees, north positive, e.g. 38.9. Empty: not shown on a map.",
    )
    longitude = models.FloatField(
        null=True,
        blank=True,
        validators=[MinValueValidator(-180), MaxValueValidator(180)],
        help_text="Degrees, east positive, e.g. -77.4.",
    )

    class Meta:
        ordering = ["sort_order", "code"]

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"


class Monitor(models.Model):
    """A monitor: what is checked, how often, and with which confirmations."""

    name = LineField(max_length=100)
    component = models.ForeignKey(Component, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=40, choices=kind_choices)
    config = SealedJSONField(default=dict, blank=True)
    enabled = models.BooleanField(default=True)
    interval = models.PositiveIntegerField(default=60, help_text="Seconds between checks.")
    timeout = models.FloatField(
        default=10, help_text="Seconds for the whole check, at most the interval."
    )
    retry_interval = models.PositiveIntegerField(
        null=True,
        blank=True,
        help_text="Seconds between checks while a change waits for its confirmation. "
        "Empty: the interval, at most 10.",
    )
    confirm_down = models.PositiveSmallIntegerField(
        default=1, help_text="Further failing checks needed before it counts as down."
    )
    confirm_up = models.PositiveSmallIntegerField(
        default=0, help_text="Further good checks needed before it counts as up again."
    )
    regions = models.ManyToManyField(Region, related_name="+", blank=True)
    quorum = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text="How many of its regions must agree that it is down before it counts as down. "
        "Empty: each region speaks for itself.",
    )
    revision = models.PositiveIntegerField(default=0, editable=False)
    """Counts every change, so that probers notice."""
    target_revision = models.PositiveIntegerField(default=0, editable=False)
    """Counts changes of what is checked: what was believed of the former target is void."""
    builtin = models.CharField(max_length=40, null=True, unique=True, editable=False)  # noqa: DJ001  (null, so that only the product's own are unique)
    """Which of the product's own listeners it watches, or null."""
    awaits_start = models.BooleanField(default=False, editable=False)
    """Whether it was made paused, for want of a real address or by a preset, and never started."""
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(interval__gte=1, interval__lte=MAX_INTERVAL), name="interval_in_range"
            ),
            models.CheckConstraint(
                condition=Q(timeout__gt=0) & Q(timeout__lte=models.F("interval")),
                name="timeout_within_interval",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse what cannot be probed, naming each field and what to write instead."""
        problems: dict[str, list[str]] = {}
        for field, text in self._timing_problems():
            problems.setdefault(field, []).append(text)
        try:
            config = parse_config(self.kind, self.config)
            self.config = seal_config(self.kind, config, self.config)
        except UnreadableError:
            # It was checked when it was stored. Its other fields, and whether it is on, must
            # stay changeable; who changes its settings gets the error at the setting itself.
            pass
        except ValidationError as error:
            problems |= error.message_dict
        if lacking := self._lacking():
            problems["kind"] = [f"{lacking}."]
        if problems:
            raise ValidationError(problems)

    def _lacking(self) -> str:
        """Return what this machine lacks to check it; '' for one that is of this kind already.

        It was made when all was there; it has to stay changeable.
        """
        prober = registry.probers().get(self.kind)
        lacking = prober.missing_library() if prober else ""
        is_old = bool(lacking) and Monitor.objects.filter(pk=self.pk, kind=self.kind).exists()
        return "" if is_old else lacking

    def _timing_problems(self) -> Iterator[tuple[str, str]]:
        # As typed in a form or a file they may be anything; then `full_clean` has said so already.
        interval: Any = self.interval
        timeout: Any = self.timeout
        if not isinstance(interval, int) or not isinstance(timeout, int | float):
            return
        if not 1 <= interval <= MAX_INTERVAL:
            yield "interval", f"Write a number of seconds from 1 to {MAX_INTERVAL} (a day)."
        if timeout <= 0:
            yield "timeout", "Write a number of seconds above 0."
        elif timeout > MAX_TIMEOUT:
            yield "timeout", f"Write at most {MAX_TIMEOUT} seconds."
        elif timeout > interval:
            yield (
                "timeout",
                f"The timeout ({timeout:g} s) must not be longer than the interval ({interval} s).",
            )
        for field in ("confirm_down", "confirm_up"):
            if getattr(self, field) > MAX_CONFIRMATIONS:
                yield field, f"Write at most {MAX_CONFIRMATIONS}."
        if self.retry_interval == 0:
            yield "retry_interval", "Write a number of seconds from 1, or leave it empty."

    @property
    def placeholders(self) -> dict[str, str]:
        """The settings that only hold a place until somebody writes a real address there."""
        return placeholders(self.config)

    @property
    def calls_in(self) -> bool:
        """Whether its state is reported to us, so that no check is ever made."""
        return isinstance(registry.probers().get(self.kind), PassiveProber)

    @property
    def flaps(self) -> bool:
        """Whether it is called flapping when it changes too often."""
        prober = registry.probers().get(self.kind)
        return prober is None or prober.flaps

    @property
    def by_hand(self) -> bool:
        """Whether people set its state, and not its target by a ping address."""
        return self.kind == ManualProber.kind

    @property
    def takes_alerts(self) -> bool:
        """Whether another system's alerts are its state."""
        return self.kind == ExternalProber.kind

    @property
    def takes_numbers(self) -> bool:
        """Whether numbers that are sent are its state."""
        return self.kind == NumberProber.kind

    @property
    def on_record(self) -> bool:
        """Whether it is judged from our own records, and not from anywhere."""
        return isinstance(registry.probers().get(self.kind), RecordProber)

    @property
    def effective_retry(self) -> int:
        return self.retry_interval or min(self.interval, 10)
