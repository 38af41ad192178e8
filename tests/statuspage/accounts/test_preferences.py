"""The admin speaks German and shows local times to who wants that, and nothing else ever does."""

import re
from datetime import UTC, datetime
from http import HTTPStatus

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from components.models import DeclaredPeriod, JournalEntry
from components.status import Status
from components.values.severity import Severity
from incidents.models import Incident
from incidents.services import open_incident
from maintenance.models import Window
from statuspage.access import tokens
from statuspage.models import ApiToken
from statuspage.staff_models import StaffPreferences
from tests import build
from tests.sessions import log_in

pytestmark = pytest.mark.django_db
GERMAN = {"accept-language": "de-AT,de;q=0.9,en;q=0.5"}


def test_the_admin_follows_the_browser(staff: Client) -> None:
    page = staff.get(reverse("admin:index"), headers=GERMAN)

    assert "Vorfall eröffnen" in page.content.decode()
    assert page["Content-Language"] == "de"
    assert "Accept-Language" in page["Vary"]
    assert "Open incident" in staff.get(reverse("admin:index")).content.decode()


def test_a_choice_beats_the_browser_and_comes_back_with_the_next_sign_in(
    staff: Client, client: Client
) -> None:
    staff.post(reverse("admin_preferences"), {"language": "de"})

    assert "Vorfall eröffnen" in staff.get(reverse("admin:index")).content.decode()
    again = log_in(Client(), User.objects.get(username="olga"))
    assert "Vorfall eröffnen" in again.get(reverse("admin:index")).content.decode()

    staff.post(reverse("admin_preferences"), {"language": ""})

    assert not StaffPreferences.objects.exists()
    assert "Open incident" in staff.get(reverse("admin:index")).content.decode()


def test_times_are_read_and_entered_in_the_zone_that_a_person_chose(staff: Client) -> None:
    shop = build.component("Shop")
    staff.post(reverse("admin_preferences"), {"time_zone": "Europe/Berlin"})
    typed = {
        "component": shop.pk, "status": Status.MAJOR_OUTAGE, "note": "Power failed",
        "started_at_0": "2026-07-01", "started_at_1": "10:00:00",
        "ended_at_0": "2026-07-01", "ended_at_1": "10:30:00",
    }  # fmt: skip

    said = staff.post(reverse("admin:components_declaredperiod_add"), typed, follow=True)

    override = DeclaredPeriod.objects.get()
    assert override.started_at == datetime(2026, 7, 1, 8, 0, tzinfo=UTC), said.content.decode()
    listed = staff.get(reverse("admin:components_declaredperiod_changelist")).content.decode()
    assert "1 Jul 2026, 10:00:00" in listed
    assert "Europe/Berlin</a>" in listed


def test_a_zone_comes_back_with_the_next_sign_in_beside_the_language(staff: Client) -> None:
    staff.post(reverse("admin_preferences"), {"language": "de", "time_zone": "Asia/Tashkent"})
    again = log_in(Client(), User.objects.get(username="olga"))

    page = again.get(reverse("mfa_index")).content.decode()

    assert 'value="Asia/Tashkent"' in page
    assert "Sprache" in page
    assert "UTC+05" in page
    assert timezone.get_current_timezone_name() == "UTC"


def test_a_time_that_the_clocks_of_the_zone_never_show_is_refused(staff: Client) -> None:
    shop = build.component("Shop")
    staff.post(reverse("admin_preferences"), {"time_zone": "Europe/Berlin"})
    typed = {
        "component": shop.pk, "status": Status.MAJOR_OUTAGE, "note": "Power failed",
        "started_at_0": "2026-03-29", "started_at_1": "02:30:00",
        "ended_at_0": "2026-03-29", "ended_at_1": "04:00:00",
    }  # fmt: skip

    page = staff.post(reverse("admin:components_declaredperiod_add"), typed).content.decode()

    assert "Europe/Berlin" in page
    assert not DeclaredPeriod.objects.exists()


def test_a_zone_that_there_is_not_is_refused_in_words(staff: Client) -> None:
    page = staff.post(reverse("admin_preferences"), {"time_zone": "Mars/Base"}, follow=True)

    assert "“Mars/Base” is not a time zone." in page.content.decode()
    assert not StaffPreferences.objects.exists()


@pytest.mark.parametrize("zone", ["", "America/New_York"])
def test_a_window_is_planned_by_the_clocks_of_its_own_zone(staff: Client, zone: str) -> None:
    staff.post(reverse("admin_preferences"), {"time_zone": zone})
    form = staff.get(reverse("admin:maintenance_window_add"))
    assert form.context["adminform"].form["timezone"].value() == (zone or "UTC")
    # 02:30 is no time of New York's that night, and one of Tokyo's.
    typed = {
        "title": "Move", "message": "", "impact": "minimal", "regions": "",
        "timezone": "Asia/Tokyo",
        "starts_at_0": "2027-03-14", "starts_at_1": "02:30:00",
        "ends_at_0": "2027-03-14", "ends_at_1": "03:30:00", "remind_before": "0",
    }  # fmt: skip

    said = staff.post(reverse("admin:maintenance_window_add"), typed, follow=True)

    window = Window.objects.first()
    assert window, said.content.decode()
    assert window.starts_at == datetime(2027, 3, 13, 17, 30, tzinfo=UTC)


def test_a_language_that_there_is_not_is_refused_in_words(staff: Client) -> None:
    page = staff.post(reverse("admin_preferences"), {"language": "tlh"}, follow=True)

    assert "Choose a language from the list." in page.content.decode()
    assert not StaffPreferences.objects.exists()


def test_other_languages_get_what_django_has(staff: Client) -> None:
    page = staff.get(reverse("admin:incidents_incident_add"), headers={"accept-language": "fr"})

    assert 'lang="fr"' in page.content.decode()
    assert page.status_code == HTTPStatus.OK


def test_nothing_is_left_of_it_after_a_request(staff: Client) -> None:
    staff.get(reverse("admin:index"), headers=GERMAN)

    assert translation.get_language() == "en"


def test_the_api_speaks_english_whatever_the_caller_prefers(client: Client) -> None:
    token = ApiToken(name="ci", scopes=["status:write", "status:read"])
    key = tokens.new_key(token)
    token.save()

    answer = client.post(
        "/api/v1/status/incidents",
        {"title": ""},
        content_type="application/json",
        headers={**GERMAN, "authorization": f"Bearer {key}"},
    )

    assert answer.status_code >= HTTPStatus.BAD_REQUEST
    assert "darf" not in answer.content.decode()
    assert "Content-Language" not in answer


def test_the_journal_and_the_page_are_english_when_a_german_writes(staff: Client) -> None:
    shop = build.component("Shop")
    incident = open_incident(
        title="Slow checkouts",
        severity=Severity.MINOR,
        message="We look.",
        impacts={shop: Status.DEGRADED},
    )
    resolve = {"action": "resolve", "_selected_action": [incident.pk], "post": "yes"}
    staff.post(reverse("admin:incidents_incident_changelist"), resolve, headers=GERMAN)
    staff.post(reverse("admin:component-retire", args=[shop.pk]), {"retire": "1"}, headers=GERMAN)

    incident.refresh_from_db()
    assert incident.resolved_at
    texts = " ".join(str(entry.data) for entry in JournalEntry.objects.all())
    texts += " ".join(incident.updates.values_list("message", flat=True))
    assert "This incident has been resolved." in texts
    german = set(re.findall(r"\w+", " ".join(_german_words())))
    assert not german & set(re.findall(r"\w+", texts))


def _german_words() -> list[str]:
    return ["Vorfall", "Komponente", "Betriebsbereit", "Behoben", "Beeinträchtigt", "Stillgelegt"]


def test_names_are_english_where_no_language_is_active() -> None:
    model = next(each for each in admin.site._registry if each is Incident)

    assert str(model._meta.verbose_name) == "incident"
    with translation.override("de"):
        assert str(model._meta.verbose_name) == "Vorfall"
        assert str(model._meta.get_field("started_at").verbose_name) == "Beginn"
