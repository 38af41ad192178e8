"""One hand writes for all lanes: together where it can, and a bug is only its own."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError, connection

from subscribers.delivery import batch_writer as module
from subscribers.delivery.batch_writer import BatchWriter
from tests import build
from tests.waiting import PATIENCE

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]


def ask(*acts: Callable[[], Any]) -> list[Any]:
    """What each of some lanes is answered that ask while the first one's word is being written."""
    answers: list[Any] = [None] * len(acts)
    begun, all_asked = threading.Event(), threading.Event()

    def hold() -> None:
        begun.set()
        all_asked.wait(PATIENCE)

    def lane(place: int) -> None:
        try:
            answers[place] = writer.write(acts[place])
        except Exception as error:  # noqa: BLE001  (what it is is asserted below)
            answers[place] = error

    with BatchWriter() as writer:
        first = threading.Thread(target=lambda: writer.write(hold))
        first.start()
        begun.wait(PATIENCE)
        lanes = [threading.Thread(target=lane, args=(place,)) for place in range(len(acts))]
        for each in lanes:
            each.start()
        while len(writer._jobs) < len(acts):
            pass
        all_asked.set()
        for each in (first, *lanes):
            each.join()
    return answers


def test_what_lanes_have_to_say_meanwhile_is_written_in_one_transaction() -> None:
    assert ask(lambda: connection.in_atomic_block, lambda: connection.in_atomic_block) == [True] * 2
    assert ask(lambda: connection.in_atomic_block) == [False]


def test_a_bug_in_one_is_told_to_that_one_and_costs_the_others_nothing() -> None:
    def broken() -> None:
        raise ZeroDivisionError

    first, second = ask(lambda: build.subscriber().pk, broken)

    assert first > 0
    assert isinstance(second, ZeroDivisionError)


def test_a_database_that_is_away_for_a_moment_is_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "RETRY_SECONDS", 0.01)
    tries: list[int] = []

    def third_time() -> int:
        tries.append(1)
        if len(tries) < 3:
            raise OperationalError("away")
        return len(tries)

    assert ask(third_time) == [3]


def test_one_that_stays_away_is_told_and_whoever_comes_late_writes_by_themselves(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "GIVE_UP_SECONDS", 0.0)

    def away() -> None:
        raise OperationalError("away")

    [told] = ask(away)
    with BatchWriter() as ended:
        pass

    assert isinstance(told, OperationalError)
    assert ended.write(lambda: 7) == 7
