"""What machines read about a site: `robots.txt`, `sitemap.xml`, `security.txt`.

None names another page: not every page is for all to find.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta
from xml.sax.saxutils import escape

from statuspage.pages.face import HOME
from statuspage.renderers.scope import link
from statuspage.state.page_state import PageState

XML = "application/xml; charset=utf-8"
SECURITY_DAYS = 180
"""For how long the contact is good; RFC 9116 advises less than a year."""
_OF_ONE_PERSON = ("confirm", "manage", "unsubscribe", "alerts", "door")
"""Addresses in mails, which hold a secret each."""
_HIDDEN = {"noindex", "none"}


def robots(state: PageState, setting: str) -> bytes:
    """Return `robots.txt` (RFC 9309); `setting` is what pages say of themselves to robots."""
    if state.face.is_private:
        return b"User-agent: *\nDisallow: /\n"
    lines = ["User-agent: *"]
    lines += [f"Disallow: {HOME}/{name}/" for name in _OF_ONE_PERSON]
    lines += [f"Disallow: {HOME}/p/*/{name}/" for name in _OF_ONE_PERSON]
    if not is_hidden(setting):
        lines += ["", f"Sitemap: {link(state, '/sitemap.xml')}"]
    return "\n".join([*lines, ""]).encode()


def is_hidden(setting: str) -> bool:
    """Whether pages ask robots to list none of them."""
    return not _HIDDEN.isdisjoint(word.strip().lower() for word in setting.split(","))


def sitemap(state: PageState) -> bytes:
    """Return the addresses of a page and of what it leads to (sitemaps.org, 0.9)."""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">',
        *(_entry(link(state, path), changed) for path, changed in _addresses(state)),
        "</urlset>",
        "",
    ]
    return "\n".join(lines).encode()


def _entry(address: str, changed: datetime | None) -> str:
    last = f"<lastmod>{changed:%Y-%m-%dT%H:%M:%SZ}</lastmod>" if changed else ""
    return f"<url><loc>{escape(address)}</loc>{last}</url>"


def _addresses(state: PageState) -> Iterator[tuple[str, datetime | None]]:
    yield HOME, None
    yield f"{HOME}/history", None
    for component in state.components:
        yield f"{HOME}/components/{component.slug}", None
    for incident in (*state.incidents, *state.past_incidents):
        if incident.reference:
            changed = incident.updated_at or incident.resolved_at or incident.started_at
            yield f"{HOME}/incidents/{incident.reference}", changed
    for window in (*state.windows, *state.past_windows):
        if window.reference:
            yield f"{HOME}/maintenance/{window.reference}", window.changed_at


def security(contacts: Sequence[str], canonical: str, *, built_at: datetime) -> bytes:
    """Return `security.txt` (RFC 9116); `canonical` is its own address."""
    day = built_at.date() + timedelta(days=SECURITY_DAYS)
    expires = datetime.combine(day, time(), built_at.tzinfo)
    lines = [f"Contact: {contact}" for contact in contacts]
    lines += [f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}", f"Canonical: {canonical}", ""]
    return "\n".join(lines).encode()
