"""A component's own page: how it is, a year of days, response times, its incidents."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from django.utils.safestring import SafeString

from components.charts import (
    LatencyPoint,
    NumberSpot,
    format_milliseconds,
    number_chart,
    number_summary,
    response_chart,
    summary,
)
from components.languages.words import ENGLISH, Words, msg
from components.status import Status
from components.uptime.layers import Policy
from statuspage.renderers.html import numbers
from statuspage.renderers.html.appearance.display_status import shown_as, shown_label
from statuspage.renderers.html.component_rows import component_links
from statuspage.renderers.html.escaping import clean
from statuspage.renderers.html.history_page import Month, entries_of
from statuspage.renderers.html.layout import render_framed
from statuspage.renderers.html.times import (
    clock,
    day,
    exact_clock,
    time_tag,
)
from statuspage.renderers.html.uptime_bars import CODES, day_ranges, describe_day
from statuspage.renderers.html.year_heatmap import year_calendar
from statuspage.state.page_state import (
    ComponentView,
    Day,
    IncidentView,
    PageState,
)

_Row = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Series:
    """One series of a chart; its name is '' when it is the only one."""

    name: str
    points: tuple[LatencyPoint, ...]


@dataclass(frozen=True, slots=True)
class ResponseTimes:
    """The response times of one span, by region."""

    title: str
    since: datetime
    step: timedelta
    steps: int
    series: tuple[Series, ...]


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


@dataclass(frozen=True, slots=True)
class ComponentYear:
    """What the records hold of one component beyond the read model."""

    first: date
    first_known_on: date | None
    days: tuple[Day, ...]
    uptime: float | None
    times: tuple[ResponseTimes, ...]
    incidents: tuple[IncidentView, ...]
    corrected: Mapping[date, str] = field(default_factory=dict)
    """When figures of days that were over were changed by a correction, by day."""
    numbers: tuple[NumberSeries, ...] = ()
    imported: tuple[tuple[str, str], ...] = ()
    """The products that history was imported from, by name, and the day until which each tells."""


def component_page(
    state: PageState, component: ComponentView, year: ComponentYear, words: Words = ENGLISH
) -> bytes:
    """Return a component's page."""
    today, look = state.today_in(words), state.appearance
    path = f"/status/components/{component.slug}"
    seen = component.checked_at
    label = words(shown_label(component) if component.retired_at is None else "Retired")
    since = component.since if component.retired_at is None else component.retired_at
    # A day that was corrected stands by itself.
    corrected = {on: [(text, "")] for on, text in year.corrected.items()}
    notable = [
        (_when(first, last, today, words), words(each.status.label), _day_words(each, year, words))
        for first, last, each in reversed(day_ranges(year.days, corrected))
    ]
    month = Month(today.replace(day=1), component, year.incidents, (), None, None, whole_past=True)
    entries = [
        (day(words.local(entry.at).date(), today=today, words=words), entry)
        for entry in entries_of(month, words)
    ]
    return render_framed(
        "page/page-component.html",
        state,
        words=words,
        path=path,
        title=component.name,
        description=f"{component.name}: {label}",
        values={
            "name": clean(component.name),
            "about": clean(component.description),
            "component_status": shown_as(component),
            "component_label": label,
            "since_label": words(
                component.status.label if component.retired_at is None else "Retired"
            ),
            "retired": component.retired_at is not None,
            "since": SafeString(time_tag(since, clock(since, today=today, words=words)))
            if since
            else "",
            "seen": SafeString(time_tag(seen, exact_clock(seen, today=today, words=words)))
            if seen
            else "",
            "affected_by": SafeString(
                component_links(
                    component.affected_by,
                    {each.name: each for each in state.components},
                    words,
                )
            ),
            "uptime": _uptimes(component, year, words),
            "uptime_year": numbers.uptime(year.uptime, words),
            "by_staff": component.by_staff,
            "basis": _basis_sentence(component, words),
            "imported": [
                words("History before {day} was imported from {product}.", day=on, product=product)
                for product, on in year.imported
            ],
            "calendar": SafeString(year_calendar(year.first, _codes(year, today=today), words)),
            "days": notable,
            "regions": component.regions if look.show_regions else (),
            "show_uptime": look.show_uptime,
            "show_response": look.show_response,
            "latencies": [
                (
                    clean(each.name),
                    words(each.status.label),
                    (numbers.response_time(each, words) or "–") if look.show_response else "",
                )
                for each in (component.regions if look.show_regions else ())
            ],
            "times": [
                _charts(times if look.show_regions else _of_all_regions(times), words)
                for times in (year.times if look.show_response else ())
            ],
            "numbers": [
                _number_charts(each, words) for each in (year.numbers if look.show_response else ())
            ],
            "show_times": look.show_response
            and not (year.numbers and not any(_has_checks(times) for times in year.times)),
            "incidents": entries,
            "path": path,
        },
        statuses={component.status},
        here="component",
        feed_base=path,
    )


_BASIS = {
    Policy.WORST: msg("the worse of what was measured and what was declared counts"),
    Policy.MEASURED: msg("what was measured counts"),
    Policy.DECLARED: msg("what was declared counts"),
}


def _uptimes(component: ComponentView, year: ComponentYear, words: Words) -> str:
    """Return the percentages of 90 days and of a year; '' while nothing is known."""
    recent, of_year = (numbers.uptime(each, words) for each in (component.uptime, year.uptime))
    if not recent:
        return ""
    told = words("{percent} in 90 days", percent=recent)
    if not of_year:
        return told
    return words.comma.join((told, words("{percent} in a year", percent=of_year)))


def _basis_sentence(component: ComponentView, words: Words) -> str:
    """Return which layer of its history the figures follow, and whether maintenance counts."""
    counted = component.maintenance_counts
    return words.comma.join(
        (
            words("reported by staff" if component.by_staff else _BASIS[component.basis]),
            words("maintenance counted" if counted else "maintenance excluded"),
        )
    )


def _when(first: date, last: date, today: date, words: Words) -> str:
    names = [day(on, today=today, words=words) for on in (first, last)]
    return names[0] if first == last else " – ".join(names)


def _day_words(each: Day, year: ComponentYear, words: Words) -> str:
    """Return what a day had, and when it was corrected after it was over."""
    corrected = year.corrected.get(each.on)
    noted = words("corrected on {day}", day=corrected) if corrected else ""
    return words.comma.join(filter(None, (describe_day(each, words), noted)))


def _codes(year: ComponentYear, *, today: date) -> str:
    """Return one letter a day of the year."""
    number = (today - year.first).days + 1
    codes = ["o"] * number
    for each in year.days:
        codes[(each.on - year.first).days] = CODES[each.status]
    known = year.first_known_on
    blank = number if known is None else max(0, (known - year.first).days)
    codes[:blank] = CODES[Status.UNKNOWN] * blank
    return "".join(codes)


def _of_all_regions(times: ResponseTimes) -> ResponseTimes:
    """Return the series of all regions together alone, which is the first."""
    return replace(times, series=tuple(replace(each, name="") for each in times.series[:1]))


def _charts(
    times: ResponseTimes, words: Words
) -> tuple[str, list[tuple[str, SafeString, str]], list[tuple[str, str, str]]]:
    charts = [
        (
            clean(each.name),
            SafeString(
                response_chart(
                    each.points,
                    since=times.since,
                    step=times.step,
                    steps=times.steps,
                    words=words,
                )
            ),
            summary(each.points, words),
        )
        for each in times.series
        if any(point.count for point in each.points)
    ]
    rows = [
        (clean(each.name) or words("All"), *_typical_values(each.points, words))
        for each in times.series
    ]
    return times.title, charts, rows


def _has_checks(times: ResponseTimes) -> bool:
    """Whether any check was made in a span that has a time."""
    return any(point.median_ms is not None for each in times.series for point in each.points)


def _number_charts(
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


def _typical_values(points: Sequence[LatencyPoint], words: Words) -> tuple[str, str]:
    """Return the middle one of the steps' medians, and of their 95th percentiles."""
    typical = []
    for name in ("median_ms", "high_ms"):
        values = sorted(v for point in points if (v := getattr(point, name)) is not None)
        typical.append(format_milliseconds(values[len(values) // 2], words) if values else "–")
    return typical[0], typical[1]
