"""Progress is judged machine by machine: one that works must not hide one that does not."""

import time

import pytest
from django.conf import settings
from django_q.models import OrmQ

from monitors.models import Slot
from monitors.readers import self_report
from monitors.worker import slots
from statuspage import tasks
from statuspage.runtime import progress
from tests.waiting import PATIENCE

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def nothing_said() -> None:
    self_report.reset()
    progress.reset()


def on(machine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings.STATUSPAGE, "machine", machine)


def test_another_machines_work_does_not_hide_silence_here(monkeypatch: pytest.MonkeyPatch) -> None:
    on("b", monkeypatch)
    progress.mark("notify")
    on("a", monkeypatch)

    assert progress.ages_here()["notify"] is None
    assert list(progress.ages_by_machine()) == ["b"]


def test_probes_in_reserve_are_judged_by_their_canary(monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time()
    Slot.objects.create(region="global", number=0, machine="b", beat=now)
    on("a", monkeypatch)
    before = progress.ages_here()["probes"]
    monkeypatch.setenv("Q_CLUSTER_NAME", "probes")
    tasks.prove_progress()

    assert before is None
    assert progress.ages_here()["probes"] == pytest.approx(0, abs=PATIENCE)


def test_probes_that_nobody_makes_are_everybodys_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time()
    Slot.objects.create(region="global", number=0, machine="b", beat=now - 600)
    on("a", monkeypatch)

    assert progress.ages_here()["probes"] == pytest.approx(600, abs=PATIENCE)
    assert slots.slot_status(region="global", machine="b", now=now)[0], "it has the newest mark"


def test_a_canary_for_another_machine_is_handed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    on("a", monkeypatch)
    now = time.time()
    number = progress.machine_number("b")

    tasks.prove_progress(number, now)
    handed_on = OrmQ.objects.count()
    tasks.prove_progress(number, now - tasks.CANARY_TTL - 1)
    tasks.prove_progress(progress.machine_number("a"), now)

    assert handed_on == 1
    assert OrmQ.objects.count() == 1, "old ones, and those for us, end here"
    assert progress.ages_here()["notify"] is not None, "whoever takes one has proved itself"


def test_a_role_that_ends_in_order_is_no_alarm_while_another_machine_does_its_work_f_o5(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = time.time()
    on("b", monkeypatch)
    for role in ("beat", "notify"):
        progress.mark(role)
    on("a", monkeypatch)
    progress.mark("beat")
    Slot.objects.create(region="global", number=0, machine="a", beat=now, claims_until=now - 1)
    Slot.objects.create(region="global", number=1, machine="b", beat=now, claims_until=now + 9)

    for role in ("beat", "probes"):
        progress.end(role)
    progress.store("beat")  # by a thread that has not ended

    assert {machine: list(ages) for machine, ages in progress.ages_by_machine().items()} == {
        "b": ["beat", "probes", "notify"]
    }


def test_the_last_of_a_role_that_ends_is_an_alarm_f_o5(monkeypatch: pytest.MonkeyPatch) -> None:
    on("b", monkeypatch)
    progress.mark("notify")
    on("a", monkeypatch)
    progress.mark("beat")

    progress.end("beat")

    assert list(progress.ages_by_machine()["a"]) == ["beat"]
