"""Recurrence chosen in the forms of windows and series, the expert's rule, and regions ticked."""

from datetime import UTC
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from maintenance.models import Series, Window
from tests import build
from tests.maintenance.test_admin import ADD, form

pytestmark = pytest.mark.django_db(transaction=True)


def edited(series: Series, **fields: Any) -> dict[str, Any]:
    return {
        "title": series.title, "message": "", "impact": "major", "remind_before": 5,
        "timezone": "UTC", "first_local": series.first_local, "duration": "01:00:00",
        "seen_version": series.version, **fields,
    }  # fmt: skip


def test_a_weekly_window_is_chosen_without_a_rule(staff: Client) -> None:
    fields: Any = {"repeats": "WEEKLY", "repeat_every": "2", "repeat_on": ["TU", "TH"],
              "repeat_times": "4"}  # fmt: skip

    answer = staff.post(ADD, form(**fields))

    assert answer.status_code == 302, answer.context["errors"]
    assert Series.objects.get().rule == "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH;COUNT=4"
    weekdays = {each.starts_at.astimezone(UTC).weekday() for each in Window.objects.all()}
    assert weekdays <= {1, 3}


def test_without_a_choice_it_does_not_repeat(staff: Client) -> None:
    staff.post(ADD, form(repeats="", repeat_every="1", repeat_monthly="day"))

    assert Window.objects.count() == 1
    assert not Series.objects.exists()


def test_a_rule_takes_the_place_of_what_is_chosen(staff: Client) -> None:
    staff.post(ADD, form(repeats="WEEKLY", recurrence="FREQ=DAILY;COUNT=2"))

    assert Series.objects.get().rule == "FREQ=DAILY;COUNT=2"


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"repeats": "HOURLY"}, "Select a valid choice"),
        ({"repeats": "DAILY", "repeat_every": "0"}, "greater than or equal to 1"),
        ({"repeats": "DAILY", "repeat_until": "2090-01-01", "repeat_times": "2"}, "not both"),
        ({"repeats": "DAILY", "repeat_until": "2020-01-01"}, "names no time at all"),
        ({"repeats": "WEEKLY", "repeat_on": ["XX"]}, "Select a valid choice"),
        ({"repeats": "WEEKLY", "draft": "on"}, "cannot be a draft"),
    ],
)
def test_what_is_wrong_with_a_choice_is_said(
    staff: Client, fields: dict[str, Any], told: str
) -> None:
    answer = staff.post(ADD, form(**fields))

    assert answer.status_code == 200
    assert told in answer.content.decode()
    assert not Series.objects.exists()


def test_the_preview_follows_the_choice(staff: Client) -> None:
    asked = {"starts_at": "2026-12-08T02:00:00", "repeats": "MONTHLY", "repeat_monthly": "weekday"}

    told = staff.get(reverse("admin:window-preview"), asked).json()

    assert [line[:15] for line in told["lines"][:2]] == ["Tue 08 Dec 2026", "Tue 12 Jan 2027"]
    wrong = staff.get(reverse("admin:window-preview"), {**asked, "repeat_every": "x"}).json()
    assert "whole number" in wrong["trouble"]


def test_a_series_shows_what_was_chosen_and_keeps_it(staff: Client) -> None:
    staff.post(ADD, form(repeats="WEEKLY", repeat_on=["TU"]))
    series = Series.objects.get()
    url = reverse("admin:maintenance_series_change", args=[series.pk])

    shown = staff.get(url).context["adminform"].form.initial

    assert (shown["repeats"], shown["repeat_on"], shown["rule"]) == ("WEEKLY", ["TU"], "")
    answer = staff.post(url, edited(series, repeats="MONTHLY", repeat_monthly="last-day"))
    assert answer.status_code == 302, answer.context["errors"]
    series.refresh_from_db()
    assert series.rule == "FREQ=MONTHLY;BYMONTHDAY=-1"
    never = staff.post(url, edited(series, repeats=""))
    assert "Choose how often it repeats." in never.content.decode()


def test_the_rule_of_an_expert_stays_as_it_was_written(staff: Client) -> None:
    staff.post(ADD, form(recurrence="FREQ=MONTHLY;BYDAY=TU;BYSETPOS=2"))
    series = Series.objects.get()

    page = staff.get(reverse("admin:maintenance_series_change", args=[series.pk]))

    shown = page.context["adminform"].form.initial
    assert (shown["rule"], shown.get("repeats")) == (series.rule, None)


def test_regions_are_ticked_and_those_that_are_gone_stay(staff: Client) -> None:
    build.region("eu", "Europe")
    build.region("us", "America")

    assert 'type="checkbox" name="regions" value="eu"' in staff.get(ADD).content.decode()
    answer = staff.post(ADD, form(regions=["us", "eu"]))

    assert answer.status_code == 302, answer.context["errors"]
    window = Window.objects.get()
    assert window.regions == ["us", "eu"]
    Window.objects.update(regions=["us", "gone"])
    page = staff.get(reverse("admin:maintenance_window_change", args=[window.pk])).content.decode()
    assert 'value="gone" id="id_regions_' in page
    assert "gone (deleted)" in page


def test_an_edit_of_a_window_says_nothing_of_repetition(staff: Client) -> None:
    staff.post(ADD, form())
    window = Window.objects.get()
    page = staff.get(reverse("admin:maintenance_window_change", args=[window.pk]))

    shown = page.context["adminform"].form
    repeats = {name: field for name, field in shown.fields.items() if name.startswith("repeat")}
    assert repeats
    assert not [
        name for name, field in repeats.items() if field.has_changed(shown.initial.get(name), None)
    ]
