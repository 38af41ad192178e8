"""Fixtures that several rooms share."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client, override_settings
from psycopg import connect

from statuspage.api.limits import LIMITER
from subscribers.channels import registry
from subscribers.delivery import worker
from tests.counterparts import program
from tests.mailserver import Script, mail_server


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """SQLite's tests use a file, as the product does: in memory, threads would share a cache."""
    if connection.vendor == "sqlite":
        connection.settings_dict["TEST"]["NAME"] = str(
            settings.STATUSPAGE.data_dir / "test.sqlite3"
        )


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> Iterator[None]:
    """What PostgreSQL needs besides, to be quick and to let the test database go."""
    if connection.vendor == "postgresql":
        connection.ops.sql_flush = _delete_everything  # type: ignore[assignment]
    yield
    if connection.vendor == "postgresql":
        # Threads that live as long as the process keep a session each.
        with connect(**connection.get_connection_params()) as own:
            own.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )


def _delete_everything(_style: Any, tables: list[str], **_options: Any) -> list[str]:
    """Instead of TRUNCATE, which makes new files for every table and index after each test."""
    deletions = "".join(f"DELETE FROM {connection.ops.quote_name(table)};" for table in tables)
    # As a replica: in no order that foreign keys would ask for.
    return [f"DO $$ BEGIN SET LOCAL session_replication_role = replica; {deletions} END $$"]


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Snapshots go to a folder of the test's own."""
    monkeypatch.setattr(settings.STATUSPAGE, "repository_path", tmp_path / "repository")


@pytest.fixture(autouse=True)
def nobody_has_called() -> None:
    """Callers are counted per process, and all tests are one caller."""
    LIMITER.reset()


@pytest.fixture
def staff(client: Client) -> Client:
    """A logged-in superuser."""
    user = get_user_model().objects.create_superuser("olga", "olga@example.org", "a long password")
    client.force_login(user)
    return client


@pytest.fixture(scope="session")
def chromium() -> Path:
    return program("browser")


@pytest.fixture
def cheap_passwords() -> Iterator[None]:
    """The product's hasher takes its time on purpose; a test that logs in a lot has none."""
    hashers = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    with override_settings(PASSWORD_HASHERS=hashers):
        yield


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture
def mails(script: Script, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Script]:
    """A scripted server that our mail goes to."""
    with mail_server(script) as (host, port):
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = host, port
        monkeypatch.setattr(settings.STATUSPAGE, "site_url", "https://status.example.com")
        monkeypatch.setattr(settings.STATUSPAGE, "site_name", "Acme")

        worker.reset()
        yield script


@pytest.fixture
def send() -> Callable[..., int]:
    """Run a shift until nothing is due any more."""

    def run(seconds: float = 5.0, **options: Any) -> int:
        shift = worker.Shift(
            options.pop("make", registry.make), stopping=options.pop("stopping", lambda: False),
            **options,
        )  # fmt: skip
        return shift.run(seconds=seconds, on_progress=lambda: None)

    return run
