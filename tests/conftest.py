"""Fixtures that several rooms share."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client, override_settings

from tests.environment import missing

CHROMIUM = Path("/usr/bin/chromium")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """SQLite's tests use a file, as the product does: in memory, threads would share a cache."""
    if connection.vendor == "sqlite":
        connection.settings_dict["TEST"]["NAME"] = str(
            settings.STATUSPAGE.data_dir / "test.sqlite3"
        )


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Snapshots go to a folder of the test's own."""
    monkeypatch.setattr(settings.STATUSPAGE, "repository_path", tmp_path / "repository")


@pytest.fixture
def staff(client: Client) -> Client:
    """A logged-in superuser."""
    user = get_user_model().objects.create_superuser("olga", "olga@example.org", "a long password")
    client.force_login(user)
    return client


@pytest.fixture(scope="session")
def chromium() -> Path:
    if not CHROMIUM.exists():
        missing("browser", "Debian's chromium is not installed")
    return CHROMIUM


@pytest.fixture
def cheap_passwords() -> Iterator[None]:
    """The product's hasher takes its time on purpose; a test that logs in a lot has none."""
    hashers = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    with override_settings(PASSWORD_HASHERS=hashers):
        yield
