"""Which public documents there are besides the main page, and how each is made from the read model.

What is made here needs no database. A path that names something hidden answers as one that names
nothing: with None.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from components.status import Status
from statuspage.renderers import (
    badges,
    banner,
    calendar,
    feeds,
    text,
)
from statuspage.renderers.html.detail_pages import incident_page, report_page, window_page
from statuspage.renderers.html.link_preview import PNG, preview, preview_path
from statuspage.renderers.scope import Scope, scope_of
from statuspage.state.page_state import IncidentView, PageState, WindowView

HTML = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Document:
    content_type: str
    body: bytes
    policy: str = ""
    """Its Content-Security-Policy where that is not the pages' own."""


FORMS: dict[str, tuple[str, Callable[[Scope], bytes]]] = {
    "feed.atom": (feeds.ATOM, feeds.atom),
    "feed.rss": (feeds.RSS, feeds.rss),
    "calendar.ics": (calendar.ICS, calendar.calendar),
    "badge.svg": (badges.SVG, badges.status_badge),
    "uptime.svg": (badges.SVG, badges.uptime_badge),
    "response.svg": (badges.SVG, badges.response_badge),
    "status.txt": (text.TEXT, text.plain_text),
}
_TAKEN = re.compile(
    r"/status(?:/components/(?P<slug>[-a-zA-Z0-9_]{1,100}))?/(?P<form>[a-z]+\.[a-z]+)"
)
TOLD = re.compile(
    r"/status/(?P<room>incidents|maintenance)/(?P<reference>[A-Z]+-\d{4}-\d{1,9})"
    r"(?:(?P<ics>\.ics)|(?P<report>/postmortem))?"
)
_PREVIEWS = {preview_path(status): status for status in Status}
# An image or a plain text may do nothing at all, wherever it is opened.
_NOTHING = "default-src 'none'; style-src 'none'; frame-ancestors *"


def document(path: str, state: PageState) -> Document | None:
    """What `path` shows, as far as the read model tells it."""
    if path == "/status/banner":
        return Document(HTML, banner.banner_page(state), banner.POLICY)
    if path == "/status/banner.js":
        return Document(banner.JAVASCRIPT, banner.SCRIPT)
    if path in _PREVIEWS:
        return Document(PNG, preview(_PREVIEWS[path]), _NOTHING)
    if path == "/status.txt":
        path = "/status/status.txt"
    if found := _TAKEN.fullmatch(path):
        return _taken(found["form"], scope_of(state, found["slug"]))
    if found := TOLD.fullmatch(path):
        return _told(found, state)
    return None


def is_ours(path: str) -> bool:
    """Whether a path has the form of one of these documents, whatever it names."""
    if path in ("/status/banner", "/status/banner.js", "/status.txt", *_PREVIEWS):
        return True
    found = _TAKEN.fullmatch(path)
    return bool(found and found["form"] in FORMS) or bool(TOLD.fullmatch(path))


def at_publication(state: PageState) -> Iterator[str]:
    """What is made as soon as there are news: what readers of a running incident look at."""
    for incident in state.incidents:
        if incident.reference:
            yield f"/status/incidents/{incident.reference}"


def news(state: PageState) -> Iterator[str]:
    """What is written to disk with every publication: few, however large the page is."""
    yield from ("/status.txt", "/status/banner", "/status/banner.js")
    yield from (f"/status/{form}" for form in FORMS if form != "status.txt")
    yield from at_publication(state)
    for window in state.windows:
        yield f"/status/maintenance/{window.reference}"
        yield f"/status/maintenance/{window.reference}.ics"


def everything(state: PageState) -> Iterator[str]:
    """The path of every document that can be made from `state`, the page's own first."""
    yield from ("/status.txt", "/status/banner", "/status/banner.js", *_PREVIEWS)
    yield from (f"/status/{form}" for form in FORMS if form != "status.txt")
    for incident in (*state.incidents, *state.past_incidents):
        yield f"/status/incidents/{incident.reference}"
        if incident.report:
            yield f"/status/incidents/{incident.reference}/postmortem"
    for window in (*state.windows, *state.past_windows):
        yield f"/status/maintenance/{window.reference}"
        yield f"/status/maintenance/{window.reference}.ics"
    for component in state.components:
        yield from (f"/status/components/{component.slug}/{form}" for form in FORMS)


def _taken(form: str, scope: Scope | None) -> Document | None:
    if scope is None or form not in FORMS:
        return None
    content_type, make = FORMS[form]
    return Document(content_type, make(scope), _NOTHING)


def _told(asked: re.Match[str], state: PageState) -> Document | None:
    reference, as_calendar = asked["reference"], bool(asked["ics"])
    if asked["room"] == "incidents":
        incident = incident_named(state, reference)
        if incident is None or as_calendar:
            return None
        return of_incident(state, incident, report=bool(asked["report"]))
    window = window_named(state, reference)
    if window is None or asked["report"]:
        return None
    if as_calendar:
        return Document(calendar.ICS, calendar.one_window(state, window), _NOTHING)
    return Document(HTML, window_page(state, window))


def of_incident(state: PageState, incident: IncidentView, *, report: bool) -> Document | None:
    """An incident's page, or that of its post-mortem; None while there is none in public."""
    if report:
        return Document(HTML, report_page(state, incident)) if incident.report else None
    return Document(HTML, incident_page(state, incident))


def incident_named(state: PageState, reference: str) -> IncidentView | None:
    told = (*state.incidents, *state.past_incidents)
    return next((each for each in told if each.reference == reference), None)


def window_named(state: PageState, reference: str) -> WindowView | None:
    told = (*state.windows, *state.past_windows)
    return next((each for each in told if each.reference == reference), None)
