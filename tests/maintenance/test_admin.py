"""Windows at the operators' desk: planned, run and repeated from one page."""

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse

from components.models import JournalEntry
from maintenance.models import Series, Window
from maintenance.recurrence import instant
from maintenance.services import schedule
from tests import build

pytestmark = pytest.mark.django_db(transaction=True)
ADD = "/admin/maintenance/window/add/"


def form(start: float = 24, end: float = 26, **fields: Any) -> dict[str, Any]:
    now = datetime.now(UTC).replace(microsecond=0)
    values: dict[str, Any] = {"title": "Disks", "message": "", "impact": "minimal",
                              "remind_before": 60, "regions": "", "timezone": "UTC",
                              "notify": "on"}  # fmt: skip
    for name, hours in (("starts_at", start), ("ends_at", end)):
        at = now + timedelta(hours=hours)
        values |= {f"{name}_0": f"{at:%Y-%m-%d}", f"{name}_1": f"{at:%H:%M:%S}"}
    return {**values, **fields}


def window(start: float = 24, end: float = 26, *components: Any) -> Window:
    now = datetime.now(UTC)
    times = {"starts_at": now + timedelta(hours=start), "ends_at": now + timedelta(hours=end)}
    return schedule(Window(title="Disks", **times), components=components)


def act(staff: Client, made: Window, name: str, **said: Any) -> Window:
    answer = staff.post(reverse("admin:window-move", args=[made.pk]), {"act": name, **said})
    assert answer.status_code in (302, 403)
    made.refresh_from_db()
    return made


def news() -> list[str]:
    rows = JournalEntry.objects.filter(kind__startswith="maintenance.").order_by("id")
    return [row.kind.removeprefix("maintenance.") for row in rows]


def test_windows_are_planned_with_references_of_their_own_and_one_entry_each(staff: Client) -> None:
    component = build.component()

    for _ in range(2):
        answer = staff.post(ADD, form(components=[component.pk]))
        assert answer.status_code == 302, answer.context["errors"]

    references = sorted(Window.objects.values_list("reference", flat=True))
    assert [reference[-3:] for reference in references] == ["001", "002"]
    assert news() == ["scheduled", "scheduled"]
    entry = JournalEntry.objects.filter(kind="maintenance.scheduled").latest("id")
    assert (entry.actor, entry.data["component_ids"]) == ("olga", [component.pk])


def test_an_overlap_is_a_warning_not_a_refusal(staff: Client) -> None:
    component = build.component()
    first = window(24, 26, component)

    answer = staff.post(ADD, form(25, 27, components=[component.pk]), follow=True)
    page = staff.get(reverse("admin:maintenance_window_change", args=[first.pk]))

    assert f"It overlaps with {first.reference}" in answer.content.decode()
    assert "It overlaps with" in page.content.decode()


def test_run_from_its_page_start_extend_update_complete_cancel(staff: Client) -> None:
    made = window()

    act(staff, made, "start", notify="on")
    ends_at = made.ends_at
    act(staff, made, "extend", minutes=30)
    act(staff, made, "update", message="Half of it.")
    act(staff, made, "complete")
    act(staff, made, "cancel")

    assert made.state == "completed"
    assert news() == ["scheduled", "started", "rescheduled", "updated", "ended"]
    rescheduled = JournalEntry.objects.get(kind="maintenance.rescheduled")
    moved = datetime.fromisoformat(rescheduled.data["ends_at"])
    assert moved - ends_at == timedelta(minutes=30)
    told = JournalEntry.objects.filter(kind="maintenance.started").values_list("data", flat=True)
    assert told[0]["notify"] is True
    page = staff.get(reverse("admin:maintenance_window_change", args=[made.pk])).content.decode()
    assert "Half of it." in page
    assert "Start now" not in page


def test_a_button_needs_a_post_and_the_right_to_change(staff: Client, client: Client) -> None:
    made = window()
    url = reverse("admin:window-move", args=[made.pk])

    assert staff.get(url).status_code == 403
    assert Client().post(url, {"act": "start"}).status_code == 302
    made.refresh_from_db()
    assert made.state == "scheduled"


def test_the_loser_of_two_is_told_and_overwrites_nothing_r17(staff: Client) -> None:
    made = window()
    url = reverse("admin:maintenance_window_change", args=[made.pk])

    first = staff.post(url, form(title="Hers", seen_version=made.version))
    second = staff.post(url, form(title="His", seen_version=made.version))

    made.refresh_from_db()
    assert (first.status_code, second.status_code) == (302, 200)
    assert "changed by somebody else" in second.content.decode()
    assert made.title == "Hers"


def test_a_rule_begins_a_series(staff: Client) -> None:
    component = build.component()

    typed = form(recurrence="FREQ=WEEKLY", timezone="Europe/Berlin", components=[component.pk])

    answer = staff.post(ADD, typed)

    assert answer.status_code == 302, answer.context["errors"]
    series = Series.objects.get()
    assert series.timezone == "Europe/Berlin"
    assert series.first_local == f"{typed['starts_at_0']}T{typed['starts_at_1']}"[:19]  # F-M12
    assert instant(datetime.fromisoformat(series.first_local), ZoneInfo("Europe/Berlin")) == (
        Window.objects.earliest("starts_at").starts_at
    )
    assert series.components.get() == component
    assert [row.components.count() for row in Window.objects.all()] == [1] * 5
    assert news() == ["series_changed", *["scheduled"] * 5]
    told = JournalEntry.objects.filter(kind="maintenance.scheduled").order_by("id")
    assert [each.data["notify"] for each in told] == [True, *[False] * 4]


def test_a_rule_that_is_over_begins_nothing(staff: Client) -> None:
    answer = staff.post(ADD, form(-50, -48, recurrence="FREQ=DAILY;COUNT=1"))

    assert "has no occurrence in the future" in answer.content.decode()
    assert not Series.objects.exists()


def test_what_is_told_is_read_as_the_public_reads_it_s3(staff: Client) -> None:
    made = window()

    act(staff, made, "update", message="Half is **done** <script>alert(1)</script>")
    page = staff.get(reverse("admin:maintenance_window_change", args=[made.pk])).content.decode()

    assert "Half is <strong>done</strong>" in page
    assert "<script>alert" not in page


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"recurrence": "FREQ=SECONDLY"}, "FREQ must be one of"),
        ({"recurrence": "FREQ=DAILY", "timezone": "Moon/Base"}, "is not a time zone"),
        ({"recurrence": "FREQ=DAILY", "timezone": "localtime"}, "is not a time zone"),  # F-T12
        ({"regions": "NO SUCH"}, "is not the code of a region"),
        ({"regions": "atlantis"}, "There is no region atlantis"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    staff: Client, fields: dict[str, Any], told: str
) -> None:
    answer = staff.post(ADD, form(**fields))

    assert answer.status_code == 200
    assert told in answer.content.decode()
    assert not Window.objects.exists()
    assert not Series.objects.exists()


def test_the_preview_shows_the_wall_and_utc_across_the_end_of_summer_time_r9(staff: Client) -> None:
    url = reverse("admin:window-preview")

    told = staff.get(url, {"rule": "FREQ=DAILY", "timezone": "Europe/Berlin",
                           "starts_at": "2026-10-24T02:30:00"}).json()  # fmt: skip
    wrong = staff.get(url, {"rule": "FREQ=NEVER", "starts_at": "2026-10-24T00:30:00"}).json()

    assert told["lines"][0] == "Sat 24 Oct 2026, 02:30 Europe/Berlin (24 Oct 00:30 UTC)"
    assert told["lines"][2] == "Mon 26 Oct 2026, 02:30 Europe/Berlin (26 Oct 01:30 UTC)"
    assert "FREQ" in wrong["trouble"]
    assert Client().get(url).status_code == 302


def test_editing_a_series_moves_what_is_to_come(staff: Client) -> None:
    staff.post(ADD, form(recurrence="FREQ=DAILY"))
    series = Series.objects.get()
    url = reverse("admin:maintenance_series_change", args=[series.pk])
    page = staff.get(url)
    assert page.content.decode().count("<li>") >= 5

    answer = staff.post(
        url,
        {"title": "Other", "message": "", "impact": "major", "remind_before": 5, "regions": "",
         "rule": "FREQ=DAILY", "timezone": "UTC", "first_local": series.first_local,
         "duration": "01:00:00", "seen_version": series.version},
    )  # fmt: skip

    assert answer.status_code == 302, answer.context["errors"]
    titles = {window.title for window in Window.objects.all()}
    lengths = {window.ends_at - window.starts_at for window in Window.objects.all()}
    assert (titles, lengths) == ({"Other"}, {timedelta(hours=1)})


def test_a_series_whose_rule_began_too_long_ago_is_refused_and_can_be_mended(staff: Client) -> None:
    staff.post(ADD, form(recurrence="FREQ=DAILY"))
    series = Series.objects.get()
    url = reverse("admin:maintenance_series_change", args=[series.pk])
    typed = {"title": "Other", "message": "", "impact": "major", "remind_before": 5, "regions": "",
             "rule": "FREQ=DAILY", "timezone": "UTC", "first_local": "1970-01-01T02:00:00",
             "duration": "01:00:00", "seen_version": series.version}  # fmt: skip

    assert "too many occurrences" in staff.post(url, typed).content.decode()
    Series.objects.update(first_local=typed["first_local"])
    assert "too many occurrences" in staff.get(url).content.decode()


def test_the_list_shows_what_is_nearest_first_and_what_is_over_last(staff: Client) -> None:
    for start, end in ((48, 50), (-3, -2), (24, 25), (-1, 1)):
        window(start, end)

    page = staff.get("/admin/maintenance/window/")

    shown = [row.reference[-3:] for row in page.context["cl"].result_list]
    assert shown == ["004", "003", "001", "002"]


def test_updates_are_written_and_corrected_in_other_languages(staff: Client) -> None:
    made = window(-1)
    act(staff, made, "update", message="Half.", update_messages_de="Halb.", notify="on")
    update = made.updates.get()
    assert update.messages == {"de": "Halb."}
    address = reverse("admin:maintenance_window_change", args=[made.pk])
    page = staff.get(address)
    ids = re.findall(r' id="([^"]+)"', page.content.decode())
    assert not [each for each, count in Counter(ids).items() if count > 1]
    values = form(-1, seen_version=made.version) | {
        "updates-TOTAL_FORMS": 1, "updates-INITIAL_FORMS": 1, "updates-0-id": update.pk,
        "updates-0-window": made.pk, "updates-0-message": "All.",
        "updates-0-messages_fr": "Tout.",
    }  # fmt: skip
    initial = page.context["adminform"].form.initial
    for name in ("starts_at", "ends_at"):
        values |= {
            f"{name}_0": f"{initial[name]:%Y-%m-%d}",
            f"{name}_1": f"{initial[name]:%H:%M:%S}",
        }

    answer = staff.post(address, values)

    assert answer.status_code == 302, answer.context["errors"]
    update.refresh_from_db()
    assert (update.message, update.messages) == ("All.", {"fr": "Tout."})
    entry = JournalEntry.objects.latest("id")
    assert (entry.kind, entry.data["notify"]) == ("maintenance.updated", False)
    stored = Window.objects.get()
    assert (stored.starts_at, stored.ends_at) == (made.starts_at, made.ends_at), (
        "to the microsecond"
    )


def test_translations_without_a_message_are_refused(staff: Client) -> None:
    made = window()

    act(staff, made, "update", update_messages_de="Halb.")

    assert not made.updates.exists()
