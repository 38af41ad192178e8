"""The retry schedule with backoff: pure, the clock and the randomness are arguments.

The waits grow from seconds to hours, so that a short trouble costs little and a long one is not
hammered at; within a day of the first try a message is sent or has failed. Each wait is stretched
by up to a quarter at random, so that what failed together does not come back together.
"""

from subscribers.channels.base import Outcome, SendStatus

DELAYS = (5.0, 30.0, 120.0, 600.0, 1800.0, 3600.0, 7200.0, 14_400.0, 21_600.0)
"""Seconds after the first, second, … failed try."""
MAX_AGE = 24 * 3600.0
"""Seconds after its creation at which a message is given up."""
JITTER = 0.25
MAX_FAULTS = 3
"""Sends without an outcome after which a row is set aside."""
FAULT_DELAY = 2.0


def next_attempt_at(
    outcome: Outcome, *, failed: int, created: float, now: float, randomness: float
) -> float | None:
    """Return when to try again after the `failed`th failure (1, 2, …), in epoch seconds, or None.

    `randomness` is between 0 and 1. A wait that the other side asks for is obeyed if it is longer.
    """
    if outcome.status is not SendStatus.TEMPORARY:
        return None
    wait = DELAYS[min(failed, len(DELAYS)) - 1] * (1 + JITTER * randomness)
    due = now + max(wait, min(outcome.wait or 0.0, MAX_AGE))
    # The last try is at the end of the day, rather than none after a long wait.
    if due > created + MAX_AGE:
        return created + MAX_AGE if now < created + MAX_AGE - DELAYS[0] else None
    return due
