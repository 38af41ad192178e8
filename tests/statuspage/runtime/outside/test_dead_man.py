"""The dead-man's switch is asked only while the product works (F-O10, F-O11)."""

import logging
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.db import OperationalError

from statuspage.models import OutsideCheck
from statuspage.runtime import progress
from statuspage.runtime.outside import dead_man, self_checks
from statuspage.runtime.outside.dead_man import DeadMansSwitch
from tests.servers import Target
from tests.waiting import PATIENCE

pytestmark = pytest.mark.django_db(transaction=True)
SECRET = "/ping/6f1c0c1e-1111-2222-3333-444455556666"


@pytest.fixture
def watcher(monkeypatch: pytest.MonkeyPatch) -> Iterator[Target]:
    """A service elsewhere that waits to be asked."""
    with Target() as target:
        monkeypatch.setattr(settings.STATUSPAGE, "dead_man_url", target.url(SECRET))
        yield target


@pytest.fixture
def ages(monkeypatch: pytest.MonkeyPatch) -> dict[str, float | None]:
    known: dict[str, float | None] = {"beat": 0.0, "probes": 1.0, "notify": 1.0}
    monkeypatch.setattr(progress, "ages", lambda: known)
    return known


def asked(watcher: Target) -> int:
    return len([request for request in watcher.requests if request.path == SECRET])


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def check(switch: DeadMansSwitch) -> None:
    switch.check(datetime.now(UTC))
    switch.join(PATIENCE)


def test_fo11_it_is_asked_once_a_minute(watcher: Target, ages: dict[str, float | None]) -> None:
    clock = Clock()
    switch = DeadMansSwitch(clock=clock)
    for seconds in (0, 5, 50, 5, 5):
        clock.now += seconds
        check(switch)

    assert asked(watcher) == 2
    (row,) = OutsideCheck.objects.all()
    assert row.ok
    assert self_checks.dead_man().ok


@pytest.mark.parametrize("role", ["probes", "notify"])
@pytest.mark.parametrize("age", [None, 60.0])
def test_fo11_it_is_not_asked_while_a_role_makes_no_progress(
    watcher: Target, ages: dict[str, float | None], role: str, age: float | None,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    clock = Clock()
    switch = DeadMansSwitch(clock=clock)
    ages[role] = age
    for _ in range(30):
        clock.now += 5
        check(switch)
    silent = asked(watcher)
    ages[role] = 1.0
    clock.now += 5
    check(switch)

    assert (silent, asked(watcher)) == (0, 1)
    assert caplog.text.count("is not asked") == 1
    assert role in caplog.text


def test_fo11_it_is_not_asked_while_the_database_is_away(
    watcher: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> None:
        raise OperationalError("gone")

    monkeypatch.setattr(progress, "ages", away)
    switch = DeadMansSwitch()
    with pytest.raises(OperationalError):
        switch.check(datetime.now(UTC))

    assert asked(watcher) == 0


def test_fo11_a_failure_is_logged_once_and_without_the_address(
    watcher: Target, ages: dict[str, float | None], caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    clock = Clock()
    switch = DeadMansSwitch(clock=clock)
    watcher.stop()
    with caplog.at_level(logging.INFO):
        for _ in range(3):
            clock.now += 60
            check(switch)
        finding = self_checks.dead_man()
        watcher.start()
        clock.now += 60
        check(switch)

    assert caplog.text.count("does not answer as it should") == 1
    assert caplog.text.count("answers again") == 1
    assert not finding.ok
    for told in (caplog.text, finding.detail, finding.advice, OutsideCheck.objects.get().detail):
        assert "6f1c0c1e" not in told


def test_an_answer_that_is_no_yes_is_a_failure(
    watcher: Target, ages: dict[str, float | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings.STATUSPAGE, "dead_man_url", watcher.url("/status/404"))
    check(DeadMansSwitch())

    row = OutsideCheck.objects.get()
    assert not row.ok
    assert row.detail == "it answered 404"


def test_a_metadata_address_is_never_asked(
    ages: dict[str, float | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings.STATUSPAGE, "dead_man_url", "http://169.254.169.254/latest")
    check(DeadMansSwitch())

    assert "blocked address" in OutsideCheck.objects.get().detail


def test_without_an_address_nothing_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "ages", lambda: pytest.fail("looked"))
    DeadMansSwitch().check(datetime.now(UTC))

    assert self_checks.dead_man().ok


def test_fo11_beat_does_not_wait_for_a_switch_that_hangs(
    watcher: Target, ages: dict[str, float | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    held = SimpleNamespace(calls=0)
    may_go = threading.Event()

    def hang(*_: object, **__: object) -> str:
        held.calls += 1
        may_go.wait(PATIENCE)
        return ""

    monkeypatch.setattr(dead_man, "guarded_get", hang)
    clock = Clock()
    switch = DeadMansSwitch(clock=clock)
    try:
        for _ in range(4):
            clock.now += 60
            switch.check(datetime.now(UTC))
            time.sleep(0.01)
        assert held.calls == 1
    finally:
        may_go.set()
        switch.join(PATIENCE)
