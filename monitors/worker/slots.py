"""The slots of probe shifts: which are filled, and when the next shift is to be started.

A shift holds its slot by a conditional UPDATE, so a call that is made twice, by two beats or
after a lost answer, fills it once: the second finds it taken and ends.
"""

import math
import os
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.db.models import Max, Q

from monitors import absences
from monitors.models import Slot
from monitors.worker import pulse

SHIFT_SECONDS = 15.0
HANDOVER_SECONDS = 2.5
"""How long before its end a shift's successor may begin: both claim, the rows keep them apart."""
OVERTIME_SECONDS = 15.0
"""How long a shift goes on after its end while no successor has come."""
SILENT_SECONDS = 3.0
"""A holder that has made no progress for so long, and whose process is not there, is gone."""
STALLED_SECONDS = 10.0
"""A holder that has made no progress for so long is taken to be gone in any case.

A busy machine or a locked database stalls a holder that is well for seconds; were it replaced
then, its successor would make the checks that it is making.
"""
REQUEST_AGAIN_SECONDS = 2.0


def needs_shift(slot: Slot, *, now: float) -> bool:
    """Return whether a slot is free, about to be, or held by one that is taken to be gone."""
    return slot.claims_until - HANDOVER_SECONDS <= now or _is_gone(slot, now=now)


def _is_gone(slot: Slot, *, now: float) -> bool:
    patience = SILENT_SECONDS if _has_ended(slot) else STALLED_SECONDS
    return slot.beat + patience <= now


def _has_ended(slot: Slot) -> bool:
    """Return whether the holder's process was on this machine and is no more.

    Containers may share a machine's name and not see each other's processes: who seems to have
    ended must have been silent as well.
    """
    if slot.machine != settings.STATUSPAGE.machine:
        return False
    try:
        os.kill(slot.pid, 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


def slots_to_fill(*, region: str, count: int, now: float) -> list[int]:
    """Return the slots to enqueue a shift for now. Two callers never both get one."""
    called = []
    for number in range(count):
        slot, _ = Slot.objects.get_or_create(region=region, number=number)
        if not needs_shift(slot, now=now):
            continue
        mine = Slot.objects.filter(
            pk=slot.pk, called=slot.called, called__lte=now - REQUEST_AGAIN_SECONDS
        )
        if mine.update(called=now):
            called.append(number)
    return called


@dataclass(frozen=True, slots=True)
class AcquiredSlot:
    """A slot that was acquired, and what is to be done first."""

    gone: str
    """The former holder, if it is gone: what it had leased is to be released, for it will not come
    back. '' when it left in order."""
    away: float
    """For how many seconds nobody had probed from the region; 0.0 if somebody had."""


def acquire_slot(
    *, region: str, number: int, holder: str, now: float, seconds: float
) -> AcquiredSlot | None:
    """Acquire a slot for `seconds`. Return None if it is held."""
    slot = Slot.objects.filter(region=region, number=number).first()
    if slot is None or not needs_shift(slot, now=now):
        return None
    gone = _is_gone(slot, now=now)
    # As it was read: one that has made progress since is not gone.
    free = Q(claims_until__lte=now + HANDOVER_SECONDS) | Q(beat=slot.beat)
    with transaction.atomic():
        away = _end_absence(region, now=now)
        taken = Slot.objects.filter(free, pk=slot.pk, holder=slot.holder).update(
            holder=holder,
            beat=now,
            claims_until=now + seconds,
            pid=os.getpid(),
            machine=settings.STATUSPAGE.machine,
        )
        if not taken:
            transaction.set_rollback(True)
            return None
    return AcquiredSlot(slot.holder if gone else "", away)


def _end_absence(region: str, *, now: float) -> float:
    """Store that nobody probed from `region` until now, if so; return for how long.

    Belongs into the transaction that makes the caller's own presence known: beat must never see the
    one without the other.
    """
    newest = Slot.objects.filter(region=region).aggregate(newest=Max("beat"))["newest"]
    if not newest or now - newest <= absences.GAP_SECONDS:
        return 0.0
    absences.record(region, began=newest, ended=now)
    return float(now - newest)


def report_progress(*, region: str, number: int, holder: str, now: float) -> bool:
    """Record progress of the holder; False when the slot has gone to another."""
    held = Slot.objects.filter(region=region, number=number, holder=holder).update(beat=now)
    pulse.beat()
    return bool(held)


def report_return(*, region: str, number: int, holder: str, now: float) -> tuple[bool, float]:
    """Record progress of a holder that could not for a while; return that, and the absence.

    It is `report_progress`, and how many seconds nobody had probed from the region.
    """
    with transaction.atomic():
        away = _end_absence(region, now=now)
        return report_progress(region=region, number=number, holder=holder, now=now), away


def release_slot(*, region: str, number: int, holder: str, now: float) -> None:
    """Release a slot early, so that the next shift may start at once."""
    Slot.objects.filter(region=region, number=number, holder=holder).update(
        claims_until=now, called=0
    )


def beats() -> list[tuple[str, float]]:
    """Return the machine of each slot's last holder, and when that made progress."""
    return list(Slot.objects.exclude(machine="").values_list("machine", "beat"))


def forget(machine: str, *, ended_by: float = math.inf) -> None:
    """Forget that a machine, which is gone, was the last holder of its slots; `ended_by` leaves
    those that it holds beyond that instant."""
    Slot.objects.filter(machine=machine, claims_until__lte=ended_by).update(machine="")


def slot_status(*, region: str, machine: str, now: float) -> tuple[bool, float | None]:
    """Return whether `machine` has a slot of its region at work, and its newest progress' age.

    A machine that has none while others fill all slots is in reserve: its silence says nothing.
    """
    beats = list(Slot.objects.filter(region=region).values_list("machine", "beat"))
    newest = max((beat for _, beat in beats), default=0.0)
    here = max((beat for name, beat in beats if name == machine), default=0.0)
    age = max(0.0, now - newest) if newest else None
    return bool(here) and here + SILENT_SECONDS > newest, age
