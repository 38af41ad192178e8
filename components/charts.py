"""Charts of response times, and of numbers, over time, as small SVGs: no styles, no scripts.

Colours and widths come from the style sheet of the page around it, by class: `band` (median to 95th
percentile), `median`, `failed`, `grid`, `label`. Where nothing was measured the line is broken.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape

from components.languages.words import ENGLISH, Words, msg

WIDTH, HEIGHT = 720, 168
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 8, 8, 26
_FAILED_HEIGHT = 24
_STEPS = (1, 2, 2.5, 5, 10)
_LINES = 3


@dataclass(frozen=True, slots=True)
class LatencyPoint:
    """The response times of one step of time, in ms; None where no check succeeded."""

    start: datetime
    median_ms: float | None
    high_ms: float | None
    """The 95th percentile."""
    count: int
    failures: int


def response_chart(
    points: Sequence[LatencyPoint],
    *,
    since: datetime,
    step: timedelta,
    steps: int,
    words: Words = ENGLISH,
) -> str:
    """Return an SVG chart of `steps` steps from `since`; `points` in order, some may be missing."""
    axes = _Axes(
        since, step, steps, 0.0, _ceiling(points), _LINES, words,
        lambda value: format_milliseconds(value, words),
    )  # fmt: skip
    spots = [
        _Spot(point.start, point.median_ms, point.median_ms, point.high_ms) for point in points
    ]
    bars = (_failure_bar(axes, point) for point in points if point.failures)
    return _svg(axes, _split_runs(spots, step), summary(points, words), bars)


@dataclass(frozen=True, slots=True)
class NumberSpot:
    """The numbers of one step of time."""

    start: datetime
    mean: float
    lowest: float
    highest: float


def number_chart(
    spots: Sequence[NumberSpot],
    *,
    since: datetime,
    step: timedelta,
    steps: int,
    counts_for: timedelta,
    unit: str = "",
    words: Words = ENGLISH,
) -> str:
    """Return an SVG chart of numbers: the line is the mean, the band from lowest to highest.

    The line goes on for as long as a number counts.
    """
    low, high, lines = _round_ends(spots)
    axes = _Axes(since, step, steps, low, high, lines, words, words.decimal)
    drawn = [_Spot(each.start, each.mean, each.lowest, each.highest) for each in spots]
    return _svg(axes, _split_runs(drawn, step + counts_for), number_summary(spots, unit, words))


def number_summary(spots: Sequence[NumberSpot], unit: str, words: Words = ENGLISH) -> str:
    """Return such a chart in words: `38 to 1,240 jobs`."""
    if not spots:
        return words("No data for this period.")
    low, high = (
        words.decimal(value)
        for value in (min(each.lowest for each in spots), max(each.highest for each in spots))
    )
    told = low if low == high else words("{low} to {high}", low=low, high=high)
    return f"{told} {unit}".strip()


def _round_ends(spots: Sequence[NumberSpot]) -> tuple[float, float, int]:
    """Return round ends of an axis that has 0 and all numbers on it, and how many lines it has."""
    low = min([0.0, *(each.lowest for each in spots)])
    high = max([0.0, *(each.highest for each in spots)])
    if low == high:
        high = 1.0
    line = (high - low) / _LINES
    unit = 10.0 ** math.floor(math.log10(line))
    step = next(unit * each for each in _STEPS if unit * each >= line)
    below, above = math.floor(low / step), math.ceil(high / step)
    return below * step, above * step, above - below


@dataclass(frozen=True, slots=True)
class _Spot:
    """One step of a line and the band about it; None: not known."""

    start: datetime
    line: float | None
    low: float | None
    high: float | None


def _svg(
    axes: "_Axes", runs: Iterable[Sequence[_Spot]], told: str, more: Iterable[str] = ()
) -> str:
    inside = "".join([*_grid(axes), *(_draw_run(axes, run) for run in runs), *more])
    return (
        f'<svg class="times" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
        f' aria-label="{escape(told)}">{inside}</svg>'
    )


def summary(points: Sequence[LatencyPoint], words: Words = ENGLISH) -> str:
    """Return the chart in words: `Median from 38 to 52 ms; 3 of 8,640 checks failed.`"""
    medians = [point.median_ms for point in points if point.median_ms is not None]
    count, failures = (sum(getattr(s, name) for s in points) for name in ("count", "failures"))
    if not count:
        return words("No data for this period.")
    low, high = (format_milliseconds(end(medians), words) if medians else "" for end in (min, max))
    return words(
        _summary_text(low, high, failures),
        low=low, high=high, failures=words.number(failures), count=words.number(count),
    )  # fmt: skip


def _summary_text(low: str, high: str, failures: int) -> str:
    if not low:
        return msg("{failures} of {count} checks failed.") if failures else msg("No check failed.")
    if low == high:
        return (
            msg("Median {low}; {failures} of {count} checks failed.")
            if failures
            else msg("Median {low}; no check failed.")
        )
    return (
        msg("Median from {low} to {high}; {failures} of {count} checks failed.")
        if failures
        else msg("Median from {low} to {high}; no check failed.")
    )


def format_milliseconds(value: float, words: Words = ENGLISH) -> str:
    """Return a duration in ms as text: `0.4 ms`, `38 ms`, `1.2 s`."""
    if value >= 1000:
        figure, unit = f"{value / 1000:.3g}", "s"
    else:
        figure, unit = f"{value:.0f}" if value >= 10 else f"{value:.2g}", "ms"
    return words.unit(float(figure), unit, len(figure.partition(".")[2]))


@dataclass(frozen=True, slots=True)
class _Axes:
    since: datetime
    step: timedelta
    steps: int
    floor: float
    ceiling: float
    lines: int
    words: Words
    told: Callable[[float], str]
    """Writes a value beside its line."""

    def x(self, at: datetime) -> float:
        share = (at - self.since) / (self.step * self.steps)
        return round(_LEFT + share * (WIDTH - _LEFT - _RIGHT), 1)

    def y(self, value: float) -> float:
        share = min(1.0, (value - self.floor) / (self.ceiling - self.floor))
        return round(HEIGHT - _BOTTOM - share * (HEIGHT - _TOP - _BOTTOM), 1)


def _ceiling(points: Sequence[LatencyPoint]) -> float:
    """Return the smallest round number that no value exceeds, so that grid lines are round."""
    highest = max((point.high_ms or 0.0 for point in points), default=0.0) or 1.0
    line = highest / _LINES
    unit = 10.0 ** (len(f"{line:.0f}") - 1) if line >= 1 else 0.1
    return next(unit * step * _LINES for step in _STEPS if unit * step * _LINES >= highest)


def _grid(axes: _Axes) -> Iterator[str]:
    for number in range(axes.lines + 1):
        value = axes.floor + (axes.ceiling - axes.floor) * number / axes.lines
        y = axes.y(value)
        yield f'<path class="grid" d="M{_LEFT} {y}H{WIDTH - _RIGHT}"/>'
        name = axes.told(value) if value else "0"
        yield f'<text class="label" x="{_LEFT - 6}" y="{y + 4}" text-anchor="end">{name}</text>'
    length = axes.step * axes.steps
    by_day = length > timedelta(days=2)
    for number in range(1, 4):
        at = axes.since + length * number / 4
        on, words = axes.words.local(at).date(), axes.words
        name = words.day(on, year=False) if by_day else words.time(at)
        yield (
            f'<text class="label" x="{axes.x(at)}" y="{HEIGHT - 6}"'
            f' text-anchor="middle">{name}</text>'
        )


def _split_runs(spots: Sequence[_Spot], longest: timedelta) -> Iterator[list[_Spot]]:
    """Yield neighbouring steps that begin no longer than so much after each other."""
    run: list[_Spot] = []
    for spot in spots:
        if run and (spot.line is None or spot.start - run[-1].start > longest):
            yield run
            run = []
        if spot.line is not None:
            run.append(spot)
    if run:
        yield run


def _draw_run(axes: _Axes, run: Sequence[_Spot]) -> str:
    # A span by itself is drawn as long as it is; in a run each counts from its middle.
    if len(run) == 1:
        places = [run[0].start, run[0].start + axes.step]
        run = [run[0], run[0]]
    else:
        places = [spot.start + axes.step / 2 for spot in run]
    xs = [axes.x(place) for place in places]
    middle, low, high = (
        [f"{x} {axes.y(getattr(s, name) or 0.0)}" for x, s in zip(xs, run, strict=True)]
        for name in ("line", "low", "high")
    )
    return (
        f'<path class="band" d="M{"L".join(low)}L{"L".join(reversed(high))}Z"/>'
        f'<path class="median" d="M{"L".join(middle)}"/>'
    )


def _failure_bar(axes: _Axes, point: LatencyPoint) -> str:
    """Return a bar from the bottom, the higher the more of the checks failed."""
    height = round(4 + (_FAILED_HEIGHT - 4) * point.failures / point.count, 1)
    x, bottom = axes.x(point.start), HEIGHT - _BOTTOM
    width = round(max(2.0, axes.x(point.start + axes.step) - x - 1), 1)
    words = axes.words
    title = words(
        "{time}: {failures} of {count} checks failed",
        time=words.clock(point.start),
        failures=words.number(point.failures),
        count=words.number(point.count),
    )
    return (
        f'<rect class="failed" x="{x}" y="{bottom - height}" width="{width}" height="{height}">'
        f"<title>{title}</title></rect>"
    )
