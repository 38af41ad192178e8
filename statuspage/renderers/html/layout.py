"""What every public page has in common: head, favicon, feeds to follow, robots and canonical."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.template import Context, Engine
from django.utils.safestring import SafeString

from components.languages import template_tags
from components.languages.names import NAMES
from components.languages.words import ENGLISH, Words, msg
from components.markup.characters import isolated
from components.status import Status
from components.values.instants import iso
from statuspage.renderers.html.appearance.brand import brand_values, favicon
from statuspage.renderers.html.csp import (
    PAGES_STYLE,
    READER_SCRIPT,
    STORY_STYLE,
    STYLE,
    WORDS_SCRIPT,
    script_of,
    script_words,
)
from statuspage.renderers.html.escaping import clean
from statuspage.renderers.html.headline import is_empty
from statuspage.renderers.html.icons import icon, symbols
from statuspage.renderers.html.link_preview import has_social_picture, preview_address
from statuspage.renderers.html.links import rebased
from statuspage.renderers.html.times import as_of_tag, zone_of
from statuspage.renderers.html.uptime_bars import PATTERNS
from statuspage.renderers.scope import link
from statuspage.state.page_state import PageState

_STATUS = msg("status")
NOTHING_YET = msg("Nothing published yet")
TEMPLATES = Path(__file__).resolve().parents[3] / "templates"
ENGINE = Engine(dirs=[str(TEMPLATES)], autoescape=True, builtins=template_tags.BUILTINS)


@dataclass(frozen=True, slots=True)
class Feed:
    """One alternate form of the page, for a `<link>`."""

    type: str
    title: str
    href: str


def feeds(base: str = "/status", words: Words = ENGLISH) -> tuple[Feed, ...]:
    """Return the forms to follow, below `base`."""
    return (
        Feed("application/atom+xml", "Atom", f"{base}/feed.atom"),
        Feed("application/rss+xml", "RSS", f"{base}/feed.rss"),
        Feed("text/calendar", words("Calendar"), f"{base}/calendar.ics"),
        Feed("application/json", "JSON", "/status?format=json"),
        Feed("text/plain", words("Text"), "/status.txt"),
    )


def brand_of(state: PageState) -> tuple[str, str]:
    """Return the name of the page, and the word "status" unless the name has it already."""
    brand = clean(state.site_name).strip() or "Status"
    return brand, "" if brand.lower().endswith("status") else "status"


def shown_status(state: PageState) -> Status:
    """Return the status to show.

    With nothing published there is nothing to be operational: neither green nor a tick.
    """
    return Status.UNKNOWN if is_empty(state) else state.status


def head(
    state: PageState,
    *,
    path: str,
    title: str,
    feed_base: str = "/status",
    words: Words = ENGLISH,
) -> dict[str, Any]:
    """Return the values of `head.html` and `top.html`."""
    brand, suffix = brand_of(state)
    suffix = words(_STATUS) if suffix else ""
    return {
        "title": f"{isolated(title)} · {brand} {suffix}".strip(),
        "brand": brand,
        "brand_suffix": suffix,
        "favicon": favicon(state.appearance, shown_status(state)),
        **brand_values(state.appearance, brand),
        "robots": "noindex" if state.face.is_private else settings.STATUSPAGE.robots,
        "feeds": feeds(feed_base, words),
        "preview": preview_address(state, shown_status(state)),
        "social": has_social_picture(state),
        "style": SafeString(STYLE),
        "story": SafeString(STORY_STYLE),
        "script": SafeString(script_of(int(state.appearance.history))),
        "version": str(state.version),
        "reader": SafeString(READER_SCRIPT),
        "words_script": SafeString(WORDS_SCRIPT),
        "demo": state.demo,
        "built": iso(state.built_at),
        "as_of": as_of_tag(state.built_at, words, name="as-of"),
        "zone": zone_of(state.built_at, words),
        "words": words,
        **language_values(state, path, words),
    }


def language_values(state: PageState, path: str, words: Words) -> dict[str, Any]:
    """Return what a page says of its languages: its own, and where the others are."""
    address = link(state, path)
    others = [
        {"tag": tag, "name": NAMES[tag], "href": f"{path}?lang={tag}", "shown": tag == words.tag}
        for tag in state.languages
    ]
    return {
        "canonical": f"{address}?lang={words.tag}" if words.explicit else address,
        "languages": others if len(others) > 1 else [],
        "address": address,
        "script_words": script_words(words),
    }


_ADDRESS = re.compile(r' (?:href|action)="(/status[^"#]*)')


def with_language(html: str, words: Words) -> str:
    """Return a page whose links lead to pages in the language that its reader chose."""
    if not words.explicit:
        return html

    def named(match: re.Match[str]) -> str:
        if "format=" in match[1] or "lang=" in match[1]:
            return match[0]
        return f"{match[0]}{'&amp;' if '?' in match[1] else '?'}lang={words.tag}"

    return _ADDRESS.sub(named, html)


def render_template(template: str, values: dict[str, Any]) -> bytes:
    """Render a template to UTF-8."""
    html = ENGINE.get_template(template).render(Context(values, use_l10n=False, use_tz=False))
    # "replace", because one bad character in a name must not take the page away.
    return with_language(html, values["words"]).encode("utf-8", "replace")


def render_framed(  # noqa: PLR0913  (each is a value of the page)
    template: str,
    state: PageState,
    *,
    path: str,
    title: str,
    description: str,
    values: dict[str, Any],
    statuses: set[Status] | None = None,
    here: str = "",
    feed_base: str = "/status",
    words: Words = ENGLISH,
) -> bytes:
    """Render a page beside the main one, in the frame that they share."""
    status = shown_status(state)
    shared = {
        **head(state, path=path, title=title, feed_base=feed_base, words=words),
        "description": clean(description),
        "more_style": SafeString(PAGES_STYLE),
        "symbols": SafeString(symbols({status, *(statuses or ())})),
        "patterns": SafeString(PATTERNS),
        "status": status,
        "icon": SafeString(icon(status)),
        "label": words(NOTHING_YET if is_empty(state) else state.status.label),
        "here": here,
    }
    return rebased(render_template(template, {**shared, **values}), state.face.root)
