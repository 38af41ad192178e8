"""What people write, parsed: every line and every word of it is in the message."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.markup.html import write_html
from components.markup.parser import parse
from components.markup.plain import write_plain
from tests.components.markup.texts import hostile_texts


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
