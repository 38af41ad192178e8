"""The chart of response times, or of numbers, on a monitor's page in the admin."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from statistics import median, quantiles

from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext

from components.backoffice.local_times import zone_name
from components.charts import (
    LatencyPoint,
    NumberSpot,
    number_chart,
    number_summary,
    response_chart,
    summary,
)
from components.languages.registry import words_of
from components.languages.words import Words
from monitors.history.latency_series import Span, response_times
from monitors.history.number_series import number_points
from monitors.models import Monitor, Result

FIRST_MINUTES = 30
"""What the chart shows until results have been added up for the first time."""
_MAX_RESULTS = 10_000


def response_time_chart(check_ids: Collection[int], *, now: datetime) -> SafeString:
    """Return the chart of the last 24 hours, all regions together, with a summary in words.

    Until there are results that were added up, it is made of the single ones of the last minutes.
    """
    span, words = Span.DAY, _words()
    spots = [
        LatencyPoint(point.start, point.p50, point.p95, point.count, point.failures)
        for point in response_times(check_ids, span=span, now=now)
    ]
    since = datetime.fromtimestamp(span.since(now) * 60, UTC)
    step, steps = timedelta(minutes=span.step), span.minutes // span.step
    told = gettext("Line: median; band: up to the 95th percentile; times in {zone}.")
    if not any(spot.count for spot in spots) and (first := _first_results(check_ids, now)):
        spots, step, steps = first, timedelta(minutes=1), FIRST_MINUTES
        since = _first_minute(now)
        told = gettext("The last 30 minutes; 24 hours follow shortly. Times in {zone}.")
    drawn = response_chart(spots, since=since, step=step, steps=steps, words=words)
    # Nothing in the drawing was written by people: numbers and times only.
    return format_html(
        "{}<p>{} {}</p>", SafeString(drawn), summary(spots, words), told.format(zone=zone_name())
    )


def number_day_chart(monitor: Monitor, *, now: datetime) -> SafeString:
    """Return the chart of the numbers of the last 24 hours, with a summary in words."""
    span, words, unit = Span.DAY, _words(), str(monitor.config.get("unit", ""))
    spots = [
        NumberSpot(each.start, each.mean, each.lowest, each.highest)
        for each in number_points([monitor.pk], span=span, now=now).get(monitor.pk, ())
    ]
    drawn = number_chart(
        spots, since=datetime.fromtimestamp(span.since(now) * 60, UTC),
        step=timedelta(minutes=span.step), steps=span.minutes // span.step,
        counts_for=timedelta(seconds=float(monitor.config.get("silence", 0))), unit=unit,
        words=words,
    )  # fmt: skip
    # Of what people wrote, the drawing has the unit, escaped.
    return format_html("{}<p>{}</p>", SafeString(drawn), number_summary(spots, unit, words))


def _words() -> Words:
    """Return the words of whoever looks, in their time zone."""
    words = words_of(get_language() or "")
    zone = timezone.get_current_timezone()
    return words.with_times(zone, twelve_hours=False, first_weekday=words.first_weekday)


def _first_minute(now: datetime) -> datetime:
    return now.replace(second=0, microsecond=0) - timedelta(minutes=FIRST_MINUTES - 1)


def _first_results(check_ids: Collection[int], now: datetime) -> list[LatencyPoint]:
    """Return the last minutes' results, a point a minute; minutes without any are left out."""
    since = _first_minute(now)
    rows = Result.objects.filter(
        check_id__in=list(check_ids), at_ms__gte=int(since.timestamp() * 1000)
    )
    minutes: dict[datetime, list[Result]] = {}
    for row in rows.order_by("at_ms")[:_MAX_RESULTS]:
        minutes.setdefault(row.at.replace(second=0, microsecond=0), []).append(row)
    return [_point(minute, found) for minute, found in minutes.items()]


def _point(minute: datetime, found: list[Result]) -> LatencyPoint:
    good = [row.latency_ms for row in found if row.word != "down" and row.latency_ms is not None]
    high = quantiles(good, n=20, method="inclusive")[-1] if len(good) > 1 else max(good, default=0)
    counted = [row for row in found if row.word in ("up", "degraded", "down")]
    return LatencyPoint(
        minute,
        median(good) if good else None,
        high if good else None,
        len(counted),
        sum(row.word == "down" for row in counted),
    )
