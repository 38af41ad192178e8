"""The address for all: rules share out alerts, what no rule matches is kept (P04)."""

import time
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from components.models import Component, JournalEntry
from components.status import Status
from monitors.alert_rules import delete_rule, save_rule
from monitors.external_alerts.intake import LanesFullError
from monitors.external_alerts.routing import MAX_UNMATCHED, route_alerts
from monitors.models import AlertLane, AlertRule, Check, Monitor, UnmatchedAlert
from monitors.rules.alert_lanes import MAX_LANES
from monitors.rules.incoming_alert import IncomingAlert
from monitors.services import save_monitor
from tests import build

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]


def rule(
    matchers: str, component: Component, status: str = "down", position: int = 10
) -> AlertRule:
    return save_rule(
        AlertRule(matchers=matchers, component=component, status=status, position=position)
    )


def alert(name: str, *, firing: bool = True, **labels: str) -> IncomingAlert:
    return IncomingAlert(
        fingerprint=name, name=name, firing=firing, reason=f"{name}!", labels=labels
    )


def route(*alerts: IncomingAlert, after: float = 0.0) -> Any:
    return route_alerts(alerts, now=time.time() + after)


@pytest.mark.projected
def test_p04_the_first_rule_that_matches_says_which_component_and_status() -> None:
    shop, mail = build.component("Shop"), build.component("Mail")
    rule('team="mail"', mail, "degraded", position=2)
    rule('severity="critical"', shop, "down", position=1)
    rule("", mail, "up", position=3)

    routed = route(
        alert("a", team="mail", severity="critical"), alert("b", team="mail"), alert("c")
    )

    assert (routed.intake.accepted, routed.intake.opened, routed.unmatched) == (3, 2, 0)
    assert build.status_of(shop) is Status.MAJOR_OUTAGE
    assert build.status_of(mail) is Status.DEGRADED
    assert list(Monitor.objects.values_list("name", "kind")) == [("Alerts", "external")] * 2
    route(alert("a", firing=False, team="mail", severity="critical"), after=1)
    assert build.status_of(shop) is Status.OPERATIONAL


def test_p04_the_monitor_that_a_component_has_gets_its_alerts() -> None:
    shop = build.component("Shop")
    monitor = Monitor(name="Prometheus", component=shop, kind="external", config={})
    save_monitor(monitor, regions=[])
    rule("", shop)

    route(alert("a"))
    route(alert("a"))

    assert list(AlertLane.objects.values_list("monitor_id", "fingerprint")) == [(monitor.pk, "a")]


def test_p04_what_matches_nothing_is_kept_the_last_hundred_and_counted() -> None:
    first = route(*(alert(f"n{number}", team="x") for number in range(MAX_UNMATCHED + 5)))
    again = route(alert("n104", team="y"), after=1)

    assert (first.unmatched, again.unmatched) == (MAX_UNMATCHED + 5, 1)
    assert UnmatchedAlert.objects.count() == MAX_UNMATCHED
    kept = UnmatchedAlert.objects.all()[0]
    assert (kept.fingerprint, kept.labels, kept.times) == ("n104", {"team": "y"}, 2)
    assert not Monitor.objects.exists()


def test_a_resolution_closes_the_alert_wherever_it_is_open() -> None:
    made = rule('team="shop"', build.component("Shop"))
    route(alert("a", team="shop"))
    delete_rule(made)

    routed = route(alert("a", firing=False, team="shop"))

    assert (routed.intake.resolved, routed.unmatched) == (1, 0)
    assert Check.objects.get().verdict == "up"


def test_p03_a_watchdog_alert_counts_for_every_monitor_that_names_it() -> None:
    for name in ("A", "B"):
        monitor = Monitor(
            name=name, component=build.component(name), kind="external",
            config={"watchdog": "Watchdog"},
        )  # fmt: skip
        save_monitor(monitor, regions=[])

    assert route(alert("Watchdog")).unmatched == 0
    assert set(Check.objects.values_list("verdict", flat=True)) == {"up"}


def test_p04_alerts_that_have_no_lane_do_not_keep_others_from_theirs() -> None:
    shop, mail = build.component("Shop"), build.component("Mail")
    rule('team="shop"', shop)
    rule("", mail)

    with pytest.raises(LanesFullError, match="1 of 1002 alerts"):
        route(*(alert(f"n{n}", team="shop") for n in range(MAX_LANES + 1)), alert("m"))

    assert Check.objects.get(monitor__component=mail).verdict == "down"


def test_rules_are_journalled_and_what_cannot_be_read_is_refused() -> None:
    made = rule('a="b"', build.component("Shop"))
    delete_rule(made, actor="olga")

    kinds = JournalEntry.objects.filter(kind__startswith="alert_rule.").order_by("pk")
    assert list(kinds.values_list("kind", flat=True)) == [
        "alert_rule.changed",
        "alert_rule.deleted",
    ]
    with pytest.raises(ValidationError) as refused:
        rule("a=~(", build.component("Mail"))
    assert list(refused.value.message_dict) == ["matchers"]
