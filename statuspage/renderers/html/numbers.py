"""Writes measured figures: an uptime is never rounded up, a missing one is never invented."""

import math

from components.languages.words import ENGLISH, Words
from components.status import Status
from monitors.rules.thresholds import CLOSE_UNITS
from statuspage.renderers.html.escaping import escape_text
from statuspage.state.page_state import ComponentView, RegionView

_SILENT = (Status.MAJOR_OUTAGE, Status.UNKNOWN)


def floor_percent(percent: float) -> float:
    """Return percent cut to two decimals, so that less than 100 never reads as 100.

    The inner rounding repairs what binary fractions do to decimal ones (99.99 x 100 is
    9998.999...); the outer guard keeps that repair from lifting 99.999999999 to 100.
    """
    if percent >= 100:
        return 100.0
    return min(9999, math.floor(round(percent * 100, 6))) / 100


def uptime(percent: float | None, words: Words = ENGLISH) -> str:
    """Return `99.98 %`; `100 %` only for exactly that; '' while nothing is known."""
    if percent is None:
        return ""
    return words.percent(100, 0) if percent >= 100 else words.percent(floor_percent(percent), 2)


def is_silent(observed: ComponentView | RegionView) -> bool:
    """Whether a component, or a region of it, does not answer.

    A time beside an outage would be that of the few good answers, or of yesterday. What is partly
    unavailable answers the others: its times are those of good answers alone, as all are.
    """
    return observed.status in _SILENT


def response_time(observed: ComponentView | RegionView, words: Words = ENGLISH) -> str:
    """Return the newest response time as `latency` does; '' for what does not answer."""
    return "" if is_silent(observed) else latency(observed.latency_ms, words)


def latency(milliseconds: float | None, words: Words = ENGLISH) -> str:
    """Return `85 ms`, `3.2 s`; '' when nothing was measured."""
    if milliseconds is None:
        return ""
    if milliseconds < 1:
        return f"< {words.unit(1, 'ms')}"
    if milliseconds < 999.5:
        return words.unit(milliseconds, "ms")
    return words.unit(milliseconds / 1000, "s", 1)


def quantity(value: float, unit: str, words: Words = ENGLISH) -> str:
    """Return a number that was sent, with its unit, fit for HTML: `1,240 jobs`, `97.5%`."""
    shown = words.decimal(value)
    if not unit:
        return shown
    gap = "" if unit.startswith(CLOSE_UNITS) else " "
    return f"<bdi>{shown}{gap}{escape_text(unit)}</bdi>"


def count(number: int, one: str, many: str) -> str:
    """Return `1 day`, `3 days`, `1,204 days`."""
    return f"{number:,} {one if number == 1 else many}"
