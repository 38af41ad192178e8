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


def sparkline(means: Sequence[int | None]) -> str:
    """Return an SVG of one unit an hour, its extremes in words; '' when under two are known."""
    known = [value for value in means if value is not None]
    if len(known) < _FEWEST:
        return ""
    low, high = (numbers.latency(value) for value in (min(known), max(known)))
    extremes = low if low == high else f"{low} to {high}"
    return (
        f'<svg class="spark" viewBox="0 0 {len(means)} {_HEIGHT}"'
        f' role="img" aria-label="Last {len(means)} h: {extremes}">'
        f'<path d="{_steps(means, min(known) / 2, max(1, *known))}"/></svg>'
    )


def _steps(means: Sequence[int | None], bottom: float, top: float) -> str:
    """Return the line; hours alike share one stroke, and hours without a value are left out."""
    scale = _HEIGHT / (top - bottom)
    heights = [
        None if value is None else _HEIGHT - round((value - bottom) * scale) for value in means
    ]
    path, hour = "", 0
    previous: int | None = None
    for height, run in groupby(heights):
        length = len(list(run))
        if height is not None:
            path += f"M{hour} {height}" if previous is None else f"v{height - previous}"
            path += f"h{length}"
        previous, hour = height, hour + length
    return path
