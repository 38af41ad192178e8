"""Tables are changed by one process at a time, which waits for nobody for long."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection, models, transaction
from django.db.migrations.loader import MigrationLoader

from components.migrations._online import AddIndexOnline
from statuspage.runtime import migration_lock
from statuspage.runtime.migration_lock import only_one, with_retries
from tests.waiting import until

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def other() -> Iterator[Any]:
    """A session of somebody else, in a transaction that has read the journal."""
    session = connection.copy()
    session.settings_dict["OPTIONS"]["application_name"] = "a report"
    session.set_autocommit(False)
    with session.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM components_journalentry")
    yield session
    session.rollback()
    session.close()


def test_the_second_waits_for_the_first_and_says_so() -> None:
    said: list[str] = []
    order: list[str] = []

    def second() -> None:
        other = connection.copy()
        try:
            with only_one(other, say=said.append, sleep=lambda _: None):
                order.append("second")
        finally:
            other.close()

    with only_one(connection, say=said.append):
        thread = threading.Thread(target=second)
        thread.start()
        until(lambda: said, what="the second says that it waits")
        order.append("first")
    thread.join()

    assert order == ["first", "second"]
    assert said[0].startswith("Waiting for another process that migrates this database: ")
    assert "process " in said[0]


def test_a_table_that_somebody_uses_is_waited_for_shortly_and_tried_again(
    other: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migration_lock, "LOCK_TIMEOUT", "50ms")
    said: list[str] = []

    def change() -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                'ALTER TABLE "components_journalentry" ALTER COLUMN "actor" SET STORAGE EXTENDED'
            )

    with_retries(connection, change, say=said.append, sleep=lambda _: other.rollback())

    assert len(said) == 1
    assert "Waited 50ms for the table components_journalentry, in use by a report" in said[0]
    assert "Trying again" in said[0]


def test_it_gives_up_in_the_end_and_leaves_no_limit_behind(
    other: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migration_lock, "LOCK_TIMEOUT", "10ms")

    def change() -> None:
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE components_journalentry IN ACCESS EXCLUSIVE MODE")

    with pytest.raises(OperationalError, match="lock timeout"):
        with_retries(
            connection, transaction.atomic(change), say=lambda _: None, sleep=lambda _: None
        )
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("0",)


def test_an_interrupted_index_is_made_anew_while_others_write(
    other: Any,
) -> None:
    other.rollback()
    state = MigrationLoader(connection).project_state()
    index = models.Index(fields=["actor"], name="journal_by_actor_test")
    operation = AddIndexOnline("journalentry", index)
    after = state.clone()
    operation.state_forwards("components", after)
    with connection.cursor() as cursor:
        cursor.execute("CREATE INDEX journal_by_actor_test ON components_journalentry (actor)")
        cursor.execute(
            "UPDATE pg_index SET indisvalid = false"
            " WHERE indexrelid = 'journal_by_actor_test'::regclass"
        )
    try:
        for _ in range(2):  # the second finds it made
            with connection.schema_editor(atomic=False) as editor:
                operation.database_forwards("components", editor, state, after)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT indisvalid FROM pg_index"
                " WHERE indexrelid = 'journal_by_actor_test'::regclass"
            )
            assert cursor.fetchone() == (True,)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP INDEX journal_by_actor_test")


def test_migrate_takes_the_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def try_lock(cursor: Any) -> bool:
        asked.append("lock")
        return True

    monkeypatch.setattr(migration_lock, "_try_lock", try_lock)

    call_command("migrate", verbosity=0)

    assert asked == ["lock"]
