"""Draws response times over time as a small SVG: pure text, no styles, no scripts.

Colours and widths come from the style sheet of whoever shows it, by class: `band` (median to 95th
percentile), `median`, `failed`, `grid`, `label`. Where nothing was measured the line is broken.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape

WIDTH, HEIGHT = 720, 168
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 8, 8, 26
_FAILED_HEIGHT = 24
_STEPS = (1, 2, 2.5, 5, 10)
_LINES = 3


@dataclass(frozen=True, slots=True)
class Spot:
    """What one step of time showed. Milliseconds are None where no good answer came."""

    start: datetime
    median_ms: float | None
    high_ms: float | None
    """The 95th percentile."""
    count: int
    failures: int


def response_chart(spots: Sequence[Spot], *, since: datetime, step: timedelta, steps: int) -> str:
    """The chart of `steps` steps from `since`; `spots` in order of time, some may be missing."""
    frame = _Frame(since, step, steps, _ceiling(spots))
    inside = "".join(
        [
            *_grid(frame),
            *(_run(frame, run) for run in _runs(spots, step)),
            *(_failed(frame, spot) for spot in spots if spot.failures),
        ]
    )
    return (
        f'<svg class="times" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
        f' aria-label="{escape(summary(spots))}">{inside}</svg>'
    )


def summary(spots: Sequence[Spot]) -> str:
    """`Median from 38 to 52 ms; 3 of 8,640 checks failed.`"""
    medians = [spot.median_ms for spot in spots if spot.median_ms is not None]
    count, failures = (sum(getattr(s, name) for s in spots) for name in ("count", "failures"))
    if not count:
        return "Nothing was measured."
    failed = f"{failures:,} of {count:,} checks failed." if failures else "No check failed."
    if not medians:
        return failed
    low, high = milliseconds(min(medians)), milliseconds(max(medians))
    span = f"Median {low}" if low == high else f"Median from {low} to {high}"
    return f"{span}; {failed[0].lower()}{failed[1:]}"


def milliseconds(value: float) -> str:
    """`0.4 ms`, `38 ms`, `1.2 s`"""
    if value >= 1000:
        return f"{value / 1000:.3g} s"
    return f"{value:.0f} ms" if value >= 10 else f"{value:.2g} ms"


@dataclass(frozen=True, slots=True)
class _Frame:
    since: datetime
    step: timedelta
    steps: int
    ceiling: float

    def x(self, at: datetime) -> float:
        share = (at - self.since) / (self.step * self.steps)
        return round(_LEFT + share * (WIDTH - _LEFT - _RIGHT), 1)

    def y(self, value: float) -> float:
        share = min(1.0, value / self.ceiling)
        return round(HEIGHT - _BOTTOM - share * (HEIGHT - _TOP - _BOTTOM), 1)


def _ceiling(spots: Sequence[Spot]) -> float:
    """The smallest round number that all values lie below, so that the lines have round names."""
    highest = max((spot.high_ms or 0.0 for spot in spots), default=0.0) or 1.0
    line = highest / _LINES
    unit = 10.0 ** (len(f"{line:.0f}") - 1) if line >= 1 else 0.1
    return next(unit * step * _LINES for step in _STEPS if unit * step * _LINES >= highest)


def _grid(frame: _Frame) -> Iterator[str]:
    for number in range(_LINES + 1):
        value = frame.ceiling * number / _LINES
        y = frame.y(value)
        yield f'<path class="grid" d="M{_LEFT} {y}H{WIDTH - _RIGHT}"/>'
        name = milliseconds(value) if value else "0"
        yield f'<text class="label" x="{_LEFT - 6}" y="{y + 4}" text-anchor="end">{name}</text>'
    length = frame.step * frame.steps
    by_day = length > timedelta(days=2)
    for number in range(1, 4):
        at = frame.since + length * number / 4
        name = f"{at.day} {at:%b}" if by_day else f"{at:%H:%M}"
        yield (
            f'<text class="label" x="{frame.x(at)}" y="{HEIGHT - 6}"'
            f' text-anchor="middle">{name}</text>'
        )


def _runs(spots: Sequence[Spot], step: timedelta) -> Iterator[list[Spot]]:
    """Neighbours that were measured without a gap."""
    run: list[Spot] = []
    for spot in spots:
        if run and (spot.median_ms is None or spot.start - run[-1].start > step):
            yield run
            run = []
        if spot.median_ms is not None:
            run.append(spot)
    if run:
        yield run


def _run(frame: _Frame, run: Sequence[Spot]) -> str:
    # A span by itself is drawn as long as it is; in a run each counts from its middle.
    if len(run) == 1:
        places = [run[0].start, run[0].start + frame.step]
        run = [run[0], run[0]]
    else:
        places = [spot.start + frame.step / 2 for spot in run]
    xs = [frame.x(place) for place in places]
    middle = [f"{x} {frame.y(s.median_ms or 0.0)}" for x, s in zip(xs, run, strict=True)]
    high = [f"{x} {frame.y(s.high_ms or 0.0)}" for x, s in zip(xs, run, strict=True)]
    return (
        f'<path class="band" d="M{"L".join(middle)}L{"L".join(reversed(high))}Z"/>'
        f'<path class="median" d="M{"L".join(middle)}"/>'
    )


def _failed(frame: _Frame, spot: Spot) -> str:
    """A bar from the bottom, the higher the more of the checks failed."""
    height = round(4 + (_FAILED_HEIGHT - 4) * spot.failures / spot.count, 1)
    x, bottom = frame.x(spot.start), HEIGHT - _BOTTOM
    width = round(max(2.0, frame.x(spot.start + frame.step) - x - 1), 1)
    told = f"{spot.start:%H:%M} UTC: {spot.failures:,} of {spot.count:,} checks failed"
    return (
        f'<rect class="failed" x="{x}" y="{bottom - height}" width="{width}" height="{height}">'
        f"<title>{told}</title></rect>"
    )
