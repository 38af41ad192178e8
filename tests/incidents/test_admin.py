"""An incident's details in the admin: corrected, never over somebody else's words."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from components.models import JournalEntry
from components.status import Status
from components.values.severity import Severity
from incidents.models import Incident
from incidents.services import edit_incident, open_incident
from tests import build

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def incident() -> Incident:
    return open_incident(
        title="Slow checkouts", severity=Severity.MINOR, message="We look.",
        impacts={build.component("Shop"): Status.DEGRADED}, regions=["us-east-1"],
    )  # fmt: skip


def address(incident: Incident) -> str:
    return reverse("admin:incidents_incident_change", args=[incident.pk])


def form_of(staff: Client, incident: Incident) -> dict[str, Any]:
    """What a browser would post back, had nobody typed anything."""
    context = staff.get(address(incident)).context
    forms = [context["adminform"].form]
    values: dict[str, Any] = {}
    for inline in context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.initial_forms]
    for form in forms:
        for bound in form:
            value = bound.value()
            if value is None or value is False:
                continue
            parts = getattr(bound.field.widget, "decompress", None)
            if parts:
                for number, part in enumerate(parts(value)):
                    values[f"{bound.html_name}_{number}"] = str(part)
            else:
                values[bound.html_name] = value
    return values


def test_a_form_fetched_and_posted_back_changes_nothing(staff: Client, incident: Incident) -> None:
    answer = staff.post(address(incident), form_of(staff, incident))

    again = Incident.objects.get()
    assert answer.status_code == 302
    assert (again.title, again.regions, again.status) == (
        "Slow checkouts", ["us-east-1"], "investigating",
    )  # fmt: skip
    assert JournalEntry.objects.latest("id").kind == "incident.edited"
    assert incident.updates.count() == 1


def test_a_corrected_text_keeps_the_old_one(staff: Client, incident: Incident) -> None:
    staff.post(
        address(incident), {**form_of(staff, incident), "updates-0-message": "We looked again."}
    )

    update = incident.updates.get()
    assert update.message == "We looked again."
    assert [(each.message, each.history_change_reason) for each in update.history.all()] == [
        ("We looked again.", "olga"), ("We look.", ""),
    ]  # fmt: skip


def test_the_loser_is_shown_the_difference_r17(staff: Client, incident: Incident) -> None:
    mine = form_of(staff, incident)
    edit_incident(incident, changes={"title": "Theirs"})

    answer = staff.post(address(incident), {**mine, "title": "Mine"})

    assert answer.status_code == 200
    assert Incident.objects.get().title == "Theirs"
    page = answer.content.decode()
    assert "<td>Theirs</td><td>Mine</td>" in page


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("../etc", "not the code of a region"),
        ("us-east-1, atlantis", "There is no region atlantis"),
    ],
)
def test_what_is_no_region_is_refused(
    staff: Client, incident: Incident, typed: str, says: str
) -> None:
    answer = staff.post(address(incident), {**form_of(staff, incident), "regions": typed})

    assert says in answer.context["adminform"].form.errors["regions"][0]
