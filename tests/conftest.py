"""Fixtures that several rooms share."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client, override_settings
from django.urls import get_resolver
from pytest_django import DjangoDbBlocker
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.responders import StaticFile

from components import journal
from monitors.worker import probe_memory
from statuspage.access.undeclared_proxy import SIGHTINGS
from statuspage.api.limits import LIMITER
from statuspage.publishing import projector, rendered
from subscribers.channels import registry
from subscribers.delivery import unreadable, worker
from tests import APPS, ROOT
from tests.counterparts import program
from tests.database import EmptyStore
from tests.mailserver import Script, mail_server
from tests.migrated_store import copy_migrated_store, create_migrated_database, drop_database
from tests.sessions import log_in
from tests.waiting import PATIENCE

UNPROJECTED = (
    *(f"{app}/" for app in APPS if app != "statuspage"),
    "contracts/test_speed.py",
    "statuspage/api/",
)
"""Tests of what does not publish, as their paths begin."""
UNPUBLISHED = (
    "components/backoffice/",
    "contracts/test_catalogue_api.py",
    "contracts/test_incidents_api.py",
    "contracts/test_subscribers_api.py",
    "security/test_addresses.py",
    "security/test_hostile_forms.py",
    "security/test_scopes.py",
    "statuspage/access/",
    "statuspage/accounts/",
    "statuspage/automation/",
    "statuspage/backoffice/",
    "statuspage/catalogue_files/",
    "statuspage/edge/test_pings.py",
    "statuspage/signup/",
)
"""Tests that derive statuses and look at no page, as their paths begin."""
COMPRESSION = {name: getattr(rendered, name) for name in ("BROTLI_BEST", "BROTLI_LEVEL")}


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """SQLite's tests use a file, as the product does: in memory, threads would share a cache."""
    test = connection.settings_dict["TEST"]
    # It is there already: only what follows a migration is done anew.
    test["MIGRATE"] = False
    if connection.vendor == "sqlite":
        test["NAME"] = str(settings.STATUSPAGE.data_dir / "test.sqlite3")
        # It never has to survive a crash; each of thousands of tests commits.
        options = connection.settings_dict["OPTIONS"]
        command, changed = options["init_command"], "PRAGMA synchronous=OFF;"
        assert "PRAGMA synchronous=NORMAL;" in command
        options["init_command"] = command.replace("PRAGMA synchronous=NORMAL;", changed)


@pytest.fixture(scope="session")
def django_db_keepdb(django_db_modify_db_settings: None) -> bool:
    """The test database is a copy of one that was migrated in this run."""
    if connection.vendor == "sqlite":
        copy_migrated_store(Path(connection.settings_dict["TEST"]["NAME"]))
    else:
        name = connection.creation._get_test_db_name()  # type: ignore[attr-defined]
        create_migrated_database(os.environ["DATABASE_URL"], name)
    return True


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Have the test database emptied quickly after each test, and let go in the end."""
    with django_db_blocker.unblock():
        EmptyStore().use()
    yield
    if connection.vendor == "postgresql":
        # By force: threads that live as long as the process keep a session each.
        drop_database(os.environ["DATABASE_URL"], str(connection.settings_dict["NAME"]))


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Snapshots go to a folder of the test's own."""
    monkeypatch.setattr(settings.STATUSPAGE, "repository_path", tmp_path / "repository")


@pytest.fixture(autouse=True)
def nobody_has_called() -> None:
    """Callers are counted per process, and all tests are one caller; so are proxies noticed.

    No check was made either: another test's may have had the same id.
    """
    LIMITER.reset()
    SIGHTINGS.reset()
    unreadable.reset()
    probe_memory.reset()


@pytest.fixture(autouse=True)
def lanes_have_ended() -> Iterator[None]:
    """A lane still at work would write into the next test, or where no database is allowed."""
    yield
    for thread in threading.enumerate():
        if thread.name == worker.THREAD_NAME:
            thread.join(PATIENCE)
            assert not thread.is_alive(), "a sender's thread never ends"


@pytest.fixture(autouse=True)
def projected_where_asked(request: pytest.FixtureRequest) -> Iterator[None]:
    """Derive and publish nothing in tests of `UNPROJECTED`, unless they ask for it.

    Each append to the journal would render every page, which costs more than most of these tests.
    """
    where = request.path.relative_to(ROOT / "tests").as_posix()
    asked = request.node.get_closest_marker("projected")
    with (
        journal.without_listeners()
        if where.startswith(UNPROJECTED) and not asked
        else nullcontext()
    ):
        yield


@pytest.fixture(autouse=True)
def published_where_asked(request: pytest.FixtureRequest) -> Iterator[None]:
    """Publish nothing in tests of `UNPUBLISHED`, unless they ask for it.

    To render, compress and write all pages is half of what most of them would do.
    """
    where = request.path.relative_to(ROOT / "tests").as_posix()
    asked = request.node.get_closest_marker("published")
    with (
        mock.patch.object(projector, "publish_if_behind")
        if where.startswith(UNPUBLISHED) and not asked
        else nullcontext()
    ):
        yield


@pytest.fixture
def staff(client: Client) -> Client:
    """A superuser who signed in just now."""
    user = get_user_model().objects.create_superuser("olga", "olga@example.org", "a long password")
    return log_in(client, user)


@pytest.fixture(scope="session")
def chromium() -> Path:
    return program("browser")


@pytest.fixture(autouse=True, scope="session")
def cheap_passwords() -> Iterator[None]:
    """The product's hasher takes its time on purpose, a tenth of a second for each password."""
    cheap = "django.contrib.auth.hashers.MD5PasswordHasher"
    with override_settings(PASSWORD_HASHERS=[cheap, *settings.PASSWORD_HASHERS]):
        yield


@pytest.fixture(autouse=True, scope="session")
def admin_is_imported() -> None:
    """Tests that walk the admin's pages find them, whether or not an address was asked for."""
    get_resolver().url_patterns  # noqa: B018


@pytest.fixture(autouse=True, scope="session")
def static_files_read_once() -> Iterator[None]:
    """Each test client makes the middleware anew, which would read all of the admin's files."""
    read = WhiteNoiseMiddleware.add_files_from_finders
    known: dict[str, dict[str, StaticFile]] = {}

    def add(middleware: WhiteNoiseMiddleware) -> None:
        if middleware.static_prefix not in known:
            read(middleware)
            known[middleware.static_prefix] = dict(middleware.files)
        middleware.files.update(known[middleware.static_prefix])

    with mock.patch.object(WhiteNoiseMiddleware, "add_files_from_finders", add):
        yield


@pytest.fixture(autouse=True, scope="session")
def quick_compression() -> Iterator[None]:
    """What is published in tests is compressed in a tenth of the time; see `best_compression`."""
    with mock.patch.multiple(rendered, BROTLI_BEST=1, BROTLI_LEVEL=1, GZIP_LEVEL=1):
        yield


@pytest.fixture
def best_compression(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compress as the product does, for tests that measure the page's weight."""
    for name, level in COMPRESSION.items():
        monkeypatch.setattr(rendered, name, level)


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
