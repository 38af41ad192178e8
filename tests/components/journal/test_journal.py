"""The journal: order, exactly-once effects, poison set aside."""

import random
import threading
import time
from collections.abc import Sequence

import pytest
from django.db import DatabaseError, connection, transaction

from components import journal
from components.journal import Event, consume, event_types, record
from components.models import JournalCursor, JournalEntry, SetAside

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]

WRITERS = 8
ROWS = {"postgresql": 300, "sqlite": 40}
"""What each writer writes. On SQLite, which has one writer at a time, they wait for each other."""


def note(n: int) -> Event:
    return Event(event_types.GROUP_CHANGED, {"n": n})


def append(*numbers: int) -> None:
    with transaction.atomic():
        record(*(note(n) for n in numbers))


def append_and_fail(number: int) -> None:
    with transaction.atomic():
        record(note(number))
        transaction.set_rollback(True)


def test_an_entry_without_its_transaction_is_refused() -> None:
    with pytest.raises(RuntimeError, match="transaction"):
        record(note(1))

    assert journal.head() == 0


def test_a_change_that_is_rolled_back_leaves_no_entry() -> None:
    append_and_fail(1)

    assert not JournalEntry.objects.exists()


def test_an_entry_of_a_hidden_subject_is_not_public() -> None:
    with transaction.atomic():
        record(
            Event(event_types.GROUP_CHANGED, hidden=True),
            Event(event_types.GROUP_CHANGED),
            Event(event_types.OVERRIDE_CHANGED),
        )

    assert list(JournalEntry.objects.order_by("id").values_list("public", flat=True)) == [
        False,
        True,
        False,
    ]


def test_a_reader_gets_every_entry_once_and_in_order() -> None:
    append(1, 2)
    append(3)
    seen: list[int] = []

    def handle(entries: Sequence[JournalEntry]) -> list[Event]:
        seen.extend(entry.data["n"] for entry in entries)
        return []

    assert consume("reader", handle) == 3
    assert consume("reader", handle) == 0
    assert seen == [1, 2, 3]


def test_what_a_handler_did_is_undone_with_its_failure_and_done_once_in_the_end() -> None:
    append(1)
    tries = []

    def handle(entries: Sequence[JournalEntry]) -> list[Event]:
        tries.append(1)
        if len(tries) == 1:
            JournalCursor.objects.create(reader="an effect")
            raise ValueError("first time unlucky")
        JournalCursor.objects.create(reader="an effect")
        return []

    consume("reader", handle)

    assert JournalCursor.objects.filter(reader="an effect").count() == 1
    assert journal.position("reader") == journal.head()


def test_an_entry_that_fails_three_times_is_set_aside_and_its_neighbours_are_served() -> None:
    append(1, 2, 3)
    seen: list[int] = []

    def handle(entries: Sequence[JournalEntry]) -> list[Event]:
        for entry in entries:
            if entry.data["n"] == 2:
                raise ValueError("indigestible")
        seen.extend(entry.data["n"] for entry in entries)
        return []

    consume("reader", handle)

    aside = SetAside.objects.get()
    assert seen == [1, 3]
    assert aside.entry.data == {"n": 2}
    assert aside.error == "ValueError: indigestible"
    assert "indigestible" in JournalCursor.objects.get(reader="reader").last_error


def test_trouble_with_the_database_sets_nothing_aside() -> None:
    append(1)

    def handle(entries: Sequence[JournalEntry]) -> list[Event]:
        raise DatabaseError("gone")

    for _ in range(4):
        with pytest.raises(DatabaseError):
            consume("reader", handle)

    assert not SetAside.objects.exists()
    assert journal.position("reader") == 0


def test_what_a_handler_answers_is_journalled_after_the_cursor_moved() -> None:
    append(1)

    def handle(entries: Sequence[JournalEntry]) -> list[Event]:
        return [note(100)] if entries[0].data["n"] == 1 else []

    assert consume("reader", handle) == 2
    assert [entry.data["n"] for entry in JournalEntry.objects.order_by("id")] == [1, 100]


@pytest.mark.parametrize("between", [False, True])
def test_a_reader_that_does_not_heed_itself_is_fed_what_others_wrote_only(
    monkeypatch: pytest.MonkeyPatch, between: bool
) -> None:
    append(1)
    fed: list[int] = []
    record_own = journal.record

    def record_after_another(*events: Event) -> Sequence[JournalEntry]:
        if between and events:
            record_own(note(2))
        return record_own(*events)

    def handle(entries: Sequence[JournalEntry]) -> list[Event]:
        fed.extend(entry.data["n"] for entry in entries)
        return [note(100)] if entries[0].data["n"] == 1 else []

    monkeypatch.setattr(journal, "record", record_after_another)
    consume("reader", handle, feed_own_events=False)

    # What came between is not passed over, though its own comes with it then.
    assert fed == ([1, 2, 100] if between else [1])
    assert journal.position("reader") == journal.head()
    assert consume("reader", handle, feed_own_events=False) == 0


def test_listeners_hear_of_commits_only() -> None:
    heard = []
    journal.on_append(lambda: heard.append(1))
    try:
        append(1)
        append_and_fail(2)
    finally:
        journal._listeners.pop()

    assert heard == [1]


def _write(writer: int, rows: int) -> None:
    dice = random.Random(writer)
    try:
        for n in range(rows):
            while True:
                try:
                    with transaction.atomic():
                        time.sleep(dice.random() * 0.0005)
                        record(note(writer * rows + n))
                        # Commits are delayed at random: the order of ids must hold all the same.
                        time.sleep(dice.random() * 0.0005)
                    break
                except DatabaseError:
                    continue  # SQLite's queue of writers may time out; nothing was written
    finally:
        connection.close()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_reader_among_eight_writers_misses_nothing() -> None:
    rows = ROWS[connection.vendor]
    threads = [threading.Thread(target=_write, args=(w, rows)) for w in range(WRITERS)]
    seen: list[tuple[int, int]] = []

    def handle(entries: Sequence[JournalEntry]) -> list[Event]:
        seen.extend((entry.id, entry.data["n"]) for entry in entries)
        return []

    with journal.without_listeners():
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            consume("reader", handle)
            # Longer than SQLite's waiting writers sleep: else the reader always has the lock first.
            time.sleep(0.15)
        for thread in threads:
            thread.join()
        consume("reader", handle)

    assert sorted(n for _, n in seen) == list(range(WRITERS * rows))
    assert [pk for pk, _ in seen] == sorted(pk for pk, _ in seen)
