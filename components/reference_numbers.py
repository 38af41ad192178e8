"""References that people quote: `INC-2026-001`, `MAINT-2026-002`; never reused.

What is a draft has a number of its own series, `INC-D-2026-001`, until it is published: else gaps
between the public numbers would tell how much is kept back. A public one is stable for ever.
"""

from django.db import connection

from components.models import ReferenceCounter

_INCREMENT = """
UPDATE components_referencecounter SET last = last + 1 WHERE prefix = %s AND year = %s
RETURNING last
"""


def next_reference(prefix: str, *, year: int) -> str:
    """Return the next reference of a series, unique under concurrency.

    To be called inside the transaction that stores it: the counter's row stays locked until that
    transaction ends, so a rollback gives the number back and no two ever get the same one. Raises
    RuntimeError outside a transaction.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("a reference belongs into the transaction that stores it")
    number = _increment(prefix, year)
    if number is None:
        ReferenceCounter.objects.get_or_create(prefix=prefix, year=year)
        number = _increment(prefix, year)
    return f"{prefix}-{year}-{number:03d}"


def reference_for(current: str, prefix: str, *, public: bool, year: int) -> str:
    """Return the reference of what has `current` so far, '' when it is new.

    To be called as `next_reference` is.
    """
    drafts = f"{prefix}-D"
    if public and (not current or current.startswith(f"{drafts}-")):
        return next_reference(prefix, year=year)
    return current or next_reference(drafts, year=year)


def _increment(prefix: str, year: int) -> int | None:
    """Return the next number; None when there is no counter yet."""
    with connection.cursor() as cursor:
        cursor.execute(_INCREMENT, [prefix, year])
        row = cursor.fetchone()
    return row[0] if row else None
