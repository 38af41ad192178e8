"""What is deleted in the admin, and what is done to a whole series, waits and can be undone."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from components.journal.hold import is_undoable
from components.models import JournalEntry
from components.values.severity import Severity
from incidents.models import Incident
from incidents.services import open_incident
from maintenance.lifecycle import WindowState
from maintenance.models import Series, Window
from maintenance.series import start_series
from maintenance.services import schedule
from subscribers.enums import State
from subscribers.models import Delivery
from tests import build
from tests.undoing import tell

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]


def incident() -> Incident:
    return open_incident(title="Slow checkouts", severity=Severity.MINOR, message="We look.")


def window() -> Window:
    start = datetime.now(UTC) + timedelta(hours=1)
    planned = Window(title="Move", starts_at=start, ends_at=start + timedelta(hours=1))
    return schedule(planned, components=[])


def series() -> Series:
    start = datetime.now(UTC).replace(tzinfo=None, microsecond=0) + timedelta(days=1)
    planned = Series(
        title="Nightly", rule="FREQ=DAILY", duration=timedelta(hours=1),
        first_local=start.isoformat(),
    )  # fmt: skip
    start_series(planned, components=[], at=datetime.now(UTC))
    return planned


def url(row: Model, page: str, *args: Any) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_{page}", args=args)


def told(row: Model) -> None:
    """Have the one subscriber told of it."""
    tell()
    Delivery.objects.update(state=State.SENT, due=None, ended_at=datetime.now(UTC))


def undo(staff: Client) -> str:
    held = [each for each in JournalEntry.objects.order_by("-id") if is_undoable(each)]
    return staff.post(reverse("undo", args=[held[0].pk]), follow=True).content.decode()


@pytest.mark.parametrize("made", [incident, window, series], ids=lambda made: made.__name__)
@pytest.mark.parametrize("several", [False, True], ids=["one", "selected"])
def test_f_m4_a_deletion_in_the_admin_waits_and_is_undone(
    staff: Client, made: Any, several: bool
) -> None:
    build.subscriber()
    row = made()
    told(row)
    chosen = {"action": "delete_selected", "_selected_action": [row.pk]} if several else {}
    address = url(row, "changelist") if several else url(row, "delete", row.pk)

    page = staff.post(address, {"post": "yes", **chosen}, follow=True).content.decode()

    assert not type(row).objects.exists()
    assert re.search(r"Publishing to 1 subscriber in \d+ s", page)
    tell()
    for shown in ("/admin/", url(row, "changelist")):
        assert "Publishing to 1 subscriber in" in staff.get(shown).content.decode()
    assert "undone. Nobody was notified." in undo(staff)
    assert type(row).objects.get().pk == row.pk
    assert not Delivery.objects.exclude(state__in=[State.SENT, State.SUPPRESSED]).exists()
    assert "Publishing to" not in staff.get("/admin/").content.decode()


def test_f_m4_an_edit_of_a_series_in_the_admin_waits_and_is_undone(staff: Client) -> None:
    build.subscriber()
    row = series()
    told(row)
    before = set(Window.objects.values_list("pk", "title", "starts_at", "state"))
    form = staff.get(url(row, "change", row.pk)).context["adminform"].form
    later = datetime.fromisoformat(row.first_local) + timedelta(hours=2)
    data = {name: value for name, value in form.initial.items() if value is not None}
    data |= {
        "title": "Weekly", "first_local": later.isoformat(), "components": [], "regions": "",
        "duration": "01:00:00", "seen_version": row.version, "_continue": "",
    }  # fmt: skip

    page = staff.post(url(row, "change", row.pk), data, follow=True).content.decode()

    assert set(Window.objects.values_list("pk", "title", "starts_at", "state")) != before
    assert re.search(r"Publishing to 1 subscriber in \d+ s", page)
    assert "Change of recurring maintenance" in page
    assert "undone. Nobody was notified." in undo(staff)
    assert set(Window.objects.values_list("pk", "title", "starts_at", "state")) == before
    row.refresh_from_db()
    assert row.title == "Nightly"


def test_stopping_series_in_the_admin_is_undone(staff: Client) -> None:
    row = series()
    chosen = {"action": "stop", "_selected_action": [row.pk], "post": "yes"}
    staff.post(url(row, "changelist"), chosen)
    assert not Window.objects.filter(state=WindowState.SCHEDULED).exists()

    undo(staff)

    assert not Window.objects.exclude(state=WindowState.SCHEDULED).exists()
    row.refresh_from_db()
    assert not row.ended
