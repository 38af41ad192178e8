"""Deletes old results in small batches, so that no lock is held for long."""

from datetime import datetime, timedelta

from monitors.models import Result

BATCH = 2_000


def prune(*, now: datetime, hours: int, batches: int = 5) -> int:
    """Delete up to `batches` × 2,000 results older than `hours`; the answer is how many."""
    deleted = 0
    for _ in range(batches):
        old = Result.objects.filter(at__lt=now - timedelta(hours=hours)).order_by("at")
        ids = list(old.values_list("pk", flat=True)[:BATCH])
        if not ids:
            break
        deleted += Result.objects.filter(pk__in=ids).delete()[0]
    return deleted
