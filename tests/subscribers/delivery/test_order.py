"""One endpoint hears one event in order, and late messages give way to the newest (F-M4)."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from components.values.severity import Severity
from subscribers.channels.base import Outcome, SendStatus
from subscribers.delivery import order, outbox
from subscribers.delivery.fanout import count_recipients, create_notice, fan_out
from subscribers.delivery.matching import Audience
from subscribers.enums import Kind, State
from subscribers.message import Change, Facts
from subscribers.models import Delivery, Subscriber
from tests import build

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]
NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
AFTER_AN_HOUR = NOW.timestamp() + order.MAX_WAIT_SECONDS + 1


def tell(event: str, *, thread: str = "incident-1", at: datetime = NOW, **audience: Any) -> None:
    facts = Facts(event=f"incident.{event}", headline="Down", at="2026-01-01T00:00:00Z", url="")
    told = Audience(Kind.INCIDENTS, **audience)
    create_notice(key=f"{thread}-{event}", facts=facts, audience=told, at=at, thread=thread)
    while fan_out(now=at):
        pass


def status(changes: Mapping[str, tuple[str, str]], *, number: int) -> None:
    facts = Facts(
        event="component.status_changed", headline="", at="2026-01-01T00:00:00Z", url="",
        changes=tuple(Change(name, now, before) for name, (before, now) in changes.items()),
    )  # fmt: skip
    create_notice(key=f"status-{number}", facts=facts, audience=Audience(Kind.STATUS), at=NOW)
    fan_out(now=NOW)


def lease(now: float = NOW.timestamp()) -> list[str]:
    """Lease what may be sent, and return the events of it."""
    lanes = set(Delivery.objects.values_list("lane", flat=True))
    rows = outbox.lease_due(*lanes, lease="l", now=now, limit=50)
    return [row.notice.key.rpartition("-")[2] for row in rows]


def answer(status: SendStatus, now: float = NOW.timestamp()) -> None:
    """Answer everything that is leased."""
    for row in Delivery.objects.filter(state=State.SENDING):
        outbox.record_outcome(row, Outcome(status), now=now, randomness=0.0)


def states() -> dict[str, str]:
    rows = Delivery.objects.select_related("notice").order_by("id")
    return {row.notice.key.rpartition("-")[2]: row.state for row in rows}


def test_f_m4_a_later_message_waits_for_an_earlier_one_that_is_tried_again() -> None:
    build.subscriber()
    for event in ("created", "updated", "resolved"):
        tell(event)

    assert lease() == ["created"]
    assert lease() == []
    answer(SendStatus.TEMPORARY)
    assert lease() == []
    assert not outbox.has_due(now=NOW.timestamp())
    assert outbox.lanes_due(now=NOW.timestamp(), without=(), limit=9) == []

    assert lease(NOW.timestamp() + 10) == ["created"]
    answer(SendStatus.SENT)
    assert lease() == ["updated"]
    answer(SendStatus.PERMANENT)
    assert lease() == ["resolved"]


def test_f_m4_another_event_and_another_recipient_wait_for_nothing() -> None:
    build.subscriber()
    tell("created")
    assert lease() == ["created"]
    answer(SendStatus.TEMPORARY)

    build.subscriber()
    tell("updated")
    tell("opened", thread="incident-2")

    assert sorted(lease()) == ["opened", "opened", "updated"]


def test_f_m4_after_an_hour_the_newest_goes_and_stands_for_the_others() -> None:
    build.subscriber()
    for event in ("created", "updated", "resolved"):
        tell(event)
    lease()
    answer(SendStatus.TEMPORARY)

    assert order.supersede_overdue(now=AFTER_AN_HOUR - 10) == 0
    assert outbox.has_due(now=AFTER_AN_HOUR)
    assert order.supersede_overdue(now=AFTER_AN_HOUR) == 2

    assert states() == {"created": "superseded", "updated": "superseded", "resolved": "queued"}
    assert lease(AFTER_AN_HOUR) == ["resolved"]
    row = Delivery.objects.get(state=State.SENDING)
    assert row.stands_for == 2
    facts = order.facts_as_sent(row, row.notice, Facts.from_json(row.notice.facts))
    assert facts.more["stands_for"] == 2
    answer(SendStatus.TEMPORARY, AFTER_AN_HOUR)
    tell("postmortem", at=datetime.fromtimestamp(AFTER_AN_HOUR, UTC))
    assert order.supersede_overdue(now=AFTER_AN_HOUR + 3601) == 1
    assert Delivery.objects.get(state=State.QUEUED).stands_for == 3


def test_f_m4_what_is_being_sent_at_that_moment_ends_first() -> None:
    build.subscriber()
    tell("created")
    tell("resolved")
    lease(AFTER_AN_HOUR - 5)

    assert order.supersede_overdue(now=AFTER_AN_HOUR) == 0

    answer(SendStatus.SENT, AFTER_AN_HOUR)
    assert lease(AFTER_AN_HOUR) == ["resolved"]
    assert states() == {"created": "sent", "resolved": "sending"}


def test_f_m4_what_was_held_leaves_in_order_as_well() -> None:
    build.subscriber()
    tell("created")
    Delivery.objects.update(state=State.HELD, due=None)
    tell("resolved")
    Delivery.objects.update(state=State.QUEUED, due=NOW.timestamp())

    assert lease() == ["created"]


def test_f_m4_changes_of_status_are_in_order_and_none_is_lost_with_a_superseded_one() -> None:
    build.subscriber(kinds=["status"])
    status({"API": ("operational", "major_outage"), "Web": ("operational", "degraded")}, number=1)
    status({"API": ("major_outage", "operational")}, number=2)
    assert lease() == ["1"]
    answer(SendStatus.TEMPORARY)

    assert order.supersede_overdue(now=AFTER_AN_HOUR) == 1

    row = Delivery.objects.get(state=State.QUEUED)
    facts = order.facts_as_sent(row, row.notice, Facts.from_json(row.notice.facts))
    assert facts.changes == (
        Change("API", "operational", "operational"), Change("Web", "degraded", "operational"),
    )  # fmt: skip
    assert facts.headline == "Web: Degraded, API: Operational"


@pytest.mark.parametrize("state", [State.SENT, State.FAILED, State.SUPERSEDED])
def test_f_m4_who_was_told_of_the_beginning_is_told_of_the_end(state: State) -> None:
    one, two = build.component(), build.component()
    grave = build.subscriber(min_severity="critical")
    only = build.subscriber(components=[one])
    build.subscriber(components=[two], min_severity="critical")
    tell("created", severity=Severity.CRITICAL, component_ids=frozenset({one.pk}))
    Delivery.objects.update(state=state, due=None)

    audience = Audience(Kind.INCIDENTS, Severity.MINOR, frozenset({two.pk}), incident_id=1)
    assert count_recipients(audience) == {}
    assert count_recipients(audience, thread="incident-1") == {"email": 2}
    tell("resolved", severity=Severity.MINOR, component_ids=frozenset({two.pk}))

    ended = Delivery.objects.filter(notice__key__endswith="resolved")
    assert set(ended.values_list("subscriber", flat=True)) == {grave.pk, only.pk}


def test_f_m4_who_left_gave_up_the_kind_or_was_never_told_hears_nothing_of_it() -> None:
    gone, bored = build.subscriber(), build.subscriber()
    suppressed = build.subscriber(min_severity="critical")
    tell("created", severity=Severity.CRITICAL)
    Subscriber.objects.filter(pk=gone.pk).update(unsubscribed_at=NOW)
    Subscriber.objects.filter(pk=bored.pk).update(kinds=["maintenance"])
    Delivery.objects.filter(subscriber=suppressed).update(state=State.SUPPRESSED, due=None)

    tell("resolved", severity=Severity.MINOR, at=NOW + timedelta(minutes=1))

    assert not Delivery.objects.filter(notice__key__endswith="resolved").exists()


def test_f_m4_what_is_called_off_reaches_those_who_were_told_and_nobody_else() -> None:
    ada = build.subscriber()
    follower = build.subscriber(scope="incident", incident_id=1)
    tell("created", severity=Severity.MINOR)
    build.subscriber()

    tell("withdrawn", told_only=True, incident_id=1)

    rows = Delivery.objects.filter(notice__key__endswith="withdrawn")
    assert set(rows.values_list("subscriber", flat=True)) == {ada.pk, follower.pk}


def test_an_audience_that_was_stored_before_is_read_as_it_was() -> None:
    audience = Audience(Kind.INCIDENTS, told_only=True)

    assert Audience.from_json(audience.as_json()) == audience
    assert "told_only" not in replace(audience, told_only=False).as_json()
