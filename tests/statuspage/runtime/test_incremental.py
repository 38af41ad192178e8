"""Long work done a little at a time."""

import time
from collections.abc import Iterator

import pytest

from statuspage.runtime.incremental import IncrementalTask


def steps(number: int, seconds: float = 0.0) -> Iterator[int]:
    for step in range(number):
        time.sleep(seconds)
        yield step


def test_it_stops_when_its_time_is_up_and_goes_on_where_it_was() -> None:
    done: list[int] = []

    def start(now: float) -> Iterator[int]:
        for step in steps(20, 0.005):
            done.append(step)
            yield step

    task = IncrementalTask(start, every=60.0)
    turns = 1
    while task.step(now=0.0, budget=0.02):
        turns += 1

    assert turns >= 4
    assert done == list(range(20))


def test_it_begins_anew_only_when_it_is_due() -> None:
    begun: list[float] = []

    def start(now: float) -> Iterator[int]:
        begun.append(now)
        return steps(1)

    task = IncrementalTask(start, every=60.0)
    for now in (0.0, 30.0, 59.9, 60.0, 61.0):
        assert not task.step(now=now)

    assert begun == [0.0, 60.0]


def test_after_an_error_it_begins_anew() -> None:
    def start(now: float) -> Iterator[int]:
        if now < 60:
            raise OSError("the database is away")
        yield 1

    task = IncrementalTask(start, every=60.0)
    with pytest.raises(OSError, match="away"):
        task.step(now=0.0)

    assert not task.step(now=60.0)
