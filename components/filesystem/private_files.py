"""Files that nobody but their owner may read: those of SQLite, which makes them for everybody."""

from contextlib import suppress
from pathlib import Path
from typing import Any

_BESIDE = ("", "-wal", "-shm", "-journal")
_OTHERS = 0o077


def is_private(path: Path) -> bool:
    """Return whether nobody but its owner may use a file; also when it is not there."""
    try:
        return not path.stat().st_mode & _OTHERS
    except OSError:
        return True


def keep_store_private(*, connection: Any, **_: Any) -> None:
    """Take everybody else's rights to the files of a SQLite database away, on each connection.

    SQLite gives the files that it makes beside a database that one's rights. Called by Django's
    `connection_created`; of other databases nothing is changed.
    """
    name = str(connection.settings_dict.get("NAME") or "")
    if connection.vendor != "sqlite" or not name.startswith("/") or is_private(Path(name)):
        return
    for suffix in _BESIDE:
        with suppress(OSError):  # not there, or another user's
            path = Path(name + suffix)
            path.chmod(path.stat().st_mode & ~_OTHERS)
