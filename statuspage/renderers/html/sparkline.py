"""Draws a component's response times of a day beside their newest figure: a line of a few bytes.

Steps instead of slopes, since whole numbers and repeats compress best. The bottom is half of the
lowest value rather than that value itself, so that a harmless tremble looks like one.
"""

from collections.abc import Sequence
from itertools import groupby

from components.languages.words import ENGLISH, Words
from statuspage.renderers.html import numbers
from statuspage.renderers.html.escaping import escape_text
from statuspage.state.observations import NumberView

_HEIGHT = 4
"""A third of the width: the picture keeps its proportions."""
_FEWEST = 2


def sparkline(means: Sequence[int | None], words: Words = ENGLISH) -> str:
    """Return an SVG of one step for two hours, its extremes in words; '' when under two are known.

    At its size a step for each hour would be a quiver, and twice the bytes.
    """
    known = [value for value in means if value is not None]
    if len(known) < _FEWEST:
        return ""
    low, high = (numbers.latency(value, words) for value in (min(known), max(known)))
    return _drawn(means, low, high, (min(known) / 2, max(1, *known)), words)


def number_sparkline(sent: NumberView, words: Words = ENGLISH) -> str:
    """Return the same of numbers that were sent, which may be negative."""
    known = [value for value in sent.hours if value is not None]
    if len(known) < _FEWEST:
        return ""
    least, most = min(known), max(known)
    low, high = (
        words.decimal(value) if not sent.unit
        else f"{words.decimal(value)} {escape_text(sent.unit)}" for value in (least, most)
    )  # fmt: skip
    bottom = least / 2 if least >= 0 else least - (most - least) / 2
    return _drawn(sent.hours, low, high, (bottom, most if most > bottom else bottom + 1), words)


def _drawn(
    means: Sequence[float | None], low: str, high: str, ends: tuple[float, float], words: Words
) -> str:
    """Return the line between the bottom and the top of `ends`."""
    extremes = low if low == high else words("{low} to {high}", low=low, high=high)
    label = words("Last {n} h: {range}", n=words.number(len(means)), range=extremes)
    drawn = _halved(means)
    return (
        f'<svg class="spark" viewBox="0 0 {len(drawn)} {_HEIGHT}"'
        f' role="img" aria-label="{label}">'
        f'<path d="{_steps(drawn, *ends)}"/></svg>'
    )


def _halved(means: Sequence[float | None]) -> list[float | None]:
    """Return the mean of each two neighbours; None where neither is known."""
    pairs = [[v for v in means[n : n + 2] if v is not None] for n in range(0, len(means), 2)]
    return [sum(pair) / len(pair) if pair else None for pair in pairs]


def _steps(means: Sequence[float | None], bottom: float, top: float) -> str:
    """Return the line; steps alike share one stroke, and those without a value are left out."""
    scale = _HEIGHT / (top - bottom)
    heights = [
        None if value is None else _HEIGHT - round((value - bottom) * scale) for value in means
    ]
    path, at = "", 0
    previous: int | None = None
    for height, run in groupby(heights):
        length = len(list(run))
        if height is not None:
            path += f"M{at} {height}" if previous is None else f"v{height - previous}"
            path += f"h{length}"
        previous, at = height, at + length
    return path
