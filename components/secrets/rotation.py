"""Key rotation: seals every stored secret anew under the newest key, in resumable batches.

A secret that the newest key has sealed already is passed over: a second run goes on where the
first one ended.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from django.db import models, transaction

from components.secrets.fields import SealedColumn, sealed_columns
from components.secrets.keys import Keys, SecretError

BATCH = 200

Progress = Callable[[str, int], None]
"""Called after each batch with the column and how many of its rows have been processed."""


@dataclass(slots=True)
class SecretCounts:
    """Stored secrets by state. `unreadable` names the rows with secrets that no known key opens."""

    resealed: int = 0
    current: int = 0
    unreadable: list[str] = field(default_factory=list)


def rotate(keys: Keys, *, progress: Progress, batch: int = BATCH) -> SecretCounts:
    """Reseal every secret with the newest of `keys`. Each batch is one transaction."""
    count = SecretCounts()
    for model, column in sealed_columns():
        processed = 0
        after: object = None
        while True:
            with transaction.atomic():
                rows = _rows(model, column, after=after, limit=batch)
                for pk, value in rows:
                    _rotate_row(keys, model, column, pk, value, count)
            if not rows:
                break
            after, processed = rows[-1][0], processed + len(rows)
            progress(f"{model._meta.label}.{column.name}", processed)
    return count


def survey(keys: Keys | None) -> SecretCounts:
    """Count the stored secrets, without changing any; without keys none can be read."""
    count = SecretCounts()
    for model, column in sealed_columns():
        for pk, value in model._default_manager.values_list("pk", column.name).iterator():
            for token in column.tokens_in(value):
                if keys is not None and keys.is_current(token):
                    count.current += 1
                elif keys is not None and _can_unseal(keys, token):
                    count.resealed += 1
                else:
                    count.unreadable.append(_row_name(model, pk))
    return count


def _rows(
    model: type[models.Model], column: SealedColumn, *, after: object, limit: int
) -> list[tuple[object, object]]:
    rows = model._default_manager.select_for_update().order_by("pk")
    if after is not None:
        rows = rows.filter(pk__gt=after)
    return list(rows.values_list("pk", column.name)[:limit])


def _rotate_row(
    keys: Keys,
    model: type[models.Model],
    column: SealedColumn,
    pk: object,
    value: object,
    count: SecretCounts,
) -> None:
    def change(token: str) -> str:
        try:
            resealed = keys.reseal(token)
        except SecretError:
            count.unreadable.append(_row_name(model, pk))
            return token
        if resealed == token:
            count.current += 1
        else:
            count.resealed += 1
        return resealed

    changed = column.with_tokens(value, change)
    if changed != value:
        # Not through the model: nothing about the row has changed that anybody has to know.
        model._default_manager.filter(pk=pk).update(**{column.name: changed})


def _can_unseal(keys: Keys, token: str) -> bool:
    try:
        keys.unseal(token)
    except SecretError:
        return False
    return True


def _row_name(model: type[models.Model], pk: object) -> str:
    return f"{model._meta.verbose_name} {pk}"
