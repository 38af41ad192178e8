"""Parses what people write: GitHub Flavored Markdown without HTML, every line break kept.

Three things differ from that format, all so that nothing of an update is lost: an address that is
typed is a link, a line that looks like a definition of a link (`[Update]: resolved`) stays a line,
and text that has no place in the structure it seems to have is taken as it was written.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from html import unescape
from typing import Literal
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from components.markup.addresses import bare_addresses, web_address_at
from components.markup.characters import ISOLATES, clean, cut
from components.markup.references import clean_references
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

MAX_LENGTH = 20_000
"""Characters of a message that are read; no one reads more, and no parser has to."""
_MAX_NESTING = 20
"""Quotes and lists nested deeper than this are taken as they were written: only an attack has
them."""
_SPANS: dict[str, Literal["strong", "emphasis", "strike"]] = {
    "strong_open": "strong", "em_open": "emphasis", "s_open": "strike",
}  # fmt: skip
_LANGUAGE = re.compile(r"[\w+#.-]{0,20}")
_WORD = re.compile(r"[A-Za-z0-9]+|[^\W_A-Za-z0-9]+")
_LIST_NUMBER = re.compile(r"^[ \t>*+-]*(?:\d{1,9}[.)](?:[ \t]+|$))+", re.MULTILINE)


@lru_cache(maxsize=1024)
def parse(source: str) -> Message:
    """Return the message of a text in Markdown."""
    readable = cut(clean(source, keep="\n\t"), MAX_LENGTH)
    for parser in (_PARSER, _PARSER_WITHOUT_TABLES):
        tokens = clean_references(parser.parse(readable))
        if max((token.level for token in tokens), default=0) >= _MAX_NESTING:
            break
        if not _lost(readable, message := Message(tuple(_blocks(_Tokens(tokens))))):
            return message
    return literal(readable)


@lru_cache(maxsize=4096)
def literal(text: str) -> Message:
    """Return text that is no Markdown, such as a title, as a message: only addresses are links."""
    paragraphs = re.split(r"\n[ \t]*\n\s*", clean(text, keep=f"\n\t{ISOLATES}").strip("\n"))
    return Message(tuple(Paragraph(_lines(each)) for each in paragraphs if each.strip()))


def is_web_address(href: str) -> bool:
    return href.lower().startswith(("http://", "https://"))


def is_address(href: str) -> bool:
    """Whether a link may lead there: anywhere else it leads nowhere in a mail or a chat."""
    return is_web_address(href) or href.lower().startswith("mailto:")


def _lines(text: str) -> tuple[Inline, ...]:
    found: list[Inline] = []
    for number, line in enumerate(text.split("\n")):
        if number:
            found.append(Break())
        found += _with_links(line)
    return tuple(found)


def _with_links(text: str) -> Iterator[Inline]:
    """Yield a line of text, with its addresses as links."""
    done = 0
    for match in re.finditer(r"(?<![A-Za-z0-9])https?://", text, re.IGNORECASE):
        if match.start() < done:
            continue
        if address := web_address_at(text, match.start()):
            yield from _with_bare_links(text[done : match.start()])
            yield _typed_link(address, address)
            done = match.start() + len(address)
    yield from _with_bare_links(text[done:])


def _with_bare_links(text: str) -> Iterator[Inline]:
    done = 0
    for address in bare_addresses(text) if "@" in text or "www." in text.lower() else ():
        if address.start > done:
            yield Text(text[done : address.start])
        yield _typed_link(address.href, text[address.start : address.end])
        done = address.end
    if done < len(text):
        yield Text(text[done:])


def _typed_link(address: str, typed: str) -> Inline:
    href = _PARSER.normalizeLink(address)
    if not (_PARSER.validateLink(href) and is_address(href)):
        return Text(typed)
    return Link(href, (Text(typed),), typed)


class _Parser(MarkdownIt):
    """The parser; what was typed of an address is shown as it was typed."""

    def normalizeLinkText(self, link: str) -> str:  # noqa: N802  (the library's name)
        return link


def _address_rule(state: StateInline, silent: bool) -> bool:
    """Take an address that is typed as one, before any mark in it is taken for emphasis."""
    at = state.pos
    if state.linkLevel > 0 or not state.src.startswith("://", at):
        return False
    scheme = re.search(r"(?<![A-Za-z0-9])https?$", state.src[max(0, at - 6) : at], re.IGNORECASE)
    if scheme is None or not state.pending.endswith(scheme[0]):
        return False
    address = web_address_at(state.src[: state.posMax], at - len(scheme[0]))
    href = state.md.normalizeLink(address)
    if not address or not state.md.validateLink(href):
        return False
    if not silent:
        state.pending = state.pending[: -len(scheme[0])]
        state.push("link_open", "a", 1).attrs = {"href": href}
        state.tokens[-1].markup = "typed"
        state.push("text", "", 0).content = address
        state.push("link_close", "a", -1)
    state.pos += len(address) - len(scheme[0])
    return True


def _parser(*, tables: bool) -> MarkdownIt:
    parser = _Parser("commonmark", {"html": False, "breaks": True, "maxNesting": _MAX_NESTING + 1})
    parser.enable(["strikethrough", *(["table"] if tables else [])])
    parser.disable(["html_block", "html_inline", "reference"])
    parser.inline.ruler.after("text", "typed_address", _address_rule)
    return parser


_PARSER, _PARSER_WITHOUT_TABLES = _parser(tables=True), _parser(tables=False)


class _Tokens:
    """The parser's tokens, taken one after the other."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self._tokens, self._at = tokens, 0

    def __iter__(self) -> Iterator[Token]:
        return self

    def __next__(self) -> Token:
        if self._at >= len(self._tokens):
            raise StopIteration
        self._at += 1
        return self._tokens[self._at - 1]


def _blocks(tokens: _Tokens, until: str = "") -> Iterator[Block]:
    """Yield blocks up to the token `until`, which is taken too."""
    for token in tokens:
        if token.type == until:
            return
        block = _block(token, tokens)
        if block is not None:
            yield block


def _block(  # noqa: PLR0911  (one for each kind of block)
    token: Token, tokens: _Tokens
) -> Block | None:
    match token.type:
        case "paragraph_open":
            return Paragraph(_inline(next(tokens)), tight=token.hidden)
        case "heading_open":
            return Heading(_inline(next(tokens)))
        case "fence" | "code_block":
            return _code_block(token)
        case "blockquote_open":
            return Quote(tuple(_blocks(tokens, "blockquote_close")))
        case "bullet_list_open":
            return List(tuple(_items(tokens, "bullet_list_close")))
        case "ordered_list_open":
            start = int(token.attrs.get("start", 1))
            return List(tuple(_items(tokens, "ordered_list_close")), start)
        case "table_open":
            return _table(tokens)
        case "hr":
            return Rule()
        case _:
            return None


def _code_block(token: Token) -> CodeBlock:
    """Return a block of code; what cannot be a language's name, or names that of nothing, is its
    first line."""
    info = token.info.strip()
    if _LANGUAGE.fullmatch(info) and (token.content.strip() or not info):
        return CodeBlock(token.content.removesuffix("\n"), info)
    return CodeBlock(f"{info}\n{token.content}".removesuffix("\n"))


def _items(tokens: _Tokens, until: str) -> Iterator[tuple[Block, ...]]:
    for token in tokens:
        if token.type == until:
            return
        if token.type == "list_item_open":
            yield tuple(_blocks(tokens, "list_item_close"))


def _table(tokens: _Tokens) -> Table:
    rows: list[list[tuple[Inline, ...]]] = []
    for token in tokens:
        if token.type == "table_close":
            break
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline":
            rows[-1].append(_inline(token))
    return Table(tuple(tuple(row) for row in rows))


def _inline(token: Token) -> tuple[Inline, ...]:
    return _inlines(_Tokens(token.children or []))


def _inlines(tokens: _Tokens, until: str = "", *, linked: bool = False) -> tuple[Inline, ...]:
    found: list[Inline] = []
    for token in tokens:
        if token.type == until:
            break
        match token.type:
            case "softbreak" | "hardbreak":
                found.append(Break())
            case "code_inline":
                found.append(Code(token.content))
            case "link_open":
                found += _link(token, _inlines(tokens, "link_close", linked=True))
            case "image":
                found += _image(token)
            case kind if kind in _SPANS:
                children = _inlines(tokens, kind.replace("_open", "_close"), linked=linked)
                found.append(Span(_SPANS[kind], children))
            case _ if token.content:
                found += [Text(token.content)] if linked else _with_bare_links(token.content)
    return tuple(_joined(found))


def _joined(inlines: Iterable[Inline]) -> Iterator[Inline]:
    """Yield inlines with neighbouring texts as one: an escaped character is a token by itself."""
    text = ""
    for each in inlines:
        if isinstance(each, Text):
            text += each.text
            continue
        if text:
            yield Text(text)
            text = ""
        yield each
    if text:
        yield Text(text)


def _link(token: Token, children: tuple[Inline, ...]) -> list[Inline]:
    href = str(token.attrs.get("href", ""))
    if not is_address(href):
        return [*children, Text(f" ({href})")] if href else [*children]
    words = inline_text(children)
    if token.markup in ("typed", "autolink") or not words.strip() or words == href:
        return [Link(href, (Text(words or href),), words.strip() or href)]
    title = str(token.attrs.get("title", ""))
    return [Link(href, children), *([Text(f" ({title})")] if title else [])]


def _image(token: Token) -> list[Inline]:
    src, alt = str(token.attrs.get("src", "")), token.content
    if not is_web_address(src):
        return [Text(f"{alt} ({src})" if alt else src)]
    title = str(token.attrs.get("title", ""))
    return [Image(src, alt), *([Text(f" ({title})")] if title else [])]


def _lost(source: str, message: Message) -> bool:
    """Whether a word of the source is nowhere in the message: in a cell too many, say."""
    there = _words_there(source, message)
    # Numbers of lists are counted anew. An entity is what it stands for, except in code.
    numberless = _LIST_NUMBER.sub("", source)
    return all(_words(text) - there for text in {numberless, unescape(numberless)})


def _words(text: str) -> Counter[str]:
    return Counter(_WORD.findall(text))


def _words_there(source: str, message: Message) -> Counter[str]:
    """Count the words of a message, each as often as it was written.

    An address that stands for itself was written once, and none more than once by the ways in
    which it can be spelled: else its words would stand for others of the source that are lost.
    """
    there = Counter[str]()
    for node in walk(message.blocks):
        match node:
            case Text(text) | Code(text):
                there += _words(text)
            case CodeBlock(text, language):
                there += _words(f"{language} {text}")
            case Link(href, children, typed):
                words = _address_words(href)
                if typed and f"[{typed}](" not in source:
                    words -= _words(inline_text(children))
                there += words
            case Image(src, alt):
                there += _words(alt) + _address_words(src)
    return there


def _address_words(href: str) -> Counter[str]:
    words = Counter[str]()
    for spelling in _spellings(href):
        words |= _words(spelling)
    return words


def _spellings(href: str) -> tuple[str, ...]:
    """Return an encoded address and what it was written as."""
    return href, unquote(href), MarkdownIt.normalizeLinkText(_PARSER, href)
