"""Atom and RSS: one entry for each announcement, incident and window, open ones first.

An entry's id is the same for ever. Its `published` is when it was written down and stays; an update
moves its `updated`, and in RSS, which has one date for both, its `pubDate`, so that readers show it
again. Nothing in a feed is made from the present moment: without news its bytes stay the same.

Atom is RFC 4287; RSS is https://www.rssboard.org/rss-specification.
"""

from datetime import datetime
from typing import Any

from django.utils.feedgenerator import Atom1Feed, Rss201rev2Feed, SyndicationFeed

from components.languages.words import Words
from components.markup.characters import cut, isolated
from components.uptime.periods import day_start
from statuspage.pages.announcement import AnnouncementView
from statuspage.renderers.brand_files import feed_icon, feed_logo
from statuspage.renderers.html.escaping import clean, escape_text
from statuspage.renderers.html.incident_cards import (
    language_note,
    lower_label,
    original_note,
    state_label,
)
from statuspage.renderers.html.markdown import render_markdown
from statuspage.renderers.html.plain_text import plain_text
from statuspage.renderers.html.times import duration
from statuspage.renderers.identity import entry_id
from statuspage.renderers.scope import Scope, link
from statuspage.state.page_state import IncidentView, UpdateView, WindowView

ATOM, RSS = "application/atom+xml; charset=utf-8", "application/rss+xml; charset=utf-8"


def atom(scope: Scope) -> bytes:
    """Return the Atom feed."""
    return _encode(_Atom, scope, "feed.atom")


def rss(scope: Scope) -> bytes:
    """Return the RSS feed."""
    return _encode(_Rss, scope, "feed.rss")


class _StableFeed(SyndicationFeed):
    """A feed with a time of its own: Django takes the present moment for one without entries."""

    def latest_post_date(self) -> datetime:
        newest: datetime = self.feed["newest"]
        return newest


class _Atom(_StableFeed, Atom1Feed):
    def add_root_elements(self, handler: Any) -> None:
        super().add_root_elements(handler)
        for name in ("icon", "logo"):
            if address := self.feed[name]:
                handler.addQuickElement(name, address)


class _Rss(_StableFeed, Rss201rev2Feed):
    def add_root_elements(self, handler: Any) -> None:
        super().add_root_elements(handler)
        if address := self.feed["logo"]:
            handler.startElement("image", {})
            for name, text in (
                ("url", address), ("title", self.feed["title"]), ("link", self.feed["link"]),
            ):  # fmt: skip
                handler.addQuickElement(name, text)
            handler.endElement("image")

    def add_item_elements(self, handler: Any, item: dict[str, Any]) -> None:
        # A guid is taken for an address unless it says that it is none.
        permalink = {"pubdate": item["updateddate"], "unique_id_is_permalink": False}
        super().add_item_elements(handler, {**item, **permalink})


def _encode(form: type[_StableFeed], scope: Scope, name: str) -> bytes:
    entries = [
        *(_announcement(scope, each) for each in scope.announcements()),
        *(_incident(scope, each) for each in scope.incidents()),
        *(_window(scope, each) for each in scope.windows()),
    ]
    start = scope.state.since or day_start(scope.state.history_from)
    component, words = scope.component, scope.words
    feed = form(
        title=words("{name} status", name=scope.name),
        link=scope.address,
        # RFC 4287, 4.1.1: a feed has an author, or else each of its entries has.
        author_name=scope.name if form is _Atom else None,
        feed_guid=entry_id(
            scope.state,
            scope.path,
            component.created_at if component else None,
        ),
        description=words("Incidents and maintenance of {name}", name=scope.name),
        language=words.tag,
        feed_url=f"{scope.address}/{name}{f'?lang={words.tag}' if words.explicit else ''}",
        icon=_picture(scope, feed_icon(scope.state.appearance)),
        logo=_picture(scope, feed_logo(scope.state.appearance)),
        newest=max((entry["updateddate"] for entry in entries), default=start),
    )
    for entry in entries:
        feed.add_item(**entry)
    text: str = feed.writeString("utf-8")
    return text.encode("utf-8", "replace")


def _picture(scope: Scope, path: str) -> str:
    return link(scope.state, path) if path else ""


def _announcement(scope: Scope, announcement: AnnouncementView) -> dict[str, Any]:
    words = scope.words
    label, first = words(announcement.kind.label), plain_text(announcement.message).split("\n")[0]
    path = f"/status/announcements/{announcement.id}"
    return {
        "title": f"{label}: {isolated(cut(first, 120))}",
        "link": link(scope.state, "/status"),
        "unique_id": entry_id(scope.state, path, announcement.created_at),
        "pubdate": announcement.starts_at,
        "updateddate": max(announcement.starts_at, announcement.changed_at),
        "categories": [],
        "description": _note(language_note(announcement.language, words))
        + render_markdown(announcement.message),
    }


def _incident(scope: Scope, incident: IncidentView) -> dict[str, Any]:
    path, words = f"/status/incidents/{incident.reference}", scope.words
    ended = ""
    if incident.resolved_at is not None:
        took = duration((incident.resolved_at - incident.started_at).total_seconds(), words)
        ended = f"<p>{words('Resolved after {time}.', time=took)}</p>"
    written_at = incident.created_at or incident.started_at
    # What was written down afterwards has updates from before it was written down.
    newest = max((written_at, *(each.created_at for each in incident.updates)))
    return {
        "title": f"{state_label(incident.status, words)}: {isolated(incident.title)}",
        "link": link(scope.state, path),
        "unique_id": entry_id(scope.state, path, incident.created_at),
        "pubdate": written_at,
        "updateddate": max(newest, incident.resolved_at or newest, incident.started_at),
        "categories": [clean(name) for name in incident.components],
        "description": ended
        + _original(incident, words)
        + _affects(incident.components, words)
        + _updates(incident.updates, words),
    }


def _window(scope: Scope, window: WindowView) -> dict[str, Any]:
    path, words = f"/status/maintenance/{window.reference}", scope.words
    span = f"{window.starts_at:%Y-%m-%d %H:%M} – {window.ends_at:%Y-%m-%d %H:%M} UTC"
    changed_at = window.changed_at or min(window.starts_at, scope.state.built_at)
    return {
        "title": words(
            "Maintenance {state}: {title}",
            state=lower_label(window.state, words),
            title=isolated(window.title),
        ),
        "link": link(scope.state, path),
        "unique_id": entry_id(scope.state, path, window.created_at),
        "pubdate": window.created_at or changed_at,
        "updateddate": changed_at,
        "categories": [clean(name) for name in window.components],
        "description": f"<p>{span}</p>{_original(window, words)}{render_markdown(window.message)}"
        + _affects(window.components, words)
        + _updates(window.updates, words),
    }


def _original(view: IncidentView | WindowView, words: Words) -> str:
    return _note(original_note(view, words))


def _note(note: str) -> str:
    return f"<p>{escape_text(note)}</p>" if note else ""


def _affects(names: tuple[str, ...], words: Words) -> str:
    listed = words.comma.join(escape_text(name) for name in names)
    return f"<p>{words('Affects {names}.', names=listed)}</p>" if names else ""


def _updates(updates: tuple[UpdateView, ...], words: Words) -> str:
    # With the year, always: a feed is read for longer than "today" is true.
    return "".join(
        f"<p><b>{escape_text(state_label(update.status, words))}</b>"
        f" {update.created_at:%Y-%m-%d %H:%M} UTC</p>"
        f"{render_markdown(update.message)}"
        for update in updates
    )
