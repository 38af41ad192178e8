"""One month of history: what happened on which day, for everything or one component."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from components.languages.words import ENGLISH, Words
from components.uptime.periods import day_start
from statuspage.renderers.html.escaping import clean
from statuspage.renderers.html.incident_cards import LOWER_WORDS, lower_label
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


def history_page(state: PageState, month: Month, words: Words = ENGLISH) -> bytes:
    """Return the page of a month."""
    name = words.month(month.first)
    lines = entries_of(month, words)
    days = [
        (long_day(on, today=state.today_in(words), words=words), list(of_day))
        for on, of_day in groupby(lines, key=lambda line: words.local(line.at).date())
    ]
    path = f"/status/history/{month.first:%Y-%m}"
    return render_framed(
        "page/page-history.html",
        state,
        words=words,
        path=path,
        title=words("History, {month}", month=name),
        description=words("Incidents and maintenance in {month}", month=name),
        values={
            "path": path,
            "month": name,
            "days": days,
            "earlier": _link(month.earlier, month.component),
            "earlier_name": words.month(month.earlier) if month.earlier else "",
            "later": _link(month.later, month.component),
            "later_name": words.month(month.later) if month.later else "",
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


def entries_of(month: Month, words: Words = ENGLISH) -> list[Entry]:
    """Return everything that happened, newest first."""
    return sorted(_entries(month, words), key=lambda line: line.at, reverse=True)


def _entries(month: Month, words: Words) -> Iterator[Entry]:
    for incident in month.incidents:
        parts = [words("Incident")]
        if incident.severity != "none":
            parts.append(words(LOWER_WORDS.get(incident.severity, clean(incident.severity))))
        if incident.resolved_at is None:
            parts.append(words("not resolved yet"))
        else:
            took = (incident.resolved_at - incident.started_at).total_seconds()
            parts.append(words("resolved after {time}", time=duration(took, words)))
        begun_before = incident.started_at.date() < month.first and not month.whole_past
        if begun_before:
            began = day(incident.started_at.date(), today=month.first, words=words)
            parts.append(words("since {time}", time=began))
        yield Entry(
            max(incident.started_at, day_start(month.first))
            if begun_before
            else incident.started_at,
            clean(incident.title),
            f"/status/incidents/{incident.reference}",
            _detail(parts, incident.components, words),
        )
    for window in month.windows:
        lasted = duration((window.ends_at - window.starts_at).total_seconds(), words)
        parts = [words("Maintenance"), lower_label(window.state, words), lasted]
        yield Entry(
            window.starts_at,
            clean(window.title),
            f"/status/maintenance/{window.reference}",
            _detail(parts, window.components, words),
        )


def _detail(parts: list[str], names: tuple[str, ...], words: Words) -> str:
    listed = words.comma.join(clean(name) for name in names)
    return " · ".join([*parts, *([listed] if listed else [])])
