"""Open every sealed column of a store."""

from typing import Any

try:
    from components.secrets.fields import sealed_columns
except ImportError:  # the release of the kept store
    from components.sealed_fields import sealed_columns  # type: ignore[import-not-found, no-redef]

from components.secrets import unseal


def opened() -> dict[str, list[str]]:
    """Return the secrets of every row that has some, by table, column and key."""
    found: dict[str, list[str]] = {}
    for model, column in sealed_columns():
        for row in model._default_manager.order_by("pk"):
            tokens: list[Any] = list(column.tokens_in(getattr(row, column.attname)))
            if tokens:
                name = f"{model._meta.db_table}.{column.column} {row.pk}"
                found[name] = [unseal(token) for token in tokens]
    return found
