"""Draws a component's response times of a day beside their newest figure: a line of a few bytes.

Steps instead of slopes, since whole numbers and repeats compress best; the bottom is always zero,
so that a harmless tremble looks like one.
"""

from collections.abc import Sequence
from itertools import groupby

from statuspage.page import figures

_HEIGHT = 8
"""A third of the width: the picture keeps its proportions."""
_HEAD_ROOM = 1.25
"""What the picture holds beyond the highest value: a steady line stands clear of the top."""
_FEWEST = 2


def spark(means: Sequence[int | None]) -> str:
    """An SVG of one unit an hour, its extremes in words; '' when fewer than two are known."""
    known = [value for value in means if value is not None]
    if len(known) < _FEWEST:
        return ""
    low, high = (figures.latency(value) for value in (min(known), max(known)))
    told = low if low == high else f"{low} to {high}"
    return (
        f'<svg class="spark" viewBox="0 0 {len(means)} {_HEIGHT}"'
        f' role="img" aria-label="Response time in {len(means)} hours: {told}">'
        f'<path d="{_steps(means, max(1, *known) * _HEAD_ROOM)}"/></svg>'
    )


def _steps(means: Sequence[int | None], ceiling: float) -> str:
    """The line; hours alike share one stroke, and hours without a value are left out."""
    heights = [
        None if value is None else _HEIGHT - round(value / ceiling * _HEIGHT) for value in means
    ]
    drawn, hour = "", 0
    before: int | None = None
    for height, run in groupby(heights):
        length = len(list(run))
        if height is not None:
            drawn += f"M{hour} {height}" if before is None else f"v{height - before}"
            drawn += f"h{length}"
        before, hour = height, hour + length
    return drawn
