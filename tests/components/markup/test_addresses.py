"""Addresses that are typed, and where they end: GitHub Flavored Markdown 0.29, 6.9."""

import pytest

from components.markup.parser import literal, parse
from components.markup.tree import Link, walk

WHOLE = (
    "https://example.org",
    "https://example.org/help/a_b?x=1",
    "https://example.org/*a*/**b**/~c~/`".rstrip("`"),
    "https://en.wikipedia.org/wiki/Foo_(bar)",
    "http://localhost:3000/a",
    "http://[2001:db8::1]:8080/x",
    "HTTPS://EXAMPLE.ORG/A",
    "https://user:key@example.org/x",
    "https://exämple.org/ä/日本?q=ö&b=[1]",
    "https://example.org/a%20b#c-d",
    "https://example.org/?a=1&b=2&copy=3",
    "www.example.org/a_b_c",
    "ops.team+page@mail.example.org",
)


def links(text: str) -> list[str]:
    return [each.typed for each in walk(parse(text).blocks) if isinstance(each, Link)]


@pytest.mark.parametrize("address", WHOLE)
@pytest.mark.parametrize(
    "around", ["{}", "See {} please.", "See {}.", "({})", "“{}”", "{}, or", "- {}\n- b", "> {}!"]
)
def test_an_address_is_a_link_whole_and_alone(address: str, around: str) -> None:
    """F-M5."""
    assert links(around.format(address)) == [address]


@pytest.mark.parametrize(
    "text", ["参照https://example.org/a。詳細", "見よ：https://example.org/a、次"]
)
def test_scripts_without_spaces_end_an_address_by_their_own_punctuation(text: str) -> None:
    assert links(text) == ["https://example.org/a"]


@pytest.mark.parametrize(
    "text",
    ["main.py and v1.2.3", "a@b", "http://", "https://?x", "javascript://example.org/%0aalert(1)",
     "`https://example.org`", "http\\://example.org", "ftp://example.org", "x@y..z", "@here"],
)  # fmt: skip
def test_what_is_no_address_is_no_link(text: str) -> None:
    assert links(text) == []


def test_marks_around_an_address_are_marks() -> None:
    assert links("**https://example.org/a_b** _www.example.org_") == [
        "https://example.org/a_b", "www.example.org",
    ]  # fmt: skip


def test_a_title_has_links_and_no_marks() -> None:
    blocks = literal("*x* https://example.org/a_b").blocks

    assert [each.typed for each in walk(blocks) if isinstance(each, Link)] == [
        "https://example.org/a_b"
    ]
