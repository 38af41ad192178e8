"""When a target changes its mind too often to be believed: pure arithmetic on its recent changes.

The measure is that of Nagios (`check_for_service_flapping`): of the last 21 settled states, so of
20 possible changes, the share that were changes, a newer one weighing more (1.25 down to 0.75).
From 20 % on it flaps, as in Nagios' sample configuration. Like there, only settled states count:
a blip that was never confirmed is no change. Flapping ends otherwise: once the last half of those
checks brought no change, which is as long to wait whatever went before.
"""

CHANGES = 20
"""How many possible changes are remembered: one bit each, the newest lowest."""
BEGINS_AT = 0.20
QUIET = CHANGES // 2
"""So many checks without a change end it."""
_HEAVIEST, _LIGHTEST = 1.25, 0.75
_WEIGHTS = tuple(
    _HEAVIEST - (_HEAVIEST - _LIGHTEST) * age / (CHANGES - 1) for age in range(CHANGES)
)


def note(turns: int, *, turned: bool) -> int:
    """The memory after one more check."""
    return ((turns << 1) | turned) & ((1 << CHANGES) - 1)


def share(turns: int) -> float:
    """The weighted share of the possible changes that happened, from 0 to 1."""
    return sum(weight for age, weight in enumerate(_WEIGHTS) if turns >> age & 1) / CHANGES


def begins(turns: int) -> bool:
    return share(turns) >= BEGINS_AT


def ends(turns: int) -> bool:
    return not turns & ((1 << QUIET) - 1)


def told(turns: int, message: str) -> str:
    """A check's message, with the words that say why its verdict does not follow it."""
    said = f"flapping: {turns.bit_count()} changes in the last {CHANGES} checks"
    return f"{said}; last: {message}" if message else said
