"""Whether the tables are those of this release, of an older one, or of a newer one.

A newer release only adds to the tables at first, and takes away what nobody uses any more a release
later ("expand, then contract"). So this release works with the tables of the next one; whether it
does with those of a later one is asked of the tables themselves.
"""

import os
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.apps import apps
from django.core.management.base import CommandError
from django.db import DatabaseError, connection
from django.db.migrations.recorder import MigrationRecorder

from components.database.errors import is_missing_in_schema
from statuspage.runtime import parent_death

OURS = ("components", "incidents", "maintenance", "monitors", "statuspage", "subscribers")


@dataclass(frozen=True, slots=True)
class SchemaState:
    """What a newer release has done to the database, if one was here."""

    unknown: tuple[str, ...] = ()
    """Migrations that were run and are not of this release."""
    lacking: tuple[str, ...] = ()
    """Tables and columns that this release needs and a newer one has taken away."""

    @property
    def problem(self) -> str:
        """Why this release cannot work with these tables, as a sentence; '' when it can."""
        if not self.lacking:
            return ""
        return (
            f"The database was migrated by a newer release ({_some(self.unknown)}), which has "
            f"taken away what this one needs: {_some(self.lacking)}. Install the newer release, or "
            "restore the backup that was made before it."
        )

    @property
    def notice(self) -> str:
        """What is unusual about these tables although this release works, as a sentence; or ''."""
        if not self.unknown or self.lacking:
            return ""
        return (
            f"The database was migrated by a newer release ({_some(self.unknown)}). This one works "
            "with it, since nothing that it needs was taken away."
        )


def read() -> SchemaState:
    """Compare the tables with this release, without loading its migrations.

    Raises DatabaseError when they cannot be read.
    """
    # By the names of the files: to load them takes memory that every role would keep.
    known = {(label, name) for label in OURS for name in _files(label)}
    applied = MigrationRecorder(connection).applied_migrations()
    unknown = sorted(
        f"{app}.{name}" for app, name in applied if app in OURS and (app, name) not in known
    )
    return SchemaState(tuple(unknown), tuple(_lacking()) if unknown else ())


def check_at_start(say: Callable[[str], None]) -> None:
    """Say that the database is of a newer release, and refuse to start if that cannot work.

    A database that does not answer is no reason not to start. Raises CommandError.
    """
    try:
        state = read()
    except DatabaseError:
        return
    finally:
        connection.close()
    if state.problem:
        raise CommandError(state.problem)
    if state.notice:
        say(state.notice)


def is_being_made(error: BaseException) -> bool:
    """Return whether a table or column is missing that `up`, which started this process, is making:
    then it is no trouble, and `up` says how far it is."""
    return parent_death.PARENT_VARIABLE in os.environ and is_missing_in_schema(error)


def _files(label: str) -> Iterator[str]:
    folder = f"{apps.get_app_config(label).path}/migrations"
    return (module.name for module in pkgutil.iter_modules([folder]) if module.name[0] != "_")


def _lacking() -> Iterator[str]:
    found = _columns()
    for model in apps.get_models(include_auto_created=True):
        options = model._meta
        if options.proxy or not options.managed:
            continue
        columns = found.get(options.db_table)
        if columns is None:
            yield options.db_table
            continue
        for field in options.local_concrete_fields:
            if field.column is not None and field.column not in columns:
                yield f"{options.db_table}.{field.column}"


def _columns() -> dict[str, set[str]]:
    """Return the columns of every table."""
    if connection.vendor == "postgresql":
        statement = (
            "SELECT table_name, column_name FROM information_schema.columns"
            " WHERE table_schema = ANY (current_schemas(false))"
        )
    else:
        statement = (
            "SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c"
            " WHERE m.type = 'table'"
        )
    found: dict[str, set[str]] = {}
    with connection.cursor() as cursor:
        cursor.execute(statement)
        for table, column in cursor.fetchall():
            found.setdefault(table, set()).add(column)
    return found


def _some(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more
