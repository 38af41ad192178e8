"""Assertions: the lines that are understood, those that are refused, and what they say."""

import re
from typing import Any

import pytest

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
        ("json $.a[*] == 1", "is not a path such as"),
        ("json $a == 1", "is not a path such as"),
        ("json a..b == 1", "is not a path such as"),
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
