"""Writes a message as plain text: no marks of any format, and each address in full."""

from collections.abc import Iterable

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

_INDENT = "  "
RULE = "─" * 10


def write_plain(message: Message) -> str:
    """Return a message as lines of text, with an empty line between blocks."""
    return _blocks(message.blocks)


def _blocks(blocks: Iterable[Block]) -> str:
    text, before = "", None
    for block in blocks:
        if before is not None:
            is_list = isinstance(block, List) and isinstance(before, Paragraph)
            is_tight = isinstance(block, Paragraph) and block.tight
            text += "\n" if is_list or is_tight else "\n\n"
        text += _block(block)
        before = block
    return text


def _block(block: Block) -> str:
    match block:
        case Paragraph(children) | Heading(children):
            return plain_inlines(children)
        case CodeBlock(text):
            return text
        case Quote(blocks):
            return indented(_blocks(blocks), _INDENT, _INDENT)
        case List(items, start):
            return "\n".join(
                indented(_blocks(item), bullet(start, number), _INDENT)
                for number, item in enumerate(items)
            )
        case Table(rows):
            return "\n".join(" | ".join(map(plain_inlines, row)) for row in rows)
        case Rule():
            return RULE


def bullet(start: int | None, number: int) -> str:
    """Return what stands before a list's item; `number` counts from 0."""
    return "• " if start is None else f"{start + number}. "


def indented(text: str, first: str, others: str) -> str:
    """Return lines with `first` before the first one and `others` before the other ones."""
    return first + text.replace("\n", f"\n{others}").replace(f"\n{others}\n", "\n\n")


def plain_inlines(children: Iterable[Inline]) -> str:
    """Return the words of a line, with addresses in full."""
    return "".join(map(_inline, children))


def _inline(inline: Inline) -> str:
    match inline:
        case Text(text) | Code(text):
            return text
        case Break():
            return "\n"
        case Span(_, children):
            return plain_inlines(children)
        case Link(href, children, typed):
            words = plain_inlines(children).strip()
            return typed or f"{words} ({href.removeprefix('mailto:')})"
        case Image(src, alt):
            return f"{inline_text([inline])} ({src})" if alt else src
