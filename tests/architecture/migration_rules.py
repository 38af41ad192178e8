"""What a migration may do while the release before it is still at work on the same tables.

Expand, then contract: a release adds what it needs, in a way that the one before does not notice;
what nobody uses any more is taken away by a later one.
"""

import inspect
from collections.abc import Iterator
from typing import Any

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import connection, migrations, models

from components.migrations._online import AddIndexOnline

BIG = {
    "components.journalentry", "components.statusperiod", "components.declaredperiod",
    "monitors.result", "monitors.ping", "monitors.minuterows", "monitors.hourrow",
    "monitors.dayrow", "monitors.gauge", "subscribers.delivery", "subscribers.notice",
    "subscribers.subscriber", "subscribers.alert", "incidents.incident", "incidents.update",
}  # fmt: skip
"""Tables with so many rows that what reads them all under a lock is noticed."""
_GONE = (
    migrations.RemoveField, migrations.RenameField, migrations.DeleteModel, migrations.RenameModel,
    migrations.AlterModelTable, migrations.RemoveConstraint, migrations.AlterUniqueTogether,
)  # fmt: skip
"""What the release before may still name in its statements."""


def described(operation: Any) -> str:
    """Return an operation as an allowance names it: `RemoveField delivery.lease`."""
    model = getattr(operation, "model_name", "") or getattr(operation, "name", "")
    part = getattr(operation, "name", "") if getattr(operation, "model_name", "") else ""
    named = part or getattr(getattr(operation, "constraint", None), "name", "")
    return f"{type(operation).__name__} {model}{f'.{named}' if named else ''}".strip()


def problems(migration: Any, before: Any) -> Iterator[tuple[str, str]]:
    """Yield what the release before, or a big table, would notice: the operation, and why.

    `before` is the project's state before the migration; it is carried on.
    """
    app = migration.app_label
    made_here: set[str] = set()
    for operation in _database_operations(migration.operations):
        if isinstance(operation, migrations.CreateModel):
            made_here.add(operation.name_lower)
        model = getattr(operation, "model_name", getattr(operation, "name", "")) or ""
        if str(model).lower() not in made_here:
            for why in _noticed(operation, app, before, atomic=migration.atomic):
                yield described(operation), why
        operation.state_forwards(app, before)


def _database_operations(operations: Any) -> Iterator[Any]:
    for operation in operations:
        if isinstance(operation, migrations.SeparateDatabaseAndState):
            yield from _database_operations(operation.database_operations)
        else:
            yield operation


def _noticed(operation: Any, app: str, before: Any, *, atomic: bool) -> Iterator[str]:
    big = f"{app}.{str(getattr(operation, 'model_name', '')).lower()}" in BIG
    if isinstance(operation, _GONE):
        if _keeps_its_table(operation, app, before):
            return
        yield "the release before may still use what goes"
    elif isinstance(operation, migrations.AddField):
        yield from _added(operation.field, big=big)
    elif isinstance(operation, migrations.AlterField):
        state = before.models[app, operation.model_name_lower]
        yield from _altered(state.fields[operation.name], operation.field)
    elif isinstance(operation, migrations.RunPython):
        yield from _run(_source(operation.code), atomic=atomic)
    elif isinstance(operation, migrations.RunSQL):
        yield "SQL of its own is read by a person"
    else:
        yield from _indexed(operation, big=big, atomic=atomic)


def _keeps_its_table(operation: Any, app: str, before: Any) -> bool:
    """Return whether only the model has another name: its table is named by itself, and stays."""
    if isinstance(operation, migrations.AlterModelTable):
        state = before.models[app, operation.name_lower]
        named: str = state.options.get("db_table") or f"{app}_{operation.name_lower}"
        return bool(operation.table == named)
    if isinstance(operation, migrations.RenameModel):
        state = before.models[app, operation.old_name_lower]
        joined = any(field.many_to_many for field in state.fields.values())
        return bool(state.options.get("db_table")) and not joined
    return False


def _indexed(operation: Any, *, big: bool, atomic: bool) -> Iterator[str]:
    if isinstance(operation, AddIndexOnline):
        if atomic:
            yield "AddIndexOnline needs atomic = False"
    elif isinstance(operation, migrations.AddIndex):
        if big:
            yield "it keeps everybody from writing to a big table: use AddIndexOnline"
    elif isinstance(operation, AddConstraintNotValid):
        return
    elif isinstance(operation, migrations.AddConstraint):
        yield "rows are checked under a lock, and the release before may write others"


def _added(field: Any, *, big: bool) -> Iterator[str]:
    if field.many_to_many:
        return
    if not field.null and not field.has_db_default():
        yield "the release before inserts rows without it: null=True, or db_default"
    if big and (field.db_index or field.unique):
        yield "its index keeps everybody from writing to a big table: AddIndexOnline"


def _altered(old: Any, new: Any) -> Iterator[str]:
    if old.null and not new.null:
        yield "the release before may still write NULL"
    if old.has_db_default() and not new.has_db_default() and not new.null:
        yield "the release before may insert rows without it"
    types = [each.db_parameters(connection)["type"] for each in (old, new)]
    if types[0] != types[1] and not _only_wider(old, new):
        yield "another type of column rewrites the table, or refuses what is written"
    if old.db_column != new.db_column:
        yield "the release before still uses the former name"
    if (new.unique or new.db_index) and not (old.unique or old.db_index):
        yield "an index is made under a lock: AddIndexOnline"


def _only_wider(old: Any, new: Any) -> bool:
    same = type(old) is type(new) and isinstance(old, models.CharField)
    return same and (new.max_length or 10**9) >= (old.max_length or 10**9)


def _source(code: Any) -> str:
    try:
        return inspect.getsource(inspect.getmodule(code) or code)
    except (OSError, TypeError):
        return ""


def _run(source: str, *, atomic: bool) -> Iterator[str]:
    # By the names of models in it: what is not read here is read by a person.
    named = [label for label in BIG if f'"{label.partition(".")[2]}"' in source.lower()]
    if named and atomic:
        yield f"{', '.join(sorted(named))} in one transaction: in batches, with atomic = False"
