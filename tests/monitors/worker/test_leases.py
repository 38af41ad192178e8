"""Leased rows: each due check is claimed by exactly one, and none is lost."""

import os
import subprocess
import threading
import time
from itertools import pairwise

import pytest
from django.conf import settings
from django.db import connection

from monitors.models import Check, Slot
from monitors.rules import intervals
from monitors.rules.check_state import CheckState
from monitors.services import save_monitor
from monitors.worker import leases, slots
from tests import build

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]


def claim(lease: str = "one", *, now: float, limit: int = 100) -> list[leases.LeasedCheck]:
    return leases.lease_due(region="global", lease=lease, now=now, horizon=now, limit=limit)


def due_checks(count: int, *, now: float) -> None:
    component = build.component()
    for _ in range(count):
        build.monitor(component)
    Check.objects.update(due=now - 1)


def test_a_check_that_is_not_due_is_not_claimed() -> None:
    build.monitor(now=1_000.0)

    assert claim(now=999.0) == []


def test_what_one_has_claimed_another_does_not_get() -> None:
    due_checks(3, now=1_000.0)

    first = claim("one", now=1_000.0, limit=2)
    second = claim("two", now=1_000.0)

    assert len(first) == 2
    assert len(second) == 1
    assert claim("three", now=1_000.0) == []


@pytest.mark.postgres
def test_no_plan_of_the_database_makes_a_claim_exceed_its_limit() -> None:
    due_checks(30, now=1_000.0)
    with connection.cursor() as cursor:
        # What is left is to look the rows up once for each row they are compared with.
        for way in ("hashjoin", "mergejoin", "hashagg", "material", "memoize", "sort"):
            cursor.execute(f"SET enable_{way} = off")

    claimed = claim(now=1_000.0, limit=7)
    connection.close()  # and its settings with it

    assert len(claimed) == 7


def test_a_claim_lapses_after_the_checks_deadline() -> None:
    due_checks(1, now=1_000.0)
    claim("killed", now=1_000.0)

    lapses = 1_000.0 + 5 + leases.LEASE_MARGIN
    assert claim("next", now=lapses - 0.1) == []
    assert len(claim("next", now=lapses)) == 1


def test_what_is_given_back_is_due_at_once() -> None:
    due_checks(2, now=1_000.0)
    claim("leaver", now=1_000.0)

    assert leases.release(lease="leaver") == 2
    assert len(claim("next", now=1_000.0)) == 2


def test_other_regions_and_paused_monitors_are_left_alone() -> None:
    build.monitor(regions=(build.region("eu-west-1", "Ireland"),), now=1_000.0)
    paused = build.monitor(now=1_000.0)
    paused.enabled = False
    save_monitor(paused, regions=[], now=1_000.0)

    assert claim(now=2_000.0) == []


def test_the_belief_comes_with_the_claim() -> None:
    due_checks(1, now=1_000.0)
    Check.objects.update(
        verdict="down", since=5.0, checked=6.0, run=1, run_verdict="up", run_since=7.0
    )

    claimed = claim(now=1_000.0)[0]

    assert claimed.state == CheckState("down", 5.0, 6.0, 1, "up", 7.0)  # type: ignore[arg-type]  # a StrEnum equals its word


def test_many_claimers_at_once_share_the_work_without_overlap() -> None:
    now = time.time()
    due_checks(60, now=now)
    taken: list[int] = []
    lock = threading.Lock()

    def work(name: str) -> None:
        try:
            while mine := claim(name, now=now, limit=4):
                with lock:
                    taken.extend(item.check_id for item in mine)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(f"w{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(taken) == 60
    assert len(set(taken)) == 60


def test_starts_are_spread_over_the_interval() -> None:
    phases = sorted(intervals.phase(number, 10.0) for number in range(1, 1001))

    gaps = [after - before for before, after in pairwise(phases)]
    assert max(gaps) <= 0.21
    assert all(0 <= phase < 10 for phase in phases)


def test_the_regular_start_is_later_and_always_at_the_same_phase() -> None:
    due = intervals.next_due(7, after=1_000_000.0, interval=10)

    assert 1_000_000.0 < due <= 1_000_010.0
    assert intervals.next_due(7, after=due, interval=10) == pytest.approx(due + 10)


def test_a_slot_is_called_for_once_however_many_beats_there_are() -> None:
    now = 10_000.0

    first = slots.slots_to_fill(region="global", count=2, now=now)
    second = slots.slots_to_fill(region="global", count=2, now=now)

    assert (first, second) == ([0, 1], [])


def test_a_slot_is_filled_once_however_many_shifts_come() -> None:
    now = 10_000.0
    slots.slots_to_fill(region="global", count=1, now=now)

    first = slots.acquire_slot(region="global", number=0, holder="a", now=now, seconds=15)
    second = slots.acquire_slot(region="global", number=0, holder="b", now=now + 1, seconds=15)

    assert first == slots.AcquiredSlot(gone="", away=0.0)
    assert second is None
    assert slots.slots_to_fill(region="global", count=1, now=now + 2.5) == []


@pytest.fixture
def ended_process() -> int:
    process = subprocess.Popen(["/bin/true"])
    process.wait()
    return process.pid


def held(*, pid: int, machine: str) -> float:
    """Have a holder in slot 0 of 1 and return the instant of its last progress."""
    now = 10_000.0
    slots.slots_to_fill(region="global", count=1, now=now)
    slots.acquire_slot(region="global", number=0, holder="former", now=now, seconds=60)
    Slot.objects.update(pid=pid, machine=machine)
    return now


def replaced(*, now: float) -> tuple[list[int], str | None]:
    called = slots.slots_to_fill(region="global", count=1, now=now)
    acquired = slots.acquire_slot(region="global", number=0, holder="next", now=now, seconds=15)
    return called, None if acquired is None else acquired.gone


def test_a_holder_whose_process_has_ended_is_replaced_and_named_to_release_its_leases(
    ended_process: int,
) -> None:
    now = held(pid=ended_process, machine=settings.STATUSPAGE.machine)

    assert replaced(now=now + 2.9) == ([], None)
    assert replaced(now=now + 3.5) == ([0], "former")


def test_a_stalled_holder_that_is_there_is_waited_for_lest_checks_are_made_twice_r4() -> None:
    now = held(pid=os.getpid(), machine=settings.STATUSPAGE.machine)

    assert replaced(now=now + 9.9) == ([], None)
    assert replaced(now=now + 10.5) == ([0], "former")


def test_the_process_of_another_machine_cannot_be_looked_for(ended_process: int) -> None:
    now = held(pid=ended_process, machine="another")

    assert replaced(now=now + 9.9) == ([], None)
    assert replaced(now=now + 10.5) == ([0], "former")


def test_the_successor_comes_before_the_holder_goes() -> None:
    now = 10_000.0
    slots.slots_to_fill(region="global", count=1, now=now)
    slots.acquire_slot(region="global", number=0, holder="a", now=now, seconds=15)
    late = now + 14
    slots.report_progress(region="global", number=0, holder="a", now=late)

    assert slots.slots_to_fill(region="global", count=1, now=late) == [0]
    successor = slots.acquire_slot(region="global", number=0, holder="b", now=late, seconds=15)
    assert successor == slots.AcquiredSlot(gone="", away=0.0)
    assert not slots.report_progress(region="global", number=0, holder="a", now=late)
    assert Slot.objects.get().holder == "b"
