"""The deletion of old journal entries.

What an entry is still needed for decides, not its age alone. For ever kept are what was said of
incidents and maintenance (an address that was public once answers that it was withdrawn, and
timelines are read years later), corrections and imports of history, and that a page's history is
made up. Kept too is whatever a reader has not processed, and the newest entry, whose number
versions go on from.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from django.db import transaction
from django.db.models import Min

from components.journal import head
from components.journal.hold import KEY
from components.models import JournalCursor, JournalEntry, SetAside
from components.models.deletion import delete_plainly, free_ids, old_pages

KEPT_FAMILIES = ("incident.", "maintenance.", "demo.")
KEPT_KINDS = ("component.history_corrected", "component.history_imported")


def prune(*, before: datetime) -> Iterator[int]:
    """Delete entries older than `before` that nothing needs; yield after each batch.

    Entries set aside go with the note that they were.
    """
    needed = _first_needed()
    for page in old_pages(JournalEntry, "kind", at="at", before=before):
        ids = [pk for pk, kind in page if pk < needed and not is_kept(kind)]
        yield _delete(ids) if ids else 0


def forget_deleted_rows(kinds: Iterable[str], *, before: datetime) -> Iterator[int]:
    """Take out of entries of some kinds, older than `before`, the rows that they deleted.

    They are there to be brought back, and no longer can be. Yields how many entries it was.
    """
    rows = JournalEntry.objects.filter(
        kind__in=list(kinds), at__lt=before, data__hold__before__deleted__isnull=False
    )
    for entry in rows.order_by("pk").iterator(chunk_size=100):
        hold = {name: value for name, value in entry.data[KEY].items() if name != "before"}
        JournalEntry.objects.filter(pk=entry.pk).update(data={**entry.data, KEY: hold})
        yield 1


def is_kept(kind: str) -> bool:
    """Return whether entries of this kind are kept for ever."""
    return kind.startswith(KEPT_FAMILIES) or kind in KEPT_KINDS


def _first_needed() -> int:
    """Return the number of the first entry that must stay, whatever its age."""
    slowest = JournalCursor.objects.aggregate(slowest=Min("position"))["slowest"]
    newest = head()
    return newest if slowest is None else min(newest, int(slowest) + 1)


def _delete(ids: list[int]) -> int:
    with transaction.atomic():
        free = free_ids(JournalEntry.objects.filter(pk__in=ids).order_by("pk"))
        SetAside.objects.filter(entry__in=free).delete()
        return delete_plainly(JournalEntry.objects.filter(pk__in=free))
