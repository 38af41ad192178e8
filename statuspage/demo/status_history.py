"""Ninety days of statuses, always the same: the scenario's outages, and some short ones.

No Django and no clock: the same instant gives the same past.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, time, timedelta
from random import Random

from components.status import Status
from components.uptime.periods import Period
from statuspage.demo.scenario import INCIDENTS, PAST_WORK, instant

SEED = "ai-platform"
FIRST_DAY = 120
"""How many days ago the past begins; the page shows 90."""
YOUNG = {"shared-agents": 37}
"""Components that exist for fewer days than the page shows."""
_BEGIN_AT = time(8, 0)
_APART = timedelta(hours=6)
_LAST_BLIP_DAY = 3


def past(components: Iterable[str], *, now: datetime) -> dict[str, tuple[Period, ...]]:
    """Return each component's periods: contiguous, ordered, the last one operational and open."""
    outages_by_component = _scenario_outages(now)
    return {slug: _periods_of(slug, outages_by_component.get(slug, []), now) for slug in components}


def _scenario_outages(now: datetime) -> dict[str, list[Period]]:
    """Return the outages of the scenario and the past window, by component."""
    outages: dict[str, list[Period]] = defaultdict(list)
    for incident in INCIDENTS:
        for outage in incident.outages:
            start = instant(incident.days_ago, incident.at, now=now, minutes=outage.begins)
            end = start + timedelta(minutes=outage.minutes)
            outages[outage.component].append(Period(outage.status, start, end))
    start = instant(PAST_WORK.days_ago, PAST_WORK.at, now=now)
    end = start + timedelta(minutes=PAST_WORK.minutes)
    for slug in PAST_WORK.components:
        outages[slug].append(Period(Status.MAINTENANCE, start, end))
    return outages


def _periods_of(
    slug: str, outages_by_component: Sequence[Period], now: datetime
) -> tuple[Period, ...]:
    first_day = YOUNG.get(slug, FIRST_DAY)
    begin = instant(first_day, _BEGIN_AT, now=now)
    outages = [outage for outage in outages_by_component if outage.start > begin]
    # Not for secrets: the same past every time is the point.
    random = Random(f"{SEED} {slug}")  # noqa: S311
    for _ in range(random.randint(0, 3)):
        blip = _blip(random, first_day, now)
        if all(_are_apart(blip, other) for other in outages):
            outages.append(blip)
    return tuple(_with_operational_time(sorted(outages, key=lambda outage: outage.start), begin))


def _blip(random: Random, first_day: int, now: datetime) -> Period:
    """Return an outage of a few minutes without an incident."""
    at = time(random.randint(0, 22), random.randint(0, 59), random.randint(0, 59))
    start = instant(random.randint(_LAST_BLIP_DAY, first_day - 1), at, now=now)
    kind, longest = random.choice(
        [(Status.DEGRADED, 25), (Status.DEGRADED, 25), (Status.PARTIAL_OUTAGE, 9)]
    )
    return Period(kind, start, start + timedelta(seconds=random.randint(90, longest * 60)))


def _are_apart(one: Period, other: Period) -> bool:
    ends = [period.end or period.start for period in (one, other)]
    return one.start - ends[1] >= _APART or other.start - ends[0] >= _APART


def _with_operational_time(outages: Iterable[Period], begin: datetime) -> Iterable[Period]:
    """Yield the outages, with operational time before, between and after them."""
    for outage in outages:
        if outage.start > begin:
            yield Period(Status.OPERATIONAL, begin, outage.start)
        yield outage
        begin = outage.end or outage.start
    yield Period(Status.OPERATIONAL, begin, None)
