"""Writes a message as HTML: a few harmless elements, safe to stand in a page as they are.

Two fences, one behind the other: only what is written here has a tag, and everything else is
escaped; and the result is cleaned against a short list of elements and link schemes.
"""

from collections.abc import Iterable
from html import escape

import nh3

from components.markup.parser import is_web_address
from components.markup.tree import (
    Block,
    Break,
    Code,
    CodeBlock,
    Heading,
    Image,
    Inline,
    Link,
    List,
    Message,
    Paragraph,
    Quote,
    Rule,
    Span,
    Table,
    Text,
    inline_text,
)

_TAGS = {
    *("p", "br", "em", "strong", "s", "code", "pre", "blockquote", "hr"),
    *("ul", "ol", "li", "a", "h3", "table", "thead", "tbody", "tr", "th", "td"),
}
_AUTO = {name: {"dir"} for name in ("p", "h3", "blockquote", "ul", "ol", "li", "table")}
_ATTRIBUTES = {**_AUTO, "ol": {"dir", "start"}, "a": {"href"}, "img": {"src", "alt"}}
_SPAN_TAGS = {"strong": "strong", "emphasis": "em", "strike": "s"}


def write_html(message: Message, *, images: bool = False) -> str:
    """Return a message's HTML; '' for an empty one.

    Each paragraph, heading and list takes its direction from its own words (`dir="auto"`).
    Headings are all `h3`: a message may not break the outline of the page around it. Without
    `images`, an image is a link to it.
    """
    html = _Writer(images=images).blocks(message.blocks)
    return nh3.clean(
        html,
        tags=_TAGS | {"img"} if images else _TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=_allowed,
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow noopener",
    )


def _allowed(_element: str, attribute: str, value: str) -> str | None:
    """Drop relative links: a message is read in mails and feeds too, where they lead nowhere."""
    if attribute == "href" and not (is_web_address(value) or value.lower().startswith("mailto:")):
        return None
    if attribute == "src" and not value.lower().startswith("https://"):
        return None
    return value


class _Writer:
    def __init__(self, *, images: bool) -> None:
        self._images = images

    def blocks(self, blocks: Iterable[Block]) -> str:
        return "\n".join(map(self._block, blocks))

    def _block(self, block: Block) -> str:  # noqa: PLR0911  (one for each kind of block)
        match block:
            case Paragraph(children, tight=True):
                return self._inlines(children)
            case Paragraph(children):
                return f'<p dir="auto">{self._inlines(children)}</p>'
            case Heading(children):
                return f'<h3 dir="auto">{self._inlines(children)}</h3>'
            case CodeBlock(text):
                return f"<pre><code>{_escaped(text)}\n</code></pre>"
            case Quote(blocks):
                return f'<blockquote dir="auto">\n{self.blocks(blocks)}\n</blockquote>'
            case List():
                return self._list(block)
            case Table(rows):
                return self._table(rows)
            case Rule():
                return "<hr>"

    def _list(self, block: List) -> str:
        items = "".join(f"<li>{self.blocks(item)}</li>\n" for item in block.items)
        if block.start is None:
            return f'<ul dir="auto">\n{items}</ul>'
        start = f' start="{block.start}"' if block.start != 1 else ""
        return f'<ol dir="auto"{start}>\n{items}</ol>'

    def _table(self, rows: tuple[tuple[tuple[Inline, ...], ...], ...]) -> str:
        head, *body = rows or ((),)
        lines = "".join(f"{self._row(row, 'td')}\n" for row in body)
        return (
            f'<table dir="auto">\n<thead>\n{self._row(head, "th")}\n</thead>\n'
            f"<tbody>\n{lines}</tbody>\n</table>"
        )

    def _row(self, row: tuple[tuple[Inline, ...], ...], tag: str) -> str:
        return f"<tr>{''.join(f'<{tag}>{self._inlines(cell)}</{tag}>' for cell in row)}</tr>"

    def _inlines(self, children: Iterable[Inline]) -> str:
        return "".join(map(self._inline, children))

    def _inline(self, inline: Inline) -> str:
        match inline:
            case Text(text):
                return _escaped(text)
            case Code(text):
                return f"<code>{_escaped(text)}</code>"
            case Break():
                return "<br>\n"
            case Span(kind, children):
                tag = _SPAN_TAGS[kind]
                return f"<{tag}>{self._inlines(children)}</{tag}>"
            case Link(href, children):
                return f'<a href="{_escaped(href)}">{self._inlines(children)}</a>'
            case Image(src, alt):
                return self._image(src, alt)

    def _image(self, src: str, alt: str) -> str:
        if self._images and src.startswith("https://"):
            return f'<img src="{_escaped(src)}" alt="{_escaped(alt)}">'
        return f'<a href="{_escaped(src)}">{_escaped(inline_text([Image(src, alt)]))}</a>'


def _escaped(text: str) -> str:
    # An apostrophe is harmless between the double quotes that attributes have here.
    return escape(text, quote=False).replace('"', "&quot;")
