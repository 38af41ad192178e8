"""A status that was just set by hand is undone, before anybody is written to."""

import pytest

from components import services as services_of_components
from components.models import DeclaredPeriod
from components.status import Status
from statuspage.automation.undo import UndoError, undo
from tests import build
from tests.mailserver import Script
from tests.undoing import HOLD, Send, later, newest, newest_held, now, subjects, tell

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]


@pytest.mark.projected
def test_a_status_set_by_hand_waits_and_leaves_nothing_when_it_is_undone(
    mails: Script, send: Send
) -> None:
    """A wrong click is neither told nor a yellow cell for 90 days."""
    shop = build.component("Shop")
    build.subscriber()
    services_of_components.set_override(
        shop, status=Status.MAJOR_OUTAGE, note="Oops", actor="olga", hold_seconds=HOLD
    )
    tell()
    assert send(seconds=0.5) == 0
    assert build.status_of(shop) is Status.MAJOR_OUTAGE

    undo(newest("component.override_changed"), now=now(), actor="olga")
    tell()

    assert build.status_of(shop) is not Status.MAJOR_OUTAGE
    assert not DeclaredPeriod.objects.filter(source="override").exists()
    assert send(clock=later(HOLD + 60)) == 0
    assert subjects(mails) == []
    with pytest.raises(UndoError, match="undone already"):
        undo(newest_held("component.override_changed"), now=now())


@pytest.mark.projected
def test_a_status_that_was_cleared_by_hand_is_there_again_when_that_is_undone() -> None:
    shop = build.component("Shop")
    services_of_components.set_override(shop, status=Status.DEGRADED, note="Slow")
    services_of_components.set_override(shop, status=None, hold_seconds=HOLD)

    undo(newest("component.override_changed"), now=now())

    shop.refresh_from_db()
    assert (shop.status_override, shop.override_note) == ("degraded", "Slow")
    assert build.status_of(shop) is Status.DEGRADED


@pytest.mark.projected
def test_a_status_that_was_set_again_is_not_undone() -> None:
    shop = build.component("Shop")
    services_of_components.set_override(shop, status=Status.DEGRADED, hold_seconds=HOLD)
    first = newest("component.override_changed")
    services_of_components.set_override(shop, status=Status.PARTIAL_OUTAGE)

    with pytest.raises(UndoError, match="changed since"):
        undo(first, now=now())
