"""Shortens a message before it is written, so that no writer ever cuts what it has escaped."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from components.markup.characters import boundary
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

MARK = "…"


def shortened(message: Message, longest: int) -> Message:
    """Return a message with about `longest` characters of words; a cut one ends with `…`.

    It is cut between grapheme clusters. An address is left whole or left out.
    """
    cutter = _Cutter(longest)
    blocks = cutter.blocks(message.blocks)
    return Message(blocks) if cutter.is_full else message


def fitted(message: Message, write: Callable[[Message], str], longest: int) -> str:
    """Return what `write` makes of a message, shortened until that has at most `longest` units.

    Units are those of UTF-16, as the services count that have limits.
    """
    written = write(message)
    room = longest
    while units(written) > longest and room > 0:
        # Marks and escapes take room as well: by as much as they took, there is less of words.
        room = min(room * longest // units(written), room - 1)
        written = write(shortened(message, room))
    return written if units(written) <= longest else MARK


def units(text: str) -> int:
    """Return the length of a text in UTF-16 code units."""
    return len(text) + sum(character > "\uffff" for character in text)


class _Cutter:
    """Takes blocks and inlines while there is room for their words."""

    def __init__(self, room: int) -> None:
        self._room = room
        self.is_full = False

    def blocks(self, blocks: Iterable[Block]) -> tuple[Block, ...]:
        kept: list[Block] = []
        for block in blocks:
            if self.is_full:
                break
            kept.append(self._block(block))
        return tuple(kept)

    def _block(self, block: Block) -> Block:
        match block:
            case Paragraph(children) | Heading(children):
                return replace(block, children=self._inlines(children))
            case CodeBlock(text):
                return replace(block, text=self._text(text))
            case Quote(blocks):
                return Quote(self.blocks(blocks))
            case List(items):
                return replace(block, items=tuple(self._items(items)))
            case Table(rows):
                return Table(tuple(self._rows(rows)))
            case Rule():
                return block

    def _items(self, items: tuple[tuple[Block, ...], ...]) -> Iterable[tuple[Block, ...]]:
        for item in items:
            if self.is_full:
                return
            yield self.blocks(item)

    def _rows(
        self, rows: tuple[tuple[tuple[Inline, ...], ...], ...]
    ) -> Iterable[tuple[tuple[Inline, ...], ...]]:
        for row in rows:
            if self.is_full:
                return
            yield tuple(self._inlines(cell) for cell in row)

    def _inlines(self, children: Iterable[Inline]) -> tuple[Inline, ...]:
        kept: list[Inline] = []
        for child in children:
            if self.is_full:
                break
            kept.append(self._inline(child))
        return tuple(kept)

    def _inline(self, inline: Inline) -> Inline:
        match inline:
            case Text(text) | Code(text):
                return replace(inline, text=self._text(text))
            case Span(_, children):
                return replace(inline, children=self._inlines(children))
            case Link(_, _, typed) if typed:
                return inline if self._takes(len(typed)) else Text(MARK)
            case Link(_, children):
                return replace(inline, children=self._inlines(children))
            case Image():
                return inline if self._takes(len(inline_text([inline]))) else Text(MARK)
            case Break():
                return inline if self._takes(1) else Text(MARK)

    def _takes(self, length: int) -> bool:
        if length > self._room:
            self.is_full = True
            return False
        self._room -= length
        return True

    def _text(self, text: str) -> str:
        room = self._room
        if self._takes(len(text)):
            return text
        return text[: boundary(text, max(room - 1, 0))].rstrip() + MARK
