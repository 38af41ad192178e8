"""What was just published is undone before anybody is written to, or not at all."""

import threading
from datetime import timedelta

import pytest
from django.db import connection

from components.models import DeclaredPeriod, JournalEntry
from components.status import Status
from incidents import services
from incidents.postmortems import save_postmortem
from incidents.workflow import IncidentState
from statuspage.automation.undo import UndoError, undo
from statuspage.edge.live.events import live_event
from statuspage.state.builder import gather
from subscribers.delivery import outbox
from subscribers.enums import State
from subscribers.models import Delivery, Notice
from tests import build
from tests.mailserver import Script
from tests.undoing import (
    HOLD,
    Send,
    later,
    newest,
    now,
    opened,
    subjects,
    tell,
)

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]


def test_mails_wait_for_the_hold_and_then_leave(mails: Script, send: Send) -> None:
    build.subscriber()
    opened()
    tell()

    assert send(seconds=0.5) == 0
    assert subjects(mails) == []

    assert send(clock=later(HOLD + 1)) == 1
    assert subjects(mails) == ["Investigating: Checkout is slow"]


def test_without_a_hold_mails_leave_at_once(mails: Script, send: Send) -> None:
    build.subscriber()
    opened(hold_seconds=0)
    tell()

    assert send() == 1


def test_an_incident_that_is_undone_is_a_draft_and_nobody_is_told(
    mails: Script, send: Send
) -> None:
    shop = build.component("Shop")
    build.subscriber(kinds=["incidents", "status"])
    incident = opened({shop: Status.PARTIAL_OUTAGE})
    tell()
    entry = newest("incident.created")
    assert build.status_of(shop) is Status.PARTIAL_OUTAGE

    undo(entry, now=now(), actor="olga")
    tell()
    send(clock=later(3600), seconds=1.0)

    incident.refresh_from_db()
    assert not incident.published
    assert [update.message for update in incident.updates.all()] == ["We look."]
    assert build.status_of(shop) is not Status.PARTIAL_OUTAGE
    assert not DeclaredPeriod.objects.filter(component=shop, incident_id=incident.pk).exists()
    assert subjects(mails) == []
    undone = newest("incident.withdrawn")
    assert undone.data["undoes"] == entry.pk
    assert undone.public
    assert undone.actor == "olga"
    live = live_event(undone, gather(now=now()))
    assert live is not None
    assert (live.name, live.data) == ("status.incident_withdrawn", f'{{"id":{incident.pk}}}')


def test_an_undo_before_the_notice_was_written_is_kept(mails: Script, send: Send) -> None:
    build.subscriber()
    opened()

    undo(newest("incident.created"), now=now())
    tell()

    assert send(clock=later(3600), seconds=1.0) == 0
    assert not Delivery.objects.exists()


def test_an_update_that_is_undone_is_removed_and_the_incident_is_as_before(
    mails: Script, send: Send
) -> None:
    shop = build.component("Shop")
    build.subscriber()
    incident = opened({shop: Status.MAJOR_OUTAGE}, hold_seconds=0)
    tell()
    send()
    services.post_update(
        incident, status=IncidentState.RESOLVED, message="Over.",
        impacts={shop: Status.OPERATIONAL}, hold_seconds=HOLD,
    )  # fmt: skip
    tell()

    undo(newest("incident.resolved"), now=now())
    tell()
    send(clock=later(3600), seconds=1.0)

    incident.refresh_from_db()
    assert (incident.status, incident.resolved_at) == (IncidentState.INVESTIGATING, None)
    assert incident.published
    assert [update.message for update in incident.updates.all()] == ["We look."]
    assert build.status_of(shop) is Status.MAJOR_OUTAGE
    assert subjects(mails) == ["Investigating: Checkout is slow"]
    kinds = [kind for kind in JournalEntry.objects.values_list("kind", flat=True) if "in" in kind]
    assert kinds[-2:] == ["incident.update_withdrawn", "incident.edited"]
    live = live_event(newest("incident.update_withdrawn"), gather(now=now()))
    assert live is not None
    assert live.name == "status.incident_withdrawn"


def test_a_draft_that_was_published_with_an_update_is_a_draft_again() -> None:
    incident = opened(published=False)
    services.post_update(
        incident, status=IncidentState.IDENTIFIED, message="Found.", publish=True,
        hold_seconds=HOLD,
    )  # fmt: skip

    undo(newest("incident.created"), now=now())

    incident.refresh_from_db()
    assert (incident.published, incident.status) == (False, IncidentState.INVESTIGATING)
    assert incident.updates.count() == 1


def test_an_edit_that_resolves_or_withdraws_can_be_undone() -> None:
    incident = opened(hold_seconds=0)
    services.edit_incident(incident, changes={"published": False}, hold_seconds=HOLD)
    undo(newest("incident.withdrawn"), now=now())
    incident.refresh_from_db()
    assert incident.published

    changes = {"status": IncidentState.RESOLVED, "title": "Checkout was slow"}
    services.edit_incident(incident, changes=changes, hold_seconds=HOLD)
    undo(newest("incident.resolved"), now=now())
    incident.refresh_from_db()
    assert (incident.status, incident.title, incident.resolved_at) == (
        IncidentState.INVESTIGATING, "Checkout is slow", None,
    )  # fmt: skip


def test_what_was_undone_gives_way_to_the_change_before_it(mails: Script, send: Send) -> None:
    build.subscriber()
    incident = opened()
    services.post_update(
        incident, status=IncidentState.IDENTIFIED, message="Found.", hold_seconds=HOLD
    )
    tell()

    with pytest.raises(UndoError, match="changed since"):
        undo(newest("incident.created"), now=now())
    undo(newest("incident.updated"), now=now())
    with pytest.raises(UndoError, match="undone already"):
        undo(newest("incident.updated"), now=now())
    undo(newest("incident.created"), now=now())
    tell()

    assert send(clock=later(3600), seconds=1.0) == 0


def test_it_cannot_be_undone_once_somebody_was_written_to(mails: Script, send: Send) -> None:
    build.subscriber()
    incident = opened()
    tell()
    send(clock=later(HOLD + 1))

    with pytest.raises(UndoError, match="1 recipient was written to already"):
        undo(newest("incident.created"), now=now())

    incident.refresh_from_db()
    assert incident.published
    assert not JournalEntry.objects.filter(kind="incident.withdrawn").exists()
    assert Notice.objects.get().recalled_at is None


def test_it_cannot_be_undone_long_after_the_hold_even_if_nobody_follows() -> None:
    opened()

    with pytest.raises(UndoError, match="Too late"):
        undo(newest("incident.created"), now=now() + timedelta(minutes=1))


def test_a_copy_that_a_sender_has_leased_counts_as_written_to() -> None:
    for _ in range(3):
        build.subscriber()
    opened()
    tell()
    at = now().timestamp() + HOLD + 1
    assert len(outbox.lease_due("mail", lease="another", now=at, limit=1)) == 1

    with pytest.raises(UndoError, match="1 recipient"):
        undo(newest("incident.created"), now=now())

    assert list(Delivery.objects.order_by("state").values_list("state", flat=True)) == [
        State.QUEUED, State.QUEUED, State.SENDING,
    ]  # fmt: skip


def test_undo_and_senders_that_race_for_it_never_both_win(mails: Script, send: Send) -> None:
    """Real senders whose clock says the hold is over, and an undo at the same moment."""
    for _ in range(5):
        build.subscriber()
    undone = sent = 0
    for number in range(6):
        incident = opened()
        tell()
        before = len(mails.mails)
        ready = threading.Barrier(2)

        def ship(ready: threading.Barrier = ready) -> None:
            ready.wait()
            send(clock=later(HOLD + 1), seconds=1.0)
            connection.close()

        sender = threading.Thread(target=ship)
        sender.start()
        ready.wait()
        if number % 2:
            threading.Event().wait(0.02)
        try:
            undo(newest("incident.created"), now=now())
            took_back = True
        except UndoError:
            took_back = False
        sender.join()
        send(clock=later(HOLD + 1))

        incident.refresh_from_db()
        arrived = len(mails.mails) - before
        assert (arrived, incident.published) in ((0, False), (5, True))
        assert took_back is not incident.published
        undone, sent = undone + took_back, sent + (not took_back)
    assert undone + sent == 6


def test_what_comes_at_once_does_not_wait_for_what_could_be_undone_and_keeps_its_order(
    mails: Script, send: Send
) -> None:
    build.subscriber()
    incident = opened()
    tell()
    services.post_update(incident, status=IncidentState.IDENTIFIED, message="Found.")
    tell()
    send()
    send()

    assert subjects(mails) == ["Investigating: Checkout is slow", "Identified: Checkout is slow"]


def test_changes_of_status_wait_with_what_they_follow_from(mails: Script, send: Send) -> None:
    shop, search = build.component("Shop"), build.component("Search")
    build.subscriber(kinds=["status"])
    opened({shop: Status.MAJOR_OUTAGE})
    tell()
    assert send(seconds=0.5) == 0

    # What is found of another component meanwhile is the machine's: it does not wait.
    opened({search: Status.DEGRADED}, hold_seconds=0)
    tell()
    assert send() == 1
    assert send(clock=later(HOLD + 1)) == 1
    assert len(mails.mails) == 2


def test_a_change_that_comes_meanwhile_takes_over_what_waited(mails: Script, send: Send) -> None:
    shop = build.component("Shop")
    build.subscriber(kinds=["status"])
    first = opened({shop: Status.DEGRADED})
    tell()
    opened({shop: Status.MAJOR_OUTAGE}, hold_seconds=0)
    tell()

    assert send() == 1
    send(clock=later(HOLD + 1), seconds=1.0)
    facts = [row.notice.facts for row in Delivery.objects.filter(state=State.SENT)]
    assert [(each["old_status"], each["status"]) for each in facts[0]["changes"]] == [
        ("operational", "major_outage")
    ]
    assert len(facts) == 1
    assert first.published


def test_who_was_told_nothing_hears_of_no_withdrawal_or_deletion(mails: Script, send: Send) -> None:
    build.subscriber()
    opened_first, second = opened(), opened()
    tell()
    services.edit_incident(opened_first, changes={"published": False})
    services.delete_incident(second)
    tell()

    assert send(clock=later(HOLD + 1), seconds=1.0) == 0


def test_what_is_held_after_a_restore_can_be_undone_as_well() -> None:
    build.subscriber()
    opened()
    tell()
    Delivery.objects.update(state=State.HELD, due=None)

    undo(newest("incident.created"), now=now())

    assert Delivery.objects.get().state == State.SUPPRESSED


def test_a_postmortem_is_a_draft_again(mails: Script, send: Send) -> None:
    build.subscriber()
    incident = opened(hold_seconds=0)
    services.post_update(incident, status=IncidentState.RESOLVED, message="Over.")
    report = save_postmortem(
        incident, parts={"impact": "None."}, publish=True, hold_seconds=HOLD, actor="olga"
    )
    tell()

    undo(newest("postmortem.published"), now=now())

    report.refresh_from_db()
    assert report.published_at is None
    assert Delivery.objects.filter(state=State.SUPPRESSED).count() == 1
