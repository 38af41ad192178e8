"""Reads of files of other products: whatever is in them, an error is a sentence with its place."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from components.values import foreign_json
from statuspage.importers.description import SourceFileError

MAX_BYTES = 64 << 20
"""Of a file that is read whole; one of SQLite may have any size."""
MAX_ALIASES = 1_000
_FIRST = datetime(2000, 1, 1, tzinfo=UTC)
_LAST = datetime(2200, 1, 1, tzinfo=UTC)
_MAGICS = {
    b"PK\x03\x04": "a zip archive: unpack it first",
    b"PK\x05\x06": "an empty zip archive",
    b"\x1f\x8b": "compressed by gzip: unpack it first",
    b"BZh": "compressed by bzip2: unpack it first",
    b"\xfd7zXZ\x00": "compressed by xz: unpack it first",
    b"\x28\xb5\x2f\xfd": "compressed by zstd: unpack it first",
    b"PGDMP": "a dump in PostgreSQL's own format: make one with `pg_dump --format=plain --inserts`",
    b"SQLite format 3\x00": "a SQLite database",
}


def read_text(path: Path, *, expected: str) -> str:
    """Return the text of a file in UTF-8, UTF-16 or UTF-32 with a mark. Raises SourceFileError.

    `expected` says what it should be, for the error.
    """
    raw = read_bytes(path, expected=expected)
    for magic, what in _MAGICS.items():
        if raw.startswith(magic):
            raise SourceFileError(f"It is {what}; {expected} is needed.")
    encoding = _encoding(raw)
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        place = raw.count(b"\n", 0, error.start) + 1
        raise SourceFileError(
            f"line {place}, byte {error.start + 1}: this is not"
            f" {encoding.upper().removesuffix('-SIG')}. Save the file as UTF-8."
        ) from None
    if (at := text.find("\0")) >= 0:
        number = text.count("\n", 0, at) + 1
        raise SourceFileError(f"line {number}: there is a NUL character; {expected} has none.")
    return text


def read_bytes(path: Path, *, expected: str) -> bytes:
    """Return what a file holds. Raises SourceFileError."""
    try:
        if path.is_dir():
            raise SourceFileError(f"It is a folder; {expected} is needed.")
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise SourceFileError(f"It cannot be read: {error.strerror}.") from None
    if len(raw) > MAX_BYTES:
        raise SourceFileError(f"It is larger than {MAX_BYTES >> 20} MiB; {expected} is smaller.")
    if not raw.strip():
        raise SourceFileError(f"It is empty; {expected} is needed.")
    return raw


def _encoding(raw: bytes) -> str:
    if raw.startswith((b"\xff\xfe\0\0", b"\0\0\xfe\xff")):
        return "utf-32"
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    return "utf-8-sig"


def read_json(path: Path, *, expected: str) -> Any:
    """Return the value of a JSON file. Raises SourceFileError."""
    try:
        return foreign_json.load(read_text(path, expected=expected))
    except foreign_json.ForeignJsonError as error:
        raise SourceFileError(f"{error} {expected[:1].upper()}{expected[1:]} is needed.") from None


class _Loader(yaml.SafeLoader):
    """A loader that follows a bounded number of aliases: ten lines can name a billion values."""

    aliases = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            self.aliases += 1
            if self.aliases > MAX_ALIASES:
                raise SourceFileError(f"It has more than {MAX_ALIASES} aliases.")
        return super().compose_node(parent, index)


def read_yaml(path: Path, *, expected: str) -> Any:
    """Return the value of a YAML file. Raises SourceFileError."""
    return parse_yaml(read_text(path, expected=expected))


def parse_yaml(text: str) -> Any:
    """Return the value of YAML. Raises SourceFileError."""
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506  (it is a SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise SourceFileError(f"{place}this is not YAML: {error.problem or error}.") from None
    except (yaml.YAMLError, ValueError) as error:
        raise SourceFileError(f"This is not YAML: {str(error).splitlines()[0]}.") from None
    except RecursionError:
        raise SourceFileError("It is nested too deeply.") from None


def objects(value: Any, place: str) -> list[dict[str, Any]]:
    """Return a list of objects; none for null. Raises SourceFileError naming what is none."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise SourceFileError(f"{place}: this has to be a list.")
    for number, each in enumerate(value):
        if not isinstance(each, dict):
            raise SourceFileError(f"{place}[{number}]: this has to be an object.")
    return value


def listed(value: Any) -> list[Any]:
    """Return a list; an empty one for anything else."""
    return value if isinstance(value, list) else []


def text(row: Mapping[str, Any], name: str) -> str:
    """Return a value as text; '' when it is missing, null or no scalar."""
    value = row.get(name)
    return str(value) if isinstance(value, str | int | float) else ""


def number(value: Any, default: float = 0) -> float:
    """Return a value as a number; `default` for what is none."""
    try:
        found = float(value)
    except (TypeError, ValueError, OverflowError):
        return default
    return found if abs(found) < 1e15 else default


def instant(value: Any) -> datetime | None:
    """Return an instant from ISO 8601, or seconds or milliseconds since 1970; None for none.

    What names no zone is UTC. None, too, for years that no status page has seen.
    """
    found: datetime | None = None
    if isinstance(value, datetime):
        found = value
    elif isinstance(value, int | float) and not isinstance(value, bool):
        seconds = value / 1000 if abs(value) > 1e11 else value
        if abs(seconds) < 1e10:
            found = datetime.fromtimestamp(seconds, UTC)
    elif isinstance(value, str):
        try:
            found = datetime.fromisoformat(value.strip())
        except ValueError:
            return None
    if found is None:
        return None
    at = found if found.tzinfo else found.replace(tzinfo=UTC)
    try:
        return at.astimezone(UTC) if _FIRST <= at < _LAST else None
    except OverflowError:
        return None
