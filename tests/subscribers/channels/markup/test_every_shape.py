"""One message, every shape: nothing lost, nothing broken, no mark of one shape in another."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from html import unescape
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from components.markup.html import write_html
from components.markup.parser import parse
from components.markup.plain import write_plain
from components.markup.shortening import shortened, units
from components.values.compact_json import compact_bytes
from subscribers.channels import registry
from subscribers.channels.formats import FORMATS, Format
from subscribers.channels.hooks import HookChannel
from subscribers.channels.mail_templates import render
from subscribers.channels.markup.base import ChatWriter
from subscribers.channels.markup.markdown import DISCORD, MATTERMOST, TEAMS
from subscribers.channels.markup.slack import SLACK
from tests.components.markup.texts import ADDRESSES, hostile_texts
from tests.subscribers.news import INCIDENT, UNSUBSCRIBE

CHATS: dict[str, ChatWriter] = {
    "discord": DISCORD, "mattermost": MATTERMOST, "teams": TEAMS, "slack": SLACK,
}  # fmt: skip
RAW_MARKDOWN = ("**", "~~", "](", "```", "\n# ", "|-|")
NOT_IN: dict[str, tuple[str, ...]] = {
    "plain": (*RAW_MARKDOWN, "`", "*", "<a ", "<https://"),
    "html": RAW_MARKDOWN,
    "slack": ("**", "~~", "](", "\n# ", "|-|", "<a "),
    "discord": ("|https://", "<a ", "\n# ", "|-|", "&amp;", "https\\:"),
    "mattermost": ("|https://", "<a ", "\n# ", "&amp;"),
    "teams": ("~~", "`", "\n# ", "|-|", "<a ", "<https://", "&amp;"),
}
"""Marks that a shape has not, of a text that holds none of them as itself."""
PIECES = (
    "{}", "**{}**", "*{}*", "_{}_", "~~{}~~", "`{}`", "***{}***", "[{}](https://example.org/{}_a)",
    "<https://example.org/{}>", "\n\n- {}\n- **{}**\n  1. {}\n\n", "\n\n> {}\n\n", "\n\n## {}\n\n",
    "\n\n```\n{}\n```\n\n", "\n\n| {} | {} |\n| - | -: |\n| {} | {} |\n\n", "\n\n---\n\n",
    "![{}](https://example.org/{}.png)", "snake_case_{}", "שלום {}", "مرحبا {}",
)  # fmt: skip


@st.composite
def documents(draw: st.DrawFn) -> tuple[str, list[str]]:
    """A text whose every mark is Markdown's, and its words, each of them once."""
    words: list[str] = []
    text = ""
    for piece in draw(st.lists(st.sampled_from(PIECES), min_size=1, max_size=15)):
        own = [f"w{len(words) + number}w" for number in range(piece.count("{}"))]
        words += own
        text += f" {piece.format(*own)}" if not piece.startswith("\n") else piece.format(*own)
    return text, words


def shapes(text: str) -> dict[str, str]:
    message = parse(text)
    chats = {name: writer.unlimited(message) for name, writer in CHATS.items()}
    return {"plain": write_plain(message), "html": write_html(message), **chats}


@given(document=documents())
@examples(max_examples=150)
def test_no_shape_has_the_marks_of_another(document: tuple[str, list[str]]) -> None:
    """F-M6, F-M10."""
    text, words = document

    for name, told in shapes(text).items():
        # A list's star or a rule is no mark in the middle of words.
        assert all(word in told for word in words), (name, told)
        assert [mark for mark in NOT_IN[name] if mark in told] == [], (name, told)


@given(text=hostile_texts())
@examples(max_examples=150)
def test_nothing_is_lost_in_any_shape(text: str) -> None:
    """F-M6: words and addresses, whatever stands around them."""
    words = set(re.findall(r"w\d+w", text))

    for name, told in shapes(text).items():
        assert words <= set(re.findall(r"w\d+w", told)), (name, told)


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize(
    "around", ["See {} please", "({})", "**{}**", "{}.", "- {}\n- b", "*a* {}\n{}"]
)
def test_an_address_is_whole_in_every_shape(address: str, around: str) -> None:
    """F-M6: `example\\.org` is another address."""
    for name, told in shapes(around.replace("{}", address)).items():
        shown = unescape(told) if name in ("html", "slack") else told
        assert shown.count(address) >= around.count("{}"), (name, told)


@given(text=hostile_texts(max_size=200), longest=st.integers(20, 400))
@examples(max_examples=80)
def test_a_chat_is_cut_before_it_is_escaped(text: str, longest: int) -> None:
    """F-M6: never longer than allowed, no half of an escape, and it says that it was cut."""
    message = parse(text)
    for name, writer in CHATS.items():
        told = writer.write(message, longest)
        assert units(told) <= longest, name
        if units(writer.unlimited(message)) > longest and told.strip():
            assert "…" in told, (name, told)
        if name == "slack":
            assert not re.search(r"&(?!amp;|lt;|gt;)", told), told
            # Lines of quotations begin with the mark, in lists too.
            bare = re.sub(r"(?m)^[\s•\d.>]+", "", told)
            assert bare.count("<") == bare.count(">")


@given(text=hostile_texts(max_size=60), longest=st.integers(1, 200))
@examples(max_examples=80)
def test_a_cut_message_is_the_beginning_of_the_whole_one(text: str, longest: int) -> None:
    whole, part = write_plain(parse(text)), write_plain(shortened(parse(text), longest))

    if "…" in part and "…" not in whole:
        assert whole.startswith(part[: part.index("…")].rstrip()[:longest])


class _Balance(HTMLParser):
    """Reads HTML whose every element must be closed, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.seen.add(tag)
        if tag not in ("br", "hr", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@given(text=hostile_texts())
@examples(max_examples=100)
def test_html_is_well_formed_and_harmless(text: str) -> None:
    html = write_html(parse(text))
    reader = _Balance()
    reader.feed(html)
    reader.close()

    assert reader.open == []
    assert not reader.seen & {"script", "style", "img", "svg", "iframe"}
    assert not re.search(r"&(?!amp;|lt;|gt;|quot;|nbsp;|#39;)", html)


@dataclass(frozen=True)
class Shape:
    """A whole body, and how its reader gets the words from it."""

    body: Callable[[str], Any]

    def words(self, text: str) -> str:
        return "\n".join(_strings(self.body(text)))


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from _strings(each)


def _facts(text: str) -> Any:
    return replace(INCIDENT, message=text, headline=text[:200], components=(text[:100],))


HOOKS = {name: each for name, each in registry.channels().items() if isinstance(each, HookChannel)}


def _body(form: Format) -> Shape:
    return Shape(lambda text: form(_facts(text), unsubscribe_url=UNSUBSCRIBE))


BODIES: dict[str, Shape] = {
    **{name: _body(hook.body) for name, hook in HOOKS.items()},
    **{name: _body(form) for name, form in FORMATS.items()},
    "mail": Shape(lambda text: [render(_facts(text)).plain, render(_facts(text)).html]),
}


@pytest.mark.parametrize("name", BODIES)
@given(text=hostile_texts(max_size=20))
@examples(max_examples=25, deadline=None)
def test_every_body_can_be_sent_and_has_all_the_words(name: str, text: str) -> None:
    """F-M6: also of what is posted, mailed and kept as JSON."""
    told = BODIES[name].words(text)

    assert compact_bytes(told)
    assert set(re.findall(r"w\d+w", text)) <= set(re.findall(r"w\d+w", told))


@pytest.mark.parametrize("name", BODIES)
def test_a_message_without_end_is_cut_and_says_so(name: str) -> None:
    text = "".join(f"w{number}w 👩‍👩‍👧‍👦 & " for number in range(1, 1500))

    told = BODIES[name].words(text)

    assert "…" in told
    assert "w1w" in told
    assert not re.search("👩‍👩‍👧(?!‍👦)", told)
