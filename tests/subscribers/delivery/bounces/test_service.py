"""Bounces: who is suspended by them, who is not, and how it ends (F-M9)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings

from components.models import JournalEntry
from subscribers.alerting.channels import save_channel
from subscribers.delivery import ledger
from subscribers.delivery.bounces.addresses import (
    InvalidTokenError,
    delivery_of,
    delivery_token,
    return_path,
)
from subscribers.delivery.bounces.service import last_delivery_to, record_bounce
from subscribers.delivery.endpoint_health import lift_suspensions
from subscribers.delivery.fanout import create_notice, fan_out
from subscribers.delivery.matching import Audience
from subscribers.enums import Kind
from subscribers.models import AlertChannel, Bounce, Delivery, Notice, Subscriber, Suspension
from subscribers.services import confirm, export_personal_data, process_signups, receive_signup
from tests import build
from tests.mailserver import Script
from tests.subscribers.news import INCIDENT

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]
NOW = datetime(2026, 11, 21, 14, 0, tzinfo=UTC)
ADDRESS = "bounces@status.example.com"


@pytest.fixture(autouse=True)
def _bounces_have_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings.STATUSPAGE, "bounce_address", ADDRESS)


def sent(subscriber: Subscriber, number: int = 1, *, at: datetime = NOW) -> Delivery:
    """A mail that was sent to somebody."""
    audience = Audience(Kind.INCIDENTS, only=subscriber.pk)
    create_notice(key=f"journal-{number}", facts=INCIDENT, audience=audience, at=at)
    while fan_out(now=at):
        pass
    row = Delivery.objects.get(notice__key=f"journal-{number}", subscriber=subscriber)
    Delivery.objects.filter(pk=row.pk, state="queued").update(state="sent", due=None, ended_at=at)
    row.refresh_from_db()
    return row


def is_suspended(subscriber: Subscriber) -> bool:
    return Suspension.objects.filter(subscriber=subscriber, lifted_at=None).exists()


def journal(kind: str) -> int:
    return JournalEntry.objects.filter(kind=kind).count()


def test_each_mail_has_a_return_path_of_its_own(mails: Script, send: Callable[..., int]) -> None:
    """VERP: the envelope names the delivery, what people see names the sender."""
    for name in ("ada", "eve"):
        build.subscriber(f"{name}@example.org")
    create_notice(key="journal-1", facts=INCIDENT, audience=Audience(Kind.INCIDENTS),
                  at=datetime.now(UTC))  # fmt: skip

    send()

    assert len({mail.sender for mail in mails.mails}) == 2
    for mail in mails.mails:
        row = delivery_of(mail.sender, now=datetime.now(UTC))
        assert row.subscriber is not None
        assert mail.recipients == [row.subscriber.address.reveal()]
        assert mail.sender.startswith("bounces+")
        assert len(mail.sender.partition("@")[0]) <= 64
        assert settings.DEFAULT_FROM_EMAIL in str(mail.message["From"])
        assert str(mail.message["X-Delivery-Token"]) == delivery_token(row)


def test_without_an_address_for_bounces_the_sender_is_the_envelopes(
    mails: Script, send: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings.STATUSPAGE, "bounce_address", "")
    build.subscriber()
    create_notice(key="journal-1", facts=INCIDENT, audience=Audience(Kind.INCIDENTS),
                  at=datetime.now(UTC))  # fmt: skip
    send()

    assert mails.mails[0].sender == settings.DEFAULT_FROM_EMAIL


def test_a_hard_bounce_suspends_every_subscription_of_the_address() -> None:
    ada = build.subscriber("ada@example.org")
    also = build.subscriber("ada@example.org", incident_id=7, scope="incident")
    eve = build.subscriber("eve@example.org")
    row = sent(ada)

    result = record_bounce(row, "5.1.1", "550 5.1.1 <ada@example.org>\r\n unknown", now=NOW)

    assert (result.kind, result.is_new, result.suspended) == ("hard", True, True)
    assert is_suspended(ada)
    assert is_suspended(also)
    assert not is_suspended(eve)
    row.refresh_from_db()
    assert (row.state, row.reason) == ("bounced", "5.1.1 hard bounce")
    assert row.last_response == "550 5.1.1 <…> unknown"
    assert journal("subscriber.suspended") == 2
    later = sent_state(ada, 2)
    assert later == ("suppressed", "suspended")


def sent_state(subscriber: Subscriber, number: int, *, at: datetime = NOW) -> tuple[str, str]:
    create_notice(key=f"journal-{number}", facts=INCIDENT, audience=Audience(Kind.INCIDENTS), at=at)
    while fan_out(now=at):
        pass
    row = Delivery.objects.get(notice__key=f"journal-{number}", subscriber=subscriber)
    return row.state, row.reason


def test_the_same_report_again_changes_nothing() -> None:
    ada = build.subscriber()
    row = sent(ada)
    record_bounce(row, "5.1.1", "", now=NOW)
    lift_suspensions(ada, now=NOW + timedelta(minutes=1), actor="ops")
    entries = JournalEntry.objects.count()

    again = record_bounce(row, "5.1.1", "other words", now=NOW + timedelta(minutes=2))

    assert not again.is_new
    assert not is_suspended(ada)
    assert Bounce.objects.get().diagnostic == ""
    assert JournalEntry.objects.count() == entries


def test_soft_bounces_count_within_days_and_a_success_is_no_bounce() -> None:
    ada = build.subscriber()
    for number in range(1, 5):
        assert not record_bounce(sent(ada, number), "4.2.2", "full", now=NOW).suspended
    # The same mail a second time is not a fifth.
    assert not record_bounce(Delivery.objects.latest("id"), "4.2.2", "", now=NOW).suspended
    assert record_bounce(sent(ada, 9), "2.1.5", "", now=NOW).kind is None

    assert record_bounce(sent(ada, 5), "5.2.2", "full", now=NOW).suspended
    assert "5 soft bounces within 7 days" in Suspension.objects.get().reason


def test_soft_bounces_of_another_week_do_not_count() -> None:
    ada = build.subscriber()
    for number in range(1, 10):
        at = NOW + number * timedelta(days=2)
        assert not record_bounce(sent(ada, number, at=at), "4.2.2", "", now=at).suspended


def test_after_a_suspension_was_lifted_counting_begins_anew() -> None:
    ada = build.subscriber()
    for number in range(1, 6):
        record_bounce(sent(ada, number), "4.2.2", "", now=NOW)
    assert is_suspended(ada)
    lift_suspensions(ada, now=NOW + timedelta(hours=1))

    later = NOW + timedelta(hours=2)
    assert not record_bounce(sent(ada, 6, at=later), "4.2.2", "", now=later).suspended
    assert journal("subscriber.resumed") == 1


def test_what_is_refused_for_our_sake_costs_nobody_a_subscription() -> None:
    ada = build.subscriber()
    for number in range(1, 12):
        assert not record_bounce(sent(ada, number), "5.7.1", "blocked", now=NOW).suspended
    assert Delivery.objects.filter(state="bounced").count() == 11


def test_a_soft_bounce_that_turns_out_to_be_final_is_hard() -> None:
    ada = build.subscriber()
    row = sent(ada)
    record_bounce(row, "4.4.1", "", now=NOW)

    assert record_bounce(row, "5.1.1", "", now=NOW).suspended
    assert Bounce.objects.get().kind == "hard"
    assert not record_bounce(row, "4.4.1", "", now=NOW).is_new


def test_what_is_sent_again_can_bounce_again_and_the_old_path_is_void() -> None:
    ada = build.subscriber()
    row = sent(ada)
    old = delivery_token(row)
    record_bounce(row, "4.2.2", "", now=NOW)

    later = NOW + timedelta(hours=1)
    assert ledger.redeliver(Delivery.objects.all(), now=later) == 1
    Delivery.objects.update(state="sent", due=None)
    row.refresh_from_db()

    with pytest.raises(InvalidTokenError, match="earlier sending"):
        delivery_of(old, now=later)
    assert record_bounce(delivery_of(delivery_token(row), now=later), "4.2.2", "", now=later).is_new
    assert Bounce.objects.count() == 2


def test_forged_expired_and_foreign_paths_are_refused() -> None:
    row = sent(build.subscriber())
    token = delivery_token(row)
    path = return_path(token)
    assert delivery_of(path.upper(), now=NOW).pk == row.pk
    pk, issued, mac = token.split("-")
    forged = [
        f"{pk}-{issued}-{'0' * 24}", f"{pk}0-{issued}-{mac}", f"{pk}-{issued}0-{mac}",
        f"{pk}-{issued}-{mac[:-1]}", "", "bounces@status.example.com", f"{token} {token}",
        f"{'z' * 13}-{issued}-{mac}",
    ]  # fmt: skip
    for each in forged:
        with pytest.raises(InvalidTokenError):
            delivery_of(each, now=NOW)
    with pytest.raises(InvalidTokenError, match="expired"):
        delivery_of(path, now=NOW + timedelta(days=14))


def test_a_new_sign_up_that_is_confirmed_lifts_a_suspension_and_an_old_link_does_not(
    mails: Script, send: Callable[..., int]
) -> None:
    ada = build.subscriber("ada@example.org", kinds=["incidents"])
    record_bounce(sent(ada), "5.1.1", "", now=NOW)
    confirm(ada, now=NOW + timedelta(minutes=1))
    assert is_suspended(ada)

    asked = NOW + timedelta(days=1)
    form = {"channel": "email", "address": "ada@example.org", "incident_id": 0, "components": [],
            "kinds": ["maintenance"]}  # fmt: skip
    receive_signup(form, network="", now=asked)
    process_signups(now=asked)
    send()
    assert [mail.recipients for mail in mails.mails] == [["ada@example.org"]]
    ada.refresh_from_db()
    assert ada.kinds == ["incidents"], "a stranger's form changes nothing"

    confirm(ada, now=asked + timedelta(minutes=5))

    assert not is_suspended(ada)
    assert journal("subscriber.resumed") == 1
    assert sent_state(ada, 3, at=asked + timedelta(hours=1))[0] == "queued"


def test_a_refusal_in_the_same_session_is_a_bounce_too(
    mails: Script, send: Callable[..., int]
) -> None:
    for name in ("gone", "blocked", "plain"):
        build.subscriber(f"{name}@example.org")
    answers = {"gone": "550 5.1.1 <gone@example.org> unknown", "blocked": "550 5.7.1 blocked",
               "plain": "550 no such user"}  # fmt: skip
    mails.at_recipient = lambda address: answers[address.partition("@")[0]]
    create_notice(key="journal-1", facts=INCIDENT, audience=Audience(Kind.INCIDENTS),
                  at=datetime.now(UTC))  # fmt: skip

    send()

    rows = Delivery.objects.select_related("subscriber")
    by_name = {str(row.subscriber.address.reveal())[:4]: row for row in rows}  # type: ignore[union-attr]
    assert {row.state for row in by_name.values()} == {"failed"}
    assert by_name["gone"].reason == "5.1.1 hard bounce"
    assert by_name["plai"].reason == "5.0.0 soft bounce"
    assert Suspension.objects.count() == 1


def test_operators_channels_are_never_suspended_but_it_is_said() -> None:
    channel = AlertChannel(name="On call", channel="email")
    save_channel(channel, address="oncall@example.org")
    notice = Notice.objects.create(key="alert-1", kind="alerts", facts=INCIDENT.as_json(),
                                   created_at=NOW, fanned_out_at=NOW)  # fmt: skip
    row = Delivery.objects.create(
        notice=notice, alert_channel=channel, channel="email", lane="mail", state="sent",
        message_id="alert-1.1@x", created_at=NOW,
    )  # fmt: skip

    result = record_bounce(row, "5.1.1", "", now=NOW)

    assert result.is_new
    assert not result.suspended
    row.refresh_from_db()
    assert row.state == "bounced"
    assert journal("alert_channel.bounced") == 1
    channel.refresh_from_db()
    assert channel.enabled


def test_a_person_may_see_what_is_kept_of_bounces() -> None:
    ada = build.subscriber("ada@example.org")
    record_bounce(sent(ada), "5.1.1", "no such user", now=NOW)

    kept: Any = export_personal_data([ada])[0]

    assert kept["bounces"][0]["status"] == "5.1.1"
    assert kept["suspensions"][0]["reason"] == "5.1.1 hard bounce"


def test_the_last_mail_to_an_address_is_found_by_the_mailbox() -> None:
    ada = build.subscriber("ada@example.org")
    sent(ada, 1)
    last = sent(ada, 2)

    assert last_delivery_to("ADA@example.ORG", now=NOW).pk == last.pk
