"""Charts of the numbers that are sent for a component, on its page."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.safestring import SafeString

from components.charts import NumberSpot, number_chart, number_summary
from components.languages.words import Words
from statuspage.renderers.html import numbers
from statuspage.renderers.html.escaping import clean


@dataclass(frozen=True, slots=True)
class NumberSpan:
    """The numbers of one span."""

    title: str
    since: datetime
    step: timedelta
    steps: int
    spots: tuple[NumberSpot, ...]


@dataclass(frozen=True, slots=True)
class NumberSeries:
    """The numbers that are sent to one monitor; the newest is None while none counts."""

    name: str
    unit: str
    newest: float | None
    counts_for: timedelta
    spans: tuple[NumberSpan, ...]


def number_charts(
    series: NumberSeries, words: Words
) -> tuple[str, SafeString, list[tuple[str, SafeString, str]]]:
    """Return what is measured, the newest number, and each span's chart with it in words."""
    newest = "" if series.newest is None else numbers.quantity(series.newest, series.unit, words)
    unit = clean(series.unit)
    charts = [
        (
            span.title,
            SafeString(
                number_chart(
                    span.spots, since=span.since, step=span.step, steps=span.steps,
                    counts_for=series.counts_for, unit=unit, words=words,
                ) if span.spots else ""
            ),
            number_summary(span.spots, unit, words),
        )
        for span in series.spans
    ]  # fmt: skip
    return clean(series.name), SafeString(newest), charts
