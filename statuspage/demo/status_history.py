"""Ninety days of statuses, made up once and always the same: what was told, and small change.

No Django and no clock: the same instant gives the same past.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, time, timedelta
from random import Random

from components.status import Status
from components.uptime import Period
from statuspage.demo.scenario import PAST_WORK, STORIES, instant

SEED = "ai-platform"
FIRST_DAY = 120
"""How many days ago the past begins; the page shows 90."""
YOUNG = {"shared-agents": 37}
"""Components that exist for fewer days than the page shows."""
_BEGIN_AT = time(8, 0)
_APART = timedelta(hours=6)
_LAST_BLIP_DAY = 3


def past(components: Iterable[str], *, now: datetime) -> dict[str, tuple[Period, ...]]:
    """Each component's periods: contiguous, ordered, the last one operational and open."""
    told = _told(now)
    return {slug: _one_past(slug, told.get(slug, []), now) for slug in components}


def _told(now: datetime) -> dict[str, list[Period]]:
    """What the stories and the past window say, by component."""
    spells: dict[str, list[Period]] = defaultdict(list)
    for story in STORIES:
        for spell in story.spells:
            start = instant(story.days_ago, story.at, now=now, minutes=spell.begins)
            end = start + timedelta(minutes=spell.minutes)
            spells[spell.component].append(Period(spell.status, start, end))
    start = instant(PAST_WORK.days_ago, PAST_WORK.at, now=now)
    end = start + timedelta(minutes=PAST_WORK.minutes)
    for slug in PAST_WORK.components:
        spells[slug].append(Period(Status.MAINTENANCE, start, end))
    return spells


def _one_past(slug: str, told: Sequence[Period], now: datetime) -> tuple[Period, ...]:
    first_day = YOUNG.get(slug, FIRST_DAY)
    begin = instant(first_day, _BEGIN_AT, now=now)
    spells = [spell for spell in told if spell.start > begin]
    # Not for secrets: the same past every time is the point.
    random = Random(f"{SEED} {slug}")  # noqa: S311
    for _ in range(random.randint(0, 3)):
        blip = _blip(random, first_day, now)
        if all(_are_apart(blip, other) for other in spells):
            spells.append(blip)
    return tuple(_fill(sorted(spells, key=lambda spell: spell.start), begin))


def _blip(random: Random, first_day: int, now: datetime) -> Period:
    """A few minutes that nobody opened an incident for."""
    at = time(random.randint(0, 22), random.randint(0, 59), random.randint(0, 59))
    start = instant(random.randint(_LAST_BLIP_DAY, first_day - 1), at, now=now)
    kind, longest = random.choice(
        [(Status.DEGRADED, 25), (Status.DEGRADED, 25), (Status.PARTIAL_OUTAGE, 9)]
    )
    return Period(kind, start, start + timedelta(seconds=random.randint(90, longest * 60)))


def _are_apart(one: Period, other: Period) -> bool:
    ends = [period.end or period.start for period in (one, other)]
    return one.start - ends[1] >= _APART or other.start - ends[0] >= _APART


def _fill(spells: Iterable[Period], begin: datetime) -> Iterable[Period]:
    """The spells, with operational time before, between and after them."""
    for spell in spells:
        if spell.start > begin:
            yield Period(Status.OPERATIONAL, begin, spell.start)
        yield spell
        begin = spell.end or spell.start
    yield Period(Status.OPERATIONAL, begin, None)
