"""Taking numbers in: each decides the monitor's state at once."""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from components.journal import record
from monitors.history.number_series import add_number
from monitors.models import LastNumber, Monitor
from monitors.probers.number import LARGEST, NumberConfig
from monitors.pushed_numbers.judging import config_of, judge, load_gaps
from monitors.reported_state import locked_check, settle
from monitors.rules.judgement import Judgement
from monitors.rules.thresholds import format_number

AHEAD_SECONDS = 60.0
"""How far a sender's clock may be ahead of ours."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of a number."""

    judgement: Judgement
    is_new: bool
    """False for one that was known, with its time."""


def take_number(
    monitor: Monitor, value: float, *, stated_at: float | None = None, now: float
) -> Taken:
    """Judge a monitor by a number, of `stated_at` by its sender's clock, or of now.

    The same number of the same time again changes nothing. Raises ValidationError naming the
    field; Check.DoesNotExist when the monitor was deleted.
    """
    if not monitor.takes_numbers:
        text = "Only a monitor of the kind number receives numbers."
        raise ValidationError({"kind": text})
    if not -LARGEST <= value <= LARGEST:
        text = f"Write a number from {format_number(-LARGEST)} to {format_number(LARGEST)}."
        raise ValidationError({"value": text})
    config = config_of(monitor)
    _check_age(stated_at, config, now=now)
    with transaction.atomic():
        check = locked_check(monitor.pk)
        gaps = load_gaps()
        before = LastNumber.objects.filter(monitor=monitor).first()
        if before is not None and stated_at is not None and before.stated_at is not None:
            if (before.value, before.stated_at) == (value, stated_at):
                return Taken(judge(before, config, gaps, now=now), is_new=False)
            if stated_at <= before.stated_at:
                text = f"It must be later than {_instant(before.stated_at)}, of the number before."
                raise ValidationError({"at": text})
        last = LastNumber(
            monitor=monitor,
            value=value,
            taken_at=now if stated_at is None else min(stated_at, now),
            stated_at=stated_at,
        )
        LastNumber.objects.bulk_create(
            [last],
            update_conflicts=True,
            unique_fields=["monitor"],
            update_fields=["value", "taken_at", "stated_at"],
        )
        add_number(monitor.pk, value, at=last.taken_at)
        judgement = judge(last, config, gaps, now=now)
        note = f"{config.measures} {format_number(value, config.unit)}".strip()
        record(*settle(check, judgement, now=now, note=note))
    return Taken(judgement, is_new=True)


def forget_numbers(monitor: Monitor, *, now: float, actor: str = "") -> None:
    """Forget the last number: the monitor is unknown until another one comes.

    Raises Check.DoesNotExist when the monitor was deleted.
    """
    config = config_of(monitor)
    with transaction.atomic():
        check = locked_check(monitor.pk)
        LastNumber.objects.filter(monitor=monitor).delete()
        record(*settle(check, judge(None, config, (), now=now), now=now, actor=actor))


def _check_age(stated_at: float | None, config: NumberConfig, *, now: float) -> None:
    if stated_at is None:
        return
    if stated_at > now + AHEAD_SECONDS:
        text = f"It is in the future: here it is {_instant(now)}."
        raise ValidationError({"at": text})
    if stated_at <= now - config.silence:
        text = f"It is too long ago: a number counts for {config.silence:,} seconds here."
        raise ValidationError({"at": text})


def _instant(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%SZ}"
