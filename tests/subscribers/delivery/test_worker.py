"""Sending against a real server that accepts, refuses, stalls and drops."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection

from subscribers.addresses import digest
from subscribers.channels.base import Message, Outcome, Recipient, SendStatus
from subscribers.delivery import outbox, worker
from subscribers.delivery.fanout import create_notice, fan_out
from subscribers.delivery.matching import Audience
from subscribers.enums import Kind
from subscribers.message import Facts
from subscribers.models import Delivery, Notice, Subscriber
from tests import build
from tests.mailserver import DROP, OK, STALL, Script
from tests.waiting import FOR_EVER, PATIENCE, ending, until

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]
Send = Callable[..., int]


def news(key: str = "journal-1") -> Notice:
    now = datetime.now(UTC)
    facts = Facts(
        event="incident.created", headline="Down", at="2026-01-01T00:00:00Z", url="http://x/"
    )
    return create_notice(key=key, facts=facts, audience=Audience(Kind.INCIDENTS), at=now)


def states() -> dict[str, str]:
    return {
        row.subscriber.address.reveal().partition("@")[0]: row.state
        for row in Delivery.objects.select_related("subscriber")
        if row.subscriber and row.subscriber.address
    }


def due_now() -> None:
    Delivery.objects.filter(due__isnull=False).update(due=0)


def test_each_answer_has_its_fate(mails: Script, send: Send) -> None:
    for name in ("ok", "full", "gone", "spam"):
        build.subscriber(f"{name}@example.org")
    answers = {"full": "452 mailbox full", "gone": "550 no such user"}
    mails.at_recipient = lambda address: answers.get(address.partition("@")[0], OK)
    mails.at_data = lambda address: "554 spam" if address.startswith("spam") else OK
    news()

    send()

    assert states() == {"ok": "sent", "full": "retrying", "gone": "failed", "spam": "failed"}
    codes = {row.last_code for row in Delivery.objects.all()}
    assert codes == {250, 452, 550, 554}
    assert len(mails.sessions) == 1


def test_what_failed_for_a_while_is_sent_later_under_the_same_id(mails: Script, send: Send) -> None:
    build.subscriber()
    news()
    ids: list[str] = []
    mails.at_data = lambda address: "451 later"
    send()
    ids.append(Delivery.objects.get().message_id)

    mails.at_data = lambda address: OK
    due_now()
    send()

    row = Delivery.objects.get()
    assert (row.state, row.attempts, row.due) == ("sent", 2, None)
    assert [mail.id for mail in mails.mails] == [f"<{ids[0]}>"]


def test_a_server_that_drops_the_line_costs_nobody_their_mail(mails: Script, send: Send) -> None:
    for _ in range(5):
        build.subscriber()
    news()
    dropped: list[str] = []

    def drop_twice(address: str) -> str:
        if len(dropped) < 2:
            dropped.append(address)
            return DROP
        return OK

    mails.at_data = drop_twice

    def all_are_sent() -> bool:
        send()
        due_now()
        return {*Delivery.objects.values_list("state", flat=True)} == {"sent"}

    until(all_are_sent, what="every mail is sent")

    assert len({mail.id for mail in mails.mails}) == len(mails.mails) == 5


def test_a_server_that_stalls_is_left_in_peace(mails: Script, send: Send, monkeypatch: Any) -> None:
    monkeypatch.setattr(worker, "SEND_SECONDS", 0.5)
    for _ in range(5):
        build.subscriber()
    news()
    mails.at_data = lambda address: STALL
    mails.stall_seconds = 1.0

    send(seconds=1.0)

    assert not mails.mails
    assert len(mails.sessions) <= 2
    assert set(states().values()) <= {"queued", "retrying"}
    assert not outbox.has_due(now=time.time())


def test_nothing_is_lost_while_there_is_no_server(settings: Any, send: Send) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    build.subscriber()
    news()

    send(seconds=1.0)

    row = Delivery.objects.get()
    assert row.state == "retrying"
    assert row.due is not None


def test_whoever_left_meanwhile_is_not_written_to(mails: Script, send: Send) -> None:
    person, other = build.subscriber(), build.subscriber()
    news()
    fan_out(now=datetime.now(UTC))
    Subscriber.objects.filter(pk=person.pk).update(unsubscribed_at=datetime.now(UTC))

    send()

    assert person.deliveries.get().state == "suppressed"
    assert other.deliveries.get().state == "sent"


def test_fan_out_goes_on_where_it_was_interrupted_and_tells_nobody_twice() -> None:
    people = [build.subscriber() for _ in range(5)]
    notice = news()
    fan_out(now=datetime.now(UTC), limit=2)
    Notice.objects.filter(pk=notice.pk).update(position=people[0].pk)

    while fan_out(now=datetime.now(UTC), limit=2):
        pass

    assert Delivery.objects.count() == 5
    notice.refresh_from_db()
    assert notice.fanned_out_at is not None


class Recorder:
    """A channel that fails on our side for some."""

    def __init__(self, poison: str) -> None:
        self.poison = poison
        self.told: list[str] = []

    def send(self, message: Message, recipient: Recipient, *, deadline: float) -> Outcome:
        if recipient.address.startswith(self.poison):
            raise ZeroDivisionError
        self.told.append(recipient.address)
        return Outcome(SendStatus.SENT)

    def close(self) -> None:
        pass


def test_r19_poison_is_set_aside_after_three_tries_and_delays_nobody(
    send: Send, caplog: Any
) -> None:
    build.subscriber("poison@example.org")
    for _ in range(5):
        build.subscriber()
    news()
    channel = Recorder("poison")
    told = []
    for _ in range(4):
        send(make=lambda name: channel, seconds=1.0)
        told.append(len(channel.told))
        due_now()

    row = Delivery.objects.get(subscriber__address_digest=digest("email", "poison@example.org"))
    assert (row.state, row.attempts) == ("failed", 0)
    assert row.reason == "given up after 3 tries: ZeroDivisionError on our side"
    assert told == [5] * 4, "the first shift tells all others"
    assert "poison@" not in caplog.text


def test_r19_a_row_that_kills_its_senders_is_found_out_and_its_neighbours_are_not_blamed(
    send: Send,
) -> None:
    people = [build.subscriber() for _ in range(4)]
    news()
    fan_out(now=datetime.now(UTC))
    killer = people[1].deliveries.get().pk
    for _ in range(30):
        now = time.time()
        rows = outbox.lease_due("mail", lease="dead:1:1:elsewhere", now=now, limit=10)
        if not rows:
            break
        for row in rows:
            if row.faults >= 3:
                outbox.quarantine(row, "its sender was killed each time", now=now)
            elif row.pk == killer:
                break  # the process is gone: whatever was leased with it stays leased
            else:
                outbox.record_outcome(row, Outcome(SendStatus.SENT), now=now, randomness=0)
        Delivery.objects.filter(state="sending").update(leased_until=0)

    assert Delivery.objects.get(pk=killer).state == "failed"
    assert Delivery.objects.exclude(pk=killer).filter(state="sent").count() == 3


def test_two_senders_never_lease_the_same_row() -> None:
    for _ in range(30):
        build.subscriber()
    news()
    fan_out(now=datetime.now(UTC))
    got: list[int] = []

    def take(name: str) -> None:

        while rows := outbox.lease_due("mail", lease=name, now=time.time(), limit=3):
            got.extend(row.pk for row in rows)
        connection.close()

    threads = [threading.Thread(target=take, args=(f"lease-{n}",)) for n in range(3)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    assert sorted(got) == sorted(set(got))
    assert len(got) == 30


def test_a_dead_process_of_this_machine_is_succeeded_at_once() -> None:
    build.subscriber()
    news()
    fan_out(now=datetime.now(UTC))
    alive = outbox.new_lease()
    outbox.lease_due("mail", lease=alive, now=time.time(), limit=3)
    assert outbox.release_dead_leases() == 0

    word, _, postpone_lane = alive.partition(":")
    Delivery.objects.update(lease=f"{word}:{4_000_000}:{postpone_lane.partition(':')[2]}")

    assert outbox.release_dead_leases() == 1
    assert outbox.lease_due("mail", lease="x", now=time.time(), limit=3, suspects_first=True)


def test_a_hanging_endpoint_holds_up_nobody_else(send: Send) -> None:
    """Fair scheduling per host: 3 hang, 10 others and the mail are told at once."""
    for n in range(3):
        build.subscriber(f"http://hangs{n}.example/", channel="webhook")
    for n in range(10):
        build.subscriber(f"http://fine{n}.example/", channel="webhook")
    build.subscriber("ada@example.org")
    news()
    told: set[str] = set()
    waited: list[bool] = []
    others_are_told = threading.Event()

    class Slow:
        def send(self, message: Message, recipient: Recipient, *, deadline: float) -> Outcome:
            if "hangs" in recipient.address:
                waited.append(others_are_told.wait(PATIENCE))
                return Outcome(SendStatus.TEMPORARY, text="timed out", lane_down=True)
            told.add(recipient.address)
            if len(told) == 11:
                others_are_told.set()
            return Outcome(SendStatus.SENT, 200)

        def close(self) -> None:
            pass

    send(make=lambda name: Slow(), seconds=PATIENCE)

    assert len(told) == 11
    assert waited == [True] * 3, "the others were told while these hung"
    assert Delivery.objects.filter(state="retrying").count() == 3


def test_r16_a_shift_asked_to_stop_gives_back_what_it_has_not_begun(
    mails: Script, send: Send
) -> None:
    for _ in range(60):
        build.subscriber()
    news()
    stop = threading.Event()

    def slowly(address: str) -> str:
        if len(mails.mails) >= 5:
            stop.set()
        return OK

    mails.at_data = slowly

    with ending("a shift that is asked to stop"):
        send(stopping=stop.is_set, seconds=FOR_EVER)

    assert Delivery.objects.filter(state="sent").count() == len(mails.mails) < 60
    assert not Delivery.objects.filter(state="sending").exists()
