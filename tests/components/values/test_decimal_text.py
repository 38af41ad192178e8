"""Numbers as text: what JSON would take, and nothing else that Python reads."""

import math

import pytest

from components.values.decimal_text import read_decimal

NO_NUMBERS = (
    "", " ", "NaN", "inf", "-Infinity", "٣", "１２", "1,5", "1_000", "+5", " 5", "5\n", "0x10",
    ".5", "5.", "1e", "--1", "true", "null", "1" * 100_000,
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "number"),
    [("42", 42), ("-0.5", -0.5), ("1e3", 1000), ("1E-2", 0.01), ("007", 7), ("1e999", math.inf)],
)
def test_a_number_is_read(text: str, number: float) -> None:
    assert read_decimal(text) == number


@pytest.mark.parametrize("text", NO_NUMBERS, ids=lambda text: repr(text[:12]))
def test_all_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="Write a number"):
        read_decimal(text)
