"""Flapping, a target that changes too often to be believed: pure arithmetic on its changes.

The measure is that of Nagios (`check_for_service_flapping`): of the last 21 settled states, so of
20 possible changes, the share that were changes, a newer one weighing more (1.25 down to 0.75).
From 20 % on it flaps, as in Nagios' sample configuration. Like there, only settled states count:
a blip that was never confirmed is no change. Flapping ends otherwise: once the last half of those
checks brought no change, which is as long to wait whatever went before.
"""

REMEMBERED_CHECKS = 20
"""How many possible changes are remembered: one bit each, the newest lowest."""
START_SHARE = 0.20
QUIET_CHECKS = REMEMBERED_CHECKS // 2
"""So many checks without a change end it."""
_HEAVIEST, _LIGHTEST = 1.25, 0.75
_WEIGHTS = tuple(
    _HEAVIEST - (_HEAVIEST - _LIGHTEST) * age / (REMEMBERED_CHECKS - 1)
    for age in range(REMEMBERED_CHECKS)
)


def record_check(turns: int, *, turned: bool) -> int:
    """Return the history of changes after one more check."""
    return ((turns << 1) | turned) & ((1 << REMEMBERED_CHECKS) - 1)


def share(turns: int) -> float:
    """Return the weighted share of the possible changes that happened, from 0 to 1."""
    return (
        sum(weight for age, weight in enumerate(_WEIGHTS) if turns >> age & 1) / REMEMBERED_CHECKS
    )


def has_begun(turns: int) -> bool:
    """Return whether flapping begins with this history."""
    return share(turns) >= START_SHARE


def has_ended(turns: int) -> bool:
    """Return whether flapping ends with this history."""
    return not turns & ((1 << QUIET_CHECKS) - 1)


def describe(turns: int, message: str) -> str:
    """Return a check's message, with the reason why its verdict does not follow it."""
    text = f"flapping: {turns.bit_count()} changes in the last {REMEMBERED_CHECKS} checks"
    return f"{text}; last: {message}" if message else text
