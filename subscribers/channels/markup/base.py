"""What all writers for chats share: they walk a message and put its lines together.

Words are written from right to left, so that each is written in the knowledge of what follows it:
a chat takes everything up to the next space for an address that it makes a link of by itself.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import replace

from components.markup.plain import RULE, bullet, indented
from components.markup.shortening import fitted, shortened
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
    walk,
)

INVISIBLE = "\u200b"
"""A space without width: keeps two characters apart for a program, and for nobody else."""
MAX_TEXT = 2000
"""Characters of a person's text that are passed on; the rest is a click away."""
MENTION = re.compile(r"(?<![A-Za-z0-9])@(?=[A-Za-z])")


class ChatWriter(ABC):
    """A writer of messages in one chat's marks. It has no state."""

    def write(self, message: Message, longest: int) -> str:
        """Return a message in at most `longest` units; one that is longer ends with `…`."""
        return fitted(shortened(message, MAX_TEXT), self.unlimited, longest)

    def unlimited(self, message: Message) -> str:
        """Return a message, however long that is."""
        return self.blocks(message.blocks)

    def blocks(self, blocks: Iterable[Block]) -> str:
        text, before = "", None
        for block in blocks:
            if before is not None:
                is_list = isinstance(block, List) and isinstance(before, Paragraph)
                is_tight = isinstance(block, Paragraph) and block.tight
                text += "\n" if is_list or is_tight else "\n\n"
            text += self.block(block)
            before = block
        return text

    def block(self, block: Block) -> str:  # noqa: PLR0911  (one for each kind of block)
        match block:
            case Paragraph(children):
                return self.inlines(children, at_start=True)
            case Heading(children):
                return self.inlines((Span("strong", children),), at_start=True)
            case CodeBlock(text):
                return self.code_block(text)
            case Quote(blocks):
                return self.quote(self.blocks(blocks))
            case List(items, start):
                return "\n".join(
                    self._item(item, self.bullet(start, number))
                    for number, item in enumerate(items)
                )
            case Table(rows):
                return self.table(rows)
            case Rule():
                return RULE

    def quote(self, text: str) -> str:
        """Return quoted lines."""
        return "\n".join(f"> {line}" for line in text.split("\n"))

    def _item(self, blocks: tuple[Block, ...], bullet: str) -> str:
        return indented(self.blocks(blocks), bullet, " " * len(bullet))

    def bullet(self, start: int | None, number: int) -> str:
        """Return what stands before a list's item."""
        return bullet(start, number)

    def table(self, rows: Sequence[Sequence[tuple[Inline, ...]]]) -> str:
        """Return a table as lines, for a chat that has no tables."""
        return "\n".join(" | ".join(map(self._cell, row)) for row in rows)

    def _cell(self, cell: Iterable[Inline]) -> str:
        return self.inlines(cell, at_start=True)

    def inlines(
        self, children: Iterable[Inline], *, after: str = "", at_start: bool = False
    ) -> str:
        """Return a line's words; `after` is what will stand behind them."""
        ordered = tuple(children)
        written: list[str] = []
        for number in range(len(ordered) - 1, -1, -1):
            starts = at_start if number == 0 else isinstance(ordered[number - 1], Break)
            before = self._last_character(ordered[:number])
            text = self.inline(ordered[number], before=before, after=after, at_start=starts)
            if text and after and text[-1] == after[0] and after[0] in "*_~`":
                text += INVISIBLE
            written.append(text)
            after = text[:1] or after
        return "".join(reversed(written))

    @staticmethod
    def _last_character(before: tuple[Inline, ...]) -> str:
        return inline_text(before[-1:])[-1:]

    def inline(  # noqa: PLR0911  (one for each kind of inline)
        self, inline: Inline, *, before: str, after: str, at_start: bool
    ) -> str:
        match inline:
            case Text(text):
                return self.escaped(text, at_start=at_start)
            case Code(text):
                return self.code(text, at_start=at_start)
            case Break():
                return "\n"
            case Span(kind, children):
                within = tuple(_without_span(children, kind))
                if _holds(self.mark(kind)[:1], within):
                    return self.inlines(within, after=after, at_start=at_start)
                # Some clients see the start of a line behind a mark as well.
                text = self.inlines(within, after=self.mark(kind) or after, at_start=True)
                return self.span(kind, text, before, after)
            case Link(href, children, typed):
                if typed:
                    return self.typed_link(href, typed, after)
                return self.link(href, self._label(children))
            case Image(src, alt):
                label = self.escaped(_one_line(alt))
                return self.link(src, label) if label.strip() else self.typed_link(src, src, after)

    def _label(self, children: Iterable[Inline]) -> str:
        return _one_line(self.inlines(children, after="]", at_start=True))

    @abstractmethod
    def mark(self, kind: str) -> str:
        """Return the mark on either side of words that stand out; '' where there is none."""

    @abstractmethod
    def escaped(self, text: str, *, at_start: bool = False) -> str:
        """Return words that are shown as they are; `at_start` at the start of a line."""

    @abstractmethod
    def code(self, text: str, *, at_start: bool = False) -> str:
        """Return code within a line."""

    @abstractmethod
    def code_block(self, text: str) -> str:
        """Return lines of code."""

    @abstractmethod
    def link(self, href: str, label: str) -> str:
        """Return a link with words, which are written already."""

    @abstractmethod
    def typed_link(self, href: str, typed: str, after: str) -> str:
        """Return an address that stands for itself."""

    def span(self, kind: str, text: str, before: str, after: str) -> str:
        """Return words that stand out, between marks; those of a line end with the line."""
        mark = self.mark(kind)
        return "\n".join(
            f"{mark}{line}{mark}" if mark and line.strip() else line for line in text.split("\n")
        )


def _holds(mark: str, children: Iterable[Inline]) -> bool:
    """Whether an address in some words has their mark in it: there they would seem to end."""
    return bool(mark) and any(
        mark in (each.src if isinstance(each, Image) else f"{each.href}{each.typed}")
        for each in walk(children)
        if isinstance(each, Link | Image)
    )


def _without_span(children: Iterable[Inline], kind: str) -> Iterable[Inline]:
    """Yield inlines without spans of a kind, whose marks would undo those around them."""
    for child in children:
        if isinstance(child, Span) and child.kind == kind:
            yield from _without_span(child.children, kind)
        elif isinstance(child, Span | Link):
            yield replace(child, children=tuple(_without_span(child.children, kind)))
        else:
            yield child


def _one_line(text: str) -> str:
    return text.replace("\n", " ")


def is_web(href: str) -> bool:
    """Whether a chat makes a link of the address by itself."""
    return href.startswith(("http://", "https://"))
