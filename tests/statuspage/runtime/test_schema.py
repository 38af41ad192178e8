"""Tables of a newer release: said in a sentence, worked with where that can be, else refused."""

from collections.abc import Callable, Iterator

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection
from django.db.migrations.recorder import MigrationRecorder

from statuspage.access.roles import OWNER
from statuspage.runtime import health, schema

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def newer_release() -> None:
    """A newer release has migrated this database: it has added, and taken nothing away."""
    MigrationRecorder(connection).record_applied("components", "9999_from_the_future")


@pytest.fixture
def without_a_column(newer_release: None) -> Callable[[], None]:
    """It has taken away a column, which the returned function puts back."""
    table = connection.ops.quote_name("components_referencecounter")
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} RENAME COLUMN last TO former_last")

    def put_back() -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {table} RENAME COLUMN former_last TO last")

    return put_back


@pytest.fixture(autouse=True)
def as_migrated() -> Iterator[None]:
    yield
    MigrationRecorder(connection).record_unapplied("components", "9999_from_the_future")


def test_tables_of_this_release_are_nothing_to_speak_of() -> None:
    state = schema.read()

    assert (state.problem, state.notice) == ("", "")
    assert health.migrations().detail == "all applied"


def test_a_newer_release_that_only_added_is_worked_with(newer_release: None) -> None:
    said: list[str] = []

    schema.check_at_start(said.append)

    (sentence,) = said
    assert sentence == (
        "The database was migrated by a newer release (components.9999_from_the_future). This one "
        "works with it, since nothing that it needs was taken away."
    )
    assert health.migrations().ok
    assert "newer release" in health.migrations().detail


def test_a_newer_release_that_took_a_column_away_is_refused(
    without_a_column: Callable[[], None],
) -> None:
    try:
        with pytest.raises(CommandError, match=r"components_referencecounter\.last"):
            schema.check_at_start(lambda _: None)
        with pytest.raises(CommandError, match="taken away what this one needs"):
            call_command("migrate", verbosity=0)
        assert not health.migrations().ok
    finally:
        without_a_column()


def test_migrating_with_an_older_release_takes_no_rights_away(
    newer_release: None, capsys: pytest.CaptureFixture[str]
) -> None:
    owner = Group.objects.get(name=OWNER)
    given = Permission.objects.get(codename="view_logentry")
    owner.permissions.add(given)

    call_command("migrate", verbosity=0)

    assert owner.permissions.contains(given)
    assert "newer release" in capsys.readouterr().err


def test_tables_that_up_is_making_are_no_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DatabaseError) as missing, connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM not_there")
    with pytest.raises(DatabaseError) as younger, connection.cursor() as cursor:
        cursor.execute("SELECT not_there FROM components_component")
    with pytest.raises(DatabaseError) as wrong, connection.cursor() as cursor:
        cursor.execute("SELECT FROM WHERE")

    service = schema.is_being_made(missing.value)
    monkeypatch.setenv("STATUSPAGE_PARENT", "1")

    assert not service
    assert schema.is_being_made(missing.value)
    assert schema.is_being_made(younger.value)
    assert not schema.is_being_made(wrong.value)
