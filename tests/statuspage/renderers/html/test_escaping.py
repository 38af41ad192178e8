"""Text that somebody wrote can do nothing."""

import pytest

from statuspage.renderers.html.escaping import clean, escape_text


def test_plain_text_passes_as_it_is() -> None:
    assert clean("Größe 漢字 👩‍🚒 ½ – “ok”") == "Größe 漢字 👩‍🚒 ½ – “ok”"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("a\x00b\x1b[0m", "ab[0m"),
        ("a\u202eb\u2066c\u200f", "abc"),
        ("a\nb\tc\u2028d\u00a0e", "a b c d e"),
        ("a\ud800b", "ab"),
    ],
)
def test_characters_that_act_are_dropped_and_space_becomes_a_space(text: str, left: str) -> None:
    assert clean(text) == left


def test_a_line_break_that_is_asked_for_is_kept() -> None:
    assert clean("a\nb\x00", keep="\n") == "a\nb"


def test_markup_is_escaped_in_bodies_and_in_quoted_attributes() -> None:
    assert escape_text("""<b a="x" b='y'>&""") == "&lt;b a=&quot;x&quot; b=&#x27;y&#x27;&gt;&amp;"
