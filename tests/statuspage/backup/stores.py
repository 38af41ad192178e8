"""Stores of a test's own, apart from the test database, and what is in them."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from statuspage.backup import copying, databases, tables
from statuspage.backup.copying import Copied
from statuspage.backup.progress import Say
from tests.migrated_store import drop_database


@contextmanager
def using(url: str) -> Iterator[None]:
    """Have the store at `url` be the one in use."""
    with databases.use_database(databases.config_of(url, option="url")):
        yield


def sqlite_url(path: Path) -> str:
    return f"sqlite:///{path}"


@contextmanager
def empty_database(name: str) -> Iterator[str]:
    """The address of an empty database on the tests' PostgreSQL server."""
    server = os.environ["TEST_POSTGRES_URL"]
    drop_database(server, name)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    drop_database(server, name)


def contents() -> dict[str, Copied]:
    """What each table of the store in use holds: how many rows, and their digest."""
    return {
        model._meta.db_table: copying.read_digest(model, using="default", say=silent)
        for model in tables.copied()
    }


def silent(_text: str) -> None:
    pass


quiet: Say = silent
