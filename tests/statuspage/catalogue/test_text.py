"""Documents are plain YAML, or JSON; what can do harm is refused in words."""

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from statuspage.catalogue.errors import DocumentError
from statuspage.catalogue.text import read_text, write_yaml

_PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**31), 2**31)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8", exclude_characters="\x00")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc:#- 1on"), inner),
    max_leaves=8,
)  # fmt: skip


@given(_PLAIN)
@example("a\x85b")
@example("a\u2028b\ufeff")
def test_what_is_written_is_read_again(value: Any) -> None:
    assert read_text(write_yaml({"value": value})) == {"value": value}


def test_times_dates_and_words_are_texts() -> None:
    text = "from: 22:00\nday: 2026-01-01\nname: on\nyes: no\n"

    assert read_text(text) == {"from": "22:00", "day": "2026-01-01", "name": "on", "yes": "no"}


def test_json_and_yaml_in_braces_are_read() -> None:
    assert read_text('{"version": 1, "name": "\\ud83d\\ude00"}') == {"version": 1, "name": "😀"}
    assert read_text("{version: 1}") == {"version": 1}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: &x [1]\nb: *x\n", "line 2: aliases"),
        ("a: !!python/object:os.system x\n", "tags"),
        ("a: !!timestamp 2026-01-01\n", "tags"),
        ("a: 1\na: 2\n", "“a” is written twice"),
        ("1: a\n", "a name must be text"),
        ("[" * 100_000, "levels deep"),
        ("a: [\n", "not YAML"),
        ("a: 'x\n", "not YAML"),
        ('a: "\\0"\n', "character"),
        ('{"a": ' * 100 + "1" + "}" * 100, "levels deep"),
    ],
    ids=["alias", "object", "tag", "twice", "number", "deep", "open", "quote", "nul", "json"],
)
def test_what_can_do_harm_is_refused(text: str, said: str) -> None:
    with pytest.raises(DocumentError, match=said):
        read_text(text)
