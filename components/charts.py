"""Charts of response times over time, as small SVGs: pure text, no styles, no scripts.

Colours and widths come from the style sheet of the page around it, by class: `band` (median to 95th
percentile), `median`, `failed`, `grid`, `label`. Where nothing was measured the line is broken.
"""

from collections.abc import Iterator, Sequence
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
    axes = _Axes(since, step, steps, _ceiling(points), words)
    inside = "".join(
        [
            *_grid(axes),
            *(_draw_run(axes, run) for run in _split_runs(points, step)),
            *(_failure_bar(axes, point) for point in points if point.failures),
        ]
    )
    return (
        f'<svg class="times" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
        f' aria-label="{escape(summary(points, words))}">{inside}</svg>'
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
    ceiling: float
    words: Words

    def x(self, at: datetime) -> float:
        share = (at - self.since) / (self.step * self.steps)
        return round(_LEFT + share * (WIDTH - _LEFT - _RIGHT), 1)

    def y(self, value: float) -> float:
        share = min(1.0, value / self.ceiling)
        return round(HEIGHT - _BOTTOM - share * (HEIGHT - _TOP - _BOTTOM), 1)


def _ceiling(points: Sequence[LatencyPoint]) -> float:
    """Return the smallest round number that no value exceeds, so that grid lines are round."""
    highest = max((point.high_ms or 0.0 for point in points), default=0.0) or 1.0
    line = highest / _LINES
    unit = 10.0 ** (len(f"{line:.0f}") - 1) if line >= 1 else 0.1
    return next(unit * step * _LINES for step in _STEPS if unit * step * _LINES >= highest)


def _grid(axes: _Axes) -> Iterator[str]:
    for number in range(_LINES + 1):
        value = axes.ceiling * number / _LINES
        y = axes.y(value)
        yield f'<path class="grid" d="M{_LEFT} {y}H{WIDTH - _RIGHT}"/>'
        name = format_milliseconds(value, axes.words) if value else "0"
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


def _split_runs(points: Sequence[LatencyPoint], step: timedelta) -> Iterator[list[LatencyPoint]]:
    """Yield neighbouring points that were measured without a gap."""
    run: list[LatencyPoint] = []
    for point in points:
        if run and (point.median_ms is None or point.start - run[-1].start > step):
            yield run
            run = []
        if point.median_ms is not None:
            run.append(point)
    if run:
        yield run


def _draw_run(axes: _Axes, run: Sequence[LatencyPoint]) -> str:
    # A span by itself is drawn as long as it is; in a run each counts from its middle.
    if len(run) == 1:
        places = [run[0].start, run[0].start + axes.step]
        run = [run[0], run[0]]
    else:
        places = [point.start + axes.step / 2 for point in run]
    xs = [axes.x(place) for place in places]
    middle = [f"{x} {axes.y(s.median_ms or 0.0)}" for x, s in zip(xs, run, strict=True)]
    high = [f"{x} {axes.y(s.high_ms or 0.0)}" for x, s in zip(xs, run, strict=True)]
    return (
        f'<path class="band" d="M{"L".join(middle)}L{"L".join(reversed(high))}Z"/>'
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
