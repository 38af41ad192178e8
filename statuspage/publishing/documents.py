"""Which public documents there are besides the main page, and how each is made from the read model.

What is made here needs no database. A path that names something hidden answers as one that names
nothing: with None.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.conf import settings

from components.languages.words import Words
from components.status import Status
from statuspage.pages.face import HOME
from statuspage.renderers import (
    badges,
    banner,
    brand_files,
    calendar,
    crawling,
    feeds,
    text,
)
from statuspage.renderers.html.appearance.brand import favicon_file, own_policy
from statuspage.renderers.html.detail_pages import incident_page, report_page, window_page
from statuspage.renderers.html.layout import shown_status
from statuspage.renderers.html.link_preview import PNG, page_preview, preview_path
from statuspage.renderers.scope import Scope, link, scope_of, scope_of_group
from statuspage.state.languages import words_for
from statuspage.state.page_state import IncidentView, PageState, WindowView
from statuspage.state.translated import read_in

HTML = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Document:
    """A body and how it is to be served."""

    content_type: str
    body: bytes
    policy: str = ""
    """Its Content-Security-Policy where that is not the pages' own."""


def page_document(state: PageState, body: bytes) -> Document:
    """Return a page with the policy that its appearance needs."""
    return Document(HTML, body, own_policy(state.appearance))


FORMATS: dict[str, tuple[str, Callable[[Scope], bytes]]] = {
    "feed.atom": (feeds.ATOM, feeds.atom),
    "feed.rss": (feeds.RSS, feeds.rss),
    "calendar.ics": (calendar.ICS, calendar.calendar),
    "badge.svg": (badges.SVG, badges.status_badge),
    "uptime.svg": (badges.SVG, badges.uptime_badge),
    "response.svg": (badges.SVG, badges.response_badge),
    "status.txt": (text.TEXT, text.plain_text),
}
GROUP_FORMATS = ("badge.svg", "uptime.svg", "response.svg")
"""Those that there are of a group."""
_GROUP_PATH = re.compile(
    r"/status/groups/(?P<slug>[-a-zA-Z0-9_]{1,60})/(?P<form>(?:badge|uptime|response)\.svg)"
)
_FORMAT_PATH = re.compile(
    r"/status(?:/components/(?P<slug>[-a-zA-Z0-9_]{1,100}))?/(?P<form>[a-z]+\.[a-z]+)"
)
EVENT_PATH = re.compile(
    r"/status/(?P<folder>incidents|maintenance)/(?P<reference>[A-Z]+-(?:D-)?\d{4}-\d{1,9})"
    r"(?:(?P<ics>\.ics)|(?P<report>/postmortem))?"
)
ROBOTS, SITEMAP, SECURITY = "/robots.txt", "/sitemap.xml", "/.well-known/security.txt"
FAVICON = "/favicon.ico"
"""What browsers ask for beside whatever names no icon: plain text, JSON, a calendar."""
_BELOW_SITEMAP = "/status/sitemap.xml"
"""The sitemap of a page below `/status/p/`, as `main` would have it."""
_FOR_MACHINES = (ROBOTS, SITEMAP, SECURITY, FAVICON, _BELOW_SITEMAP)
_PREVIEWS = {preview_path(status): status for status in Status}
# An image or a plain text may do nothing at all, wherever it is opened.
LOCKED_POLICY = "default-src 'none'; style-src 'none'; frame-ancestors *"
_ICON_POLICY = "default-src 'none'; img-src data:; frame-ancestors *"


def document(  # noqa: PLR0911  (one for each kind)
    path: str, state: PageState, words: Words | None = None
) -> Document | None:
    """Return what `path` shows, as far as the read model holds it; in the page's own language
    unless `words` are given."""
    words = words or words_for(state)
    state = read_in(state, words.tag)
    if path == "/status/banner":
        policy = banner.banner_policy(state.appearance)
        return Document(HTML, banner.banner_page(state, words), policy)
    if path == "/status/banner.js":
        return Document(banner.JAVASCRIPT, banner.banner_script(words))
    if path in _PREVIEWS:
        return Document(PNG, page_preview(state, _PREVIEWS[path]), LOCKED_POLICY)
    if path in _FOR_MACHINES:
        return _for_machines(path, state)
    if path in brand_files.PATHS:
        return _picture(path, state)
    if path == "/status.txt":
        path = "/status/status.txt"
    if match := _FORMAT_PATH.fullmatch(path):
        return _format_document(match["form"], scope_of(state, match["slug"], words))
    if match := _GROUP_PATH.fullmatch(path):
        return _format_document(match["form"], scope_of_group(state, match["slug"], words))
    if match := EVENT_PATH.fullmatch(path):
        return _event_document(match, state, words)
    return None


def is_document_path(path: str) -> bool:
    """Whether a path has the form of one of these documents, whatever it names."""
    if path in ("/status/banner", "/status/banner.js", "/status.txt", *_PREVIEWS):
        return True
    if path in _FOR_MACHINES or path in brand_files.PATHS:
        return True
    match = _FORMAT_PATH.fullmatch(path)
    if match is not None:
        return match["form"] in FORMATS
    return bool(_GROUP_PATH.fullmatch(path) or EVENT_PATH.fullmatch(path))


def chooses_language(path: str) -> bool:
    """Whether `Accept-Language` chooses the language of a document: of what browsers show. What
    programs were given an address of stays as it is, unless the address names a language."""
    match = EVENT_PATH.fullmatch(path)
    return path in ("/status/banner", "/status/banner.js") or bool(match and not match["ics"])


def may_be_in_read_model(path: str, state: PageState) -> bool:
    """Return whether a document's path may name something that `state` holds: False for the path
    of an incident or window that it does not, so that nothing has to be made to find out."""
    match = EVENT_PATH.fullmatch(path)
    if match is None:
        return True
    find = find_incident if match["folder"] == "incidents" else find_window
    return find(state, match["reference"]) is not None


def prepared_at_publication(state: PageState) -> Iterator[str]:
    """Yield what is prepared with every publication: what readers of a running incident look at."""
    for incident in state.incidents:
        if incident.reference:
            yield f"/status/incidents/{incident.reference}"


def written_at_publication(state: PageState) -> Iterator[str]:
    """Yield what is written to disk with every publication: few, however large the page is."""
    yield from ("/status.txt", "/status/banner", "/status/banner.js")
    yield from (f"/status/{name}" for name in FORMATS if name != "status.txt")
    yield from brand_files.brand_paths(state.appearance)
    yield from prepared_at_publication(state)
    for window in state.windows:
        yield f"/status/maintenance/{window.reference}"
        yield f"/status/maintenance/{window.reference}.ics"


def all_paths(state: PageState) -> Iterator[str]:
    """Yield the path of every document that can be made from `state`, the page's own first."""
    yield from ("/status.txt", "/status/banner", "/status/banner.js", *_PREVIEWS)
    yield from brand_files.brand_paths(state.appearance)
    yield from (f"/status/{name}" for name in FORMATS if name != "status.txt")
    for incident in (*state.incidents, *state.past_incidents):
        yield f"/status/incidents/{incident.reference}"
        if incident.report:
            yield f"/status/incidents/{incident.reference}/postmortem"
    for window in (*state.windows, *state.past_windows):
        yield f"/status/maintenance/{window.reference}"
        yield f"/status/maintenance/{window.reference}.ics"
    for component in state.nameable:
        yield from (f"/status/components/{component.slug}/{name}" for name in FORMATS)
    for group in state.groups:
        if group.slug:
            yield from (f"/status/groups/{group.slug}/{name}" for name in GROUP_FORMATS)


def paths_for_machines(state: PageState) -> tuple[str, ...]:
    """Return the paths of what robots, researchers and browsers ask for by themselves, which need
    not all be there."""
    return (ROBOTS, SITEMAP, SECURITY, FAVICON) if state.face.root == HOME else (SITEMAP,)


def _for_machines(path: str, state: PageState) -> Document | None:
    options = settings.STATUSPAGE
    if path == ROBOTS:
        return Document(text.TEXT, crawling.robots(state, options.robots), LOCKED_POLICY)
    if path == SECURITY:
        if not options.security_contact:
            return None
        body = crawling.security(
            options.security_contact, link(state, SECURITY), built_at=state.built_at
        )
        return Document(text.TEXT, body, LOCKED_POLICY)
    if path == FAVICON:
        icon = favicon_file(state.appearance, shown_status(state))
        return Document(badges.SVG, icon, _ICON_POLICY)
    if state.face.is_private or crawling.is_hidden(options.robots):
        return None
    return Document(crawling.XML, crawling.sitemap(state), LOCKED_POLICY)


def _picture(path: str, state: PageState) -> Document | None:
    body = brand_files.brand_file(path, state.appearance)
    if body is None:
        return None
    return Document(PNG if path == brand_files.LOGO else badges.SVG, body, _ICON_POLICY)


def _format_document(name: str, scope: Scope | None) -> Document | None:
    if scope is None or name not in FORMATS:
        return None
    content_type, render = FORMATS[name]
    return Document(content_type, render(scope), LOCKED_POLICY)


def _event_document(match: re.Match[str], state: PageState, words: Words) -> Document | None:
    reference, as_calendar = match["reference"], bool(match["ics"])
    if match["folder"] == "incidents":
        incident = find_incident(state, reference)
        if incident is None or as_calendar:
            return None
        return incident_document(state, incident, report=bool(match["report"]), words=words)
    window = find_window(state, reference)
    if window is None or match["report"]:
        return None
    if as_calendar:
        return Document(calendar.ICS, calendar.window_calendar(state, window, words), LOCKED_POLICY)
    return page_document(state, window_page(state, window, words))


def incident_document(
    state: PageState, incident: IncidentView, *, report: bool, words: Words
) -> Document | None:
    """Return an incident's page, or its post-mortem's; None while there is none in public."""
    if report:
        if not incident.report:
            return None
        return page_document(state, report_page(state, incident, words))
    return page_document(state, incident_page(state, incident, words))


def find_incident(state: PageState, reference: str) -> IncidentView | None:
    """Return the incident of a reference; None where the read model has none."""
    incidents = (*state.incidents, *state.past_incidents)
    return next((each for each in incidents if each.reference == reference), None)


def find_window(state: PageState, reference: str) -> WindowView | None:
    """Return the window of a reference; None where the read model has none."""
    windows = (*state.windows, *state.past_windows)
    return next((each for each in windows if each.reference == reference), None)
