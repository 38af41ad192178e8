"""Optimistic locking: a write over another version than the one it was made from is refused."""

from django.db.models import F

from components.models import Versioned


class ConflictError(Exception):
    """The row was changed meanwhile; read it anew and decide again."""


def bump_version(row: Versioned, *, expected: int | None = None) -> None:
    """Count up the version of `row`, in the database and in `row.version`.

    Must be the first statement of the transaction that changes the row: from here to the commit
    no other one can. `expected` is the version that the caller has seen; None means that any will
    do, for changes that cannot overwrite anybody's words. Raises ConflictError when it is another
    by now, or when the row is gone.
    """
    rows = type(row)._default_manager.filter(pk=row.pk)
    ours = rows if expected is None else rows.filter(version=expected)
    if not ours.update(version=F("version") + 1):
        raise ConflictError(f"“{row}” has been changed or deleted by somebody else meanwhile.")
    row.version = (
        expected + 1 if expected is not None else rows.values_list("version", flat=True).get()
    )
