"""The deletion of old rows in batches, in the order of a key, so that no lock is held for long."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from django.db import transaction
from django.db.models import Model, QuerySet

BATCH = 500
"""Rows deleted in one transaction: some milliseconds' work."""
MAX_BATCHES = 40


def delete_in_batches(rows: QuerySet[Any], *, by: str = "pk") -> Iterator[int]:
    """Delete all of `rows`, the least `by` first; yield how many went with each batch.

    `by` must be indexed where the table is large. What another transaction has locked is passed
    over, so that two processes that delete the same rows neither wait for each other nor deadlock;
    the next round finds what is left.
    """
    ordered = rows.order_by(by)
    while True:
        with transaction.atomic():
            ids = free_ids(ordered[:BATCH])
            gone = QuerySet(rows.model).filter(pk__in=ids).delete()[0] if ids else 0
        yield gone
        if len(ids) < BATCH:
            return


def old_pages(
    model: type[Model], *columns: str, at: str, before: datetime
) -> Iterator[Sequence[Sequence[Any]]]:
    """Yield pages of a table's rows whose `at` is below `before`, in the order of their keys, as
    `(pk, *columns)`; end where all are younger.

    For tables whose keys grow with time: no index by time is needed, and what is kept for ever in
    between costs a look each.
    """
    position: Any = 0
    while True:
        rows: QuerySet[Any] = QuerySet(model).filter(pk__gt=position).order_by("pk")
        page = list(rows.values_list("pk", at, *columns)[:BATCH])
        old = [(row[0], *row[2:]) for row in page if row[1] < before]
        if old:
            yield old
        if len(page) < BATCH or not old:
            return
        position = page[-1][0]


def free_ids(rows: QuerySet[Any]) -> list[Any]:
    """Lock rows and return their keys, without those that somebody else has locked."""
    locked = rows.select_for_update(skip_locked=True, of=("self",))
    return list(locked.values_list("pk", flat=True))


def delete_plainly(rows: QuerySet[Any]) -> int:
    """Delete rows that nothing points at, without loading them to look for what does."""
    # Django's own `delete` takes this way only where no model points here.
    return rows._raw_delete(using=rows.db) or 0  # noqa: SLF001


def delete_some(rows: QuerySet[Any], *, by: str = "pk") -> int:
    """Delete what is to go of `rows`, at most `MAX_BATCHES` batches of it; return how many went.

    For what is deleted every minute: after a long absence it takes several turns.
    """
    return sum(islice(delete_in_batches(rows, by=by), MAX_BATCHES))
