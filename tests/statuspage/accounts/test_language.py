"""The admin speaks German to who wants it, and nothing else ever does."""

import re
from http import HTTPStatus

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import translation

from components.models import JournalEntry
from components.status import Status
from components.values.severity import Severity
from incidents.models import Incident
from incidents.services import open_incident
from statuspage.access import tokens
from statuspage.models import ApiToken
from statuspage.staff_models import StaffLanguage
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
    staff.post(reverse("admin_language"), {"language": "de"})

    assert "Vorfall eröffnen" in staff.get(reverse("admin:index")).content.decode()
    again = log_in(Client(), User.objects.get(username="olga"))
    assert "Vorfall eröffnen" in again.get(reverse("admin:index")).content.decode()

    staff.post(reverse("admin_language"), {"language": ""})

    assert not StaffLanguage.objects.exists()
    assert "Open incident" in staff.get(reverse("admin:index")).content.decode()


def test_a_language_that_there_is_not_is_refused_in_words(staff: Client) -> None:
    page = staff.post(reverse("admin_language"), {"language": "tlh"}, follow=True)

    assert "Choose a language from the list." in page.content.decode()
    assert not StaffLanguage.objects.exists()


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
