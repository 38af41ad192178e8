"""F-O10: a backup becomes the store in use, held, or everything stays as it was."""

import io
import os
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from components import secrets
from components.models import JournalEntry
from components.secrets.keys import Keys
from statuspage.backup import archive, databases, dump, keys
from statuspage.backup import restore as restoring
from statuspage.backup.create import create
from statuspage.backup.errors import BackupError
from statuspage.backup.keys import StoreKeys
from statuspage.backup.move import move
from statuspage.models import StoredSnapshot
from statuspage.publishing import disk_copy
from subscribers.delivery import holds
from subscribers.models import Delivery
from tests.environment import postgres_tools
from tests.statuspage.backup.stores import contents, empty_database, quiet, sqlite_url, using
from tests.store import sealed

pytestmark = [pytest.mark.long]
NOW = datetime(2026, 11, 30, 4, 0, tzinfo=UTC)
WRITTEN_SINCE = {
    "components_journalcursor", "components_journalentry", "components_statusperiod",
    "statuspage_page", "statuspage_storedsnapshot", "subscribers_delivery", "subscribers_hold",
    "components_component", "statuspage_watch",
}  # fmt: skip
"""What the hold and the publication of a restored store write to."""


def restore(*words: str) -> str:
    out = io.StringIO()
    call_command("restore", *words, stdout=out)
    return out.getvalue()


@pytest.fixture
def backup(store: Path, tmp_path: Path) -> Path:
    """A backup of the kept store."""
    file = tmp_path / "backup.tar.gz"
    create(file, now=NOW, say=quiet)
    return file


def lose(store: Path) -> None:
    connection.close()
    for file in store.parent.glob("db.sqlite3*"):
        file.unlink()


def test_a_lost_store_is_back_and_held_f_o10(backup: Path, store: Path) -> None:
    before, opened, count = contents(), sealed.opened(), JournalEntry.objects.count()
    waiting = Delivery.objects.filter(due__isnull=False).count()
    lose(store)

    said = restore(str(backup))

    after = contents()
    assert {name for name in before if before[name] != after[name]} <= WRITTEN_SINCE
    assert sealed.opened() == opened
    assert JournalEntry.objects.count() > count  # it says that deliveries are held
    assert waiting > 0
    assert Delivery.objects.filter(due__isnull=False).count() == 0
    assert holds.active_hold() is not None
    assert "as counted when the backup was made" in said
    assert "deliveries release" in said
    assert store.stat().st_mode & 0o777 == 0o600
    published = disk_copy.read()
    assert published is not None
    assert published.version == StoredSnapshot.objects.get().version


def test_a_backup_of_an_older_release_is_migrated_f_o10(
    data_dir: Path, earlier_store: Path, tmp_path: Path
) -> None:
    file = data_dir / "db.sqlite3"
    shutil.copyfile(earlier_store, file)
    with using(sqlite_url(file)):
        create(tmp_path / "backup.tar.gz", now=NOW, say=quiet)
        lose(file)

        said = restore(str(tmp_path / "backup.tar.gz"))

        assert "migrations applied: the backup is of an older release" in said
        assert holds.active_hold() is not None


def test_a_store_that_is_there_is_replaced_only_when_told_and_kept_f_o10(
    backup: Path, store: Path
) -> None:
    JournalEntry.objects.create(kind="x", public=False, data={}, at=NOW)
    before = contents()

    with pytest.raises(CommandError, match=r"is not empty. With --replace"):
        restore(str(backup))
    assert contents() == before
    restore(str(backup), "--replace")

    assert not JournalEntry.objects.filter(kind="x").exists()
    (kept,) = store.parent.glob("db.sqlite3.replaced-*")
    with using(sqlite_url(kept)):
        assert contents() == before


def test_what_a_newer_release_made_is_refused_f_o10(
    store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer = [*databases.applied_migrations(), "components.0999_of_tomorrow"]
    monkeypatch.setattr(databases, "applied_migrations", lambda: newer)
    create(tmp_path / "backup.tar.gz", now=NOW, say=quiet)
    lose(store)

    with pytest.raises(CommandError, match=r"newer release .*components\.0999_of_tomorrow"):
        restore(str(tmp_path / "backup.tar.gz"))

    assert not store.exists()


def test_nothing_is_restored_under_a_role_at_work_f_o10(
    backup: Path, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A role keeps a connection open, also between two transactions."""
    monkeypatch.setattr(databases, "BUSY_SECONDS", 0.2)
    with closing(sqlite3.connect(store)) as role:
        role.execute("SELECT COUNT(*) FROM auth_user").fetchone()
        role.commit()

        with pytest.raises(CommandError, match=r"is in use: .* Stop them everywhere first"):
            restore(str(backup), "--replace")

    assert not list(store.parent.glob("*.replaced-*"))


def test_a_restore_that_fails_leaves_all_as_it_was_f_o10(
    backup: Path, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device", str(store))

    before = contents()
    monkeypatch.setattr(holds, "begin_hold", fail)

    with pytest.raises(CommandError, match="No space left on device"):
        restore(str(backup), "--replace")

    assert contents() == before
    assert sorted(each.name for each in store.parent.iterdir() if "sqlite" not in each.name) == []


@pytest.fixture
def no_keys_in_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys stand in files, as on one machine."""
    monkeypatch.setattr(settings.STATUSPAGE, "secret_key", "")
    monkeypatch.setattr(settings.STATUSPAGE, "secret_keys", ())


def test_sealed_keys_are_put_in_place_and_read_everything_f_o10(
    store: Path, tmp_path: Path, no_keys_in_settings: None
) -> None:
    secrets.write_keys(Keys(("a2V5LW9mLXRoZS1rZXB0LXN0b3JlLTMyLWJ5dGVzLi4=",)))
    passphrase, opened = tmp_path / "passphrase", sealed.opened()
    passphrase.write_text("correct horse battery staple\n")
    file = tmp_path / "backup.tar.gz"
    create(file, now=NOW, say=quiet, passphrase="correct horse battery staple")
    lose(store)
    secrets.key_path().unlink()
    (store.parent / "secret.key").write_text("made at the start of a new machine\n")

    said = restore(str(file), "--with-keys", "--passphrase-file", str(passphrase))

    assert sealed.opened() == opened
    assert (store.parent / "secret.key").read_text().strip() == settings.SECRET_KEY
    for name in ("secret.key", "secrets.keys"):
        assert (store.parent / name).stat().st_mode & 0o777 == 0o600
    assert "cannot be read" not in said
    assert "another one" not in said


def test_keys_that_are_missing_are_said_f_o10(
    backup: Path, store: Path, no_keys_in_settings: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "SECRET_KEY", "of another machine")
    lose(store)

    said = restore(str(backup))

    assert "links in mails and sign-ins from before lead nowhere" in said
    assert "stored secrets cannot be read with the keys here" in said


def test_keys_of_another_store_are_refused_f_o10(backup: Path, store: Path, tmp_path: Path) -> None:
    keys.write(tmp_path / "other.json", StoreKeys("of another store", ()))
    lose(store)

    with pytest.raises(CommandError, match="these keys are of another store"):
        restore(str(backup), "--keys", str(tmp_path / "other.json"))

    assert not store.exists()


def test_keys_that_a_setting_contradicts_are_refused_f_o10(
    backup: Path, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys.write(tmp_path / "keys.json", keys.in_force())
    monkeypatch.setattr(settings.STATUSPAGE, "secret_key", "another")
    lose(store)

    with pytest.raises(CommandError, match="STATUSPAGE_SECRET_KEY is another key here"):
        restore(str(backup), "--keys", str(tmp_path / "keys.json"))


@pytest.mark.postgres
def test_a_backup_of_postgresql_is_whole_and_restored_f_o10(
    store: Path, tmp_path: Path, tools_of_postgres: Path
) -> None:
    file = tmp_path / "backup.tar.gz"
    with empty_database("backed_up") as one, empty_database("restored") as other:
        move(one, now=NOW, say=quiet)
        with using(one):
            before = contents()
            out = io.StringIO()
            call_command("backup", str(file), stdout=out)
            call_command("backup", str(file), "--verify", stdout=out)
        assert "is whole" in out.getvalue()
        with using(other):
            restore(str(file))
            after = contents()
            assert {name for name in before if before[name] != after[name]} <= WRITTEN_SINCE
            assert holds.active_hold() is not None
            JournalEntry.objects.create(kind="x", public=False, data={}, at=NOW)
            with pytest.raises(CommandError, match="is not empty"):
                restore(str(file))
            kept = contents()

            _fails_and_changes_nothing(file, kept)

            said = restore(str(file), "--replace")
            assert "replaced_" in said
            assert not JournalEntry.objects.filter(kind="x").exists()
            _refuses_under_a_role(other, file)


def _fails_and_changes_nothing(file: Path, kept: dict[str, Any]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(holds, "begin_hold", _no)
        with pytest.raises(CommandError, match="no hold"):
            restore(str(file), "--replace")
    assert contents() == kept


def _no(*_: object, **__: object) -> None:
    raise BackupError("no hold")


def _refuses_under_a_role(url: str, file: Path) -> None:
    with (
        psycopg.connect(url, application_name="statuspage beat"),
        pytest.raises(CommandError, match=r"is in use by beat: no store is restored"),
    ):
        restore(str(file), "--replace")


@pytest.fixture
def tools_of_postgres(monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of PostgreSQL's own programs."""
    folder = postgres_tools()
    monkeypatch.setattr(settings.STATUSPAGE, "postgres_tools", str(folder))
    return folder


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("script", "says"),
    [
        ("", "pg_dump was not found in .*STATUSPAGE_POSTGRES_TOOLS"),
        ("echo 'pg_dump (PostgreSQL) 9.6.1'", "is version 9, older than the server's"),
        (
            "[ $1 = --version ] && echo '(PostgreSQL) 99.1' && exit; echo 'no room' >&2; exit 1",
            r"pg_dump failed \(exit status 1\): no room",
        ),
    ],
)
def test_a_tool_that_is_missing_old_or_fails_is_said_f_o10(
    data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, says: str
) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    if script:
        (folder / "pg_dump").write_text(f"#!/bin/sh\n{script}\n")
        (folder / "pg_dump").chmod(0o755)
    monkeypatch.setattr(settings.STATUSPAGE, "postgres_tools", str(folder))

    with using(os.environ["DATABASE_URL"]), pytest.raises(BackupError, match=says):
        dump.dump(tmp_path / "dump", say=quiet)


@pytest.mark.postgres
def test_a_backup_of_sqlite_is_not_restored_on_postgresql_f_o10(backup: Path) -> None:
    with using(os.environ["DATABASE_URL"]), pytest.raises(BackupError, match="then move it"):
        restoring.refuse_unknown(archive.read_manifest(backup))
