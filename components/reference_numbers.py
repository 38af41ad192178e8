"""References that people quote: `INC-2026-001`, `MAINT-2026-002`; stable for ever, never reused."""

from django.db import connection

from components.models import ReferenceCounter

_COUNT_ON = """
UPDATE components_referencecounter SET last = last + 1 WHERE prefix = %s AND year = %s
RETURNING last
"""


def next_reference(prefix: str, *, year: int) -> str:
    """The next reference of a series, unique under concurrency.

    To be called inside the transaction that stores it: the counter's row stays locked until that
    transaction ends, so a rollback gives the number back and no two ever get the same one. Raises
    RuntimeError outside a transaction.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("a reference belongs into the transaction that stores it")
    number = _count_on(prefix, year)
    if number is None:
        ReferenceCounter.objects.get_or_create(prefix=prefix, year=year)
        number = _count_on(prefix, year)
    return f"{prefix}-{year}-{number:03d}"


def _count_on(prefix: str, year: int) -> int | None:
    """The next number, if there is a counter."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT_ON, [prefix, year])
        row = cursor.fetchone()
    return row[0] if row else None
