"""What people write, parsed: every line and every word of it is in the message."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.markup.html import write_html
from components.markup.parser import parse
from components.markup.plain import write_plain
from components.markup.tree import Table
from tests.components.markup.texts import hostile_texts


@pytest.mark.parametrize(
    "text",
    [
        "a &#x202e;b",
        "[a &#8238;b](https://e.example)",
        "**&#x200f;&#x202d;**x",
        '[a](https://e.example "t&#x202e;")',
        "![&#x202e;](https://e.example/i)",
    ],
)
def test_f_m7_a_character_reference_turns_no_line_around(text: str) -> None:
    """F-M7: `&#x202e;` came past the cleaning of what people wrote."""
    message = parse(text)

    for written in (write_plain(message), write_html(message)):
        assert not re.search("[\u202a-\u202e]", written)


def test_lines_typed_one_below_the_other_stay_so() -> None:
    """F-M5."""
    text = "10:02 errors begin\n10:09 failover\n10:15 healthy"

    assert write_plain(parse(text)) == text
    assert write_html(parse(text)).count("<br>") == 2


def test_a_line_that_looks_like_a_definition_stays() -> None:
    """F-M5: `[label]: word` on a line by itself vanishes in CommonMark."""
    assert write_plain(parse("[Update]: resolved")) == "[Update]: resolved"


def test_a_cell_too_many_stays() -> None:
    """F-M5: "the excess is ignored" (GitHub Flavored Markdown 0.29, 4.10)."""
    assert "3" in write_plain(parse("|a|b|\n|-|-|\n|1|2|3|"))


def test_the_first_line_of_a_careless_fence_stays() -> None:
    assert write_plain(parse("```Error: no route\nat line 3\n```")) == (
        "Error: no route\nat line 3"
    )  # fmt: skip


def test_fm5_a_fence_with_nothing_in_it_keeps_what_stands_beside_it() -> None:
    assert write_plain(parse("``` failover")) == "failover"


def test_what_is_nested_too_deep_is_taken_as_it_was_written() -> None:
    text = ">" * 40 + " deep"

    assert write_plain(parse(text)) == text


def test_a_table_is_a_table_and_struck_words_are_struck() -> None:
    """F-M5."""
    html = write_html(parse("|Region|State|\n|-|-:|\n|eu|~~down~~ up|"))

    assert "<th>Region</th>" in html
    assert "<td><s>down</s> up</td>" in html


@pytest.mark.parametrize("target", ["/admin/", "//example.org", "tel:+49123", "ftp://example.org"])
def test_where_no_link_may_lead_is_told_instead(target: str) -> None:
    assert write_plain(parse(f"[press]({target})")) == f"press ({target})"
    assert "href" not in write_html(parse(f"[press]({target})"))


@given(text=hostile_texts())
def test_no_word_is_lost(text: str) -> None:
    """F-M5, F-M6: nothing lost, whatever structure the text seems to have."""
    told = write_plain(parse(text))

    assert set(re.findall(r"w\d+w", text)) <= set(re.findall(r"w\d+w", told))


@given(text=st.text(max_size=300))
def test_any_text_at_all_can_be_told(text: str) -> None:
    write_html(parse(text)).encode()
    write_plain(parse(text)).encode()


@pytest.mark.parametrize(
    "address",
    [
        "https://example.org/y", "<https://example.org/y>", "www.example.org/y", "y@example.org",
        "[https://example.org/y](https://example.org/y)", "[](https://example.org/y)",
        "![](https://example.org/y)", "https://example.org/%C3%BC/y", "https://bücher.example/y",
    ],
)  # fmt: skip
def test_fm5_a_word_in_an_address_stands_for_no_other_that_is_lost(address: str) -> None:
    """In a row with a cell too many, `y` would be gone; the address has one of its own."""
    shown = write_plain(parse(f"{address}\n\n| a |\n|---|\n| 1 | y |"))

    assert "| 1 | y |" in shown
    # What is whole is taken as it was meant: the table is one.
    whole = parse(f"{address}\n\n| a |\n|---|\n| y |")
    assert any(isinstance(block, Table) for block in whole.blocks)
