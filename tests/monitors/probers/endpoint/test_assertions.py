"""Assertions: the lines that are understood, those that are refused, and what they say."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitors.probers.endpoint.assertions import ObservedResponse, parse_assertion

SEEN = ObservedResponse(
    status=304,
    headers={"content-type": "application/json; charset=utf-8", "x-load": "0.75"},
    body=b'{"status": "ok", "n": 5, "on": true, "none": null, "a.b": 1, "items": [{"id": 7}, 8]}',
    size=85,
    total_ms=120.4,
)


@pytest.mark.parametrize(
    ("line", "holds"),
    [
        ("status in 200-299,304", True),
        ("status not in 300-399", False),
        ("status == 304", True),
        ("status<400", True),
        ("header Content-Type contains json", True),
        ("header content-type not contains html", True),
        ("header Content-Type matches ^application/(json|xml)", True),
        ("header X-Load < 0.8", True),
        ("header X-Load == 0.75", True),
        ("header Content-Type > 5", False),
        ("header X-None exists", False),
        ("header X-None not exists", True),
        ("header X-None not contains x", False),
        ('body contains "ok"', True),
        ("body not contains error", True),
        ('body matches (?i)"STATUS":', True),
        ("body not matches err|fail", True),
        ("body == ok", False),
        ("json $.status == ok", True),
        ('json status == "ok"', True),
        ("json status != ok", False),
        ("json $.n == 5", True),
        ("json $.n == 5.0", True),
        ("json $.n >= 6", False),
        ("json $.on == true", True),
        ("json $.on == 1", False),
        ("json $.none == null", True),
        ("json $.items[0].id == 7", True),
        ("json $.items[-1] == 8", True),
        ("json $.items[2] exists", False),
        ("json $.items[2] not exists", True),
        ('json $["a.b"] == 1', True),
        ("json $ contains items", True),
        ("json $.status matches ^o", True),
        ("json $.status.deeper == 1", False),
        ("json $['status'] == ok", True),
        ("json $['a.b'] == 1", True),
        ("json $.items[*] exists", True),
        ("json $..id == 7", True),
        ("json $.items[?@.id == 7].id >= 7", True),
        ("json $.items[?@.id==8] not exists", True),
        ("json $[?match(@, 'o.')] == ok", True),
        ('json $.items[?(@.id > 5 && @.id < 9)]["id"] < 8', True),
        ("json $.items[1:] == 8", True),
        ("size < 100", True),
        ("size == 85", True),
        ("time < 120", False),
        ("time <= 121", True),
    ],
)
def test_a_line_is_judged(line: str, holds: bool) -> None:
    asserted = parse_assertion(line).judge(SEEN)

    assert asserted.passed is holds, asserted
    assert asserted.text == line


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("", "must begin with one of status, header"),
        ("colour == red", "must begin with one of"),
        ("status", "needs one of these after “status”"),
        ("status contains 2", "needs one of these"),
        ("time == 5", "needs one of these"),
        ("status == many", "'many' is not a number"),
        ("status == nan", "is not a number"),
        ("status in 2xx", "is not a status"),
        ("header contains x", "needs a name after “header”"),
        ("body foo contains x", "one word too many"),
        ("body contains", "the value is missing"),
        ("body matches (", "is not a regular expression"),
        ("body matches (?=x)", "is not a regular expression"),
        ("json $.a exists 1", "takes no value"),
        ("json $.a[ == 1", "needs one of these after"),
        ("json $.a[?x] == 1", "is not a path such as"),
        ("json $a == 1", "is not a path such as"),
        ("json a...b == 1", "is not a path such as"),
    ],
)
def test_a_line_that_makes_no_sense_is_refused_in_words(line: str, says: str) -> None:
    with pytest.raises(ValueError, match=re.escape(says)):
        parse_assertion(line)


@pytest.mark.parametrize(
    ("body", "found"),
    [(b"<html>", "no JSON"), (b"", "no JSON"), (b"[" * 100_000, "no JSON"), (b"{}", "nothing")],
    ids=["html", "empty", "deep", "without it"],
)
def test_a_body_that_is_not_json_fails_and_says_so(body: bytes, found: str) -> None:
    seen = ObservedResponse(200, {}, body, len(body), 1.0)

    asserted = parse_assertion("json $.a == 1").judge(seen)

    assert (asserted.passed, asserted.found) == (False, found)


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("json $.items == 1", '[{"id": 7}, 8]'),
        ("body contains x", "85 bytes"),
        ("time < 1", "120 ms"),
        ("header X-Load > 5", "0.75"),
    ],
)
def test_what_was_found_is_told_in_one_line(line: str, found: str) -> None:
    assert parse_assertion(line).judge(SEEN).found == found


def test_a_body_of_any_bytes_can_be_searched() -> None:
    seen: Any = ObservedResponse(200, {}, bytes(range(256)), 256, 1.0)

    assert parse_assertion("body contains ABC").judge(seen).passed
    assert not parse_assertion("body matches ^ABC$").judge(seen).passed


@pytest.mark.parametrize(
    ("body", "line", "holds"),
    [
        (b"OK\n", "body == OK", True),
        (b"\r\nOK \r\n", "body == OK", True),
        (b"OK\n", "body != OK", False),
        (b"OK\nOK\n", "body == OK", False),
        (b"", "body != OK", True),
        ("\ufeffOK\n".encode(), "body == OK", True),
    ],
)
def test_a_body_is_compared_without_the_space_around_it(
    body: bytes, line: str, holds: bool
) -> None:
    """F-T12: `echo OK` ends with a line feed that nobody writes into a setting."""
    seen = ObservedResponse(200, {}, body, len(body), 1.0)

    assert parse_assertion(line).judge(seen).passed is holds


STATES = b'{"all": [{"n": "a", "up": true, "v": 1}, {"n": "b", "up": true, "v": 2}], "none": []}'


@pytest.mark.parametrize(
    ("line", "holds", "found"),
    [
        ("json $.all[*].up == true", True, "true"),
        ("json $.all[*].v < 2", False, "2"),
        ("json $.all[*].v not < 2", False, "1"),
        ("json $.all[*].n != c", True, "a"),
        ("json $.all[*].n matches [ab]", True, "a"),
        ("json $.none[*] == 1", False, "nothing"),
        ("json $.none[*] not exists", True, "nothing"),
        ("json $.none[*] not contains x", False, "nothing"),
        ("json $..[?@.up == false] not exists", True, "nothing"),
        ("json $.all[*].n not exists", False, "a"),
    ],
)
def test_what_a_path_finds_must_all_hold(line: str, holds: bool, found: str) -> None:
    """F-T12: several values hold together, and of none nothing holds."""
    asserted = parse_assertion(line).judge(ObservedResponse(200, {}, STATES, len(STATES), 1.0))

    assert (asserted.passed, asserted.found) == (holds, found)


def part(body: bytes, *, size: int | None = None) -> ObservedResponse:
    """A response of which only this beginning was read."""
    size = len(body) if size is None else size
    return ObservedResponse(200, {}, body, size, 1.0, missing="only the first 9 bytes")


@pytest.mark.parametrize(
    ("line", "holds"),
    [
        ("body contains well", True),
        ("body contains end", False),
        ("body not contains well", False),
        ("body not contains end", False),
        ("body matches ^all", True),
        ("body matches well$", False),
        ("body matches is well\\b", False),
        ("body not matches error", False),
        ("body not matches well$", False),
        ("body == all is well", False),
        ("body != all is well", False),
        ("body != none is well", True),
        ("body == all", False),
        ("body != all", True),
        ("json $.a == 1", False),
        ("json $.a not exists", False),
        ("json $ exists", False),
        ("size > 5", True),
        ("size >= 11", True),
        ("size > 11", False),
        ("size < 20", False),
        ("size not < 11", True),
        ("size not < 12", False),
        ("size == 11", False),
        ("size != 11", False),
        ("size != 5", True),
        ("size not > 20", False),
        ("status == 200", True),
        ("header X-A not exists", True),
    ],
)
def test_what_needs_the_rest_of_a_cut_answer_does_not_hold(line: str, holds: bool) -> None:
    """F-T6: neither what was not found, nor its opposite."""
    asserted = parse_assertion(line).judge(part(b"all is well"))

    assert asserted.passed is holds
    if not holds and line not in ("body not contains well", "body == all"):
        assert asserted.found == "only the first 9 bytes"


WORDS = st.text(alphabet="ab \n", max_size=6)
LINES = st.one_of(
    st.builds(
        "body {}{} {}".format,
        st.sampled_from(["", "not "]),
        st.sampled_from(["contains", "==", "!=", "matches"]),
        st.text(alphabet="ab", min_size=1, max_size=3).flatmap(
            lambda word: st.sampled_from([word, f"^{word}", f"{word}$", f"{word}.*", f"a|{word}"])
        ),
    ),
    st.builds(
        "size {}{} {}".format,
        st.sampled_from(["", "not "]),
        st.sampled_from(["<", "<=", ">", ">=", "==", "!="]),
        st.integers(0, 30),
    ),
    st.builds(
        "json $.a {}{}".format,
        st.sampled_from(["", "not "]),
        st.sampled_from(["exists", "== 1", "!= 1", "contains 1"]),
    ),
)


@given(line=LINES, start=WORDS, rest=st.lists(WORDS, min_size=1, max_size=4))
def test_a_cut_answer_holds_only_what_holds_whatever_follows(
    line: str, start: str, rest: list[str]
) -> None:
    """F-T6, as a property: what passes of a part passes of each whole that begins with it."""
    assertion = parse_assertion(line)
    passed = assertion.judge(part(start.encode())).passed

    for end in rest:
        whole = (start + end).encode()
        assert (
            not passed or assertion.judge(ObservedResponse(200, {}, whole, len(whole), 1.0)).passed
        )
