"""Thresholds of numbers that are sent: what a number means, and how it is written for people."""

from dataclasses import dataclass
from itertools import pairwise

from components.status import Verdict

CLOSE_UNITS = ("%", "°", "′", "″")
"""Units without a space before them."""
_WHOLE_UP_TO = 1e15


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Limits that are still good themselves; None sets none."""

    degraded_above: float | None = None
    down_above: float | None = None
    degraded_below: float | None = None
    down_below: float | None = None

    def misplaced(self) -> tuple[str, str] | None:
        """Return the two neighbours that are the wrong way round, lower first; None: none are."""
        rising = ("down_below", "degraded_below", "degraded_above", "down_above")
        known = [(name, each) for name in rising if (each := getattr(self, name)) is not None]
        for (lower, low), (upper, high) in pairwise(known):
            if low > high:
                return lower, upper
        return None

    def judge(self, value: float, *, name: str = "", unit: str = "") -> tuple[Verdict, str]:
        """Return what a number means, and why, such as “queue length 1,240 is above 1,000”.

        The reason is '' when it is up.
        """
        for verdict, above, below in (
            (Verdict.DOWN, self.down_above, self.down_below),
            (Verdict.DEGRADED, self.degraded_above, self.degraded_below),
        ):
            for limit, word in ((above, "above"), (below, "below")):
                if limit is None or not (value > limit if word == "above" else value < limit):
                    continue
                told = f"{format_number(value, unit)} is {word} {format_number(limit, unit)}"
                return verdict, f"{name} {told}".strip()
        return Verdict.UP, ""


def format_number(value: float, unit: str = "") -> str:
    """Return a number as people write it, with its unit: “1,240 jobs”, “97.5%”."""
    if value == int(value) and abs(value) < _WHOLE_UP_TO:
        text = f"{int(value):,}"
    else:
        text = f"{value:,.12g}"
    if not unit:
        return text
    return f"{text}{unit}" if unit.startswith(CLOSE_UNITS) else f"{text} {unit}"
