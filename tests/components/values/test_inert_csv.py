"""S18: no cell of any export is a formula, and what was exported is read again as it was."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.values import inert_csv
from subscribers import import_export

STARTS = tuple("=+-@＝＋－＠")


@pytest.mark.parametrize(
    "cell",
    ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", " =1", "\t=1", "\r=1", '"=1', "＝1",
     "a;=1", "a\n=1", "a;  @x", "a\t-1"],
)  # fmt: skip
def test_s18_a_formula_is_written_as_text(cell: str) -> None:
    written = inert_csv.line([cell])

    for part in next(iter(csv.reader(io.StringIO(written))))[0].replace("\t", ";").split(";"):
        for row in part.splitlines():
            assert not row.strip(' "').startswith(STARTS)
    assert inert_csv.read("a\r\n" + written) == [{"a": cell}] or cell.startswith("\r")


@pytest.mark.parametrize("cell", ["a@example.org", "a-b", "1;2", "it's", 5, None, True, ""])
def test_other_cells_stay_as_they_are(cell: object) -> None:
    assert inert_csv.inert(cell) == cell


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"])), min_size=1))
def test_s18_no_row_holds_a_formula(cells: list[str]) -> None:
    (row,) = csv.reader(io.StringIO(inert_csv.line(cells), newline=""))

    assert not any(cell.lstrip().startswith(STARTS) for cell in row)


def test_s18_subscribers_are_exported_inert_and_imported_as_they_were() -> None:
    address = "=cmd|s18!A1@example.org"
    row = {"channel": "email", "address": address, "components": ["-a", "b"], "kinds": [],
           "min_severity": "none", "confirmed_at": "", "unsubscribed_at": "", "page": "main",
           "language": ""}  # fmt: skip

    written = import_export.as_csv([row])

    assert f",'{address}," in written
    assert ",=" not in written
    [again] = import_export.parse(written)
    assert (again["address"], again["components"]) == (address, "-a;b")
