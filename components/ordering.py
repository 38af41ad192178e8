"""Where things stand on the page: what an order becomes when some of it is moved."""

from collections.abc import Collection, Sequence

STEP = 10
"""Between two neighbours, so that a number typed by hand fits in."""


def moved_up(order: Sequence[int], chosen: Collection[int]) -> list[int]:
    """Each chosen one before the one that stood before it; together they stay together."""
    moved = list(order)
    for place in range(1, len(moved)):
        if moved[place] in chosen and moved[place - 1] not in chosen:
            moved[place - 1], moved[place] = moved[place], moved[place - 1]
    return moved


def moved_down(order: Sequence[int], chosen: Collection[int]) -> list[int]:
    return moved_up(order[::-1], chosen)[::-1]


def moved_to_the_top(order: Sequence[int], chosen: Collection[int]) -> list[int]:
    return [each for each in order if each in chosen] + [
        each for each in order if each not in chosen
    ]
