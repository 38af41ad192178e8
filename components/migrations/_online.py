"""Operations of migrations that a running product does not notice."""

from typing import Any

from django.db import NotSupportedError
from django.db.migrations.operations import AddIndex


class AddIndexOnline(AddIndex):
    """An index made while others write: on PostgreSQL by CREATE INDEX CONCURRENTLY.

    Its migration has `atomic = False`. What an interrupted try has left, an index that is not
    valid, is dropped first; a valid one of that name is taken as made. It waits for transactions
    that began before, without a limit: nobody waits for it meanwhile.
    """

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        connection = schema_editor.connection
        if connection.vendor != "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        model = to_state.apps.get_model(app_label, self.model_name)
        if not self.allow_migrate_model(connection.alias, model):
            return
        if connection.in_atomic_block:
            raise NotSupportedError(f"the migration of {self.index.name} needs atomic = False")
        with connection.cursor() as cursor:
            cursor.execute("SHOW lock_timeout")
            (limit,) = cursor.fetchone()
            cursor.execute("SET lock_timeout = 0")
            try:
                if _is_made(cursor, self.index.name):
                    return
                name = connection.ops.quote_name(self.index.name)
                cursor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
                schema_editor.add_index(model, self.index, concurrently=True)
            finally:
                cursor.execute("SELECT set_config('lock_timeout', %s, false)", [limit])


def _is_made(cursor: Any, name: str) -> bool:
    cursor.execute(
        "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(quote_ident(%s))", [name]
    )
    row = cursor.fetchone()
    return row is not None and bool(row[0])
