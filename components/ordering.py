"""Order on the page: what a list becomes when some of its items are moved."""

from collections.abc import Collection, Sequence

STEP = 10
"""Between two neighbours, so that a number typed by hand fits in."""


def moved_up(order: Sequence[int], chosen: Collection[int]) -> list[int]:
    """Return `order` with each chosen id one place further up; neighbours stay together."""
    moved = list(order)
    for place in range(1, len(moved)):
        if moved[place] in chosen and moved[place - 1] not in chosen:
            moved[place - 1], moved[place] = moved[place], moved[place - 1]
    return moved


def moved_down(order: Sequence[int], chosen: Collection[int]) -> list[int]:
    """Return `order` with each chosen id one place further down; neighbours stay together."""
    return moved_up(order[::-1], chosen)[::-1]


def moved_to_top(order: Sequence[int], chosen: Collection[int]) -> list[int]:
    """Return `order` with the chosen ids first; each part keeps its order."""
    return [each for each in order if each in chosen] + [
        each for each in order if each not in chosen
    ]
