"""Putting a restored SQLite store in place: finished beside it, then one rename."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from django.db import connection

from statuspage.backup import databases

_BESIDE = ("-wal", "-shm", "-journal")


def put(store: Path, *, finish: Callable[[], None], stamp: str, what: str) -> str:
    """Make the file `store` the database in use, after `finish` ran on it.

    Returns where the former one is kept, '' without one. Raises BackupError.
    """
    config = {**connection.settings_dict, "NAME": str(store)}
    with databases.use_database(databases.configured(config)):
        finish()
    with closing(databases.open_sqlite(store)) as opened:
        # One file, that nothing beside it belongs to.
        opened.execute("PRAGMA journal_mode = DELETE")
    store.chmod(0o600)
    place = databases.sqlite_path()
    if not place.exists():
        connection.close()
        _forget_leftovers(place)
        store.replace(place)
        return ""
    kept = place.with_name(f"{place.name}.replaced-{stamp}")
    with databases.hold_sqlite(what=what) as held:
        # What is in its log gets into the file that is kept.
        held.execute("PRAGMA journal_mode = DELETE")
        _forget_leftovers(place)
        place.rename(kept)
        store.replace(place)
    return str(kept)


def _forget_leftovers(place: Path) -> None:
    """Remove the log of a database that is no more: SQLite would apply it to the new one."""
    for suffix in _BESIDE:
        place.with_name(place.name + suffix).unlink(missing_ok=True)
