"""References that people quote: `INC-2026-001`, `MAINT-2026-002`; stable for ever, never reused."""

from django.db import connection
from django.db.models import F

from components.models import ReferenceCounter


def next_reference(prefix: str, *, year: int) -> str:
    """The next reference of a series, unique under concurrency.

    To be called inside the transaction that stores it: the counter's row stays locked until that
    transaction ends, so a rollback gives the number back and no two ever get the same one. Raises
    RuntimeError outside a transaction.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("a reference belongs into the transaction that stores it")
    series = ReferenceCounter.objects.filter(prefix=prefix, year=year)
    if not series.update(last=F("last") + 1):
        ReferenceCounter.objects.get_or_create(prefix=prefix, year=year)
        series.update(last=F("last") + 1)
    number = series.values_list("last", flat=True).get()
    return f"{prefix}-{year}-{number:03d}"
