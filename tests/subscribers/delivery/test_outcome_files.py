"""What was sent while the database could not be told is not sent again (F-O7)."""

import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import OperationalError

from subscribers.channels.base import Message, Outcome, Recipient, SendStatus
from subscribers.delivery import batch_writer, outbox, outcome_files
from subscribers.delivery.fanout import create_notice, fan_out
from subscribers.delivery.lease_watch import PATIENCE as LEASE_PATIENCE
from subscribers.delivery.lease_watch import LeaseWatch
from subscribers.delivery.matching import Audience
from subscribers.delivery.worker import Shift
from subscribers.enums import Kind
from subscribers.message import Facts
from subscribers.models import Delivery
from tests import build

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]
SENT = Outcome(SendStatus.SENT, 250, "accepted")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(settings.STATUSPAGE, "data_dir", tmp_path)
    return tmp_path / outcome_files.FOLDER


def queue(count: int = 1) -> None:
    for _ in range(count):
        build.subscriber()
    facts = Facts(
        event="incident.created", headline="Down", at="2026-01-01T00:00:00Z", url="http://x/"
    )
    now = datetime.now(UTC)
    create_notice(key="journal-1", facts=facts, audience=Audience(Kind.INCIDENTS), at=now)
    fan_out(now=now)


def leased(lease: str = "gone:1:1:elsewhere") -> Delivery:
    queue()
    [row] = outbox.lease_due("mail", lease=lease, now=time.time(), limit=1)
    return row


def test_what_was_kept_is_stored_later_by_another_process(folder: Path) -> None:
    row = leased()
    outcome_files.keep(row, SENT, now=1_000.0)

    assert outcome_files.store() == 1

    row.refresh_from_db()
    assert (row.state, row.due, row.lease, row.last_response) == ("sent", None, "", "accepted")
    assert row.ended_at == datetime.fromtimestamp(1_000.0, UTC)
    assert not list(folder.iterdir())
    assert outcome_files.store() == 0


def test_a_file_changes_no_row_that_somebody_else_has_by_now(folder: Path) -> None:
    row = leased()
    outcome_files.keep(row, SENT, now=time.time())
    Delivery.objects.update(lease="another")

    outcome_files.store()

    row.refresh_from_db()
    assert (row.state, row.lease) == ("sending", "another")


def test_a_file_that_is_no_outcome_keeps_nobody_from_theirs(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    row = leased()
    outcome_files.keep(row, SENT, now=time.time())
    (folder / "0.json").write_text("{")

    outcome_files.store()

    row.refresh_from_db()
    assert row.state == "sent"
    assert not list(folder.iterdir())
    assert "0.json cannot be read" in caplog.text


def test_a_database_that_goes_away_after_a_mail_was_sent_makes_no_second_one(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The shift ends by the error, lanes with it; the file says what the database was not told."""
    queue(3)
    sent: list[str] = []
    away = threading.Event()

    class Mails:
        def send(self, message: Message, recipient: Recipient, *, deadline: float) -> Outcome:
            if not sent:
                away.set()
            sent.append(message.message_id)
            return SENT

        def close(self) -> None:
            pass

    stored = outbox.record_outcome

    def refuse_while_away(*arguments: Any, **named: Any) -> Any:
        if away.is_set():
            raise OperationalError("away")
        return stored(*arguments, **named)

    def end_shift() -> None:
        if away.is_set():
            raise OperationalError("away")

    monkeypatch.setattr(outbox, "record_outcome", refuse_while_away)
    monkeypatch.setattr(batch_writer, "GIVE_UP_SECONDS", 0.0)
    monkeypatch.setattr(batch_writer, "RETRY_SECONDS", 0.01)
    shift = Shift(lambda name: Mails(), stopping=lambda: False)
    with pytest.raises(OperationalError):
        shift.run(seconds=60, on_progress=end_shift)
    assert len(sent) == 1

    away.clear()
    outcome_files.store()
    Delivery.objects.filter(state="sending").update(leased_until=0)
    Shift(lambda name: Mails(), stopping=lambda: False).run(seconds=60, on_progress=lambda: None)

    assert len(sent) == len(set(sent)) == 3
    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}


def test_a_lease_that_lapsed_while_the_database_was_away_is_freed_only_a_while_later() -> None:
    row = leased()
    watch, back = LeaseWatch(), row.leased_until + 100.0

    def looked_at(at: float) -> bool:
        watch.check(datetime.fromtimestamp(at, UTC))
        row.refresh_from_db()
        return row.leased_until == 0

    assert not looked_at(back)
    assert not looked_at(back + LEASE_PATIENCE / 2)
    # Nobody looked for long: it was away once more.
    assert not looked_at(back + 200.0)
    assert not looked_at(back + 200.0 + LEASE_PATIENCE / 2)
    assert looked_at(back + 200.0 + LEASE_PATIENCE)


def test_a_lapsed_lease_is_nobodys_to_take_before_it_is_freed() -> None:
    row = leased()
    after = row.leased_until + 1.0

    assert not outbox.has_due(now=after)
    assert not outbox.lease_due("mail", lease="x", now=after, limit=1, suspects_first=True)

    assert outbox.release_lapsed_leases(now=after) == 1
    assert outbox.lease_due("mail", lease="x", now=after, limit=1, suspects_first=True)
