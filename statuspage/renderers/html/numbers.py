"""Writes measured figures: an uptime is never rounded up, a missing one is never invented."""

import math


def floor_percent(percent: float) -> float:
    """Return percent cut to two decimals, so that less than 100 never reads as 100.

    The inner rounding repairs what binary fractions do to decimal ones (99.99 x 100 is
    9998.999...); the outer guard keeps that repair from lifting 99.999999999 to 100.
    """
    if percent >= 100:
        return 100.0
    return min(9999, math.floor(round(percent * 100, 6))) / 100


def uptime(percent: float | None) -> str:
    """Return `99.98 %`; `100 %` only for exactly that; '' while nothing is known."""
    if percent is None:
        return ""
    return "100 %" if percent >= 100 else f"{floor_percent(percent):.2f} %"


def latency(milliseconds: float | None) -> str:
    """Return `85 ms`, `3.2 s`; '' when nothing was measured."""
    if milliseconds is None:
        return ""
    if milliseconds < 1:
        return "< 1 ms"
    if milliseconds < 999.5:
        return f"{milliseconds:.0f} ms"
    return f"{milliseconds / 1000:.1f} s"


def count(number: int, one: str, many: str) -> str:
    """Return `1 day`, `3 days`, `1,204 days`."""
    return f"{number:,} {one if number == 1 else many}"
