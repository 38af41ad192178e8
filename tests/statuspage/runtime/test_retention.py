"""What is too old is deleted, and nothing else: in batches, and never what is still needed."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.core.management import call_command

from components.models import JournalCursor, JournalEntry, SetAside
from components.models.deletion import BATCH
from incidents.models import Incident
from maintenance.lifecycle import WindowState
from maintenance.models import Window
from statuspage.runtime.retention import Periods, prune
from subscribers.enums import AlertStage, BounceKind, Kind, State
from subscribers.models import Alert, AlertChannel, Bounce, Delivery, Notice, Suspension
from tests import build

pytestmark = [pytest.mark.both, pytest.mark.django_db]

NOW = datetime(2026, 6, 1, tzinfo=UTC)
KEEP = Periods(journal_days=100, deliveries_days=50, alerts_days=70)


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def run(periods: Periods = KEEP) -> list[tuple[str, int]]:
    return list(prune(now=NOW, periods=periods))


def entry(kind: str = "monitor.state_changed", *, days: float = 200) -> JournalEntry:
    return JournalEntry.objects.create(kind=kind, public=False, at=ago(days))


def notice(thread: str = "", *, days: float = 60, **fields: Any) -> Notice:
    fields = {"fanned_out_at": ago(days), "kind": Kind.INCIDENTS, "facts": {}, **fields}
    key = f"journal-{Notice.objects.count()}"
    return Notice.objects.create(key=key, thread=thread, created_at=ago(days), **fields)


def delivery(of: Notice, **fields: Any) -> Delivery:
    fields = {"state": State.SENT, "created_at": of.created_at, "lane": "x", **fields}
    return Delivery.objects.create(notice=of, **fields)


def left(model: Any) -> Sequence[Any]:
    return list(model.objects.order_by("pk"))


def test_an_old_journal_entry_goes_with_the_note_that_it_was_set_aside() -> None:
    old, young = entry(), entry(days=99)
    SetAside.objects.create(reader="notices", entry=old, error="it failed")

    run()

    assert left(JournalEntry) == [young]
    assert left(SetAside) == []


@pytest.mark.parametrize(
    "kind",
    ["incident.created", "maintenance.deleted", "component.history_corrected", "demo.filled"],
)
def test_what_the_public_or_an_audit_still_asks_for_stays(kind: str) -> None:
    kept = entry(kind)
    young = entry(days=1)

    run()

    assert left(JournalEntry) == [kept, young]


def test_an_entry_that_a_reader_has_not_processed_stays() -> None:
    first, second = entry(), entry()
    newest = entry(days=1)
    JournalCursor.objects.create(reader="notices", position=first.pk)
    JournalCursor.objects.create(reader="projector", position=newest.pk)

    run()

    assert left(JournalEntry) == [second, newest]


def test_the_newest_entry_stays_for_versions_must_never_fall() -> None:
    entry()
    newest = entry()

    run()

    assert left(JournalEntry) == [newest]


def test_entries_between_kept_ones_go_in_batches() -> None:
    JournalEntry.objects.bulk_create(
        JournalEntry(kind=kind, public=True, at=ago(150))
        for _ in range(BATCH)
        for kind in ("group.changed", "incident.created", "incident.created")
    )
    newest = entry(days=0)

    batches = [gone for name, gone in run() if name == "journal"]

    assert JournalEntry.objects.exclude(pk=newest.pk).filter(kind="group.changed").count() == 0
    assert JournalEntry.objects.count() == 2 * BATCH + 1
    assert max(batches) <= BATCH


def test_deliveries_of_what_is_over_go_with_notice_and_bounces() -> None:
    row = delivery(notice("incident-999"))
    Bounce.objects.create(delivery=row, sent_as_of=ago(60), kind=BounceKind.SOFT, at=ago(59))

    run()

    assert (left(Delivery), left(Notice), left(Bounce)) == ([], [], [])


def test_many_deliveries_of_one_notice_go_in_batches() -> None:
    of = notice("incident-999")
    Delivery.objects.bulk_create(
        Delivery(notice=of, state=State.SENT, created_at=of.created_at, lane="x")
        for _ in range(BATCH + 1)
    )

    batches = [gone for name, gone in run() if name == "deliveries"]

    assert left(Delivery) == []
    assert max(batches) <= BATCH


def test_deliveries_of_an_open_event_stay_so_that_who_was_told_is_told_of_the_end() -> None:
    incident = Incident.objects.create(reference="INC-1", title="Open", started_at=ago(90))
    window = Window.objects.create(
        reference="MNT-1", title="Long", starts_at=ago(90), ends_at=ago(-1),
        state=WindowState.IN_PROGRESS,
    )  # fmt: skip
    alert = Alert.objects.create(
        component_id=1, name="Shop", stage=AlertStage.RAISED, severity="major", facts={},
        began_at=ago(90),
    )  # fmt: skip
    kept = [
        delivery(notice(f"{thread}-{row.pk}"))
        for thread, row in (("incident", incident), ("maintenance", window), ("alert", alert))
    ]

    run()

    assert left(Delivery) == kept
    assert left(Alert) == [alert]


def test_an_event_goes_as_a_whole() -> None:
    kept = [delivery(notice("incident-5")), delivery(notice("incident-5", days=1))]

    run()

    assert left(Delivery) == kept


@pytest.mark.parametrize(
    "fields",
    [
        {"state": State.QUEUED, "due": 1.0},
        {"state": State.RETRYING, "due": 1.0},
        {"state": State.HELD},
        {"state": State.SENT, "created_at": ago(1)},
    ],
    ids=["queued", "retried", "held", "sent again lately"],
)
def test_what_is_not_over_stays_with_its_notice(fields: dict[str, Any]) -> None:
    of = notice("incident-5")
    delivery(of)
    kept = delivery(of, **fields)

    run()

    assert (left(Delivery), left(Notice)) == ([kept], [of])


def test_a_notice_that_has_not_reached_everybody_stays() -> None:
    kept = notice(fanned_out_at=None)

    run()

    assert left(Notice) == [kept]


def test_alerts_go_by_their_end() -> None:
    AlertChannel.objects.create(name="On call")
    fields: dict[str, Any] = {"name": "Shop", "severity": "major", "facts": {},
                              "began_at": ago(100)}  # fmt: skip
    Alert.objects.create(component_id=1, stage=AlertStage.RESOLVED, resolved_at=ago(71), **fields)
    kept = Alert.objects.create(
        component_id=2, stage=AlertStage.RESOLVED, resolved_at=ago(69), **fields
    )

    run()

    assert left(Alert) == [kept]


def test_a_suspension_that_lasts_stays_and_a_lifted_one_goes() -> None:
    person = build.subscriber("a@example.com")
    Suspension.objects.create(subscriber=person, since=ago(90), lifted_at=ago(80))
    kept = Suspension.objects.create(subscriber=person, since=ago(90))

    run()

    assert left(Suspension) == [kept]


def test_sessions_that_are_over_go_with_their_place_in_a_persons_list() -> None:
    user = get_user_model().objects.create_user("ann")
    for key, days in (("over", 1), ("lasts", -1)):
        Session.objects.create(session_key=key, session_data="", expire_date=ago(days))
        UserSession.objects.create(
            user=user, ip="192.0.2.1", session_key=key, user_agent="x", created_at=ago(20)
        )

    run()

    assert [each.session_key for each in left(Session)] == ["lasts"]
    assert [each.session_key for each in left(UserSession)] == ["lasts"]


def test_the_admins_own_log_goes_by_age() -> None:
    user = get_user_model().objects.create_user("ann")
    for days in (101, 99):
        LogEntry.objects.create(user=user, action_flag=CHANGE, action_time=ago(days))

    run()

    assert [each.action_time for each in left(LogEntry)] == [ago(99)]


def test_the_command_deletes_at_once_and_says_what(capsys: pytest.CaptureFixture[str]) -> None:
    JournalEntry.objects.create(kind="group.changed", public=True, at=NOW - timedelta(days=9_999))
    JournalEntry.objects.create(kind="group.changed", public=True, at=datetime.now(UTC))

    call_command("retention", "--delete")

    assert capsys.readouterr().out == "Deleted: 1 of journal.\n"


def test_the_command_tells_what_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("retention")

    told = capsys.readouterr().out
    assert "STATUSPAGE_DELIVERIES_DAYS after the last message" in told
    assert "for ever: " in told
