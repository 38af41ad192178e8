"""Monitors of the kind `number`: what numbers and silence make of the component."""

import time
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from components.models import JournalEntry
from components.status import Status
from monitors.heartbeats import evaluation as heartbeats
from monitors.models import Check, Closure, Doorkeeper, Heartbeat, LastNumber, Monitor, Result
from monitors.pushed_numbers.evaluation import evaluate_due
from monitors.pushed_numbers.intake import take_number
from monitors.services import delete_monitor, save_monitor
from monitors.worker.clock_shift import reset_far_future
from monitors.worker.stale_evidence import expire_evidence
from tests import build

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]
QUEUE: dict[str, Any] = {
    "measures": "queue length", "degraded_above": 500, "down_above": 1_000, "silence": 60,
}  # fmt: skip


def number_monitor(**config: Any) -> Monitor:
    monitor = Monitor(
        name="Queue", component=build.component("Shop"), kind="number", config=QUEUE | config
    )
    return save_monitor(monitor, regions=[])


def state() -> tuple[str, str]:
    check = Check.objects.get()
    return check.verdict, check.message


def look(now: float) -> int:
    """Let beat look for silence, with everything stored that was sent before."""
    Doorkeeper.objects.update_or_create(name="web", defaults={"seen": now})
    return evaluate_due(now=now)


@pytest.mark.projected
def test_a_number_decides_the_component_with_its_reason() -> None:
    monitor, now = number_monitor(), time.time()

    for after, value in enumerate((12, 640, 1_240, 3)):
        take_number(monitor, value, now=now + after)

    told = JournalEntry.objects.filter(kind="monitor.state_changed").order_by("pk")
    assert [(each.data["verdict"], each.data["message"]) for each in told] == [
        ("up", ""),
        ("degraded", "queue length 640 is above 500"),
        ("down", "queue length 1,240 is above 1,000"),
        ("up", ""),
    ]
    assert build.status_of(monitor.component) is Status.OPERATIONAL
    results = Result.objects.order_by("at_ms").values_list("word", "message")
    assert list(results)[::3] == [("up", "queue length 12"), ("up", "queue length 3")]


def test_silence_is_unknown_and_never_down() -> None:
    monitor, now = number_monitor(), time.time()
    take_number(monitor, 5, now=now)

    early = look(now + 59)
    late = look(now + 61)

    assert (early, late) == (0, 1)
    assert state()[0] == "unknown"
    assert state()[1].startswith("no number since 20")
    assert look(now + 90_000) == 0
    heartbeats.evaluate_due(now=now + 90_000)
    expire_evidence(now=now + 90_000)
    reset_far_future(now=now)
    assert state()[0] == "unknown"


def test_before_the_first_number_nothing_is_known_and_none_is_owed() -> None:
    monitor = number_monitor()

    look(time.time() + 90_000)

    assert state() == ("unknown", "no number was received yet")
    assert not Heartbeat.objects.filter(monitor=monitor).exists()


def test_what_could_not_be_sent_to_us_is_not_missed_o4() -> None:
    monitor, now = number_monitor(), time.time()
    take_number(monitor, 5, now=now)

    during = evaluate_due(now=now + 300)  # no process takes anything
    Closure.objects.create(began=now + 10, ended=now + 300)
    after = look(now + 330)

    assert (during, after, state()[0]) == (0, 0, "up")
    assert look(now + 361) == 1


def test_a_changed_threshold_judges_the_last_number_anew() -> None:
    monitor, now = number_monitor(), time.time()
    take_number(monitor, 640, now=now)

    monitor.config = {**monitor.config, "down_above": 600}
    save_monitor(monitor, regions=[], now=now + 1)
    look(now + 2)

    assert state() == ("down", "queue length 640 is above 600")


def test_the_same_number_of_the_same_time_changes_nothing_and_counts_no_longer() -> None:
    monitor, now = number_monitor(), time.time()

    first = take_number(monitor, 640, stated_at=now - 50, now=now)
    again = take_number(monitor, 640, stated_at=now - 50, now=now + 5)
    look(now + 11)

    assert (first.is_new, again.is_new) == (True, False)
    assert again.judgement.reason == "queue length 640 is above 500"
    assert state()[0] == "unknown"


@pytest.mark.parametrize(
    ("value", "ahead", "field"),
    [(3.0, -11.0, "at"), (3.0, -10.0, "at"), (3.0, 61.0, "at"), (3.0, -60.0, "at"),
     (1e16, 0.0, "value"), (float("nan"), 0.0, "value"), (float("inf"), 0.0, "value")],
    ids=["before", "same time", "future", "too old", "huge", "nan", "infinite"],
)  # fmt: skip
def test_what_cannot_be_is_refused_by_name_and_changes_nothing(
    value: float, ahead: float, field: str
) -> None:
    monitor, now = number_monitor(), time.time()
    take_number(monitor, 640, stated_at=now - 10, now=now - 10)

    with pytest.raises(ValidationError) as refused:
        take_number(monitor, value, stated_at=now + ahead, now=now)

    assert set(refused.value.message_dict) == {field}
    assert LastNumber.objects.get().value == 640


def test_a_number_without_a_time_is_the_newest_whatever_a_clock_said() -> None:
    monitor, now = number_monitor(), time.time()

    take_number(monitor, 640, stated_at=now + 30, now=now)
    take_number(monitor, 5, now=now + 1)

    assert state()[0] == "up"


def test_a_paused_monitor_keeps_the_number_for_when_it_is_resumed() -> None:
    monitor, now = number_monitor(), time.time()
    monitor.enabled = False
    save_monitor(monitor, regions=[], now=now)

    take_number(monitor, 1_240, now=now + 1)
    paused = state()[0]
    monitor.enabled = True
    save_monitor(monitor, regions=[], now=now + 2)
    look(now + 3)

    assert (paused, state()[0]) == ("unknown", "down")


def test_what_becomes_another_kind_or_is_deleted_leaves_nothing() -> None:
    monitor = number_monitor()
    take_number(monitor, 5, now=time.time())
    monitor.kind, monitor.config = "manual", {}
    save_monitor(monitor, regions=[])
    changed = LastNumber.objects.exists()

    monitor.kind, monitor.config = "number", QUEUE
    save_monitor(monitor, regions=[])
    take_number(monitor, 5, now=time.time())
    delete_monitor(monitor)

    assert not changed
    assert not LastNumber.objects.exists()


def test_a_monitor_whose_settings_are_broken_is_set_aside() -> None:
    monitor, now = number_monitor(), time.time()
    take_number(monitor, 5, now=now)
    Monitor.objects.update(config={"down_above": "high"})

    assert look(now + 100) == 0
    assert look(now + 101) == 0
