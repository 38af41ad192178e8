"""Draws a component's response times of a day beside their newest figure: a line of a few bytes.

Steps instead of slopes, since whole numbers and repeats compress best. The bottom is half of the
lowest value rather than that value itself, so that a harmless tremble looks like one.
"""

from collections.abc import Sequence
from itertools import groupby

from statuspage.renderers.html import numbers

_HEIGHT = 8
"""A third of the width: the picture keeps its proportions."""
_FEWEST = 2


def spark(means: Sequence[int | None]) -> str:
    """An SVG of one unit an hour, its extremes in words; '' when fewer than two are known."""
    known = [value for value in means if value is not None]
    if len(known) < _FEWEST:
        return ""
    low, high = (numbers.latency(value) for value in (min(known), max(known)))
    told = low if low == high else f"{low} to {high}"
    return (
        f'<svg class="spark" viewBox="0 0 {len(means)} {_HEIGHT}"'
        f' role="img" aria-label="Last {len(means)} h: {told}">'
        f'<path d="{_steps(means, min(known) / 2, max(1, *known))}"/></svg>'
    )


def _steps(means: Sequence[int | None], bottom: float, top: float) -> str:
    """The line; hours alike share one stroke, and hours without a value are left out."""
    scale = _HEIGHT / (top - bottom)
    heights = [
        None if value is None else _HEIGHT - round((value - bottom) * scale) for value in means
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
