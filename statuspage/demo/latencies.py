"""Generated response times for the demonstration's history, so that no chart of it is empty.

As many as charts need and no more: a row for every tenth minute of the last day, the hours of the
last week, and 90 days, each with a handful of checks. They agree with the periods: what was down
failed, what was degraded was slow.
"""

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from random import Random

from components.status import Status
from components.uptime.periods import Period
from monitors.history.rollup_store import write
from monitors.models import Check, Folding
from monitors.models.rollup import FOLDING
from monitors.rules.rollups import Resolution, Tally
from statuspage.demo.status_history import SEED

_CHECKS = 8
"""In each row: enough to have percentiles."""
_STEPS = (
    (Resolution.MINUTE, 10, Resolution.DAY),
    (Resolution.HOUR, Resolution.HOUR, 7 * Resolution.DAY),
    (Resolution.DAY, Resolution.DAY, 90 * Resolution.DAY),
)
"""Rows of which resolution, how many minutes apart, since how many minutes ago."""
_FAILING = {Status.MAJOR_OUTAGE: 1.0, Status.PARTIAL_OUTAGE: 0.4}
_SLOWER = 5


def write_response_times(past: Mapping[str, Sequence[Period]], *, now: datetime) -> None:
    """Write every check's history, and let aggregation go on from now."""
    minute = int(now.timestamp() // 60)
    checks = Check.objects.select_related("monitor__component").order_by("pk")
    for number, check in enumerate(checks):
        periods = past.get(check.monitor.component.slug)
        if periods is None or check.monitor.calls_in or check.monitor.on_record:
            continue  # nothing is asked, so nothing takes time
        # Not for secrets: the same past every time is the point.
        random = Random(f"{SEED} {number}")  # noqa: S311
        usual_us = random.randint(20_000, 180_000)
        for resolution, apart, length in _STEPS:
            until = minute // apart * apart
            since = max(until - length, int(periods[0].start.timestamp() // 60) // apart * apart)
            write(
                resolution,
                {
                    (check.pk, start): _tally(random, usual_us, _status(periods, start), start)
                    for start in range(since, until, apart)
                },
            )
    untils = {"minutes_until": minute, "hours_until": minute, "days_until": minute}
    floors = {"hours_until": Resolution.HOUR, "days_until": Resolution.DAY}
    untils |= {name: resolution.floor(minute) for name, resolution in floors.items()}
    Folding.objects.update_or_create(pk=FOLDING, defaults=untils)


def _status(periods: Sequence[Period], minute: int) -> Status:
    at = datetime.fromtimestamp(minute * 60, UTC)
    return next(
        (p.status for p in periods if p.start <= at and (p.end is None or at < p.end)),
        Status.OPERATIONAL,
    )


def _tally(random: Random, usual_us: int, status: Status, minute: int) -> Tally:
    """Return the tally of eight checks, a little slower in the afternoon than in the night."""
    tide = 1 + 0.25 * math.sin((minute % Resolution.DAY) / Resolution.DAY * 2 * math.pi - 2)
    slower = _SLOWER if status is Status.DEGRADED else 1
    tally = Tally()
    for _ in range(_CHECKS):
        if random.random() < _FAILING.get(status, 0.0):
            tally.add("down", None)
            continue
        latency = random.lognormvariate(math.log(usual_us * tide * slower), 0.25)
        tally.add("degraded" if slower > 1 else "up", round(latency))
    return tally
