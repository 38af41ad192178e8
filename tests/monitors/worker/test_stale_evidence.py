"""What becomes unknown when nothing comes, and what does not because we were away (F-O4)."""

import math
import threading
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction

from components.models import JournalEntry
from monitors.models import Absence, Agent, Check, Slot
from monitors.rules.clock_steps import ClockStep
from monitors.worker import slots, spread, stale_evidence
from monitors.worker.clock_shift import ClockFollower
from monitors.worker.shift import ShiftDatabaseThread
from monitors.worker.stale_evidence import expire_evidence
from monitors.worker.target_cache import TargetCache
from tests import build
from tests.waiting import PATIENCE

pytestmark = [pytest.mark.django_db, pytest.mark.both]
BACK = 1_300.0
"""When the prober is back that was away for 300 s."""


@pytest.fixture
def known() -> Check:
    """A check every 10 s that was last made just before its prober went away."""
    monitor = build.monitor(interval=10)
    Check.objects.update(verdict="up", since=1.0, checked=998.0, due=1_008.0, leased_until=0.0)
    Slot.objects.create(region="global", number=0, holder="former", beat=1_000.0)
    return build.check(monitor)


def told() -> list[str]:
    entries = JournalEntry.objects.filter(kind="monitor.state_changed").order_by("pk")
    return [entry.data["verdict"] for entry in entries]


def acquire(now: float = BACK) -> slots.AcquiredSlot | None:
    return slots.acquire_slot(region="global", number=0, holder="new", now=now, seconds=15.0)


def test_after_a_stop_nothing_expires_until_the_prober_had_one_tolerance_f_o4(
    known: Check,
) -> None:
    acquired = acquire()
    assert acquired
    assert acquired.away == 300.0

    for second in range(30):
        Slot.objects.update(beat=BACK + second)
        assert expire_evidence(now=BACK + second, watched_since=BACK) == 0
    Slot.objects.update(beat=BACK + 30.1)

    assert expire_evidence(now=BACK + 30.1, watched_since=BACK) == 1
    assert told() == ["unknown"]


def test_who_was_away_itself_waits_for_the_prober_as_long_as_evidence_lasts_f_o4(
    known: Check,
) -> None:
    """Beat is back, the probers are not yet: what it has not seen for itself proves nothing."""
    early = expire_evidence(now=BACK + 29.9, watched_since=BACK)
    late = expire_evidence(now=BACK + 30.1, watched_since=BACK)

    assert (early, late) == (0, 1)


def test_x24_while_beat_looks_on_a_prober_that_is_away_is_found_out(known: Check) -> None:
    assert expire_evidence(now=1_027.9, watched_since=0.0) == 0
    assert expire_evidence(now=1_028.1, watched_since=0.0) == 1


def test_an_agent_that_is_back_has_its_tolerance_f_o4(known: Check) -> None:
    Slot.objects.all().delete()
    Agent.objects.create(name="a", region="global", seen=BACK)
    Absence.objects.create(region="global", began=1_000.0, ended=BACK)

    assert expire_evidence(now=BACK + 14.0, watched_since=0.0) == 0


def test_a_holder_whose_database_was_away_tells_of_its_absence_once_f_o4(known: Check) -> None:
    told = [
        slots.report_return(region="global", number=0, holder="former", now=BACK) for _ in range(2)
    ]

    assert told == [(True, 300.0), (True, 0.0)]
    assert Absence.objects.count() == 1


def refuse(*_: Any) -> None:
    raise OperationalError("the database is away")


def holder(clock: ClockFollower | None = None) -> ShiftDatabaseThread:
    """A shift that has acquired the slot and has nothing in hand."""
    return ShiftDatabaseThread(
        region="global", slot=0, holder="former", capacity=2, clock=clock, present_at=1_000.0,
        targets=TargetCache(region="global"),
    )  # fmt: skip


def outage(shift: ShiftDatabaseThread, *, seconds: int = 300) -> None:
    with connection.execute_wrapper(refuse):
        for second in range(1, seconds, 4):
            with pytest.raises(OperationalError):
                shift._round(now=1_000.0 + second)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("signs", [0, 1], ids=["just acquired", "at work"])
def test_a_shift_with_nothing_in_hand_tells_of_the_time_without_a_database_f_o4(
    known: Check, signs: int
) -> None:
    """It tries all the while; a try is no presence, or its evidence were stale at its return."""
    shift = holder()
    for _ in range(signs):
        shift._round(now=1_000.0)
    outage(shift)

    shift._round(now=BACK)

    assert [(each.began, each.ended) for each in Absence.objects.all()] == [(1_000.0, BACK)]
    assert expire_evidence(now=BACK + 1, watched_since=0.0) == 0


@pytest.mark.django_db(transaction=True)
def test_a_clock_that_is_set_while_the_database_is_away_hides_no_absence_f_o4(
    known: Check,
) -> None:
    clock = ClockFollower()
    shift = holder(clock)
    outage(shift)
    clock._steps.append(ClockStep(3_600.0, BACK + 3_600))

    shift._round(now=BACK + 3_600)

    assert [(each.began, each.ended) for each in Absence.objects.all()] == [(4_600.0, 4_900.0)]
    assert expire_evidence(now=BACK + 3_601, watched_since=0.0) == 0


def test_an_absence_is_never_seen_without_the_return_nor_the_return_without_it_f_o4(
    known: Check,
) -> None:
    Slot.objects.update(holder="another", claims_until=BACK + 15, beat=BACK)

    assert acquire() is None
    assert not Absence.objects.exists()


def test_evidence_expires_in_batches_between_which_progress_is_told_f_o4(
    known: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(4):
        build.monitor(interval=10)
    Check.objects.update(verdict="up", checked=900.0)
    monkeypatch.setattr(stale_evidence, "BATCH", 2)
    batches: list[int] = []

    expired = expire_evidence(
        now=2_000.0, on_progress=lambda: batches.append(Check.objects.filter(verdict="up").count())
    )

    assert expired == 5
    assert batches == [3, 1, 0]


def test_two_beats_tell_of_stale_evidence_once_r4(known: Check) -> None:
    assert [expire_evidence(now=1_500.0) for _ in ("one beat", "the other")] == [1, 0]
    assert told() == ["unknown"]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_what_a_result_is_being_written_for_is_passed_over_and_waits_for_nobody_f_o4() -> None:
    held, free = (build.check(build.monitor(interval=10)) for _ in range(2))
    Check.objects.update(verdict="up", checked=998.0, due=1_008.0)
    expired: list[Any] = []
    with transaction.atomic():
        Check.objects.select_for_update().get(pk=held.pk)

        def beat() -> None:
            expired.append(expire_evidence(now=1_500.0))
            connection.close()

        other = threading.Thread(target=beat)
        other.start()
        other.join(PATIENCE)

    assert expired == [1]
    free.refresh_from_db()
    assert free.verdict == "unknown"


def test_late_checks_are_spread_over_one_interval_again_f_o4(known: Check) -> None:
    for _ in range(99):
        build.monitor(interval=10)
    Check.objects.update(due=1_008.0, leased_until=0.0)

    assert spread.spread_late(region="global", away=300.0, now=BACK) == 100

    starts = sorted(due for due in Check.objects.values_list("due", flat=True) if due)
    assert starts[0] > BACK
    assert starts[-1] <= BACK + 10
    # No second has more than its share by much.
    assert max(sum(second <= at - BACK < second + 1 for at in starts) for second in range(10)) < 25
    assert set(Check.objects.values_list("skipped", flat=True)) == {29}


def test_a_check_with_a_long_interval_is_made_up_for_as_it_came_due_f_o4(known: Check) -> None:
    Check.objects.update(due=1_100.0)
    known.monitor.interval = 86_400
    known.monitor.save()

    spread.spread_late(region="global", away=300.0, now=BACK)

    known.refresh_from_db()
    assert (known.due, known.skipped) == (1_400.0, 0)


def test_what_another_shift_has_leased_is_left_to_it_f_o4(known: Check) -> None:
    Check.objects.update(lease="another", leased_until=BACK + 20)

    assert spread.spread_late(region="global", away=300.0, now=BACK) == 0
    assert math.isclose(build.check(known.monitor).due or 0.0, 1_008.0)
