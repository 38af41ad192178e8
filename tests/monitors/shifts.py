"""Probe shifts for tests: as long as their checks take, on a machine however busy."""

import time

from monitors.models import Check, Slot
from monitors.probing.engine import Engine
from monitors.worker import probe_memory
from monitors.worker.shift import run_shift
from tests.monitors.checks import OPEN
from tests.waiting import PATIENCE


def make_all(*, delay: float = 0.0, shift_seconds: float = PATIENCE) -> int:
    """Make every check, all due in `delay` seconds; return how many were made.

    The shift is one of `shift_seconds` that nobody relieves. None is left out for having been made
    in the same interval already.
    """
    probe_memory.reset()
    due = time.time() + delay
    Check.objects.filter(due__isnull=False).update(due=due, leased_until=0)
    Slot.objects.get_or_create(region="global", number=0)
    engine = Engine(guard=OPEN)
    try:
        return run_shift(
            region="global",
            slot=0,
            engine=engine,
            stopping=lambda: not Check.objects.filter(due__lte=due).exists(),
            seconds=shift_seconds,
            overtime=PATIENCE,
        )
    finally:
        engine.close()
