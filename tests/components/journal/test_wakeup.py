"""Waiting for the journal: promptly woken, never for ever."""

import threading
import time
from contextlib import closing

import pytest
from django.db import connection, transaction

from components.journal import Event, event_types, record
from components.journal.wakeup import JournalWaiter
from tests.waiting import FOR_EVER, ending

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]


def append_soon(delay: float) -> threading.Thread:
    def append() -> None:
        time.sleep(delay)
        with transaction.atomic():
            record(Event(event_types.OVERRIDE_CHANGED))
        connection.close()

    thread = threading.Thread(target=append)
    thread.start()
    return thread


def test_who_waits_is_woken_by_a_commit() -> None:
    with closing(JournalWaiter()) as wake:
        while wake.wait(0.05):
            pass  # whatever was there before
        writer = append_soon(0.3)

        with ending("the wait for the journal"):
            woken = wake.wait(FOR_EVER)
        writer.join()

    assert woken


def test_silence_ends_the_wait_too() -> None:
    with closing(JournalWaiter()) as wake:
        while wake.wait(0.05):
            pass

        assert not wake.wait(0.1)
