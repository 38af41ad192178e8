"""Prepares incidents and maintenance windows for their templates: words, times, messages."""

from dataclasses import dataclass
from datetime import date
from itertools import groupby

from django.utils.safestring import SafeString

from statuspage.renderers.html.escaping import clean
from statuspage.renderers.html.markdown import render_markdown
from statuspage.renderers.html.times import (
    clock,
    duration,
    long_day,
    span_tags,
    time_tag,
)
from statuspage.state.page_state import (
    IncidentView,
    PageState,
    UpdateView,
    WindowView,
)

PAST_DAYS = 14
_SEVERITIES = {"minor": "Minor", "major": "Major", "critical": "Critical"}
"""`none` is left out: such an incident harms no one."""


@dataclass(frozen=True, slots=True)
class UpdateEntry:
    """One update of a timeline."""

    id: str
    label: str
    at: SafeString
    message: SafeString


@dataclass(frozen=True, slots=True)
class IncidentArticle:
    """The values of an incident's template."""

    id: str
    title: str
    severity: str
    severity_label: str
    started: SafeString
    outcome: str
    """How it ended, for one that has."""
    components: tuple[str, ...]
    updates: tuple[UpdateEntry, ...]
    reference: str


@dataclass(frozen=True, slots=True)
class WindowArticle:
    """The values of a window's template."""

    id: str
    title: str
    state_label: str
    span: SafeString
    message: SafeString
    components: tuple[str, ...]
    blocks_api: bool
    updates: tuple[UpdateEntry, ...]
    reference: str


@dataclass(frozen=True, slots=True)
class PastDay:
    """The incidents that began on one day."""

    key: str
    name: str
    incidents: tuple[IncidentArticle, ...]


def incident_article(incident: IncidentView, *, today: date) -> IncidentArticle:
    """Return an incident as its template shows it."""
    return IncidentArticle(
        id=str(incident.id),
        title=clean(incident.title),
        severity=clean(incident.severity),
        severity_label=_SEVERITIES.get(incident.severity, ""),
        started=SafeString(time_tag(incident.started_at, clock(incident.started_at, today=today))),
        outcome=_outcome(incident),
        components=tuple(clean(name) for name in incident.components),
        updates=tuple(_entry(update, today=today) for update in incident.updates),
        reference=clean(incident.reference),
    )


def window_article(window: WindowView, *, today: date) -> WindowArticle:
    """Return a window as its template shows it."""
    return WindowArticle(
        id=str(window.id),
        title=clean(window.title),
        state_label=_state_label(window.state),
        span=SafeString(span_tags(window.starts_at, window.ends_at, today=today)),
        message=render_markdown(window.message),
        components=tuple(clean(name) for name in window.components),
        blocks_api=window.blocks_api,
        updates=tuple(_entry(update, today=today, id_prefix="w") for update in window.updates),
        reference=clean(window.reference),
    )


def past_days(state: PageState) -> list[PastDay]:
    """Return resolved incidents by the day they began on, newest first; other days are left out."""
    incidents = sorted(state.past_incidents, key=lambda each: each.started_at, reverse=True)
    return [
        PastDay(
            key=on.isoformat(),
            name=long_day(on, today=state.today),
            incidents=tuple(incident_article(each, today=state.today) for each in of_day),
        )
        for on, of_day in groupby(incidents, key=lambda each: each.started_at.date())
    ]


def past_none(state: PageState) -> str:
    """Return one line for all the days without an incident: a good fortnight is short."""
    other = " other" if state.past_incidents or state.incidents else ""
    return f"No{other} incidents in the last {PAST_DAYS} days."


def _entry(update: UpdateView, *, today: date, id_prefix: str = "") -> UpdateEntry:
    """Return an update; `id_prefix` keeps windows' ids from being those of incidents'."""
    return UpdateEntry(
        id=f"{id_prefix}{update.id}",
        label=_state_label(update.status),
        at=SafeString(time_tag(update.created_at, clock(update.created_at, today=today))),
        message=render_markdown(update.message),
    )


def _outcome(incident: IncidentView) -> str:
    if incident.resolved_at is None:
        return ""
    took = duration((incident.resolved_at - incident.started_at).total_seconds())
    severity = _SEVERITIES.get(incident.severity, "").lower()
    return f"Resolved after {took}{f' · {severity}' if severity else ''}"


def _state_label(state: str) -> str:
    return clean(state).replace("_", " ").capitalize()
