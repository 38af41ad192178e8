"""The kept store as a store in use, with a data folder and keys of its own."""

import lzma
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from pytest_django import DjangoDbBlocker

from tests.statuspage.backup.stores import sqlite_url, using
from tests.store import kept


@pytest.fixture(scope="session")
def earlier_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The kept store, as its release left it."""
    file = tmp_path_factory.mktemp("kept") / "earlier.sqlite3"
    file.write_bytes(lzma.decompress(kept.STORE.read_bytes()))
    return file


@pytest.fixture(scope="session")
def todays_store(earlier_store: Path, django_db_blocker: DjangoDbBlocker) -> Path:
    """The kept store with today's migrations."""
    file = earlier_store.with_name("today.sqlite3")
    shutil.copyfile(earlier_store, file)
    with django_db_blocker.unblock(), using(sqlite_url(file)):
        call_command("migrate", verbosity=0)
    return file


@pytest.fixture
def data_dir(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, django_db_blocker: DjangoDbBlocker
) -> Iterator[Path]:
    """A data folder and the keys of the kept store; the test database is not touched."""
    ours, folder = settings.STATUSPAGE, tmp_path / "data"
    folder.mkdir()
    environ = kept.environment(folder)
    monkeypatch.setattr(ours, "data_dir", folder)
    monkeypatch.setattr(ours, "repository_path", folder / "repository")
    monkeypatch.setattr(ours, "secret_key", environ["STATUSPAGE_SECRET_KEY"])
    monkeypatch.setattr(ours, "secret_keys", (environ["STATUSPAGE_SECRET_KEYS"],))
    monkeypatch.setattr(settings, "SECRET_KEY", environ["STATUSPAGE_SECRET_KEY"])
    with django_db_blocker.unblock():
        yield folder


@pytest.fixture
def store(data_dir: Path, todays_store: Path) -> Iterator[Path]:
    """The kept store, in use; its file."""
    file = data_dir / "db.sqlite3"
    shutil.copyfile(todays_store, file)
    with using(sqlite_url(file)):
        yield file
