"""One month of history: what happened on which day, for everything or one component."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from components.uptime.periods import day_start
from statuspage.renderers.html.escaping import clean
from statuspage.renderers.html.layout import render_framed
from statuspage.renderers.html.times import day, duration, long_day
from statuspage.state.page_state import (
    ComponentView,
    IncidentView,
    PageState,
    WindowView,
)


@dataclass(frozen=True, slots=True)
class Month:
    """What is known of a month; `earlier` and `later` are the neighbours worth a link."""

    first: date
    component: ComponentView | None
    incidents: tuple[IncidentView, ...]
    windows: tuple[WindowView, ...]
    earlier: date | None
    later: date | None
    whole_past: bool = False
    """Whether it lists what began before `first` too, each on the day on which it began."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a day."""

    at: datetime
    title: str
    address: str
    detail: str


@dataclass(frozen=True, slots=True)
class _Choice:
    slug: str
    name: str
    chosen: bool


def history_page(state: PageState, month: Month) -> bytes:
    """Return the page of a month."""
    name = f"{month.first:%B %Y}"
    lines = entries_of(month)
    days = [
        (long_day(on, today=state.today), list(of_day))
        for on, of_day in groupby(lines, key=lambda line: line.at.date())
    ]
    path = f"/status/history/{month.first:%Y-%m}"
    return render_framed(
        "page/page-history.html",
        state,
        path=path,
        title=f"History, {name}",
        description=f"Incidents and maintenance in {name}",
        values={
            "path": path,
            "month": name,
            "days": days,
            "earlier": _link(month.earlier, month.component),
            "earlier_name": f"{month.earlier:%B %Y}" if month.earlier else "",
            "later": _link(month.later, month.component),
            "later_name": f"{month.later:%B %Y}" if month.later else "",
            "choices": [
                _Choice(each.slug, clean(each.name), each is month.component)
                for each in state.components
            ],
        },
        here="history",
    )


def _link(month: date | None, component: ComponentView | None) -> str:
    if month is None:
        return ""
    chosen = f"?component={component.slug}" if component else ""
    return f"/status/history/{month:%Y-%m}{chosen}"


def entries_of(month: Month) -> list[Entry]:
    """Return everything that happened, newest first."""
    return sorted(_entries(month), key=lambda line: line.at, reverse=True)


def _entries(month: Month) -> Iterator[Entry]:
    for incident in month.incidents:
        parts = ["Incident"]
        if incident.severity != "none":
            parts.append(clean(incident.severity))
        if incident.resolved_at is None:
            parts.append("not resolved yet")
        else:
            took = (incident.resolved_at - incident.started_at).total_seconds()
            parts.append(f"resolved after {duration(took)}")
        begun_before = incident.started_at.date() < month.first and not month.whole_past
        if begun_before:
            parts.append(f"since {day(incident.started_at.date(), today=month.first)}")
        yield Entry(
            max(incident.started_at, day_start(month.first))
            if begun_before
            else incident.started_at,
            clean(incident.title),
            f"/status/incidents/{incident.reference}",
            _detail(parts, incident.components),
        )
    for window in month.windows:
        lasted = duration((window.ends_at - window.starts_at).total_seconds())
        parts = ["Maintenance", clean(window.state).replace("_", " "), lasted]
        yield Entry(
            window.starts_at,
            clean(window.title),
            f"/status/maintenance/{window.reference}",
            _detail(parts, window.components),
        )


def _detail(parts: list[str], names: tuple[str, ...]) -> str:
    return " · ".join([*parts, *([", ".join(clean(name) for name in names)] if names else [])])
