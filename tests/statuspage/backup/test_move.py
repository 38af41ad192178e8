"""F-O10: a store is moved between SQLite and PostgreSQL whole, once, and can be gone on with."""

import io
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from components.models import Component, JournalEntry
from statuspage.backup import databases, rows, tables
from statuspage.backup.errors import BrokenOffError
from statuspage.backup.move import move
from statuspage.management import admission
from subscribers.delivery import holds
from subscribers.models import Hold, Notice
from tests.migrated_store import copy_migrated_store
from tests.statuspage.backup.stores import contents, empty_database, quiet, sqlite_url, using

pytestmark = [pytest.mark.long]
NOW = datetime(2026, 11, 30, 4, 0, tzinfo=UTC)


@pytest.fixture
def target(tmp_path: Path) -> str:
    """A database that was migrated and never used: to migrate one takes seconds."""
    copy_migrated_store(tmp_path / "target.sqlite3")
    return sqlite_url(tmp_path / "target.sqlite3")


def test_every_table_is_copied_or_left_out_for_a_reason_f_o10(store: Path) -> None:
    """A model whose table is forgotten fails here."""
    there = set(connection.introspection.table_names())

    assert there - set(tables.names()) == set(tables.LEFT_OUT)
    assert set(tables.names()) <= there


def test_everything_is_there_and_nothing_starts_on_the_former_store_f_o10(
    store: Path, target: str
) -> None:
    before, out = contents(), io.StringIO()

    call_command("move", "--to", target, stdout=out)

    with using(target):
        assert contents() == before
        assert holds.active_hold() is None
        assert "statuspage_move" not in connection.introspection.table_names()
    hold = holds.active_hold()
    assert hold is not None
    assert hold.reason.startswith("this store was moved to SQLite at")
    with pytest.raises(
        CommandError, match=r"moved to SQLite at .* nothing starts on it"
    ) as refused:
        admission.admit()
    assert refused.value.returncode == 78
    with pytest.raises(CommandError, match=r"was moved to SQLite at .* already"):
        call_command("move", "--to", target)
    call_command("deliveries", "discard", stdout=io.StringIO())
    admission.admit()
    assert f"Moved: {sum(each.count for each in before.values()):,} rows" in out.getvalue()


def test_a_key_that_was_given_once_is_not_given_again_f_o10(store: Path, target: str) -> None:
    last = Notice.objects.create(key="one more", facts={}, audience={}, created_at=NOW)
    number = last.pk
    last.delete()

    move(target, now=NOW, say=quiet)

    with using(target):
        again = Notice.objects.create(key="another", facts={}, audience={}, created_at=NOW)
        assert again.pk == number + 1


def test_a_move_that_was_broken_off_goes_on_f_o10(
    store: Path, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Meanwhile the store was in use: rows came, changed and went."""
    monkeypatch.setattr(rows, "BATCH", 50)
    _break_off(target, monkeypatch, at="subscribers_delivery")
    Component.objects.filter(slug="storage").update(description="Changed meanwhile")
    JournalEntry.objects.create(kind="x", public=False, data={"of": "meanwhile"}, at=NOW)
    Hold.objects.all().delete()
    before = contents()
    said: list[str] = []

    move(target, now=NOW, say=said.append)

    assert "Going on with a move that was broken off" in said
    with using(target):
        assert contents() == before


def _break_off(target: str, monkeypatch: pytest.MonkeyPatch, *, at: str) -> None:
    """Begin to move, until the second batch of one table."""
    write, batches = rows.write, []

    def broken(model: tables.Model, batch: list[rows.Row], *, using: str) -> None:
        batches.append(model._meta.db_table)
        if batches.count(at) == 2:
            raise BrokenOffError
        write(model, batch, using=using)

    with monkeypatch.context() as patch:
        patch.setattr(rows, "write", broken)
        with pytest.raises(BrokenOffError):
            move(target, now=NOW, say=quiet)


def test_a_part_of_another_store_is_not_gone_on_with_f_o10(
    store: Path, target: str, data_dir: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(rows, "BATCH", 50)
    _break_off(target, monkeypatch, at="auth_permission")
    other = tmp_path / "other.sqlite3"
    connection.close()
    shutil.copyfile(store, other)
    with using(sqlite_url(other)):
        with connection.cursor() as cursor:
            cursor.execute("UPDATE statuspage_page SET identity = %s", ["0" * 32])

        with pytest.raises(CommandError, match="a part of another store"):
            call_command("move", "--to", target)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("mysql://u:p@h/d", "--to: its value will not do"),
        ("postgres://u:hush@127.0.0.1:1/d", "PostgreSQL at 127.0.0.1:1/d does not answer"),
        ("postgres://u:hush@127.0.0.1:1/", "--to names no database"),
        ("sqlite:////nowhere/at/all.sqlite3", "unable to open database file"),
    ],
)
def test_where_a_store_cannot_go_is_said_f_o10(store: Path, url: str, says: str) -> None:
    with pytest.raises(CommandError, match=says) as error:
        call_command("move", "--to", url)

    assert "hush" not in str(error.value)
    assert holds.active_hold() is None


def test_a_store_is_not_moved_onto_itself_or_another_f_o10(
    store: Path, todays_store: Path, tmp_path: Path
) -> None:
    shutil.copyfile(todays_store, tmp_path / "other.sqlite3")
    for there in (store, tmp_path / "other.sqlite3"):
        with pytest.raises(CommandError, match="is not empty: a store is moved into an empty"):
            call_command("move", "--to", sqlite_url(there))


def test_a_store_is_not_moved_under_a_role_at_work_f_o10(
    store: Path, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(databases, "BUSY_SECONDS", 0.1)
    role = databases.open_sqlite(store)
    role.execute("SELECT COUNT(*) FROM auth_user").fetchone()

    with pytest.raises(CommandError, match="is in use: no store is moved under running roles"):
        call_command("move", "--to", target)

    role.close()


def test_what_differs_in_the_end_is_not_taken_for_moved_f_o10(
    store: Path, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = rows.write

    def forgetful(model: tables.Model, batch: list[rows.Row], *, using: str) -> None:
        write(model, batch[:-1] if model is JournalEntry else batch, using=using)

    monkeypatch.setattr(rows, "write", forgetful)

    with pytest.raises(CommandError, match="components_journalentry is not the same in both"):
        call_command("move", "--to", target)

    assert holds.active_hold() is None


@pytest.mark.postgres
def test_there_and_back_again_nothing_has_changed_f_o10(store: Path, target: str) -> None:
    strange = JournalEntry.objects.create(
        kind="x", public=False, actor="nu\0l", at=NOW + timedelta(microseconds=1),
        data={"f": 1e22, "n": None, "z": -0.0, "deep": [{"b": 1.5e-7, "a": True}], "t": "ü\u2028"},
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE components_journalentry SET data = json_set(data, '$.s', json(%s))"
            " WHERE id = %s",
            ['"\\ud800\\u0000"', strange.pk],
        )
    before = contents()
    said: list[str] = []
    with empty_database("moved") as there:
        move(there, now=NOW, say=said.append)

        assert any("components_journalentry.actor: 1 values" in line for line in said)
        with using(there):
            assert contents() == before
            with connection.cursor() as cursor:
                cursor.execute("SELECT COUNT(*) FROM monitors_result_default")
                assert cursor.fetchone() == (0,)
            assert Notice.objects.create(key="n", facts={}, audience={}, created_at=NOW).pk > 1
            Notice.objects.get(key="n").delete()
            with (
                psycopg.connect(there, application_name="statuspage notify"),
                pytest.raises(CommandError, match="is in use by notify: no store is moved"),
            ):
                call_command("move", "--to", target)
            move(target, now=NOW, say=quiet)
    with using(target):
        assert contents() == before
        assert JournalEntry.objects.get(pk=strange.pk).data["s"] == "\ufffd\ufffd"


@pytest.mark.postgres
def test_a_row_that_does_not_fit_is_named_f_o10(store: Path) -> None:
    row = Component.objects.first()
    assert row is not None
    Component.objects.filter(pk=row.pk).update(name="x" * 1000)
    with empty_database("too_narrow") as there:
        with pytest.raises(CommandError, match=f"components_component, row {row.pk}, cannot be"):
            call_command("move", "--to", there)
        Component.objects.filter(pk=row.pk).update(name="x")
        move(there, now=NOW, say=quiet)
        with using(there):
            assert Component.objects.get(pk=row.pk).name == "x"
