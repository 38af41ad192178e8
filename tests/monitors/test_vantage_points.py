"""A vantage point that loses its own network: nothing is down, and it is told once (R7)."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

import pytest
from django.db import connection
from django.db.models import F
from django.test import Client
from django.utils import timezone

from components.models import JournalEntry
from components.status import Status
from monitors import vantage_points
from monitors.models import Check, ProberConnectivity, Result, Slot
from monitors.probing.connectivity import ConnectivityGuard
from monitors.probing.engine import Engine
from monitors.probing.reference_targets import Reference
from monitors.worker import blindness
from monitors.worker.shift import run_shift
from monitors.worker.stale_evidence import expire_evidence
from statuspage.renderers.html.render import render_page
from statuspage.state import builder
from tests import build
from tests.monitors.checks import OPEN
from tests.namespaces import in_own_network, set_loopback
from tests.ports import free_ports
from tests.servers import Mute, Target
from tests.waiting import FOR_EVER, until

T = TypeVar("T", bound=Callable[..., None])


def both(test: T) -> T:
    """On either database; the other test would cut PostgreSQL off as well."""
    pytest.mark.both(test)
    pytest.mark.django_db(transaction=True)(test)
    return test


def told() -> list[str]:
    rows = JournalEntry.objects.filter(kind__startswith="monitoring.").order_by("id")
    return list(rows.values_list("kind", flat=True))


def shift(stop: threading.Event, reference: int) -> None:
    engine = Engine(guard=OPEN)
    try:
        run_shift(
            region="global",
            slot=0,
            engine=engine,
            stopping=stop.is_set,
            connectivity=ConnectivityGuard([Reference("127.0.0.1", reference)]),
            seconds=FOR_EVER,
        )
    finally:
        engine.close()
        connection.close()


def page() -> str:
    return render_page(builder.gather(now=timezone.now())).decode()


def lose_the_network_for_a_while() -> str:
    """The page of the time in between."""
    stop = threading.Event()
    with Target() as target, Mute() as reference:
        component = build.component("Shop")
        for _ in range(3):
            build.monitor(component, url=target.url(), interval=1, timeout=1, confirm_down=0)
        working = threading.Thread(target=shift, args=(stop, reference.port))
        working.start()
        try:
            until(lambda: Check.objects.filter(verdict="up").count() == 3, what="all are up")
            set_loopback(up=False)
            until(lambda: told() == ["monitoring.blind"], what="blindness is journalled")
            time.sleep(1.5)
            shown = page()
            set_loopback(up=True)
            until(
                lambda: told() == ["monitoring.blind", "monitoring.sees_again"],
                what="its end is journalled",
            )
            time.sleep(1.2)
        finally:
            stop.set()
            working.join()
            connection.close()
    return shown


@pytest.mark.django_db(transaction=True)
def test_a_network_that_is_cut_is_blindness_and_never_an_outage_r7() -> None:
    Slot.objects.create(region="global", number=0)

    shown = in_own_network(lose_the_network_for_a_while)

    words = set(Result.objects.values_list("word", flat=True))
    assert words <= {"up", "blind", "inconclusive"}
    assert "blind" in words
    changes = JournalEntry.objects.filter(kind="monitor.state_changed")
    assert {entry.data["verdict"] for entry in changes} <= {"up", "unknown"}
    assert told() == ["monitoring.blind", "monitoring.sees_again"]
    assert "Monitoring has been interrupted since" in shown
    assert "blind since" not in page()


@both
def test_it_is_told_once_however_many_say_so() -> None:
    build.region()
    news = [vantage_points.report(region="global", blind_since=100.0) for _ in range(3)]
    news += [vantage_points.report(region="global", blind_since=None) for _ in range(3)]

    assert news == [True, False, False, True, False, False]
    assert told() == ["monitoring.blind", "monitoring.sees_again"]


@both
def test_a_region_is_blind_by_itself() -> None:
    here, there = build.region("eu", "Frankfurt"), build.region("us", "Virginia")
    component = build.component("Shop")
    build.monitor(component, regions=(here, there))

    vantage_points.report(region="eu", blind_since=time.time())

    state = builder.gather(now=timezone.now())
    assert [view.region for view in state.blind] == ["eu"]
    assert not state.blind_everywhere
    assert "Monitoring from Frankfurt" in page()


@both
@pytest.mark.projected
def test_blind_time_is_unknown_and_takes_nothing_from_the_uptime() -> None:
    component = build.component()
    monitor = build.monitor(component, interval=10)
    now = time.time()
    Check.objects.filter(monitor=monitor).update(verdict="up", since=now - 500, checked=now - 100)
    vantage_points.report(region="global", blind_since=now - 95)

    expire_evidence(now=now)

    assert build.status_of(component) is Status.UNKNOWN
    component.refresh_from_db()
    assert "this vantage point has no network" in component.reasons[0]["text"]
    [view] = builder.gather(now=timezone.now()).components
    assert view.uptime in (None, 100.0)


@both
def test_staff_are_told_on_the_front_page_of_the_admin(staff: Client) -> None:
    build.region("eu", "Frankfurt")
    vantage_points.report(region="eu", blind_since=time.time())

    desk = staff.get("/admin/").content.decode()

    assert "Monitoring from Frankfurt" in desk


class Prober:
    """One of several probers of a region, by a clock of its own."""

    def __init__(self, machine: str = "") -> None:
        self.now = 100.0
        self.reporter = vantage_points.ConnectivityReporter(
            "default", prober=machine, monotonic=lambda: self.now
        )

    def follow(self, blind_since: float | None, *, seconds: float = 0.0) -> None:
        """Have its connectivity reported, after so many seconds of the same."""
        end = self.now + seconds
        while True:
            self.reporter.follow(
                blind_since=blind_since, names_only=False, is_connected=blind_since is None
            )
            if self.now >= end:
                return
            self.now += 0.5


@pytest.mark.django_db
def test_blindness_that_begins_again_while_a_shift_takes_over_is_told_again() -> None:
    """The former shift says that it is over; its successor took the blindness over and keeps it."""
    former, successor = Prober(), Prober()
    former.follow(50.0)
    successor.follow(50.0)
    former.follow(None)

    successor.follow(50.0, seconds=vantage_points.OVERRULED_SECONDS + 2)
    successor.follow(None)

    assert told() == ["monitoring.blind", "monitoring.sees_again"] * 2


@pytest.mark.django_db
def test_who_sees_a_little_later_than_another_tells_nothing_new() -> None:
    former, successor = Prober(), Prober()
    former.follow(50.0)
    successor.follow(50.0)
    former.follow(None)

    successor.follow(50.0, seconds=vantage_points.OVERRULED_SECONDS - 1)
    successor.follow(None)

    assert told() == ["monitoring.blind", "monitoring.sees_again"]


@both
def test_a_blind_machine_says_nothing_of_its_region_while_another_one_sees() -> None:
    """F-T1: two machines of one region, of which one has lost its network."""
    first, second = Prober("one"), Prober("two")
    first.follow(None)
    second.follow(None)

    first.follow(50.0, seconds=30)

    assert told() == []
    assert first.reporter.leaves_checks_to_others
    assert not second.reporter.leaves_checks_to_others
    assert [row.prober for row in vantage_points.blind_probers()] == ["one"]


@both
def test_a_region_is_blind_once_its_last_machine_is_and_sees_with_the_first() -> None:
    first, second = Prober("one"), Prober("two")
    second.follow(None)
    first.follow(50.0)
    second.follow(60.0)
    first.follow(50.0, seconds=5)

    assert told() == ["monitoring.blind"]
    [vantage] = vantage_points.blind_vantages()
    assert vantage.blind_since == 60.0
    assert not first.reporter.leaves_checks_to_others

    second.follow(None)
    first.follow(50.0, seconds=vantage_points.OVERRULED_SECONDS + 5)
    first.follow(None)

    assert told() == ["monitoring.blind", "monitoring.sees_again"]


@both
def test_a_machine_that_went_away_does_not_see_for_its_region() -> None:
    first, gone = Prober("one"), Prober("two")
    gone.follow(None)
    first.follow(50.0)
    silent = F("seen") - vantage_points.PRESENT_SECONDS - 1
    ProberConnectivity.objects.filter(prober="two").update(seen=silent)

    first.follow(50.0, seconds=2)

    assert told() == ["monitoring.blind"]


@pytest.mark.django_db
def test_a_blind_machine_leaves_the_slot_to_one_that_sees(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    vantage_points.report(region="global", prober="other", blind_since=None)
    vantage_points.report(region="global", blind_since=50.0)
    Slot.objects.create(region="global", number=0)
    engine = Engine(guard=OPEN)
    guard = ConnectivityGuard([Reference("127.0.0.1", free_ports(1)[0])])
    monkeypatch.setattr(blindness, "LOOK_SECONDS", 0.2)

    made = run_shift(
        region="global", slot=0, engine=engine, stopping=lambda: False, connectivity=guard
    )

    engine.close()
    assert made == 0
    assert Slot.objects.get().holder == ""
