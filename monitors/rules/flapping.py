"""Flapping, a target that changes too often to be believed: pure arithmetic on its changes.

The measure is that of Nagios (`check_for_service_flapping`), in time instead of in checks: a
window has room for 20 changes, and the share of those that happened counts, a newer one weighing
more (1.25 down to 0.75). From 20 % on it flaps, as in Nagios' sample configuration: four changes in
quick succession. Like there, only settled states count: a blip that was never confirmed is no
change. Flapping ends otherwise: once half a window brought no change, which is as long to wait
whatever went before.

The window is 20 intervals between checks, so that as many checks count as with Nagios, but an hour
at most: what changed last night says nothing about this morning.
"""

from math import floor

SLOTS = 20
"""A window has so many: one bit each, the newest lowest. A second change in one takes the next."""
MAX_WINDOW_SECONDS = 3_600.0
START_SHARE = 0.20
QUIET_SLOTS = SLOTS // 2
"""So many slots without a change end it."""
_HEAVIEST, _LIGHTEST = 1.25, 0.75
_WEIGHTS = tuple(_HEAVIEST - (_HEAVIEST - _LIGHTEST) * age / (SLOTS - 1) for age in range(SLOTS))


def window_of(interval: float) -> float:
    """Return the seconds in which changes count, with `interval` seconds between checks."""
    return min(SLOTS * interval, MAX_WINDOW_SECONDS)


def record_check(
    turns: int, *, turned: bool, at: float, before: float | None, window: float
) -> int:
    """Return the changes within `window` seconds after one more check at `at`.

    `before` is the instant of the check before, at which `turns` was recorded.
    """
    slot = window / SLOTS
    passed = 0 if before is None else floor(at / slot) - floor(before / slot)
    # A window that is over has no changes left. A clock that was set back makes none older.
    kept = turns << min(max(passed, 0), SLOTS)
    if turned:
        # Retries come faster than slots pass: each change counts, and those before it grow older.
        kept = (kept << (kept & 1)) | 1
    return kept & ((1 << SLOTS) - 1)


def share(turns: int) -> float:
    """Return the weighted share of the possible changes that happened, from 0 to 1."""
    return sum(weight for age, weight in enumerate(_WEIGHTS) if turns >> age & 1) / SLOTS


def has_begun(turns: int) -> bool:
    """Return whether flapping begins with these changes."""
    return share(turns) >= START_SHARE


def has_ended(turns: int) -> bool:
    """Return whether flapping ends with these changes."""
    return not turns & ((1 << QUIET_SLOTS) - 1)


def describe(turns: int, window: float | None, message: str) -> str:
    """Return a check's message, with the reason why its verdict does not follow it."""
    text = f"flapping: {turns.bit_count()} changes within {_span(window or MAX_WINDOW_SECONDS)}"
    return f"{text}; last: {message}" if message else text


def _span(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
