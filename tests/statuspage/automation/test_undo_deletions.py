"""A deletion is undone: what was deleted is there again, with all that belonged to it."""

from datetime import timedelta
from typing import Any

import pytest

from components.models import DeclaredPeriod
from components.status import Status
from incidents import services
from incidents.models import Impact, Incident, Note, PostMortem, Update
from incidents.postmortems import save_postmortem
from incidents.workflow import IncidentState
from statuspage.automation import notices
from statuspage.automation.undo import UndoError, undo
from statuspage.models import Watch
from statuspage.publishing.withdrawn import was_public
from statuspage.runtime.retention import Periods, prune
from subscribers.enums import State
from subscribers.models import Delivery
from tests import build
from tests.mailserver import Script
from tests.undoing import HOLD, Send, later, newest, newest_held, now, opened, subjects, tell

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]


def stored() -> list[list[dict[str, Any]]]:
    """Everything that is stored of incidents, but what counts changes."""
    models: list[Any] = [Incident, Impact, Update, Note, PostMortem]
    return [
        [{n: v for n, v in row.items() if n != "version"} for row in model.objects.values()]
        for model in models
    ]


def test_f_m4_a_deleted_incident_comes_back_with_all_of_it_and_nobody_is_told(
    mails: Script, send: Send
) -> None:
    shop = build.component("Shop")
    build.subscriber()
    incident = opened({shop: Status.PARTIAL_OUTAGE}, hold_seconds=0)
    Note.objects.create(incident=incident, text="Call the host.", author="olga")
    watch = Watch.objects.create(component=shop, since=now(), incident=incident)
    tell()
    send()
    before, reference = stored(), incident.reference
    deliveries = list(Delivery.objects.values("pk", "state"))

    services.delete_incident(incident, hold_seconds=HOLD, actor="olga")
    tell()
    assert build.status_of(shop) is not Status.PARTIAL_OUTAGE
    assert not Incident.objects.exists()
    assert send(seconds=0.5) == 0
    undo(newest("incident.deleted"), now=now(), actor="olga")
    tell()
    send(clock=later(3600), seconds=0.5)

    assert stored() == before
    watch.refresh_from_db()
    assert watch.incident is not None
    assert build.status_of(shop) is Status.PARTIAL_OUTAGE
    assert DeclaredPeriod.objects.filter(component=shop, source="incident").count() == 1
    assert subjects(mails) == ["Investigating: Checkout is slow"]
    assert list(Delivery.objects.filter(state=State.SENT).values("pk", "state")) == deliveries
    assert was_public("incidents", reference)
    with pytest.raises(UndoError, match="undone already"):
        undo(newest_held("incident.deleted"), now=now())


def test_a_resolved_incident_comes_back_with_its_post_mortem() -> None:
    incident = opened(hold_seconds=0)
    services.post_update(incident, status=IncidentState.RESOLVED, message="Over.")
    save_postmortem(incident, parts={"impact": "None."}, publish=True)
    before = stored()
    services.delete_incident(incident, hold_seconds=HOLD)

    undo(newest("incident.deleted"), now=now())

    assert stored() == before


def test_a_deletion_is_told_to_those_who_were_told_once_its_hold_is_over(
    mails: Script, send: Send
) -> None:
    build.subscriber()
    incident = opened(hold_seconds=0)
    tell()
    send()
    services.delete_incident(incident, hold_seconds=HOLD)
    tell()

    assert send(clock=later(HOLD + 1)) == 1
    assert subjects(mails)[1] == "Withdrawn: Checkout is slow"
    with pytest.raises(UndoError, match="written to already"):
        undo(newest("incident.deleted"), now=now())
    assert not Incident.objects.exists()


@pytest.mark.parametrize("read_first", [True, False], ids=["told", "not-told-yet"])
@pytest.mark.parametrize("notify", [True, False], ids=["calling-off", "silently"])
def test_what_waited_when_it_was_deleted_is_told_only_if_it_comes_back(
    mails: Script, send: Send, read_first: bool, notify: bool
) -> None:
    build.subscriber()
    stays, goes = opened(), opened()
    for each in (stays, goes):
        if read_first:
            tell()
        services.delete_incident(each, notify=notify, hold_seconds=HOLD)
        if read_first:
            tell()
    undo(newest_held("incident.deleted"), now=now())
    tell()

    send(clock=later(HOLD + 1), seconds=1.0)

    assert subjects(mails) == ["Investigating: Checkout is slow"]
    assert Incident.objects.count() == 1


def test_a_withdrawal_that_is_undone_lets_what_waited_wait_on(mails: Script, send: Send) -> None:
    build.subscriber()
    incident = opened()
    tell()
    services.edit_incident(incident, changes={"published": False}, hold_seconds=HOLD)
    tell()
    undo(newest("incident.withdrawn"), now=now())
    tell()

    assert send(clock=later(HOLD + 1)) == 1
    assert subjects(mails) == ["Investigating: Checkout is slow"]


def test_what_was_deleted_without_a_hold_or_whose_place_is_taken_is_not_undone() -> None:
    incident = opened(hold_seconds=0)
    services.delete_incident(incident)
    with pytest.raises(UndoError, match="cannot be undone"):
        undo(newest("incident.deleted"), now=now())

    other = opened(hold_seconds=0)
    pk, reference = other.pk, other.reference
    services.delete_incident(other, hold_seconds=HOLD)
    Incident.objects.create(pk=pk, reference=f"{reference}-2", title="Another")
    with pytest.raises(UndoError, match="taken its place"):
        undo(newest("incident.deleted"), now=now())


def test_what_was_deleted_is_forgotten_a_day_later() -> None:
    incident = opened(hold_seconds=0)
    services.delete_incident(incident, hold_seconds=HOLD)
    periods = Periods(journal_days=400, deliveries_days=400, alerts_days=400)

    assert ("deleted rows", 1) not in list(prune(now=now(), periods=periods))
    assert ("deleted rows", 1) in list(prune(now=now() + timedelta(days=2), periods=periods))

    entry = newest("incident.deleted")
    assert "We look." not in str(entry.data)
    assert entry.data["reference"] == incident.reference
    with pytest.raises(UndoError, match="cannot be undone"):
        undo(entry, now=now())


def test_a_deleted_draft_comes_back_as_a_draft() -> None:
    incident = opened(published=False)
    services.delete_incident(incident, hold_seconds=HOLD)
    notices.run(now=now())

    undo(newest("incident.deleted"), now=now())

    assert not Incident.objects.get().published
    assert not newest("incident.edited").public
