"""The numbers that are sent for a component, gathered for its page."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from components.charts import NumberSpot
from components.languages.words import Words
from monitors.history.latency_series import Span
from monitors.history.number_series import number_points
from statuspage.renderers.html.component_page import NumberSeries, NumberSpan
from statuspage.state.number_views import number_monitors, number_name
from statuspage.state.page_state import ComponentView


def number_series(
    component: ComponentView, spans: Iterable[tuple[Span, str]], now: datetime, words: Words
) -> tuple[NumberSeries, ...]:
    """Return the numbers that are sent for a component, each monitor's with its three charts."""
    monitors = number_monitors(component.id)
    newest = {each.monitor_id: each.value for each in component.numbers}
    read = [
        (span, words(title), number_points([each.pk for each in monitors], span=span, now=now))
        for span, title in (spans if monitors else ())
    ]
    return tuple(
        NumberSeries(
            number_name(monitor), str(monitor.config.get("unit", "")), newest.get(monitor.pk),
            timedelta(seconds=float(monitor.config.get("silence", 0))),
            tuple(
                NumberSpan(
                    title, datetime.fromtimestamp(span.since(now) * 60, UTC),
                    timedelta(minutes=span.step), span.minutes // span.step,
                    tuple(
                        NumberSpot(each.start, each.mean, each.lowest, each.highest)
                        for each in points.get(monitor.pk, ())
                    ),
                )
                for span, title, points in read
            ),
        )
        for monitor in monitors
    )  # fmt: skip
