"""Prepares incidents and maintenance windows for their templates: words, times, messages."""

from dataclasses import dataclass
from datetime import date
from itertools import groupby

from django.utils.safestring import SafeString

from components.languages.names import NAMES
from components.languages.words import ENGLISH, Words, msg
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
from statuspage.state.translated import original_language

IN_THE_ORIGINAL = msg("In the original language: {language}")
PAST_DAYS = 14
_NO_INCIDENTS = msg("No incidents in the last 14 days.")
_NO_OTHERS = msg("No other incidents in the last 14 days.")
_SEVERITIES = {"minor": msg("Minor"), "major": msg("Major"), "critical": msg("Critical")}
"""`none` is left out: such an incident harms no one."""
LOWER_WORDS = {"minor": msg("minor"), "major": msg("major"), "critical": msg("critical")}


@dataclass(frozen=True, slots=True)
class UpdateEntry:
    """One update of a timeline."""

    id: str
    label: str
    at: SafeString
    message: SafeString
    lang: str = ""
    """Of the message, where that is not the page's."""


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
    lang: str = ""
    """Of the title, where that is not the page's."""
    original: str = ""
    """Says that what people wrote is not translated, or not all of it."""


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
    lang: str = ""
    message_lang: str = ""
    original: str = ""


@dataclass(frozen=True, slots=True)
class PastDay:
    """The incidents that began on one day."""

    key: str
    name: str
    incidents: tuple[IncidentArticle, ...]


def incident_article(
    incident: IncidentView, *, today: date, words: Words = ENGLISH
) -> IncidentArticle:
    """Return an incident as its template shows it."""
    return IncidentArticle(
        id=str(incident.id),
        title=clean(incident.title),
        severity=clean(incident.severity),
        severity_label=words(_SEVERITIES.get(incident.severity, "")),
        started=SafeString(
            time_tag(incident.started_at, clock(incident.started_at, today=today, words=words))
        ),
        outcome=_outcome(incident, words),
        components=tuple(clean(name) for name in incident.components),
        updates=tuple(_entry(update, today=today, words=words) for update in incident.updates),
        reference=clean(incident.reference),
        lang=incident.title_language,
        original=original_note(incident, words),
    )


def window_article(window: WindowView, *, today: date, words: Words = ENGLISH) -> WindowArticle:
    """Return a window as its template shows it."""
    return WindowArticle(
        id=str(window.id),
        title=clean(window.title),
        state_label=state_label(window.state, words),
        span=SafeString(span_tags(window.starts_at, window.ends_at, today=today, words=words)),
        message=render_markdown(window.message),
        components=tuple(clean(name) for name in window.components),
        blocks_api=window.blocks_api,
        updates=tuple(
            _entry(update, today=today, words=words, id_prefix="w") for update in window.updates
        ),
        reference=clean(window.reference),
        lang=window.title_language,
        message_lang=window.language,
        original=original_note(window, words),
    )


def original_note(view: IncidentView | WindowView, words: Words) -> str:
    """Return the line that says that a reader sees the original; '' for who sees a translation."""
    return language_note(original_language(view), words)


def language_note(tag: str, words: Words) -> str:
    """Return the line that says that a text is in the language of `tag`; '' for ''."""
    return words(IN_THE_ORIGINAL, language=NAMES[tag]) if tag else ""


def past_days(state: PageState, words: Words = ENGLISH) -> list[PastDay]:
    """Return resolved incidents by the day they began on, newest first; other days are left out."""
    incidents = sorted(state.past_incidents, key=lambda each: each.started_at, reverse=True)
    return [
        PastDay(
            key=on.isoformat(),
            name=long_day(on, today=state.today_in(words), words=words),
            incidents=tuple(
                incident_article(each, today=state.today_in(words), words=words) for each in of_day
            ),
        )
        for on, of_day in groupby(incidents, key=lambda each: words.local(each.started_at).date())
    ]


def past_none(state: PageState, words: Words = ENGLISH) -> str:
    """Return one line for all the days without an incident: a good fortnight is short."""
    others = bool(state.past_incidents or state.incidents)
    return words(_NO_OTHERS if others else _NO_INCIDENTS)


def _entry(update: UpdateView, *, today: date, words: Words, id_prefix: str = "") -> UpdateEntry:
    """Return an update; `id_prefix` keeps windows' ids from being those of incidents'."""
    return UpdateEntry(
        id=f"{id_prefix}{update.id}",
        label=state_label(update.status, words),
        at=SafeString(
            time_tag(update.created_at, clock(update.created_at, today=today, words=words))
        ),
        message=render_markdown(update.message),
        lang=update.language,
    )


def _outcome(incident: IncidentView, words: Words) -> str:
    if incident.resolved_at is None:
        return ""
    took = duration((incident.resolved_at - incident.started_at).total_seconds(), words)
    resolved = words("Resolved after {time}", time=took)
    severity = LOWER_WORDS.get(incident.severity, "")
    return f"{resolved} · {words(severity)}" if severity else resolved


def state_label(state: str, words: Words = ENGLISH) -> str:
    """Return the state of an incident or window as a label."""
    return words(clean(state).replace("_", " ").capitalize())


def lower_label(state: str, words: Words) -> str:
    """Return a state as it stands inside a sentence."""
    return words.within(state_label(state, words))
