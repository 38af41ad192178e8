"""A queue that is away for a while."""

import logging
from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError

from statuspage.runtime.supervisor import broker
from statuspage.runtime.supervisor.broker import ResilientBroker


class Queue:
    """Answers with what it is given: an exception is raised."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.made = 0
        self.gone: list[int] = []

    def make(self) -> "Queue":
        self.made += 1
        return self

    def dequeue(self) -> Any:
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def acknowledge(self, task_id: int) -> None:
        self.dequeue()
        self.gone.append(task_id)


Patient = Callable[..., tuple[ResilientBroker, Queue]]


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> Patient:
    def make(*answers: Any) -> tuple[ResilientBroker, Queue]:
        queue = Queue(*answers)
        monkeypatch.setattr(broker, "get_broker", queue.make)
        monkeypatch.setattr(broker, "RETRY_SECONDS", 0.0)
        return ResilientBroker(), queue

    return make


def test_the_queue_is_not_touched_before_the_first_look(patient: Patient) -> None:
    _, queue = patient()

    assert queue.made == 0


def test_tasks_are_handed_on(patient: Patient) -> None:
    ours, queue = patient([(1, "a")], None)

    assert [ours.dequeue(), ours.dequeue()] == [[(1, "a")], None]
    assert queue.made == 1


def test_an_absent_queue_is_no_tasks_and_is_told_once(
    patient: Patient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="statuspage.runtime.supervisor.broker")
    ours, _ = patient(ConnectionError("no\nserver"), ConnectionError("no"), [(1, "a")])

    assert [ours.dequeue() for _ in range(3)] == [None, None, [(1, "a")]]
    assert caplog.messages == [
        "the queue does not answer: no server",
        "the queue answers again",
    ]


def test_of_the_database_the_process_tells_itself(
    patient: Patient, caplog: pytest.LogCaptureFixture
) -> None:
    """F-O7: once for all that ask it, not once for each."""
    ours, _ = patient(OperationalError("no"), [(1, "a")])

    assert [ours.dequeue() for _ in range(2)] == [None, [(1, "a")]]
    assert not caplog.messages


def test_after_an_absence_the_queue_is_reached_anew(patient: Patient) -> None:
    ours, queue = patient(OperationalError("no"), None)

    ours.dequeue()
    ours.dequeue()

    assert queue.made == 2


def test_a_task_that_cannot_be_acknowledged_ends_nothing(patient: Patient) -> None:
    ours, queue = patient(OperationalError("no"), None)

    ours.acknowledge(1)
    ours.acknowledge(2)

    assert queue.gone == [2]
