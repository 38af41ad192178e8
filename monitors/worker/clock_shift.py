"""The shift of our rows to a wall clock that was set.

Without it, a clock set back would leave every check due in an hour, and one set forward would
make all evidence stale at once and every check an hour late. Each statement moves only what the
former clock gave, so any number of processes may do it.
"""

import logging
import math
from dataclasses import replace
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.db.models.query import QuerySet

from monitors.models import (
    Absence,
    AlertLane,
    AlertSource,
    Check,
    Heartbeat,
    LastNumber,
    Monitor,
    Slot,
)
from monitors.models.heartbeat import CALLS_IN
from monitors.probing.base import CheckResult
from monitors.rules.clock_steps import ClockStep, ClockWatch
from monitors.worker.leases import LeasedCheck

log = logging.getLogger(__name__)

SLACK = 60.0
"""Seconds beyond its interval within which a check may be due."""


class ClockFollower:
    """A follower of this process' clock: shifts the rows. A step is kept until that has worked."""

    def __init__(self, *, reset_after: float = math.inf) -> None:
        """For `reset_after` see `ClockWatch`."""
        self._watch = ClockWatch(reset_after=reset_after)
        self._steps: list[ClockStep] = []

    def follow(self) -> list[ClockStep]:
        """Shift the rows if the clock was set since the last call; return the steps."""
        if step := self._watch.check():
            self._steps.append(step)
        for step in self._steps:
            shift_clock(step)
        done, self._steps = self._steps, []
        return done


def shift_clock(step: ClockStep) -> None:
    """Shift what was written by the clock before `step`."""
    log.warning("the clock was set by %+.1f s; schedules follow", step.by)
    with transaction.atomic():
        # In the order in which all others lock them.
        list(Check.objects.order_by("pk").select_for_update().values_list("pk", flat=True))
        for field in ("due", "leased_until", "checked", "run_since"):
            _shift_column(Check.objects.all(), field, step)
        for field in ("beat", "claims_until", "called"):
            _shift_column(Slot.objects.all(), field, step)
        _shift_absences(step)
        for field in ("last", "run"):
            _shift_column(Heartbeat.objects.all(), field, step)
        for field in ("heard_at", "watchdog_at"):
            _shift_column(AlertSource.objects.all(), field, step)
        _shift_column(LastNumber.objects.all(), "taken_at", step)
        for field in ("opened_at", "heard_at", "cleared_at"):
            _shift_column(AlertLane.objects.all(), field, step)


def _shift_absences(step: ClockStep) -> None:
    """Shift those that evidence of today can have outlasted."""
    for absence in Absence.objects.all():
        if step.is_old(absence.ended):
            began, ended = absence.began + step.by, absence.ended + step.by
            Absence.objects.filter(pk=absence.pk, ended=absence.ended).update(
                began=began, ended=ended
            )


def _shift_column(rows: QuerySet[Any], field: str, step: ClockStep) -> None:
    """Shift a column; 0 stands for never and stays."""
    side = "lt" if step.by > 0 else "gt"
    old = rows.filter(**{f"{field}__gt": 0}).filter(**{f"{field}__{side}": step.boundary})
    old.update(**{field: F(field) + step.by})


def shift_lease(leased: LeasedCheck, step: ClockStep) -> LeasedCheck:
    """Return a lease in hand, shifted alike."""
    state = leased.state
    return replace(
        leased,
        due=step.moved(leased.due),
        state=replace(
            state,
            checked=None if state.checked is None else step.moved(state.checked),
            run_since=None if state.run_since is None else step.moved(state.run_since),
        ),
    )


def shift_result(result: CheckResult, step: ClockStep) -> CheckResult:
    """Return a result in hand, shifted alike."""
    return replace(result, started=step.moved(result.started), ended=step.moved(result.ended))


def reset_far_future(*, now: float) -> int:
    """Make checks and shifts due that lie further ahead than they can; return how many.

    For steps while no process was running: a machine whose clock was wrong when it started.
    """
    reset = 0
    # Without the order by name, or each name would count as another interval.
    intervals = Monitor.objects.order_by().values_list("interval", flat=True).distinct()
    for interval in intervals:
        late = Check.objects.filter(monitor__interval=interval, due__gt=now + interval + SLACK)
        late = late.exclude(lease=CALLS_IN)  # due when a call is overdue, any time
        reset += late.update(due=now, leased_until=0)
    return reset + _reset_slots(now)


def _reset_slots(now: float) -> int:
    ahead = Q(beat__gt=now + SLACK) | Q(called__gt=now + SLACK)
    return Slot.objects.filter(ahead).update(beat=0, called=0, claims_until=0)
