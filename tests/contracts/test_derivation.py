"""From what monitors find to what is said: M12–M14, X24 and *Component status* 4–5, end to end.

Each finding goes the way that a probe's does: stored in a batch, believed, journalled, derived.
"""

import json
import time

import pytest
from django.utils import timezone

from components.models import Component, JournalEntry
from components.status import Status
from monitors.models import Check, Monitor
from monitors.rules.check_state import FRESH_INTERVALS
from monitors.services import save_monitor
from monitors.worker.leases import lease_due
from monitors.worker.result_writer import CompletedCheck, Target, store_results
from monitors.worker.stale_evidence import expire_evidence
from statuspage.renderers.json import public
from statuspage.state import builder
from tests import build
from tests.monitors.findings import finding

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]


def report(monitor: Monitor, *words: str, region: str = "global", message: str = "") -> None:
    """Let a monitor's checks from a region find this, each claimed and stored as a shift does."""
    for word in words:
        check = Check.objects.get(monitor=monitor, region=region)
        now = time.time()
        Check.objects.filter(pk=check.pk).update(due=now, leased_until=0)
        [claimed] = [
            each
            for each in lease_due(region=region, lease="mine", now=now, horizon=now, limit=99)
            if each.check_id == check.pk
        ]
        found = finding(check, word, message=message).result
        store_results(
            [CompletedCheck(claimed, Target.of(check.monitor, region), found)], lease="mine"
        )


def told_of(component: Component) -> dict[str, object]:
    """What the public JSON says of it."""
    state = builder.gather(now=timezone.now())
    services = json.loads(public.public_json(state))["services"]
    return next(each for each in services if each["name"] == component.name)


@pytest.mark.parametrize(
    ("row", "word", "expected"),
    [
        ("M12", "up", Status.OPERATIONAL),
        ("M13", "degraded", Status.DEGRADED),
        ("M14", "down", Status.MAJOR_OUTAGE),
    ],
)
def test_a_monitors_word_becomes_the_components_status_m12_m13_m14(
    row: str, word: str, expected: Status
) -> None:
    component = build.component()
    monitor = build.monitor(component, confirm_down=0)

    report(monitor, word)

    assert build.status_of(component) is expected, row


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("down", "down"), Status.MAJOR_OUTAGE),
        (("down", "up"), Status.PARTIAL_OUTAGE),
        (("degraded", "up"), Status.DEGRADED),
        (("up", "up"), Status.OPERATIONAL),
    ],
)
def test_several_monitors_speak_together_as_rule_4_says(
    words: tuple[str, ...], expected: Status
) -> None:
    component = build.component()

    for word in words:
        report(build.monitor(component, confirm_down=0), word)

    assert build.status_of(component) is expected


def test_several_regions_speak_each_for_itself_unless_a_quorum_is_set_rule_4() -> None:
    regions = tuple(build.region(code, code.upper()) for code in ("ap", "eu", "us"))
    each, agreed = build.component(), build.component()
    alone = build.monitor(each, regions=regions, confirm_down=0)
    together = build.monitor(agreed, regions=regions, confirm_down=0, quorum=2)

    for monitor in (alone, together):
        for region, word in (("ap", "down"), ("eu", "up"), ("us", "up")):
            report(monitor, word, region=region)

    assert build.status_of(each) is Status.PARTIAL_OUTAGE
    assert build.status_of(agreed) is Status.OPERATIONAL

    report(together, "down", region="eu", message="answers 503")

    assert build.status_of(agreed) is Status.MAJOR_OUTAGE
    agreed.refresh_from_db()
    assert "2 must agree" in agreed.reasons[0]["text"]


def test_a_component_whose_monitors_have_not_reported_is_unknown_rule_5() -> None:
    watched, by_hand = build.component(), build.component()
    build.monitor(watched)

    assert build.status_of(watched) is Status.UNKNOWN
    assert build.status_of(by_hand) is Status.OPERATIONAL


def test_a_paused_monitor_does_not_count_rule_5() -> None:
    component = build.component()
    monitor = build.monitor(component, name="Shop answers", confirm_down=0)
    report(monitor, "down")
    monitor.enabled = False
    save_monitor(monitor, regions=())

    assert build.status_of(component) is Status.OPERATIONAL
    component.refresh_from_db()
    assert "Paused, so it does not count: “Shop answers”." in [
        reason["text"] for reason in component.reasons
    ]


def test_when_probing_stops_a_component_is_unknown_within_three_intervals_x24() -> None:
    component = build.component("Shop")
    monitor = build.monitor(component, interval=10)
    report(monitor, "up")
    check = build.check(monitor)
    seen = check.checked
    assert seen is not None

    expire_evidence(now=seen + FRESH_INTERVALS * 10 - 0.1)
    before = build.status_of(component)
    expire_evidence(now=seen + FRESH_INTERVALS * 10 + 0.1)

    assert before is Status.OPERATIONAL
    assert build.status_of(component) is Status.UNKNOWN
    told = told_of(component)
    assert (told["status"], told["label"]) == ("degraded", "Unknown")
    assert told["checked_at"], "the JSON says when evidence was last seen"


def test_a_bouncing_target_makes_few_entries_and_one_steady_status() -> None:
    component = build.component()
    monitor = build.monitor(component, confirm_down=1)
    report(monitor, "up")

    report(monitor, *["down", "down", "up"] * 10, message="answers 503")

    changes = JournalEntry.objects.filter(kind="monitor.state_changed").count()
    assert changes <= 5
    assert build.status_of(component) is Status.MAJOR_OUTAGE
    component.refresh_from_db()
    assert "flapping: " in component.reasons[0]["text"]
