"""The django-q2 tasks of monitors. A task only says "there may be work"."""

from django.conf import settings

from components import shutdown_flag
from monitors.probing.connectivity import ConnectivityGuard
from monitors.probing.engine import Engine
from monitors.worker.clock_shift import ClockFollower
from monitors.worker.shift import run_shift
from monitors.worker.slots import OVERTIME_SECONDS
from monitors.worker.target_cache import TargetCache
from monitors.worker.target_guard import configured_guard

_targets = TargetCache(region=settings.STATUSPAGE.region)
# Handed from shift to shift; beat has followed what happened while this process was idle.
_clock = ClockFollower(reset_after=5.0)


def probe_shift(slot: int) -> int:
    """Fill a slot of this region for a shift; return how many checks were made."""
    options = settings.STATUSPAGE
    engine = Engine(guard=configured_guard())
    try:
        return run_shift(
            region=options.region,
            slot=slot,
            engine=engine,
            stopping=shutdown_flag.requested,
            targets=_targets,
            clock=_clock,
            overtime=OVERTIME_SECONDS,
            connectivity=ConnectivityGuard(
                options.reference_targets, quorum=options.reference_quorum
            ),
        )
    finally:
        engine.close()
