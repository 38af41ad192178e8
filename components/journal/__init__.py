"""The journal: `record()` writes a change's entry, `consume()` feeds a reader, exactly once.

Order of ids is order of commits. On SQLite there is one writer at a time, so this holds by
itself. On PostgreSQL a reader of `id > last` would miss rows that commit out of order; so
`record()` takes a transaction-level advisory lock before it draws an id and holds it until the
commit. That serialises commits, hence it must be the *last* thing a transaction does: taken
early, the lock would be held while the rest of the transaction works (7× slower, measured), and
could deadlock with one that waits for a row we hold. Foreign keys are checked before it for the
same reason: deferred to the commit, the check may wait for a row whose holder waits for the lock.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models import F, Max
from django.utils import translation

from components.database.errors import is_unavailable
from components.journal.event_types import EventType
from components.models import JournalCursor, JournalEntry, SetAside

log = logging.getLogger(__name__)

CHANNEL = "statuspage_journal"
# An arbitrary constant: "stat" in ASCII. One journal per database, so one lock.
_ADVISORY_LOCK = 0x73746174
_POSITION = "SELECT position FROM components_journalcursor WHERE reader = %s"
_BEHIND = """
SELECT (SELECT MAX(id) FROM components_journalentry),
    (SELECT position FROM components_journalcursor WHERE reader = %s)
"""
MAX_TRIES = 3
BATCH = 500


@dataclass(frozen=True, slots=True)
class Event:
    """A change that is to be journalled.

    `hidden` keeps an entry of a public kind off the public stream, because its subject is not
    shown to the public.
    """

    kind: EventType
    data: dict[str, Any] = field(default_factory=dict)
    subject_id: int | None = None
    actor: str = ""
    hidden: bool = False


Handler = Callable[[Sequence[JournalEntry]], Sequence[Event]]
"""Processes entries inside the reader's transaction; the events it returns are journalled last."""

_listeners: list[Callable[[], None]] = []
_collected: ContextVar[list[Event] | None] = ContextVar("collected", default=None)


def on_append(listener: Callable[[], None]) -> None:
    """Call `listener` in this process after every commit that appended entries."""
    _listeners.append(listener)


@contextmanager
def without_listeners() -> Iterator[None]:
    """Call none within the block, as in a process that has none; for tests."""
    kept = _listeners.copy()
    _listeners.clear()
    try:
        yield
    finally:
        _listeners[:] = kept


@contextmanager
def collect() -> Iterator[list[Event]]:
    """Collect what services record within the block instead of writing it: several changes become
    one, whose caller records the list, last. In the transaction that makes them all."""
    events: list[Event] = []
    token = _collected.set(events)
    try:
        yield events
    finally:
        _collected.reset(token)


def record(*events: Event, at: datetime | None = None) -> Sequence[JournalEntry]:
    """Append `events` to the journal, as the last act of the transaction that makes the change.

    `at` is when the change was made; now, unless the caller has a better clock. Returns the
    entries, none within `collect`. Raises RuntimeError outside a transaction: an entry without its
    change would be a lie.
    """
    if not events:
        return ()
    if not connection.in_atomic_block:
        raise RuntimeError("record() belongs into the transaction that makes the change")
    collected = _collected.get()
    if collected is not None:
        collected.extend(events)
        return ()
    when = at or datetime.now(UTC)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            # The NOTIFY is sent at the commit; asked for here, it costs no statement of its own.
            cursor.execute(
                "SELECT pg_advisory_xact_lock(%s), pg_notify(%s, '')", [_ADVISORY_LOCK, CHANNEL]
            )
    written = JournalEntry.objects.bulk_create(
        [
            JournalEntry(
                kind=event.kind.name,
                public=event.kind.public and not event.hidden,
                subject_id=event.subject_id,
                data=event.data,
                actor=event.actor,
                at=when,
            )
            for event in events
        ]
    )
    if not _will_call_listeners():
        transaction.on_commit(_call_listeners, robust=True)
    return written


def _will_call_listeners() -> bool:
    """Return whether this transaction's commit calls them: of thousands of entries, once."""
    current = set(connection.savepoint_ids)
    # What was asked for within a savepoint that is rolled back goes with it.
    return any(
        each[1] is _call_listeners and each[0] <= current for each in connection.run_on_commit[-1:]
    )


def notify() -> None:
    """Wake the processes that wait for the snapshot, once this transaction commits.

    `record()` does so too. Only PostgreSQL has NOTIFY; on SQLite readers poll.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_notify(%s, '')", [CHANNEL])


def _call_listeners() -> None:
    if translation.get_language() == settings.LANGUAGE_CODE:
        return _call_each()
    # What a page, a feed or a mail says does not depend on who made the change.
    with translation.override(settings.LANGUAGE_CODE):
        return _call_each()


def _call_each() -> None:
    for listener in _listeners:
        try:
            listener()
        except Exception as error:
            # The change is committed; a listener's trouble is not the writer's. Nor is it news
            # that the database is away.
            if not is_unavailable(error):
                log.exception("a journal listener failed; beat will catch up")


def head() -> int:
    """Return the newest entry's sequence number; 0 while the journal is empty."""
    return JournalEntry.objects.aggregate(head=Max("id"))["head"] or 0


def position(reader: str) -> int:
    """Return the sequence number of the last entry that `reader` has processed; 0 before any."""
    with connection.cursor() as cursor:
        cursor.execute(_POSITION, [reader])
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def consume(reader: str, handle: Handler, *, feed_own_events: bool = True) -> int:
    """Pass `reader` every entry after its cursor, in order; return how many there were.

    Without `feed_own_events`, what it journals itself is skipped where nothing came between.

    The cursor moves in the transaction in which `handle` works, so database effects happen
    exactly once even if two processes consume or one is killed. An entry that fails three times
    is set aside (`SetAside`) and passed over; its neighbours are not delayed by it. A database
    error is no entry's fault: it is raised to the caller, who tries again later.
    """
    total, size = 0, BATCH
    while is_behind(reader):
        try:
            total += _consume_batch(reader, handle, size, feed_own_events=feed_own_events)
        except DatabaseError:
            raise
        except Exception as error:
            # Find the one that cannot be processed by going one at a time from here.
            log.exception("journal reader %s failed", reader)
            size = 1
            total += _note_failure(reader, error)
    return total


def is_behind(reader: str) -> bool:
    """Return whether `reader` has entries to process."""
    # Asked several times a second by every process: in one statement that needs no building.
    with connection.cursor() as cursor:
        cursor.execute(_BEHIND, [reader])
        newest, processed = cursor.fetchone()
    return (newest or 0) > (processed or 0)


def _consume_batch(reader: str, handle: Handler, size: int, *, feed_own_events: bool) -> int:
    with transaction.atomic():
        cursor = _locked_cursor(reader)
        entries = list(JournalEntry.objects.filter(id__gt=cursor.position).order_by("id")[:size])
        if not entries:
            return 0
        events = handle(entries)
        cursor.position = entries[-1].id
        cursor.failures = 0
        cursor.save(update_fields=["position", "failures", "moved_at"])
        own = record(*events)
    if own and not feed_own_events and own[0].id == cursor.position + 1:
        # If another process moved it, it has seen them; if this one dies here, they are fed.
        mine = JournalCursor.objects.filter(reader=reader, position=cursor.position)
        mine.update(position=own[-1].id)
    return len(entries)


def _locked_cursor(reader: str) -> JournalCursor:
    locked = JournalCursor.objects.select_for_update()
    return locked.filter(reader=reader).first() or locked.get_or_create(reader=reader)[0]


def _note_failure(reader: str, error: Exception) -> int:
    """Count a failed try; after the third, skip the entry. Return how many were skipped."""
    message = f"{type(error).__name__}: {error}"[:2000]
    with transaction.atomic():
        cursor = _locked_cursor(reader)
        cursor.failures += 1
        cursor.last_error = message
        entry = JournalEntry.objects.filter(id__gt=cursor.position).order_by("id").first()
        skipped = entry is not None and cursor.failures >= MAX_TRIES
        if entry is not None and skipped:
            SetAside.objects.get_or_create(reader=reader, entry=entry, defaults={"error": message})
            cursor.position, cursor.failures = entry.id, 0
        cursor.save(update_fields=["position", "failures", "last_error", "moved_at"])
    return int(skipped)


def lag() -> dict[str, int]:
    """Return how many entries each reader is behind."""
    newest = head()
    behind = JournalCursor.objects.annotate(behind=newest - F("position"))
    return {cursor.reader: max(0, cursor.behind) for cursor in behind}
