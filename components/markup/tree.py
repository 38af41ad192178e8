"""A parsed message: blocks, and what stands in their lines."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias


@dataclass(frozen=True, slots=True)
class Text:
    text: str


@dataclass(frozen=True, slots=True)
class Code:
    text: str


@dataclass(frozen=True, slots=True)
class Break:
    """The end of a line within a paragraph."""


@dataclass(frozen=True, slots=True)
class Span:
    """Words that stand out."""

    kind: Literal["strong", "emphasis", "strike"]
    children: "tuple[Inline, ...]"


@dataclass(frozen=True, slots=True)
class Link:
    """A link; `href` is an absolute address (http, https or mailto), encoded."""

    href: str
    children: "tuple[Inline, ...]"
    typed: str = ""
    """The address as it was typed, for one that stands for itself; '' for one with words."""


@dataclass(frozen=True, slots=True)
class Image:
    src: str
    """An absolute address (http or https), encoded."""
    alt: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    children: "tuple[Inline, ...]"
    tight: bool = False
    """Whether it stands in a list whose items have no space between them."""


@dataclass(frozen=True, slots=True)
class Heading:
    children: "tuple[Inline, ...]"


@dataclass(frozen=True, slots=True)
class CodeBlock:
    text: str
    """Its lines, without the last line break."""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Quote:
    blocks: "tuple[Block, ...]"


@dataclass(frozen=True, slots=True)
class List:
    items: "tuple[tuple[Block, ...], ...]"
    start: int | None = None
    """The first number; None for a list of bullets."""


@dataclass(frozen=True, slots=True)
class Table:
    rows: "tuple[tuple[tuple[Inline, ...], ...], ...]"
    """Rows of cells; the first row is the head."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A line across."""


Inline: TypeAlias = Text | Code | Break | Span | Link | Image
Block: TypeAlias = Paragraph | Heading | CodeBlock | Quote | List | Table | Rule


@dataclass(frozen=True, slots=True)
class Message:
    """All of what a person wrote."""

    blocks: tuple[Block, ...] = ()


def walk(nodes: Iterable[Block | Inline]) -> Iterator[Block | Inline]:
    """Yield nodes and all that is in them, in the order of the text."""
    for node in nodes:
        yield node
        match node:
            case Paragraph(children) | Heading(children) | Span(_, children) | Link(_, children):
                yield from walk(children)
            case Quote(blocks):
                yield from walk(blocks)
            case List(items):
                yield from walk(block for item in items for block in item)
            case Table(rows):
                yield from walk(inline for row in rows for cell in row for inline in cell)


def inline_text(children: Iterable[Inline]) -> str:
    """Return the words of some inlines, without marks."""
    return "".join(map(_words, children))


def _words(inline: Inline) -> str:
    match inline:
        case Text(text) | Code(text):
            return text
        case Span(_, children):
            return inline_text(children)
        case Link(href, children, typed):
            return typed or inline_text(children) or href
        case Image(src, alt):
            return alt or src
        case _:
            return " "
