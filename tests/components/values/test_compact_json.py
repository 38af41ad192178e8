"""Compact JSON: few bytes, and an answer whatever is in it."""

import json

from components.values.compact_json import compact, compact_bytes


def test_no_byte_is_superfluous() -> None:
    assert compact({"ü": [1, "a b"], "n": None}) == '{"ü":[1,"a b"],"n":null}'
    assert compact_bytes("ü") == '"ü"'.encode()


def test_a_bad_character_does_not_take_the_answer_away() -> None:
    assert json.loads(compact_bytes({"name": "A\ud800B"})) == {"name": "A?B"}
