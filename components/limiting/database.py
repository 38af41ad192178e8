"""Uses of limited things, and what web processes have counted, as rows of the database."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from components.models import LimitedUse, RequestCount
from components.models.deletion import delete_some

COUNTS_KEPT = timedelta(minutes=3)
"""For how long the counts of a window are kept; longer than it lasts."""


def add(key: str, *, window: timedelta, now: datetime) -> str:
    """See `Storage.add`."""
    return str(LimitedUse.objects.create(key=key, at=now, expires_at=now + window).pk)


def count(key: str, *, window: timedelta, now: datetime, at_most: int) -> int:
    """See `Storage.count`."""
    return LimitedUse.objects.filter(key=key, at__gt=now - window)[:at_most].count()


def remove(key: str, handle: str) -> None:
    """See `Storage.remove`."""
    LimitedUse.objects.filter(pk=int(handle), key=key).delete()


def clear(key: str) -> None:
    """See `Storage.clear`."""
    LimitedUse.objects.filter(key=key).delete()


def swap(process: str, *, window: int, counts: Mapping[str, int] | None) -> list[Mapping[str, int]]:
    """Store what a process has counted in a window so far; return what each other one has.

    Counts are whole, not increments: storing them again after an error counts nothing twice.
    """
    if counts is not None:
        RequestCount.objects.bulk_create(
            [RequestCount(process=process, window=window, counts=dict(counts))],
            update_conflicts=True,
            unique_fields=["process"],
            update_fields=["window", "counts"],
        )
    others = RequestCount.objects.filter(window=window).exclude(process=process)
    return list(others.values_list("counts", flat=True))


def prune(*, now: datetime) -> None:
    """Delete what counts no more."""
    delete_some(LimitedUse.objects.filter(expires_at__lte=now), by="expires_at")
    RequestCount.objects.filter(window__lte=(now - COUNTS_KEPT).timestamp()).delete()
