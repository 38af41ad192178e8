"""Turns the Markdown of a public message into a few harmless HTML elements.

Two fences, one behind the other: the parser knows no HTML and, unless it is asked to, no images;
and whatever it returns is cleaned against a short list of elements and link schemes.
"""

from functools import lru_cache

import nh3
from django.conf import settings
from django.utils.safestring import SafeString
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore

from statuspage.renderers.html.escaping import clean

MAX_LENGTH = 20_000
"""Characters of a message that are shown; no one reads more, and no parser has to."""
_MAX_NESTING = 20
"""Nested quotes and lists beyond this are left out: only an attack has them."""
_SCHEMES = ("http", "https", "mailto")
_TAGS = {
    *("p", "br", "em", "strong", "code", "pre", "blockquote", "hr"),
    *("ul", "ol", "li", "a", "h3"),
}


def render_markdown(text: str) -> SafeString:
    """Return the HTML of one message: safe to put into a page as it is; '' for ''.

    Images from other hosts are shown if the settings say so, and by https alone.
    """
    return _rendered(text, settings.STATUSPAGE.allow_remote_images)


@lru_cache(maxsize=2048)
def _rendered(text: str, images: bool) -> SafeString:
    # The result depends on nothing else, so it is cached: a snapshot is rendered far more often
    # than anybody writes.
    readable = clean(text[:MAX_LENGTH], keep="\n\t") + ("…" if len(text) > MAX_LENGTH else "")
    html = nh3.clean(
        (_PARSER_WITH_IMAGES if images else _PARSER).render(readable),
        tags=_TAGS | {"img"} if images else _TAGS,
        attributes={"a": {"href"}, "img": {"src", "alt"}},
        attribute_filter=_absolute_link,
        url_schemes=set(_SCHEMES),
        link_rel="nofollow noopener",
    )
    return SafeString(html.strip())


def _absolute_link(_element: str, attribute: str, value: str) -> str | None:
    """Drop relative links: a message is read in mails and feeds too, where they lead nowhere."""
    if attribute == "href" and not value.lower().startswith(("http://", "https://", "mailto:")):
        return None
    if attribute == "src" and not value.lower().startswith("https://"):
        return None
    return value


def _flatten_headings(state: StateCore) -> None:
    """Make every heading an `h3`: a message may not break the outline of the page around it."""
    for token in state.tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = "h3"


def _parser(*, images: bool) -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": _MAX_NESTING})
    parser.disable([*(() if images else ("image",)), "html_block", "html_inline"])
    parser.core.ruler.push("flatten_headings", _flatten_headings)
    return parser


_PARSER, _PARSER_WITH_IMAGES = _parser(images=False), _parser(images=True)
