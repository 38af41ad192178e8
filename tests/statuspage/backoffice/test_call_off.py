"""Deleting in the admin what people were told of asks whether to call it off (F-M4)."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from components.models import JournalEntry
from components.values.severity import Severity
from incidents.models import Incident
from incidents.services import open_incident
from maintenance.models import Window
from maintenance.services import schedule
from statuspage.automation import notices
from subscribers.delivery.fanout import fan_out
from tests import build

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(params=["incident", "window"])
def told(request: pytest.FixtureRequest) -> Incident | Window:
    """Return an incident or a window that two people were told of."""
    build.subscriber()
    build.subscriber()
    now = datetime.now(UTC)
    made: Incident | Window
    if request.param == "incident":
        made = open_incident(title="Down", severity=Severity.MAJOR, message="We look.")
    else:
        planned = Window(title="Move", starts_at=now + timedelta(hours=1),
                         ends_at=now + timedelta(hours=2))  # fmt: skip
        made = schedule(planned, components=[])
    notices.run(now=now)
    fan_out(now=now)
    return made


def address(told: Incident | Window, view: str) -> str:
    meta = told._meta
    args = [] if view == "changelist" else [told.pk]
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_{view}", args=args)


@pytest.mark.parametrize("ticked", [True, False])
def test_the_question_has_the_number_and_the_choice(
    staff: Client, told: Incident | Window, ticked: bool
) -> None:
    page = staff.get(address(told, "delete")).content.decode()
    assert 'name="call_off" value="yes" checked' in page
    assert "Notify 2 recipients" in page

    data = {"post": "yes", "call_off_asked": "yes", **({"call_off": "yes"} if ticked else {})}
    assert staff.post(address(told, "delete"), data).status_code == 302

    entry = JournalEntry.objects.filter(kind__endswith=".deleted").get()
    assert entry.data["notify"] is ticked


def test_deleting_several_asks_once(staff: Client, told: Incident | Window) -> None:
    chosen = {"action": "delete_selected", "_selected_action": [told.pk]}
    page = staff.post(address(told, "changelist"), chosen).content.decode()
    assert "Notify 2 recipients" in page

    staff.post(address(told, "changelist"), {**chosen, "post": "yes", "call_off_asked": "yes"})

    assert JournalEntry.objects.filter(kind__endswith=".deleted").get().data["notify"] is False


def test_f_m3_a_window_is_previewed_counted_and_kept_as_a_draft(staff: Client) -> None:
    build.subscriber()
    add = reverse("admin:maintenance_window_add")
    page = staff.get(add).content.decode()
    assert "1 subscriber will be notified." in page
    start = datetime.now(UTC) + timedelta(hours=1)
    form = {
        "title": "Move", "message": "We **move**.", "impact": "major", "remind_before": "0",
        "regions": "", "starts_at_0": f"{start:%Y-%m-%d}", "starts_at_1": f"{start:%H:%M:%S}",
        "ends_at_0": f"{start + timedelta(days=1):%Y-%m-%d}", "ends_at_1": f"{start:%H:%M:%S}",
        "blocks_api": "on", "draft": "on", "notify": "on",
    }  # fmt: skip

    look = {**form, "preview_of": add}
    told = staff.post(reverse("message-preview", args=["mail"]), look).content.decode()
    assert "<strong>move</strong>" in told
    assert "major" in told
    assert "503" in told
    assert not Window.objects.exists()

    assert staff.post(add, form).status_code == 302
    window = Window.objects.get()
    assert (window.state, JournalEntry.objects.latest("id").public) == ("draft", False)
    page = staff.get(reverse("admin:maintenance_window_change", args=[window.pk])).content.decode()
    assert 'value="publish"' in page
    assert 'value="start"' not in page
    staff.post(reverse("admin:window-move", args=[window.pk]), {"act": "publish"})

    entry = JournalEntry.objects.latest("id")
    assert (entry.kind, entry.public, entry.data["notify"]) == (
        "maintenance.scheduled", True, False,
    )  # fmt: skip


@pytest.mark.parametrize("notify", [True, False])
def test_f_m3_creating_and_editing_a_window_in_the_admin_is_told_by_choice(
    staff: Client, notify: bool
) -> None:
    start = datetime.now(UTC) + timedelta(hours=1)
    form = {
        "title": "Move", "message": "", "impact": "minimal", "remind_before": "0", "regions": "",
        "starts_at_0": f"{start:%Y-%m-%d}", "starts_at_1": f"{start:%H:%M:%S}",
        "ends_at_0": f"{start + timedelta(days=1):%Y-%m-%d}", "ends_at_1": f"{start:%H:%M:%S}",
        **({"notify": "on"} if notify else {}),
    }  # fmt: skip
    staff.post(reverse("admin:maintenance_window_add"), form)
    window = Window.objects.get()
    change = reverse("admin:maintenance_window_change", args=[window.pk])
    staff.post(change, {**form, "title": "Moved", "seen_version": str(window.version)})

    told = JournalEntry.objects.filter(kind__startswith="maintenance.").order_by("id")
    assert [each.data["notify"] for each in told] == [notify, notify]
