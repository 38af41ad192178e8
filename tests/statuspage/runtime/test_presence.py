"""Silence counts only while we were there to hear (F-T17)."""

import pytest

from statuspage.runtime import health, presence
from statuspage.runtime.presence import Presence


class Clocks:
    def __init__(self) -> None:
        self.wall, self.steady = 1_000_000.0, 500.0
        self.presence = Presence(wall=lambda: self.wall, steady=lambda: self.steady)

    def later(self, seconds: float, *, clock_set_by: float = 0.0) -> None:
        self.wall += seconds + clock_set_by
        self.steady += seconds

    def live(self, seconds: int) -> None:
        for _ in range(seconds):
            self.later(1.0)
            self.presence.note()


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch) -> Clocks:
    made = Clocks()
    monkeypatch.setattr(presence, "here", made.presence)
    return made


def test_who_was_never_away_has_always_been_there(clocks: Clocks) -> None:
    clocks.live(100)

    assert clocks.presence.seconds() == float("inf")


@pytest.mark.parametrize("set_by", [0.0, 3600.0, -3600.0])
def test_a_sleep_is_noticed_whatever_the_clock_shows(clocks: Clocks, set_by: float) -> None:
    clocks.live(10)
    clocks.later(45.0, clock_set_by=set_by)
    before = clocks.presence.seconds()
    clocks.live(5)

    assert before == 0.0
    assert clocks.presence.seconds() == 5.0


def test_a_clock_that_was_set_is_an_absence_of_its_own(clocks: Clocks) -> None:
    clocks.live(10)
    clocks.later(1.0, clock_set_by=86_400.0)

    assert clocks.presence.seconds() == 0.0


def test_workers_that_slept_with_us_are_not_silent(clocks: Clocks) -> None:
    clocks.later(45.0)

    assert health.silent_roles({"beat": 46.0, "probes": 46.0, "notify": 50.0}) == []


def test_workers_have_time_to_begin_beside_a_web_process(clocks: Clocks) -> None:
    clocks.presence.begin()
    clocks.live(5)
    first = health.silent_roles({"beat": 3600.0})
    clocks.live(20)

    assert first == []
    assert health.silent_roles({"beat": 3620.0}) == ["beat silent for 3620 s"]


def test_workers_that_do_not_wake_up_are(clocks: Clocks) -> None:
    clocks.later(45.0)
    clocks.presence.note()
    clocks.live(21)

    assert health.silent_roles({"beat": 1.0, "probes": 66.0, "notify": None}) == [
        "probes silent for 66 s",
        "notify never made progress",
    ]
