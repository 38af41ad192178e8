"""R14: nothing is sent again after a restore from a backup without an operator's yes."""

import json
import os
import shutil
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client

from components.models import JournalEntry
from subscribers.delivery import holds, ledger, restore_detection
from subscribers.delivery.fanout import create_notice, fan_out
from subscribers.delivery.matching import Audience
from subscribers.enums import Kind
from subscribers.message import Facts
from subscribers.models import Delivery, Hold, Mark, Notice
from tests import build
from tests.mailserver import Script

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]
Send = Callable[..., int]
FACTS = Facts(event="incident.created", headline="Down", at="2026-01-01T00:00:00Z", url="x")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(settings.STATUSPAGE, "data_dir", tmp_path)
    return tmp_path


def news(number: int, kind: Kind = Kind.INCIDENTS, **more: Any) -> Notice:
    return create_notice(
        key=f"journal-{number}", facts=FACTS, audience=Audience(kind, **more), at=datetime.now(UTC)
    )


def in_use(mark_at: float) -> None:
    """A store with a delivery that waits, whose mark was last seen growing then."""
    build.subscriber()
    news(1)
    fan_out(now=datetime.now(UTC))
    restore_detection.detect_restore(now=mark_at)


def states() -> list[str]:
    return sorted(Delivery.objects.values_list("state", flat=True))


def test_a_store_that_was_set_back_sends_nothing_r14(mails: Script, send: Send) -> None:
    now = time.time()
    in_use(now)
    backup = Mark.objects.get().serial
    restore_detection.detect_restore(now=now + 60)
    Mark.objects.update(serial=backup)  # the backup is restored; this machine's folder is as it was

    restore_detection.detect_restore(now=now + 61)
    build.subscriber("later@example.org", created_at=datetime(2026, 1, 1, tzinfo=UTC))
    news(2)  # what time makes anew may have been told as well
    send()

    assert mails.mails == []
    assert set(states()) == {"held"}
    assert "older" in Hold.objects.get().reason
    assert JournalEntry.objects.get(kind="deliveries.held").public is False


def test_a_backup_on_an_empty_host_sends_nothing_r14(folder: Path) -> None:
    now = time.time()
    in_use(now - 3600)
    restore_detection.path().unlink()

    restore_detection.detect_restore(now=now)

    assert states() == ["held"]


def test_a_copied_folder_gives_itself_away_r14(folder: Path) -> None:
    now = time.time()
    in_use(now - 3600)
    kept = folder / "backup"
    told = json.loads(restore_detection.path().read_text())
    kept.write_text(json.dumps({**told, "at": told["at"] - 3600}))  # as it was an hour ago
    os.utime(kept, (now - 3600, now - 3600))
    shutil.copy2(kept, restore_detection.path())

    restore_detection.detect_restore(now=now)

    assert states() == ["held"]


def test_a_machine_that_was_only_switched_off_goes_on(mails: Script, send: Send) -> None:
    now = time.time()
    in_use(now - 86_400)

    restore_detection.detect_restore(now=now)
    send()

    assert states() == ["sent"]
    assert not Hold.objects.exists()


def test_a_machine_that_joins_others_at_work_holds_nothing() -> None:
    now = time.time()
    in_use(now - 20)
    restore_detection.path().unlink()

    restore_detection.detect_restore(now=now)

    assert states() == ["queued"]
    assert restore_detection.path().exists()


def test_a_new_store_holds_nothing() -> None:
    restore_detection.detect_restore(now=time.time())

    assert not Hold.objects.exists()
    assert Mark.objects.get().serial == 1


def test_the_mark_grows_now_and_then_only() -> None:
    now = time.time()
    for later in (0, 1, 29, 31, 32):
        restore_detection.detect_restore(now=now + later)

    assert Mark.objects.get().serial == 2


def test_an_operators_yes_sends_what_waits_and_what_comes_r14(mails: Script, send: Send) -> None:
    build.subscriber()
    news(1)
    fan_out(now=datetime.now(UTC))
    holds.begin_hold("restored", now=datetime.now(UTC))
    send()
    assert mails.mails == []

    call_command("deliveries", "release")
    news(2)
    send()

    assert states() == ["sent", "sent"]
    ended = Hold.objects.get()
    assert (ended.released, ended.ended_by) == (True, "manage.py deliveries")
    assert JournalEntry.objects.get(kind="deliveries.released").data == {"sent": True, "count": 1}


def test_what_is_discarded_is_never_sent_and_stays_in_the_ledger(
    mails: Script, send: Send, staff: Client
) -> None:
    build.subscriber()
    news(1)
    fan_out(now=datetime.now(UTC))
    hold = holds.begin_hold("restored", now=datetime.now(UTC))

    shown = staff.get("/admin/subscribers/hold/").content.decode()
    desk = staff.get("/admin/").content.decode()
    staff.post(
        "/admin/subscribers/hold/",
        {"action": "discard", "_selected_action": [str(hold.pk)], "post": "yes"},
    )
    send()

    assert "restored" in shown
    assert "Deliveries are paused" in desk
    assert mails.mails == []
    row = Delivery.objects.get()
    assert (row.state, row.reason) == ("suppressed", "discarded")
    assert Hold.objects.get().ended_by == "olga"


def test_what_somebody_asks_for_now_is_sent_all_the_same(mails: Script, send: Send) -> None:
    person = build.subscriber("ada@example.org")
    holds.begin_hold("restored", now=datetime.now(UTC) - timedelta(seconds=5))

    ledger.send_test(person, now=datetime.now(UTC))
    send()

    assert len(mails.mails) == 1


def test_a_hold_by_hand_is_told_by_the_command(capsys: Any) -> None:
    call_command("deliveries", "hold")
    call_command("deliveries", "status")

    assert "0 wait: somebody asked for it." in capsys.readouterr().out
