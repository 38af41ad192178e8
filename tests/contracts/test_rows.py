"""Every row of the contracts is quoted by a test, by its name or in its words."""

import re
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).parents[1]
ROWS = (
    "C1-C8 L01-L07 M01-M08 M11-M14 M16-M20 M22-M24 M26-M38 M40-M41"
    " P01-P12 T01 T03-T37 X01-X24 S1-S11"
)


def rows() -> Iterator[str]:
    for part in ROWS.split():
        first, _, last = part.partition("-")
        letter, digits = first[0], len(first) - 1
        for number in range(int(first[1:]), int((last or first)[1:]) + 1):
            yield f"{letter}{number:0{digits}}"


def quoted() -> set[str]:
    """All that the tests quote; `X19–X22` and `T11-T16` stand for those between as well."""
    found = set()
    for path in TESTS.rglob("test_*.py"):
        if path == Path(__file__):
            continue
        text = path.read_text(encoding="utf-8")
        found |= {each.upper() for each in re.findall(r"(?<![a-zA-Z0-9])[clmpstx]\d{1,2}(?!\d)",
                                                      text, re.IGNORECASE)}  # fmt: skip
        for letter, first, last in re.findall(
            r"\b([CLMPSTX])(\d{1,2}) ?[-–] ?\1?(\d{1,2})\b", text
        ):
            between = range(int(first), int(last) + 1)
            found |= {f"{letter}{number:0{len(first)}}" for number in between}
    return found


def test_every_row_of_the_contracts_is_quoted_by_a_test() -> None:
    wanted, found = list(rows()), quoted()

    assert len(wanted) > 120
    assert [row for row in wanted if row not in found] == []
