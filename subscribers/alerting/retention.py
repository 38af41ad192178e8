"""The deletion of alerts that were over long ago."""

from collections.abc import Iterator
from datetime import datetime

from components.models.deletion import delete_plainly, old_pages
from subscribers.models import Alert


def prune(*, before: datetime) -> Iterator[int]:
    """Delete alerts that were resolved before `before`; yield after each batch."""
    for page in old_pages(Alert, "resolved_at", at="began_at", before=before):
        over = [pk for pk, resolved_at in page if resolved_at and resolved_at < before]
        yield delete_plainly(Alert.objects.filter(pk__in=over))
