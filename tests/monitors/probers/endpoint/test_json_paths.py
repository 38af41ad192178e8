"""JSON paths: RFC 9535 by a library, and a bound on what they cost."""

import json
import re
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitors.probers.endpoint import json_path
from monitors.probers.endpoint.json_body import MAX_VALUES, UnreadableError, load_json
from monitors.probers.endpoint.json_budget import UNITS, Budget

STORE: Any = json.loads(
    """{"store": {"book": [
      {"category": "reference", "author": "Nigel Rees", "price": 8.95},
      {"category": "fiction", "author": "Evelyn Waugh", "price": 12.99},
      {"category": "fiction", "author": "Herman Melville", "isbn": "0-553-21311-3", "price": 8.99},
      {"category": "fiction", "author": "J. R. R. Tolkien", "isbn": "0-395-19395-8", "price": 22.99}
    ], "bicycle": {"color": "red", "price": 399}}, "limit": 10, "odd name": [1], "a-b": 3}"""
)


def found(path: str, value: Any = STORE, *, units: int = UNITS) -> list[Any]:
    return json_path.find(value, json_path.parse(path), budget=Budget(units))


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("$['limit']", [10]),
        ("$['odd name'][0]", [1]),
        ('$["odd name"][-1]', [1]),
        ("$.a-b", [3]),  # no shorthand in RFC 9535, and written by many
        ("limit", [10]),
        ("store.book[*].price", [8.95, 12.99, 8.99, 22.99]),
        ("$.store.book[*].price", [8.95, 12.99, 8.99, 22.99]),
        ("$..price", [399, 8.95, 12.99, 8.99, 22.99]),
        ("$.store.book[0,1].price", [8.95, 12.99]),
        ("$.store.book[:2].price", [8.95, 12.99]),
        ("$.store.book[::-2].price", [22.99, 12.99]),
        ("$..book[?@.isbn].author", ["Herman Melville", "J. R. R. Tolkien"]),
        ("$..book[?@.price < $.limit].price", [8.95, 8.99]),
        ("$.store[?@[?@.price > $.limit && @.isbn]].length", []),
        ("$.store.book[?count(@.*) == 4].price", [8.99, 22.99]),
        ("$.store.book[?length(@.author) < 11].author", ["Nigel Rees"]),
        ("$.store.book[?match(@.author, 'J.*')].price", [22.99]),
        ("$.store.book[?search(@.author, '[wW]a')].price", [12.99]),
        ("$.store.book[?value(@..isbn) == '0-553-21311-3'].price", [8.99]),
        ("$.store.book[?!@.isbn].price", [8.95, 12.99]),
        ("$.store.*.color", ["red"]),
        ("$.none[*]", []),
        ("$.*.none", []),
    ],
)
def test_a_path_finds_what_rfc_9535_says(path: str, values: list[Any]) -> None:
    """F-T12."""
    assert sorted(map(str, found(path))) == sorted(map(str, values))


def test_the_whole_document_is_meant_by_the_root_in_filters_within_filters() -> None:
    value = {"y": 1, "a": [{"b": [{"x": 1}, {"x": 2}]}, {"b": [{"x": 3}]}]}

    assert found("$.a[?@.b[?@.x == $.y]].b[0].x", value) == [1]


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("$.a[", "is not a path such as"),
        ("$.a[?", "is not a path such as"),
        ("$.a[?@.b == ]", "is not a path such as"),
        ("$.a...b", "is not a path such as"),
        ("$a", "is not a path such as"),
        ("$.a[01]", "is not a path such as"),
        ("$.a | $.b", "is not a path such as"),
        ("$.a[?@.b =~ /(a+)+/]", "is not a path such as"),
        ("$.a[?startswith(@.b, 'x')]", "is not a path such as"),
        ("$.a[?match(@.b, '(?=x)')]", "is not a regular expression"),
        ("$.a[?search(@.b, '(')]", "is not a regular expression"),
        ("$" + ".a" * 300, "is longer than 500 characters"),
        ("$" + "[?@" * 30 + "]" * 30, "is nested more than 20 times"),
        ("$[?" + "(" * 100 + "@.a" + ")" * 100 + "]", "is nested more than 20 times"),
        ("$[?" + "!" * 400 + "@.a]", "is nested more than 20 times"),
    ],
)
def test_a_path_that_makes_no_sense_or_too_much_is_refused(path: str, says: str) -> None:
    """F-T12: at input, in words."""
    with pytest.raises(ValueError, match=re.escape(says)):
        json_path.parse(path)


WIDE: Any = {"list": [{"a": {"b": [number]}, "s": "x" * 20} for number in range(20_000)]}
DEEP: Any = []
for _ in range(90):
    DEEP = [DEEP, list(range(50))]
BIG: Any = {"big": "y" * 1_000_000, "also": "y" * 1_000_000, "list": list(range(50_000))}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("$..*..*..*", WIDE),
        ("$.list[?$.list[?@.a]]", WIDE),
        ("$..[?@..[?@..[?@..[?@ == 1]]]]", DEEP),
        ("$.list[?$..a]", WIDE),
        ("$.list[?@.a == $.list || $.list == $.list]", {"list": WIDE["list"] * 2}),
        ("$.list[?search($.big, 'z$')]", BIG),
        ("$.list[?$.big < $.also]", {**BIG, "list": list(range(200_000))}),
        ("$" + "['list','list','list']" * 15, {"list": {"list": {}}} | {"list": {}}),
        ("$" + "[*]" * 30, {str(n): {str(n): {} for n in range(900)} for n in range(900)}),
    ],
)
def test_what_a_path_costs_is_bounded(path: str, value: Any) -> None:
    """F-T12: pages of any size and paths of any kind end, and say that they did not finish."""
    nested = value
    if path.startswith("$['list'"):
        nested = {}
        for _ in range(15):
            nested = {"list": nested}

    with pytest.raises(UnreadableError, match="more values than a path may visit"):
        found(path, nested)


def test_an_ordinary_path_over_a_large_page_is_within_the_bound() -> None:
    items = [{"id": number, "state": "ok", "tags": ["a", "b"]} for number in range(20_000)]

    assert found("$.items[?@.id == 19999].state", {"items": items}) == ["ok"]
    assert len(found("$.items[*].state", {"items": items})) == 20_000
    assert found("$.items[19999].state", {"items": items}, units=0) == ["ok"]


def test_values_that_are_nested_too_deep_are_not_followed() -> None:
    value: Any = 1
    for _ in range(300):
        value = [value]

    with pytest.raises(UnreadableError, match="nested too deep"):
        found("$..a", value)


def test_an_ordinary_path_loads_no_library() -> None:
    """What most monitors use costs them nothing at the start."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "jsonpath"]:
        del sys.modules[name]
    found("$.store['book'][0].price")

    assert "jsonpath" not in sys.modules


@pytest.mark.parametrize("text", ["", "NaN", "[Infinity]", "{'a': 1}", "[1] x", "[" * 5000])
def test_what_is_not_json_is_not_read(text: str) -> None:
    with pytest.raises(UnreadableError, match="no JSON"):
        load_json(text)


def test_json_of_too_many_values_is_not_read() -> None:
    with pytest.raises(UnreadableError, match="more than 500000 values"):
        load_json("[" + "0," * (MAX_VALUES + 1) + "0]")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.text(alphabet="ab", max_size=2),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2)
    ),
    max_leaves=12,
)
PARTS = st.sampled_from(
    [".a", "['b']", "[0]", "[-1]", "[*]", ".*", "..a", "..*", "[1:]", "[?@.a]", "[?@.a == $.b]",
     "[?@ > 0]", "[?!@.b || @.a != 'a']", "[?count(@..*) > 1]", "[?search(@.a, 'a')]", "[0,'a']"]
)  # fmt: skip


@given(value=VALUES, parts=st.lists(PARTS, max_size=4), units=st.integers(0, 2_000))
def test_a_path_ends_with_values_or_within_its_bound(
    value: Any, parts: list[str], units: int
) -> None:
    """F-T12: never a crash."""
    path = json_path.parse("$" + "".join(parts))
    try:
        values = json_path.find(value, path, budget=Budget(units))
    except UnreadableError:
        return
    assert isinstance(values, list)
