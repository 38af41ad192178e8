"""Uses of limited things as rows of the database."""

from datetime import datetime, timedelta

from components.models import LimitedUse


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


def prune(*, now: datetime) -> None:
    """Delete what counts no more."""
    LimitedUse.objects.filter(expires_at__lte=now).delete()
