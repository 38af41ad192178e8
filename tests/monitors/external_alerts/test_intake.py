"""Monitors of the kind `external`: what alerts and silence make of the component."""

import time
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from components.models import JournalEntry
from components.status import Status, Verdict
from monitors.external_alerts import evaluation
from monitors.external_alerts.intake import LanesFullError, clear_alerts, take_alerts
from monitors.heartbeats import evaluation as heartbeats
from monitors.models import AlertLane, AlertSource, Check, Heartbeat, Monitor, Result
from monitors.rules.alert_lanes import MAX_LANES
from monitors.rules.incoming_alert import IncomingAlert
from monitors.services import delete_monitor, save_monitor
from monitors.worker import leases
from monitors.worker.clock_shift import reset_far_future
from monitors.worker.stale_evidence import expire_evidence
from tests import build

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]
HOUR = 3600.0


def external(**config: Any) -> Monitor:
    monitor = Monitor(
        name="Prometheus", component=build.component("Shop"), kind="external", config=config
    )
    return save_monitor(monitor, regions=[])


def alert(name: str = "ShopDown", *, firing: bool = True, **fields: Any) -> IncomingAlert:
    return IncomingAlert(
        fingerprint=name, name=name, firing=firing, reason=f"{name} since a while", **fields
    )


def state() -> tuple[str, str]:
    check = Check.objects.get()
    return check.verdict, check.message


@pytest.mark.projected
def test_p02_an_alert_takes_the_component_down_with_its_reason_and_up_again() -> None:
    monitor, now = external(), time.time()

    opened = take_alerts(monitor, [alert()], now=now)
    down = (build.status_of(monitor.component), state())
    closed = take_alerts(monitor, [alert(firing=False)], now=now + 1)

    assert (opened.opened, closed.resolved) == (1, 1)
    assert down == (Status.MAJOR_OUTAGE, ("down", "ShopDown since a while"))
    assert build.status_of(monitor.component) is Status.OPERATIONAL
    told = JournalEntry.objects.filter(kind="monitor.state_changed").order_by("pk")
    assert [each.data["verdict"] for each in told] == ["down", "up"]
    assert list(Result.objects.order_by("at_ms").values_list("word", flat=True)) == ["down", "up"]


def test_p02_the_same_message_twice_changes_nothing_that_shows() -> None:
    monitor, now = external(), time.time()
    message = [alert(), alert("Slow", severity="warning")]

    take_alerts(monitor, message, now=now)
    before = (state(), Check.objects.get().since, JournalEntry.objects.count())
    again = take_alerts(monitor, message, now=now + 5)

    assert (again.accepted, again.opened, again.resolved) == (2, 0, 0)
    assert (state(), Check.objects.get().since, JournalEntry.objects.count()) == before
    assert AlertLane.objects.count() == 2


def test_the_severity_of_an_alert_decides_what_it_means() -> None:
    monitor, now = external(severities={"Page": "down", "ticket": "degraded"}, status="up"), 0.0
    now = time.time()

    take_alerts(monitor, [alert("a", severity="ticket"), alert("b", severity="other")], now=now)
    ticket = state()[0]
    take_alerts(monitor, [alert("c", severity="page")], now=now)

    assert (ticket, state()[0]) == ("degraded", "down")
    assert AlertLane.objects.count() == 2


@pytest.mark.projected
def test_p03_silence_for_three_repeat_intervals_is_unknown_until_something_is_received() -> None:
    monitor, now = external(repeat_interval=60), time.time()
    take_alerts(monitor, [alert(firing=False)], now=now)

    early = evaluation.evaluate_due(now=now + 179)
    late = evaluation.evaluate_due(now=now + 180)

    assert (early, late, evaluation.evaluate_due(now=now + 9999)) == (0, 1, 0)
    assert build.status_of(monitor.component) is Status.UNKNOWN
    assert state()[1].startswith("no message since 20")
    take_alerts(monitor, [alert(firing=False)], now=now + 10_000)
    assert state() == ("up", "")


def test_p03_the_watchdog_alert_is_no_lane_and_its_absence_is_unknown_after_grace() -> None:
    monitor, now = external(watchdog="Watchdog", grace=60), time.time()

    take_alerts(monitor, [alert(firing=False)], now=now)
    before = state()[0]
    take_alerts(monitor, [alert("Watchdog")], now=now)
    alive = state()[0]
    evaluation.evaluate_due(now=now + 60)

    assert (before, alive, state()[0]) == ("unknown", "up", "unknown")
    assert not AlertLane.objects.exists()
    take_alerts(monitor, [alert("Watchdog", firing=False)], now=now + 61)
    assert state()[0] == "unknown"


def test_an_alert_that_ends_by_itself_is_over_when_its_time_has_passed() -> None:
    monitor, now = external(), time.time()
    take_alerts(monitor, [alert(ends_at=now + 300)], now=now)

    evaluation.evaluate_due(now=now + 299)
    before = state()[0]
    evaluation.evaluate_due(now=now + 300)

    assert (before, state()) == ("down", ("up", ""))
    assert not AlertLane.objects.exists()


def test_p02_what_has_no_lane_is_refused_after_the_rest_was_stored() -> None:
    monitor, now = external(), time.time()
    many = [alert(f"n{number}", severity="warning") for number in range(MAX_LANES + 2)]

    with pytest.raises(LanesFullError, match="2 of 1002 alerts were left out"):
        take_alerts(monitor, many, now=now)

    assert (AlertLane.objects.count(), state()[0]) == (MAX_LANES, "degraded")
    assert AlertSource.objects.get().left_out == 2
    take_alerts(monitor, [alert(each.name, firing=False) for each in many], now=now)
    assert (AlertSource.objects.get().left_out, state()[0]) == (0, "up")


def test_nothing_that_watches_others_takes_it_for_late_or_stale() -> None:
    monitor, now = external(repeat_interval=86_400), time.time()
    take_alerts(monitor, [alert()], now=now)
    far = now + HOUR

    assert expire_evidence(now=far) == 0
    assert heartbeats.evaluate_due(now=now + 999 * HOUR) == 0
    assert leases.lease_due(region="global", lease="x", now=far, horizon=far, limit=9) == []
    reset_far_future(now=now)
    assert evaluation.evaluate_due(now=far) == 0
    assert state()[0] == "down"
    assert not Heartbeat.objects.exists()


def test_paused_it_receives_alerts_and_is_right_when_it_is_resumed() -> None:
    monitor, now = external(), time.time()
    monitor.enabled = False
    save_monitor(monitor, regions=[])

    take_alerts(monitor, [alert()], now=now)
    paused = (state()[0], Check.objects.get().due)
    monitor.enabled = True
    save_monitor(monitor, regions=[])
    evaluation.evaluate_due(now=time.time())

    assert paused == ("unknown", None)
    assert state()[0] == "down"


def test_a_new_one_is_unknown_and_due_no_more_until_something_is_received() -> None:
    external()

    evaluation.evaluate_due(now=time.time() + 1)

    assert state() == ("unknown", "no alert was received yet")
    assert evaluation.evaluate_due(now=time.time() + 999 * HOUR) == 0


def test_its_settings_may_change_and_its_alerts_stay_but_not_as_another_kind() -> None:
    monitor, now = external(), time.time()
    take_alerts(monitor, [alert()], now=now)
    monitor.config = {"repeat_interval": 60}
    save_monitor(monitor, regions=[])
    evaluation.evaluate_due(now=time.time() + 1)

    assert state()[0] == "down"
    monitor.kind, monitor.config = "manual", {}
    save_monitor(monitor, regions=[])
    assert not AlertLane.objects.exists()
    assert not AlertSource.objects.exists()
    with pytest.raises(ValidationError, match="kind external"):
        take_alerts(monitor, [alert()], now=now)


def test_what_will_never_be_resolved_is_cleared_by_a_person() -> None:
    monitor, now = external(), time.time()
    take_alerts(monitor, [alert()], now=now)

    assert clear_alerts(monitor, actor="olga", now=now + 1) == 1
    assert state() == ("up", "")
    assert JournalEntry.objects.latest("pk").actor == "olga"
    assert take_alerts(monitor, [alert()], now=now + 2).opened == 1
    delete_monitor(monitor)
    assert not AlertLane.objects.exists()


def test_p02_of_alerts_as_bad_the_first_is_the_reason() -> None:
    monitor, now = external(), time.time()

    take_alerts(monitor, [alert("b")], now=now)
    take_alerts(monitor, [alert("a")], now=now + 1)
    first = state()[1]
    take_alerts(monitor, [alert("b", firing=False)], now=now + 2)

    assert first == "b since a while"
    assert state() == (Verdict.DOWN, "a since a while")
