"""The counters of automatic keys: the highest key ever given, also of rows that are gone.

A key that was given once is not given again: it stands in links and mails.
"""

from typing import Any

from django.db import connections, models
from django.db.models.fields import AutoFieldMixin

from statuspage.backup.tables import Model


def carry_over(models_copied: list[Model], *, source: str, target: str) -> None:
    """Set the counters of the target's tables to those of the source's, or to the highest key."""
    for model in models_copied:
        key: Any = model._meta.pk
        if isinstance(key, AutoFieldMixin):
            newest = model._base_manager.using(target).aggregate(top=models.Max("pk"))["top"] or 0
            _set(model, max(newest, _get(model, using=source)), using=target)


def _get(model: Model, *, using: str) -> int:
    table = model._meta.db_table
    with connections[using].cursor() as cursor:
        if connections[using].vendor == "sqlite":
            cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
            found = cursor.fetchone()
            return int(found[0]) if found and found[0] is not None else 0
        cursor.execute(f"SELECT last_value, is_called FROM {_sequence(cursor, model)}")  # noqa: S608
        value, is_called = cursor.fetchone()
        return int(value) if is_called else 0


def _set(model: Model, value: int, *, using: str) -> None:
    if not value:
        return
    table = model._meta.db_table
    with connections[using].cursor() as cursor:
        if connections[using].vendor == "sqlite":
            cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [table])
            cursor.execute(
                "INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, value]
            )
            return
        cursor.execute("SELECT setval(%s::regclass, %s)", [_sequence(cursor, model), value])


def _sequence(cursor: Any, model: Model) -> str:
    key: Any = model._meta.pk
    quoted = connections["default"].ops.quote_name(model._meta.db_table)
    cursor.execute("SELECT pg_get_serial_sequence(%s, %s)", [quoted, key.column])
    return str(cursor.fetchone()[0])
