"""How old evidence is: a pure rule of when it came and when its prober was away.

A prober that was away has no evidence, and its absence says nothing of the target. So age is
counted only while it was there to look; and after an absence it gets as long as evidence lasts to
look again, whatever the age was by then. One that never stays for that long would keep old evidence
for ever: what has aged twice as long as it lasts, in time that the prober was there, is too old in
any case. Instants are seconds since the epoch, durations are seconds.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

MAX_LASTING = 2
"""How many times as long as evidence lasts is the most that a prober that comes and goes gets."""


@dataclass(frozen=True, slots=True)
class Absence:
    """A time in which nobody was there to look."""

    began: float
    ended: float


def stale_before(*, now: float, fresh_for: float, absences: Iterable[Absence] = ()) -> float:
    """Return the instant such that evidence from before it is too old at `now`.

    `absences` are those of the evidence's prober that have ended.
    """
    past = sorted((each for each in absences if each.began < now), key=lambda each: -each.ended)
    if not past or now - past[0].ended >= fresh_for:
        return now - fresh_for
    return _instant_before(now, MAX_LASTING * fresh_for, past)


def _instant_before(now: float, seconds: float, absences: Iterable[Absence]) -> float:
    """Return the instant since which the prober was there for `seconds`; newest absence first."""
    at = now
    for absence in absences:
        here = max(0.0, at - absence.ended)
        if here >= seconds:
            break
        seconds -= here
        at = min(at, absence.began)
    return at - seconds if math.isfinite(seconds) else -math.inf


def silent_since_before(*, now: float, fresh_for: float, watched_since: float) -> float:
    """Return `stale_before` for a prober that is away now, and that one waits for.

    Who looks on since `watched_since` has seen for itself that nothing came (contract X24).
    """
    return now - fresh_for if watched_since <= now - fresh_for else -math.inf
