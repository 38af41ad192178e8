"""What is wrong with the data folder or the database, in a sentence instead of a traceback.

One place for all commands: `manage.py` asks before it runs one of the roles, and about whatever
error ends any command.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from components.filesystem.folder_errors import disk_full, folder_trouble

FILES = (
    "secret.key",
    "secrets.keys",
    "db.sqlite3",
    "db.sqlite3-wal",
    "db.sqlite3-shm",
    "outbox.mark",
)
_IN_FOLDER = (
    "unable to open database file",
    "readonly database",
    "disk is full",
    "disk i/o error",
    "permission denied",
)
_REFUSED = (
    "it does not accept the user and password; in DATABASE_URL special characters have to be "
    "encoded (/ as %2F, @ as %40), in DATABASE_PASSWORD none has"
)
_CAUSES = (
    ("connection refused", "nothing listens there: start PostgreSQL, or correct the port"),
    (
        "resolve host|translate host name|name or service not known",
        "there is no host of that name: correct it, or the name server of this machine",
    ),
    ("password authentication failed|no password supplied", _REFUSED),
    ("no pg_hba.conf entry", "it does not let this machine in: add a line to its pg_hba.conf"),
    ("timeout|timed out", "no answer came: see whether a firewall is between"),
    ("database .* does not exist", "it has no such database: createdb, or correct the name"),
    ("role .* does not exist", "it has no such user: createuser, or correct the name"),
    ("read-only", "it can only be read: point to the primary, this is a standby"),
)
"""Patterns of what PostgreSQL and its library say, and what that means here."""


def folder_of(data_dir: Path) -> str:
    """Return what keeps the data folder from being used; '' if nothing does."""
    return folder_trouble(data_dir, files=FILES)


def full_disk_of(data_dir: Path) -> str:
    """Return a sentence if the data folder's disk is full; '' if it is not."""
    return disk_full(data_dir)


def explain(error: BaseException, *, data_dir: Path, database: str = "") -> str:
    """Return the sentence for an error that ended a command; '' where it is none of these.

    `database` is its URL; '' for SQLite in the data folder.
    """
    chain = list(_chain(error))
    if any(isinstance(each, OSError) and _is_below(each, data_dir) for each in chain):
        return folder_of(data_dir) or disk_full(data_dir) or _plain(chain)
    names = {kind.__name__ for kind in type(error).mro() if kind.__module__ == "django.db.utils"}
    if not names & {"DatabaseError", "InterfaceError"}:
        return ""
    text = " ".join(str(error).split())
    if re.search("no such (table|column)|(relation|column) .* does not exist", text):
        return f"The tables are not those of this release ({text}). Run manage.py migrate."
    if database.startswith("postgres"):
        answers = "OperationalError" not in names
        return "" if answers else f"The database at {shown(database)} fails: {_cause(text)}."
    return _explain_file(text, data_dir=data_dir, database=database)


def _explain_file(text: str, *, data_dir: Path, database: str) -> str:
    store = Path("/" + urlsplit(database).path.lstrip("/")) if database else None
    folder, files = (store.parent, (store.name,)) if store else (data_dir, FILES)
    if any(each in text.lower() for each in _IN_FOLDER):
        why = folder_trouble(folder, files=files) or disk_full(folder)
        return why or f"The database in {folder} cannot be used: {text}."
    if "not a database" in text or "malformed" in text:
        return f"The database in {folder} is damaged, or no SQLite file: {text}."
    return ""


def _cause(text: str) -> str:
    for pattern, cause in _CAUSES:
        if re.search(pattern, text, re.IGNORECASE):
            return f"{cause} ({text})"
    return text


def shown(database: str) -> str:
    """Return a database's URL without its password."""
    try:
        parts = urlsplit(database)
        places = parts.netloc.rpartition("@")[2]
        return f"{parts.username or ''}@{places}{parts.path}".lstrip("@")
    except ValueError:
        return "DATABASE_URL"


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__ or seen.__context__


def _is_below(error: OSError, data_dir: Path) -> bool:
    """Return whether an error of the file system is about the data folder, or the way to it."""
    if not isinstance(error.filename, str | os.PathLike):
        return False
    path = Path(error.filename).absolute()
    return path.is_relative_to(data_dir) or data_dir.is_relative_to(path)


def _plain(chain: list[BaseException]) -> str:
    found = next(each for each in chain if isinstance(each, OSError))
    return f"{found.filename} cannot be used: {found.strerror}."
