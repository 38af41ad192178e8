"""iCalendar of maintenance windows (RFC 5545), for subscribing to and for a single window."""

from collections.abc import Iterable

from components.languages.words import ENGLISH, Words
from components.markup.characters import isolated
from components.markup.parser import parse
from components.markup.plain import write_plain
from statuspage.renderers.html.escaping import clean
from statuspage.renderers.identity import calendar_uid
from statuspage.renderers.scope import Scope, link
from statuspage.state.page_state import PageState, WindowView

ICS = "text/calendar; charset=utf-8"
_CANCELLED, _NO_IMPACT = "cancelled", "none"


def calendar(scope: Scope) -> bytes:
    """Return the windows in progress and scheduled, and those closed in the last days.

    Cancelled ones stay in it for that long, marked as such, or subscribers would go on
    showing what they have.
    """
    return _encode(
        scope.state,
        scope.windows(),
        scope.words,
        name=scope.words("{name} maintenance", name=scope.name),
    )


def window_calendar(state: PageState, window: WindowView, words: Words = ENGLISH) -> bytes:
    """Return one window's calendar, for "add to calendar"."""
    return _encode(state, [window], words, name=clean(window.title))


def _encode(state: PageState, windows: Iterable[WindowView], words: Words, *, name: str) -> bytes:
    # Imported on first use: it brings all time zones along, which nothing else here needs.
    from icalendar import Calendar, Event  # noqa: PLC0415  (it brings all time zones along)

    ical = Calendar()
    ical.add("prodid", "-//statuspage//maintenance//EN")
    ical.add("version", "2.0")
    ical.add("method", "PUBLISH")
    ical.add("x-wr-calname", name)
    for window in windows:
        event = Event()
        event.add("uid", calendar_uid(state, window.reference, window.created_at))
        event.add("sequence", window.sequence)
        event.add("dtstamp", window.changed_at or window.starts_at)
        event.add("dtstart", window.starts_at)
        event.add("dtend", window.ends_at)
        event.add("summary", clean(window.title))
        event.add("description", _description(window, words))
        event.add("url", link(state, f"/status/maintenance/{window.reference}"))
        event.add("status", "CANCELLED" if window.state == _CANCELLED else "CONFIRMED")
        event.add("transp", "TRANSPARENT")
        if window.components:
            event.add("categories", [clean(each) for each in window.components])
        ical.add_component(event)
    encoded: bytes = ical.to_ical()
    return encoded


def _description(window: WindowView, words: Words) -> str:
    parts = [write_plain(parse(window.message))]
    if window.components:
        names = words.comma.join(isolated(name) for name in window.components)
        parts.append(words("Affects {names}.", names=names))
    if window.impact != _NO_IMPACT:
        parts.append(words("Impact: {impact}.", impact=words(window.impact)))
    if window.blocks_api:
        parts.append(words("API requests are answered with 503 during this time."))
    return "\n\n".join(part for part in parts if part)
