"""How long responses to requests with an `Idempotency-Key` are kept.

Apart from `idempotency`, which needs the whole of the API: beat only forgets them.
"""

from datetime import datetime, timedelta

from components.models.deletion import delete_some
from statuspage.models import IdempotentAnswer

RETENTION = timedelta(hours=24)


def prune(*, now: datetime) -> int:
    """Delete responses older than a day; return how many."""
    old = IdempotentAnswer.objects.filter(created_at__lt=now - RETENTION)
    return delete_some(old, by="created_at")
