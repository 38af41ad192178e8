"""A probe shift: what is due is made by the engine, of whatever kind, and stored."""

import socket
import threading
import time
from dataclasses import replace

import pytest
from django.db import connection

from monitors.models import Check, Monitor, Slot
from monitors.probing.base import CheckResult, Outcome, ProbeStatus
from monitors.probing.engine import Engine
from monitors.rules.clock_steps import ClockStep
from monitors.selectors import latest_results
from monitors.services import save_monitor
from monitors.worker.clock_shift import ClockFollower
from monitors.worker.shift import ShiftDatabaseThread, run_shift
from monitors.worker.target_cache import TargetCache
from tests import build
from tests.monitors.checks import OPEN
from tests.monitors.shifts import make_all
from tests.servers import Mute
from tests.waiting import FOR_EVER, ending

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]


def monitor_of(kind: str, **config: object) -> Check:
    made = Monitor(
        name=kind, component=build.component(), kind=kind, config=config, interval=10, timeout=1
    )
    save_monitor(made, regions=())
    Check.objects.update(due=time.time())
    return build.check(made)


def shift(seconds: float = 0.6, *, overtime: float = 0.0) -> int:
    Slot.objects.get_or_create(region="global", number=0)
    engine = Engine(guard=OPEN)
    try:
        return run_shift(
            region="global",
            slot=0,
            engine=engine,
            stopping=lambda: False,
            seconds=seconds,
            overtime=overtime,
        )
    finally:
        engine.close()


def test_a_kind_that_blocks_is_made_and_stored() -> None:
    with Mute() as mute:
        up = monitor_of("tcp", host="127.0.0.1", port=mute.port)
        with socket.create_server(("127.0.0.1", 0)) as once:
            port = once.getsockname()[1]
        down = monitor_of("tcp", host="127.0.0.1", port=port)

        made = make_all()

    # At least: the next regular instant of either may fall into the same shift.
    assert made >= 2
    assert {result.word for result in latest_results(up)} == {"up"}
    assert {(result.word, result.message) for result in latest_results(down)} == {
        ("down", "connection refused")
    }


def test_a_shift_that_nobody_relieves_goes_on() -> None:
    with Mute() as mute:
        check = monitor_of("tcp", host="127.0.0.1", port=mute.port)

        made = make_all(delay=1.0, shift_seconds=0.2)

    assert made >= 1
    assert {result.word for result in latest_results(check)} == {"up"}


def test_a_shift_that_is_relieved_ends_when_it_should() -> None:
    Slot.objects.create(region="global", number=0)

    def relieve() -> None:
        Slot.objects.update(holder="the next")
        connection.close()

    relief = threading.Timer(0.4, relieve)
    relief.start()

    with ending("a shift that is relieved"):
        shift(0.6, overtime=FOR_EVER)

    relief.join()


def test_checks_in_threads_take_no_places_from_claims_of_transfers() -> None:
    database_thread = ShiftDatabaseThread(
        region="global", slot=0, holder="one", capacity=2, targets=TargetCache(region="global")
    )
    for _ in range(3):
        monitor_of("tcp", host="127.0.0.1", port=9)
    database_thread._lease_due(time.time())
    database_thread._lease_due(time.time())

    assert database_thread.leased.qsize() == 3


class SetClock(ClockFollower):
    """A follower that has seen the steps it is told of."""

    def __init__(self) -> None:
        super().__init__()
        self.unseen: list[ClockStep] = []

    def follow(self) -> list[ClockStep]:
        seen, self.unseen = self.unseen, []
        return seen


def test_a_step_of_the_clock_does_not_move_what_began_after_it_r9() -> None:
    check = monitor_of("tcp", host="127.0.0.1", port=9)
    clock = SetClock()
    database_thread = ShiftDatabaseThread(
        region="global", slot=0, holder="one", capacity=2, targets=TargetCache(region="global"),
        clock=clock,
    )  # fmt: skip
    before = time.time() - 86_400
    # Set back by an hour, then forward by a day: by the first step's border it is from the future.
    clock.unseen = [ClockStep(-3_600, before)]
    database_thread._round(now=before)
    clock.unseen = [ClockStep(86_400, time.time())]
    Check.objects.update(due=time.time())
    database_thread._round(now=time.time())
    claimed, template = database_thread.leased.get_nowait()
    began = time.time()
    probe = replace(template, key=claimed.check_id, due=claimed.due)
    database_thread.results.put(CheckResult(probe, began, began + 0.1, Outcome(ProbeStatus.UP)))

    database_thread._round(now=time.time())

    check.refresh_from_db()
    assert check.checked == pytest.approx(began, abs=1)


def test_f_o6_a_store_that_loses_what_it_was_told_has_no_check_made_twice() -> None:
    with Mute() as mute:
        check = monitor_of("tcp", host="127.0.0.1", port=mute.port)
        # So that no regular start falls into this test.
        check.monitor.interval = 86_400
        save_monitor(check.monitor, regions=())
        Check.objects.update(due=time.time())
        assert make_all() == 1

        # What the database is left with when all that was stored is lost.
        Check.objects.update(due=time.time() - 0.1, lease="", leased_until=0.0)
        assert shift() == 0

    check.refresh_from_db()
    assert check.due is not None
    assert check.due > time.time()
    assert check.lease == ""
