"""S19: what SQLite stores is its owner's alone."""

import sqlite3
from pathlib import Path
from types import SimpleNamespace

from components.filesystem.private_files import is_private, keep_store_private


def connection(path: Path, *, vendor: str = "sqlite") -> SimpleNamespace:
    return SimpleNamespace(vendor=vendor, settings_dict={"NAME": str(path)})


def test_s19_others_lose_their_rights_to_the_store_and_what_is_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "db.sqlite3"
    store = sqlite3.connect(path)
    store.executescript("PRAGMA journal_mode=WAL; CREATE TABLE a (b); INSERT INTO a VALUES (1)")
    for each in tmp_path.iterdir():
        each.chmod(0o644)

    keep_store_private(connection=connection(path))

    assert {each.stat().st_mode & 0o777 for each in tmp_path.iterdir()} == {0o600}
    assert is_private(path)
    store.close()


def test_other_databases_are_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "db"
    path.touch(mode=0o644)

    keep_store_private(connection=connection(path, vendor="postgresql"))
    keep_store_private(connection=connection(Path("file:memory?mode=memory")))

    assert not is_private(path)
    assert is_private(tmp_path / "missing")
