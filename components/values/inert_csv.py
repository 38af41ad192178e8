"""CSV that a spreadsheet takes for text, whatever people have written (RFC 4180).

A cell that begins like a formula gets an apostrophe in front. So does what follows a semicolon, a
tab or a break of the line: where the comma is the decimal mark, spreadsheets split lines there.
Every export goes through here; `read` takes the apostrophes off again.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from typing import Any

_RUN = re.compile(r"(\A|;|)([\s\"]+)([=+\-@＝＋－＠]?)|(?:\A|;)(?=[=+\-@＝＋－＠])")
"""Each blank is looked at once: looking ahead from each took seconds for a text of breaks."""
_SPLITS = re.compile(r"([\t\r\n])")
_ESCAPED = re.compile(r"(?:\A|(?<=[;\t\r\n]))'(?=[\s\"]*[=+\-@＝＋－＠]|[\t\r])")


def line(cells: Iterable[Any]) -> str:
    """Return cells as one line with its end; None is an empty cell."""
    out = io.StringIO()
    csv.writer(out).writerow([inert(cell) for cell in cells])
    return out.getvalue()


def lines(rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    """Yield a line for each row."""
    return map(line, rows)


def inert(cell: Any) -> Any:
    """Return a cell as it may be written; numbers stay numbers."""
    if cell is None or isinstance(cell, bool | int | float):
        return cell
    return _RUN.sub(_marked, str(cell))


def _marked(match: re.Match[str]) -> str:
    """Return a run of blanks with an apostrophe wherever a spreadsheet may begin to read."""
    before, blanks, formula = match.groups()
    if blanks is None:
        return f"{match[0]}'"
    begins = match.start(2) == 0
    if not formula:
        return f"'{blanks}" if begins and blanks[0] in "\t\r" else match[0]
    mark = "'" if begins or before else ""
    return before + mark + _SPLITS.sub(r"\1'", blanks) + formula


def read(text: str) -> list[dict[str, str]]:
    """Return the rows of CSV with a header, as they were before `line`. Raises ValueError."""
    try:
        rows = list(csv.DictReader(io.StringIO(text)))
    except csv.Error as error:
        raise ValueError(f"this is not CSV: {error}") from None
    return [
        {
            name: _ESCAPED.sub("", value) if isinstance(value, str) else value
            for name, value in row.items()
        }
        for row in rows
    ]
