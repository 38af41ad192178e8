"""From verdicts to operators: who is alerted, who is not and why, and that all hear the end."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from components.journal import record
from components.models import Component, JournalEntry
from components.status import Verdict
from maintenance.models import Window
from monitors.models import Check
from monitors.rules.check_state import Transition
from monitors.services import state_changed_event
from statuspage.automation import alerts, auto_incidents
from subscribers.alerting.channels import save_channel
from subscribers.alerting.service import acknowledge, escalate
from subscribers.models import Alert, AlertChannel, AlertRoute, AlertStep, Delivery
from tests import build

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]
START = datetime.now(UTC) - timedelta(hours=2)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def watched(name: str, **fields: Any) -> Component:
    component = build.component(name, auto_incident="off", **fields)
    build.monitor(component)
    return component


def channel(name: str) -> AlertChannel:
    row = AlertChannel(name=name, channel="webhook")
    save_channel(row, address=f"https://{name}.example/hooks/canary-of-{name}")
    return row


def route(*channels: AlertChannel, **fields: Any) -> AlertRoute:
    components = fields.pop("components", [])
    row = AlertRoute.objects.create(name=f"Route {AlertRoute.objects.count()}", **fields)
    row.channels.set(channels)
    row.components.set(components)
    return row


def turns(component: Component, verdict: Verdict, seconds: float) -> None:
    """Its one monitor's verdict changes, and everybody acts on it."""
    check = Check.objects.select_related("monitor").get(monitor__component=component)
    check.verdict = verdict
    check.save()
    transition = Transition(verdict, at(seconds).timestamp())
    with transaction.atomic():
        record(state_changed_event(check.monitor, check.region_id, transition, message="refused"))
    run(seconds + 1)


def run(seconds: float) -> None:
    # What automation journals has the time of writing; here the clock is the journal's own.
    auto_incidents.run(now=at(seconds))
    JournalEntry.objects.filter(at__gt=START + timedelta(hours=1)).update(at=at(seconds))
    alerts.run(now=at(seconds))


def told() -> list[tuple[str, str, str]]:
    rows = Delivery.objects.select_related("notice", "alert_channel").order_by(
        "notice_id", "alert_channel__name"
    )
    return [
        (row.alert_channel.name, row.notice.facts["event"].partition(".")[2], row.state)
        for row in rows.order_by("notice_id", "alert_channel__name")
        if row.alert_channel is not None
    ]


def test_down_and_resolved_reach_the_same_channels() -> None:
    pager, chat = channel("pager"), channel("chat")
    shop = watched("Shop")
    used = route(pager, chat)

    turns(shop, Verdict.DOWN, 0)
    used.channels.set([pager])  # nobody is left with an alarm that never ends
    turns(shop, Verdict.UP, 60)

    assert told() == [
        ("chat", "raised", "queued"), ("pager", "raised", "queued"),
        ("chat", "resolved", "queued"), ("pager", "resolved", "queued"),
    ]  # fmt: skip
    assert Delivery.objects.values("notice__thread").distinct().count() == 1


def test_only_the_routes_that_take_it_are_alerted() -> None:
    pager, chat = channel("pager"), channel("chat")
    shop, search = watched("Shop"), watched("Search")
    route(pager, components=[shop])
    route(chat, components=[search], min_severity="critical")

    turns(shop, Verdict.DOWN, 0)
    turns(search, Verdict.DEGRADED, 10)

    assert told() == [("pager", "raised", "queued")]


def test_in_maintenance_nobody_is_alerted_it_is_written_down_and_made_up_for_m26() -> None:
    """M26: alert when the window ends if it is still down."""
    route(channel("pager"))
    shop = watched("Shop")
    window = Window.objects.create(
        title="Move", state="in_progress", starts_at=at(-60), ends_at=at(3600)
    )
    window.components.add(shop)

    turns(shop, Verdict.DOWN, 0)
    row = Delivery.objects.get()
    assert (row.state, row.due) == ("muted", None)
    assert "maintenance" in row.reason
    window.state = "completed"
    window.save()
    run(100)

    assert told() == [("pager", "muted", "muted"), ("pager", "raised", "queued")]


def test_one_alert_per_root_cause() -> None:
    route(channel("pager"))
    database, shop = watched("Database"), watched("Shop")
    shop.depends_on.add(database)

    turns(database, Verdict.DOWN, 0)
    turns(shop, Verdict.DOWN, 1)

    assert [(name, state) for name, _, state in told()] == [
        ("pager", "queued"), ("pager", "suppressed"),
    ]  # fmt: skip
    assert Delivery.objects.get(state="suppressed").reason == "caused by Database"


def test_reminders_go_on_until_somebody_looks() -> None:
    route(channel("pager"), remind_minutes=10)
    shop = watched("Shop")
    turns(shop, Verdict.DOWN, 0)

    for seconds in (300, 605, 606, 1300):
        escalate(now=at(seconds))
    assert acknowledge(Alert.objects.get(), by="maria", now=at(1400))
    assert not acknowledge(Alert.objects.get(), by="paul", now=at(1401))
    escalate(now=at(2500))

    assert [what for _, what, _ in told()] == ["raised", "reminder", "reminder"]
    entry = JournalEntry.objects.get(kind="alert.acknowledged")
    assert (entry.actor, entry.public) == ("maria", False)


def test_f_m2_no_copy_announces_a_step_that_is_in_the_past() -> None:
    """F-M2: a reminder says who is next, and not that "at 03:24 this goes on" when it is 03:30."""
    first, second = channel("first"), channel("second")
    used = route(first, remind_minutes=15)
    AlertStep.objects.create(route=used, channel=second, after_minutes=10)
    turns(watched("Shop"), Verdict.DOWN, 0)

    for seconds in (605, 905):
        escalate(now=at(seconds))

    rows = Delivery.objects.filter(alert_channel=first).order_by("id")
    assert [(row.context or {}).get("next", {}).get("channel") for row in rows] == ["second", None]


def test_a_reminder_that_has_not_left_does_not_follow_the_good_news() -> None:
    route(channel("pager"), remind_minutes=10)
    shop = watched("Shop")
    turns(shop, Verdict.DOWN, 0)
    escalate(now=at(700))

    turns(shop, Verdict.UP, 800)

    assert told() == [
        ("pager", "raised", "queued"), ("pager", "reminder", "suppressed"),
        ("pager", "resolved", "queued"),
    ]  # fmt: skip


def test_two_readers_alert_once() -> None:
    """R4."""
    route(channel("pager"), remind_minutes=10)
    shop = watched("Shop")
    turns(shop, Verdict.DOWN, 0)

    for _ in range(3):
        alerts.run(now=at(700))
        escalate(now=at(700))

    assert [what for _, what, _ in told()] == ["raised", "reminder"]


def test_neither_address_nor_secret_is_anywhere_but_sealed() -> None:
    """S10."""
    pager = channel("pager")
    route(pager)
    turns(watched("Shop"), Verdict.DOWN, 0)

    for model in (AlertChannel, Delivery, JournalEntry, Alert):
        stored = repr(list(model._default_manager.values()))
        assert "canary" not in stored
        assert "whsec_" not in stored
    assert pager.masked == "https://pager.example/…"


def steps(used: AlertRoute, *after: tuple[AlertChannel, int]) -> None:
    for each, minutes in after:
        AlertStep.objects.create(route=used, channel=each, after_minutes=minutes)


def test_f_m2_an_alert_goes_on_step_by_step_until_somebody_acknowledges_it() -> None:
    pager, backup, boss = channel("pager"), channel("backup"), channel("boss")
    used = route()
    steps(used, (pager, 0), (backup, 10), (boss, 30))
    shop = watched("Shop")
    turns(shop, Verdict.DOWN, 0)

    for seconds in (300, 605, 606, 900):
        escalate(now=at(seconds))
    acknowledge(Alert.objects.get(), by="maria", now=at(1000))
    escalate(now=at(3000))
    turns(shop, Verdict.UP, 3100)

    assert told() == [
        ("pager", "raised", "queued"), ("backup", "raised", "queued"),
        ("backup", "resolved", "queued"), ("pager", "resolved", "queued"),
    ]  # fmt: skip
    contexts = Delivery.objects.order_by("id").values_list("context", flat=True)[:2]
    steps_of = [(each["step"], each["steps"], each["next"]["channel"]) for each in contexts if each]
    assert steps_of == [
        (1, 3, "backup"), (2, 3, "boss"),
    ]  # fmt: skip


def test_f_m2_worse_is_told_again_to_all_who_were_told_and_begins_the_steps_anew() -> None:
    pager, backup = channel("pager"), channel("backup")
    used = route()
    steps(used, (pager, 0), (backup, 10))
    shop = watched("Shop")
    turns(shop, Verdict.DEGRADED, 0)
    escalate(now=at(700))

    turns(shop, Verdict.DOWN, 800)
    escalate(now=at(900))
    escalate(now=at(1500))

    assert [name for name, _, _ in told()] == ["pager", "backup", "backup", "pager", "backup"]


def test_f_m2_what_operators_get_says_what_since_when_why_and_where_to_go() -> None:
    pager = channel("pager")
    shop = watched("Web shop", critical=True)
    route(pager)
    Check.objects.update(message="HTTP 503 instead of 200 to 399")
    turns(shop, Verdict.DOWN, 0)
    turns(shop, Verdict.UP, 245)

    down, up = (row.notice.facts for row in Delivery.objects.order_by("id"))
    assert down["headline"] == "DOWN: Web shop"
    assert down["message"] == "HTTP 503 instead of 200 to 399"
    assert down["more"]["details"]["seen_from"] == ["Global"]
    assert down["more"]["details"]["since"].startswith(f"{START:%Y-%m-%dT%H:%M}")
    assert [each["label"] for each in down["more"]["links"]] == ["Open incident", "Monitor"]
    assert up["headline"] == "UP AGAIN after 4 min: Web shop"
    assert up["more"]["details"]["was"] == "HTTP 503 instead of 200 to 399"
