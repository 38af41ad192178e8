"""Automation that runs twice, dies in the middle, or meets what it cannot digest."""

import threading
from datetime import datetime
from typing import Any

import pytest
from django.db import connection

from components.models import Component
from components.status import Verdict
from incidents.models import Incident
from statuspage.automation import auto_incident_texts, auto_incidents
from statuspage.models import Watch
from tests.statuspage.outages import alerts, at, the_incident, turns, watched
from tests.waiting import PATIENCE

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]


def test_two_beats_do_everything_once_r4() -> None:
    components = [watched(f"C{number}") for number in range(3)]
    failures: list[BaseException] = []

    def beat(now: datetime, ready: threading.Barrier) -> None:
        try:
            ready.wait(timeout=PATIENCE)
            auto_incidents.run(now=now)
        except BaseException as error:  # noqa: BLE001  (told by the assertion below)
            failures.append(error)
        finally:
            connection.close()

    for seconds, verdict in ((0, Verdict.DOWN), (60, Verdict.UP)):
        for component in components:
            turns(component, verdict, seconds)
        ready = threading.Barrier(3)
        beats = [threading.Thread(target=beat, args=(at(seconds + 1), ready)) for _ in range(3)]
        for each in beats:
            each.start()
        for each in beats:
            each.join(timeout=60)

    assert failures == []
    assert Incident.objects.count() == 3
    assert sorted(alerts()) == sorted(
        (kind, component.name) for component in components for kind in ("raised", "resolved")
    )


def test_whoever_dies_in_the_middle_leaves_nothing_half_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    turns(watched("Shop"), Verdict.DOWN, 0)
    with monkeypatch.context() as killed:
        killed.setattr(auto_incidents, "record", _die)
        with pytest.raises(SystemExit):
            auto_incidents.run(now=at(1))
    half_done = (Incident.objects.count(), alerts(), Watch.objects.get().alert)

    auto_incidents.run(now=at(2))
    auto_incidents.run(now=at(3))

    assert half_done == (0, [], "")
    assert Incident.objects.count() == 1
    assert alerts() == [("raised", "Shop")]


def _die(*events: object) -> None:
    raise SystemExit


def test_one_that_cannot_be_acted_on_does_not_hold_up_the_others_r19(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    poison, shop = watched("Poison"), watched("Shop")
    title = auto_incident_texts.title
    monkeypatch.setattr(
        auto_incident_texts, "title",
        lambda component, *more: title(component, *more) if component == shop else 1 / 0,
    )  # fmt: skip
    turns(poison, Verdict.DOWN, 0)
    turns(shop, Verdict.DOWN, 0)

    auto_incidents.run(now=at(1))

    assert the_incident().title == "Shop is down"


def test_with_nothing_new_and_nothing_due_nothing_is_looked_at(
    django_assert_num_queries: Any,
) -> None:
    watched("Shop", opening_delay=30)
    turns(Component.objects.get(), Verdict.DOWN, 0)
    patient = auto_incidents.AutomationRunner()
    for seconds in (1, 1.5, 2):
        patient.run(now=at(seconds))

    with django_assert_num_queries(2):  # is the journal longer, and up to where was it read
        patient.run(now=at(2.5))
    patient.run(now=at(10.5))  # a delay that may matter ends
    assert not Incident.objects.exists()

    patient.run(now=at(30))

    assert the_incident().title == "Shop is down"


def test_what_is_journalled_is_acted_upon_at_the_next_look() -> None:
    shop = watched("Shop")
    patient = auto_incidents.AutomationRunner()
    for seconds in (0, 0.5, 1):
        patient.run(now=at(seconds))

    turns(shop, Verdict.DOWN, 1)
    patient.run(now=at(1.5))

    assert the_incident().title == "Shop is down"
