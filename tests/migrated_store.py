"""A migrated store, made once in a whole run and copied to whoever needs one.

To migrate an empty store takes as long as a hundred tests; every test process and every product
that a journey starts begins with a copy.
"""

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from tests import ROOT

FOLDER = "TEST_STORES"
"""Names the variable with the folder that all processes of a run share."""
_FILE = "db.sqlite3"
_POSTGRES = "migrated"


def put_migrated_store(data_dir: Path) -> None:
    """Put a copy into a data directory, where the product finds it."""
    data_dir.mkdir(exist_ok=True)
    copy_migrated_store(data_dir / _FILE)


def copy_migrated_store(file: Path) -> None:
    """Write a copy, an SQLite file."""
    with _only_one("sqlite") as folder:
        made = folder / _FILE
        if not made.exists():
            (folder / "new").mkdir(exist_ok=True)
            _migrate(STATUSPAGE_DATA_DIR=str(folder / "new"))
            (folder / "new" / _FILE).rename(made)
    shutil.copyfile(made, file)


def create_migrated_database(server: str, name: str) -> None:
    """Make a copy, a database on this PostgreSQL server."""
    with _only_one("postgres") as folder, psycopg.connect(server, autocommit=True) as connection:
        made = folder / _POSTGRES
        template, copy = sql.Identifier(_POSTGRES), sql.Identifier(name)
        if not made.exists():
            # A server that is not ours may have one of a run that was killed.
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(template))
            connection.execute(sql.SQL("CREATE DATABASE {}").format(template))
            url = urlunsplit(urlsplit(server)._replace(path=f"/{_POSTGRES}"))
            _migrate(STATUSPAGE_DATA_DIR=str(folder), DATABASE_URL=url)
            made.touch()
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(copy))
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(copy, template))


def migrate_database(url: str, data_dir: Path) -> None:
    """Migrate the empty database of a server that is a test's own, however long that takes."""
    _migrate(STATUSPAGE_DATA_DIR=str(data_dir), DATABASE_URL=url)


def drop_database(server: str, name: str = _POSTGRES) -> None:
    """Remove a copy, or what it was copied from, whoever is still connected to it."""
    with psycopg.connect(server, autocommit=True) as connection:
        command = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
        connection.execute(command.format(sql.Identifier(name)))


@contextmanager
def _only_one(name: str) -> Iterator[Path]:
    """The folder of one kind of store, while no other process is in it."""
    folder = Path(os.environ[FOLDER]) / name
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder


def _migrate(**environ: str) -> None:
    others = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity=0"],
        cwd=ROOT, env={**others, **environ}, check=True, timeout=600,
    )  # fmt: skip
