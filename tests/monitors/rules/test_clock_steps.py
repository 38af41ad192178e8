"""Steps of the wall clock: noticed, and followed by what was written before (R9)."""

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.models import JournalEntry
from monitors.models import Check, Slot
from monitors.probing.base import ProbeStatus
from monitors.rules.check_state import observe
from monitors.rules.clock_steps import MIN_STEP_SECONDS, ClockStep, ClockWatch
from monitors.services import tolerance
from monitors.worker import slots
from monitors.worker.clock_shift import reset_far_future, shift_clock, shift_lease
from monitors.worker.leases import lease_due
from monitors.worker.stale_evidence import expire_evidence
from tests import build

HOUR, DAY = 3600.0, 86_400.0
steps = st.sampled_from([HOUR, -HOUR, DAY, -DAY])


class Clocks:
    wall, steady = 1_000_000.0, 50.0

    def pass_(self, seconds: float) -> None:
        self.wall += seconds
        self.steady += seconds


@pytest.mark.parametrize("by", [HOUR, -HOUR, DAY, -DAY])
def test_a_step_is_noticed_once(by: float) -> None:
    clocks = Clocks()
    watch = ClockWatch(wall=lambda: clocks.wall, steady=lambda: clocks.steady)
    clocks.pass_(10)
    assert watch.check() is None

    clocks.wall += by
    clocks.pass_(0.25)

    assert watch.check() == ClockStep(by, clocks.wall)
    assert watch.check() is None


def test_who_was_idle_during_a_step_does_not_add_it_to_the_next() -> None:
    clocks = Clocks()
    watch = ClockWatch(wall=lambda: clocks.wall, steady=lambda: clocks.steady, reset_after=5)
    clocks.wall += HOUR
    clocks.pass_(60)
    assert watch.check() is None

    clocks.wall += DAY
    clocks.pass_(0.25)

    assert watch.check() == ClockStep(DAY, clocks.wall)


def test_time_that_passes_and_small_corrections_are_no_steps() -> None:
    clocks = Clocks()
    watch = ClockWatch(wall=lambda: clocks.wall, steady=lambda: clocks.steady)

    for _ in range(100):
        clocks.pass_(3600)
        clocks.wall += MIN_STEP_SECONDS * 0.9
        assert watch.check() is None


@given(steps, st.floats(-600, 600), st.integers(1, 4))
def test_moving_twice_is_moving_once(by: float, offset: float, times: int) -> None:
    now = 1_000_000.0
    step = ClockStep(by, now)
    written = now - by + offset

    moved = written
    for _ in range(times):
        moved = step.moved(moved)

    assert moved == pytest.approx(now + offset)


@given(steps, st.floats(-600, 600))
def test_what_was_written_after_the_step_stays(by: float, offset: float) -> None:
    assert ClockStep(by, 1_000_000.0).moved(1_000_000.0 + offset) == 1_000_000.0 + offset


@pytest.mark.both
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("by", [HOUR, -HOUR, DAY, -DAY])
def test_checks_stay_due_and_evidence_stays_fresh_r9(by: float) -> None:
    monitor = build.monitor(interval=10)
    before = 2_000_000.0
    Check.objects.update(
        verdict="up", since=before - 900, checked=before - 4, due=before + 6, leased_until=0
    )
    now = before + by
    mark = JournalEntry.objects.count()

    for _ in range(3):
        shift_clock(ClockStep(by, now))
    expire_evidence(now=now)

    check = build.check(monitor)
    assert check.due == pytest.approx(now + 6)
    assert check.checked == pytest.approx(now - 4)
    assert JournalEntry.objects.count() == mark, "nothing became unknown"
    assert lease_due(region="global", lease="x", now=now, horizon=now + 0.5, limit=9) == []
    assert len(lease_due(region="global", lease="x", now=now + 6, horizon=now + 6, limit=9)) == 1


@pytest.mark.both
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("by", [HOUR, -HOUR, DAY, -DAY])
def test_a_shift_is_neither_taken_for_silent_nor_never_called_again_r9(by: float) -> None:
    before = 2_000_000.0
    Slot.objects.create(
        region="global", number=0, holder="me", beat=before - 0.5, claims_until=before + 9,
        called=before - 6,
    )  # fmt: skip
    now = before + by

    shift_clock(ClockStep(by, now))

    assert slots.slots_to_fill(region="global", count=1, now=now) == []
    assert slots.slots_to_fill(region="global", count=1, now=now + 9) == [0]


@pytest.mark.both
@pytest.mark.django_db(transaction=True)
def test_what_a_wrong_clock_left_in_the_future_is_pulled_back_r9() -> None:
    monitor = build.monitor(interval=10)
    now = time.time()
    Check.objects.update(due=now + DAY, leased_until=now + DAY)
    Slot.objects.create(
        region="global", number=0, holder="me", beat=now + DAY, claims_until=now + DAY,
        called=now + DAY,
    )  # fmt: skip

    reset_far_future(now=now)

    check = build.check(monitor)
    assert check.due == pytest.approx(now)
    assert slots.slots_to_fill(region="global", count=1, now=now) == [0]


@pytest.mark.both
@pytest.mark.django_db(transaction=True)
def test_pulling_back_asks_once_for_each_interval_however_many_monitors(
    django_assert_num_queries: Any,
) -> None:
    for _ in range(5):
        build.monitor(interval=10)

    with django_assert_num_queries(3):
        reset_far_future(now=time.time())


@pytest.mark.both
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("by", [HOUR, DAY])
def test_a_claim_in_hand_does_not_find_its_evidence_stale_r9(by: float) -> None:
    monitor = build.monitor(interval=10)
    before = 2_000_000.0
    Check.objects.update(
        verdict="up", since=before - 900, checked=before - 4, due=before, leased_until=0
    )
    [claimed] = lease_due(region="global", lease="x", now=before, horizon=before, limit=9)

    moved = shift_lease(claimed, ClockStep(by, before + by))
    _, transitions = observe(
        moved.state, ProbeStatus.UP, at=before + by, tolerance=tolerance(monitor)
    )

    assert transitions == []
    assert moved.due == before + by
