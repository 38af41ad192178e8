"""Reads the rows of a dump in SQL: of MySQL or MariaDB, PostgreSQL and SQLite; without Django.

Nothing is executed. Taken are `INSERT` with literal values, and PostgreSQL's `COPY … FROM stdin`;
columns come from these, else from `CREATE TABLE`. A dump that is cut off is refused: what is not in
it would be taken for what is not there.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

from statuspage.importers.description import SourceFileError

Row = dict[str, Any]
_NAME = r"""(?:[`"\[]?\w+[`"\]]?\.)?[`"\[]?(?P<table>\w+)[`"\]]?"""
_INSERT = re.compile(
    rf"(?:INSERT(?:\s+IGNORE)?|REPLACE)\s+INTO\s+{_NAME}\s*(?P<columns>\([^)']*\))?\s*VALUES\s*",
    re.IGNORECASE,
)
_COPY = re.compile(rf"COPY\s+{_NAME}\s*\((?P<columns>[^)]*)\)\s+FROM\s+stdin;\r?\n", re.IGNORECASE)
_CREATE = re.compile(rf"CREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?{_NAME}\s*\(", re.IGNORECASE)
_COLUMN = re.compile(r"""[`"\[](?P<quoted>[^`"\]]+)[`"\]]|(?P<plain>\w+)""")
_NO_COLUMNS = {"primary", "key", "unique", "constraint", "index", "foreign", "check", "fulltext"}
_STATEMENT = re.compile(r"^(?:INSERT|REPLACE|COPY|CREATE\s+TABLE)\b", re.IGNORECASE | re.MULTILINE)
_LITERAL = re.compile(
    r"""\s*(?:
        (?P<word>NULL|TRUE|FALSE)\b
        | (?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
        | (?P<hex>0x[0-9A-Fa-f]+|[xX]'[0-9A-Fa-f]*')
        | (?P<quote>(?:_utf8mb4\s*|_binary\s*|[EeNn])?')
    )""",
    re.IGNORECASE | re.VERBOSE,
)
_LAST_LINES = (
    (re.compile(r"--\s*M(?:ySQL|ariaDB) dump\b"), "-- Dump completed"),
    (re.compile(r"--\s*PostgreSQL database dump\s*$", re.MULTILINE),
     "-- PostgreSQL database dump complete"),
    (re.compile(r"PRAGMA foreign_keys=OFF;\s+BEGIN TRANSACTION;"), "COMMIT;"),
)  # fmt: skip
"""How the programs that make dumps begin, and what they write last."""
_HEAD = 2_000
"""Characters within which a dump says who made it."""
_WORDS = {"null": None, "true": 1, "false": 0}
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "0": "", "Z": "", "b": ""}


@dataclass(slots=True)
class Dump:
    """The rows of some tables."""

    tables: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))


def read_dump(text: str, wanted: Collection[str]) -> Dump:
    """Return the rows of the wanted tables. Raises SourceFileError naming the line."""
    dump = Dump()
    columns: dict[str, list[str]] = {}
    escapes = "`" in text  # of MySQL, where a backslash escapes
    at = 0
    while statement := _STATEMENT.search(text, at):
        at = statement.end()
        if created := _CREATE.match(text, statement.start()):
            columns[created["table"].lower()] = _declared(text, created.end())
        elif copied := _COPY.match(text, statement.start()):
            at = _copy(text, copied, dump, wanted)
        elif inserted := _INSERT.match(text, statement.start()):
            table = inserted["table"].lower()
            names = _names(inserted["columns"]) if inserted["columns"] else columns.get(table)
            if table in wanted:
                at = _insert(text, inserted.end(), table, names, dump, escapes=escapes)
            else:
                at = _past(text, inserted.end(), table, escapes=escapes)
    _hold_end(text, at)
    return dump


def _hold_end(text: str, at: int) -> None:
    """Refuse a dump whose program did not come to its last line; `at` is where rows end."""
    for begins, last in _LAST_LINES:
        if begins.search(text[:_HEAD]) and last not in text[at:]:
            raise _cut_off(text, f"“{last}”, which ends such a dump, is missing")


def _cut_off(text: str, what: str) -> SourceFileError:
    """Return the error for a dump that ends where it must not, which names the place."""
    ending = " ".join(text[-200:].split())[-40:]
    return SourceFileError(
        f"{_line(text, len(text.rstrip()))}: {what}: the file is cut off, behind “{ending}”. Copy"
        " it again, or make the dump anew."
    )


def _line(text: str, at: int) -> str:
    return f"line {text.count(chr(10), 0, at) + 1}"


def _names(written: str) -> list[str]:
    return [
        (each["quoted"] or each["plain"]).lower() for each in _COLUMN.finditer(written.strip("()"))
    ]


def _declared(text: str, at: int) -> list[str]:
    """Return the columns of a `CREATE TABLE`, whose bracket opens before `at`."""
    depth, begin, parts = 1, at, list[str]()
    for match in re.compile(r"""'(?:[^'\\]|\\.|'')*'|[(),]""", re.DOTALL).finditer(text, at):
        char = match[0]
        depth += (char == "(") - (char == ")")
        if depth == 0 or (depth == 1 and char == ","):
            parts.append(text[begin : match.start()])
            begin = match.end()
        if depth == 0:
            break
    names = [_COLUMN.match(part.strip()) for part in parts]
    return [
        (each["quoted"] or each["plain"]).lower()
        for each in names
        if each and not (each["plain"] and each["plain"].lower() in _NO_COLUMNS)
    ]


def _copy(text: str, copied: "re.Match[str]", dump: Dump, wanted: Collection[str]) -> int:
    """Take the lines of a `COPY`; return where it ends."""
    end = text.find("\n\\.", copied.end() - 1)
    if end < 0:
        raise _cut_off(
            text, f"this COPY, which begins in {_line(text, copied.start())}, has no end"
        )
    table = copied["table"].lower()
    if table in wanted:
        names = _names(copied["columns"])
        for number, each in enumerate(text[copied.end() : end].splitlines()):
            values = [_copied(value) for value in each.split("\t")]
            if len(values) != len(names):
                place = _line(text, copied.end())
                raise SourceFileError(
                    f"{place}: row {number + 1} of {table} has {len(values)} values for"
                    f" {len(names)} columns."
                )
            dump.tables[table].append(dict(zip(names, values, strict=True)))
    return end + 3


def _copied(value: str) -> str | None:
    if value == "\\N":
        return None
    return re.sub(r"\\(.)", lambda match: _ESCAPES.get(match[1], match[1]), value)


def _insert(
    text: str, at: int, table: str, names: list[str] | None, dump: Dump, *, escapes: bool
) -> int:
    """Take the rows of an `INSERT`; return where it ends."""
    while True:
        at = _skip(text, at)
        if text[at : at + 1] != "(":
            raise _broken(text, at, table)
        values, at = _values(text, at + 1, table, escapes=escapes)
        if names is None:
            raise SourceFileError(
                f"{_line(text, at)}: the columns of {table} are not known: make the dump with its"
                " CREATE TABLE statements, or with complete inserts."
            )
        if len(values) != len(names):
            raise SourceFileError(
                f"{_line(text, at)}: a row of {table} has {len(values)} values for"
                f" {len(names)} columns."
            )
        dump.tables[table].append(dict(zip(names, values, strict=True)))
        at = _skip(text, at)
        if text[at : at + 1] != ",":
            return at
        at += 1


def _past(text: str, at: int, table: str, *, escapes: bool) -> int:
    """Return where an `INSERT` ends that is not wanted: its texts may look like statements."""
    try:
        while text[(at := _skip(text, at)) : at + 1] == "(":
            _, at = _values(text, at + 1, table, escapes=escapes)
            at = _skip(text, at)
            at += text[at : at + 1] == ","
    except SourceFileError:
        pass  # it has values that nobody needs to read
    return at


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at].isspace():
        at += 1
    return at


def _broken(text: str, at: int, table: str) -> SourceFileError:
    rest = text[at:]
    if at >= len(text) or (len(rest) < 30 and ";" not in rest and ")" not in rest):
        return _cut_off(text, f"a row of {table} has no end")
    shown = " ".join(text[at : at + 30].split())
    return SourceFileError(f"{_line(text, at)}: “{shown}” is no value that can be read in {table}.")


def _values(text: str, at: int, table: str, *, escapes: bool) -> tuple[list[Any], int]:
    """Return the values of one row, and where its bracket is closed."""
    found: list[Any] = []
    while True:
        literal = _LITERAL.match(text, at)
        if literal is None:
            raise _broken(text, _skip(text, at), table)
        at = literal.end()
        if literal["quote"]:
            posix = escapes or literal["quote"].lower().startswith("e")
            value, at = _string(text, at, table, escapes=posix)
        else:
            value = _plain(literal)
        found.append(value)
        at = _skip(text, at)
        if text[at : at + 1] == ")":
            return found, at + 1
        if text[at : at + 1] != ",":
            raise _broken(text, at, table)
        at += 1


def _plain(literal: "re.Match[str]") -> Any:
    if literal["word"]:
        return _WORDS[literal["word"].lower()]
    if literal["hex"]:
        digits = literal["hex"][2:].rstrip("'")
        return bytes.fromhex(digits if len(digits) % 2 == 0 else f"0{digits}").decode(
            "utf-8", "replace"
        )
    written = literal["number"]
    return int(written) if written.lstrip("-").isdigit() and len(written) < 19 else float(written)


def _string(text: str, at: int, table: str, *, escapes: bool) -> tuple[str, int]:
    """Return a string whose quote opens before `at`, and where it ends."""
    parts = list(_pieces(text, at, table, escapes=escapes))
    return "".join(part for part, _ in parts), parts[-1][1]


def _pieces(text: str, at: int, table: str, *, escapes: bool) -> Iterator[tuple[str, int]]:
    special = re.compile(r"['\\]" if escapes else "'")
    while True:
        found = special.search(text, at)
        if found is None:
            raise _broken(text, len(text), table)
        yield text[at : found.start()], found.end()
        at = found.end()
        following = text[at : at + 1]
        if found[0] == "\\":
            yield _ESCAPES.get(following, following), at + 1
            at += 1
        elif following == "'":
            yield "'", at + 1
            at += 1
        else:
            return
