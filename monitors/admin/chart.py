"""The chart of response times on a monitor's page in the admin."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext

from components.charts import LatencyPoint, response_chart, summary
from components.languages.registry import words_of
from monitors.history.latency_series import Span, response_times


def response_time_chart(check_ids: Collection[int], *, now: datetime) -> SafeString:
    """Return the chart of the last 24 hours, all regions together, with a summary in words."""
    span, words = Span.DAY, words_of(get_language() or "")
    spots = [
        LatencyPoint(point.start, point.p50, point.p95, point.count, point.failures)
        for point in response_times(check_ids, span=span, now=now)
    ]
    since = datetime.fromtimestamp(span.since(now) * 60, UTC)
    drawn = response_chart(
        spots, since=since, step=timedelta(minutes=span.step), steps=span.minutes // span.step,
        words=words,
    )  # fmt: skip
    # Nothing in the drawing was written by people: numbers and times only.
    return format_html(
        "{}<p>{} {}</p>",
        SafeString(drawn),
        summary(spots, words),
        gettext("Line: median; band: up to the 95th percentile; times in UTC."),
    )
