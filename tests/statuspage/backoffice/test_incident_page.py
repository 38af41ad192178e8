"""The incident page: what it shows, what it does, and whom it refuses."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from components.models import Component, JournalEntry
from components.services import save_component
from components.status import Status
from components.values.severity import Severity
from incidents.models import Incident, IncidentTemplate
from incidents.notes import add_note
from incidents.services import edit_incident, open_incident, post_update
from incidents.workflow import IncidentState
from tests import build

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]
HOSTILE = "<script>alert(1)</script> [x](javascript:alert(1)) {{7*7}} {% now %} **bold**"


@pytest.fixture
def shop() -> Component:
    return build.component("Shop")


@pytest.fixture
def incident(shop: Component) -> Incident:
    return open_incident(
        title="Slow checkouts", severity=Severity.MINOR, message="We look.",
        impacts={shop: Status.DEGRADED},
    )  # fmt: skip


def desk(incident: Incident) -> str:
    return reverse("incident-desk", args=[incident.pk])


def said(incident: Incident, shop: Component, **fields: Any) -> dict[str, Any]:
    return {
        "status": "identified",
        "message": "Found **it**.",
        "notify": "on",
        "seen_version": incident.version,
        f"component_{shop.pk}": "partial_outage",
        "act": "update",
        **fields,
    }


def test_an_update_is_published_from_one_screen(
    staff: Client, incident: Incident, shop: Component
) -> None:
    answer = staff.post(desk(incident), said(incident, shop))

    assert answer.status_code == 302
    entry = JournalEntry.objects.filter(kind="incident.updated").get()
    assert (entry.actor, entry.data["status"], entry.data["notify"]) == ("olga", "identified", True)
    assert build.status_of(shop) is Status.PARTIAL_OUTAGE
    page = staff.get(desk(incident)).content.decode()
    assert "<strong>it</strong>" in page
    assert "Identified</b>" in page


def test_silently_is_said_in_the_timeline(
    staff: Client, incident: Incident, shop: Component
) -> None:
    fields = said(incident, shop)
    del fields["notify"]

    staff.post(desk(incident), fields)

    assert incident.updates.first().notify is False  # type: ignore[union-attr]
    assert "nobody notified" in staff.get(desk(incident)).content.decode()


def test_a_template_is_filled_in_as_far_as_it_is_known_and_nothing_is_published(
    staff: Client, incident: Incident, shop: Component
) -> None:
    kept = IncidentTemplate.objects.create(name="k", title="t", message="{component}: {status}")
    bad = IncidentTemplate.objects.create(name="b", title="t", message="In {region}")

    filled = staff.post(desk(incident), said(incident, shop, act="template", template=kept.pk))
    partly = staff.post(desk(incident), said(incident, shop, act="template", template=bad.pk))
    refused = staff.post(desk(incident), said(incident, shop, message="In {region}"))

    assert "Shop: identified</textarea>" in filled.content.decode()
    assert "In {region}</textarea>" in partly.content.decode()
    assert "Replace or remove {region}." in refused.content.decode()
    assert incident.updates.count() == 1


def test_a_note_is_for_staff(staff: Client, incident: Incident, shop: Component) -> None:
    staff.post(desk(incident), said(incident, shop, act="note", message="secret"))

    assert incident.updates.count() == 1
    assert incident.notes.get().author == "olga"


def test_a_preview_writes_nothing(staff: Client, incident: Incident, shop: Component) -> None:
    answer = staff.post(desk(incident), said(incident, shop, act="preview"))

    assert "<strong>it</strong>" in answer.content.decode()
    assert incident.updates.count() == 1


def test_a_draft_is_published_with_its_update(staff: Client, shop: Component) -> None:
    draft = open_incident(title="t", severity=Severity.MINOR, message="m", published=False)
    before = JournalEntry.objects.latest("id").pk

    staff.post(desk(draft), said(draft, shop, act="publish"))

    assert Incident.objects.get().published
    rows = JournalEntry.objects.filter(id__gt=before, kind__startswith="incident.")
    told = rows.get()  # one change, one row: nobody is told twice
    assert (told.kind, told.public, told.data["notify"]) == ("incident.created", True, True)
    assert (told.data["message"], told.data["status"]) == ("Found **it**.", "identified")


def test_what_is_added_to_a_draft_stays_in_it(staff: Client, shop: Component) -> None:
    draft = open_incident(title="t", severity=Severity.MINOR, message="m", published=False)

    staff.post(desk(draft), said(draft, shop, act="update"))

    told = JournalEntry.objects.filter(kind="incident.updated").get()
    assert (Incident.objects.get().published, told.public) == (False, False)


def test_the_loser_sees_what_differs_and_loses_no_word_r17(
    staff: Client, incident: Incident, shop: Component
) -> None:
    mine = said(incident, shop, message="My words")
    post_update(incident, status=IncidentState.MONITORING, message="Their words")

    refused = staff.post(desk(incident), mine)

    assert refused.status_code == 200
    told = {each.label: (each.stored, each.typed) for each in refused.context["form"].differences}
    assert told == {
        "State": ("Monitoring", "Identified"),
        "Message": ("Their words", "My words"),
        "Shop": ("Degraded", "Partial Outage"),
    }
    assert "My words</textarea>" in refused.content.decode()
    assert incident.updates.count() == 2
    again = refused.context["form"]["seen_version"].value()
    assert staff.post(desk(incident), {**mine, "seen_version": again}).status_code == 302


def test_who_depends_on_it_is_shown_before_saving(
    staff: Client, incident: Incident, shop: Component
) -> None:
    save_component(build.component("Checkout"), depends_on=[shop])

    page = staff.get(desk(incident)).content.decode()

    assert "Also affected: Checkout, through Shop." in page


def test_edits_are_shown_with_their_differences(staff: Client, incident: Incident) -> None:
    edit_incident(incident, changes={"title": "Slower checkouts"}, actor="olga")

    page = staff.get(desk(incident)).content.decode()

    assert "<del>Slow checkouts</del>" in page
    assert "<ins>Slower checkouts</ins>" in page


@pytest.mark.parametrize("place", ["title", "message", "note", "component"])
def test_hostile_text_is_inert_s3(staff: Client, place: str) -> None:
    component = build.component(HOSTILE[:90] if place == "component" else "Shop")
    incident = open_incident(
        title=HOSTILE if place == "title" else "t",
        severity=Severity.MINOR,
        message=HOSTILE if place == "message" else "m",
        impacts={component: Status.DEGRADED},
    )
    if place == "note":
        add_note(incident, text=HOSTILE)

    page = staff.get(desk(incident)).content.decode()

    assert "<script>alert" not in page
    assert 'href="javascript' not in page
    assert "{{7*7}}" in page


def test_the_preview_is_the_pages_own_markdown_s3(staff: Client) -> None:
    answer = staff.post(reverse("incident-preview"), {"message": HOSTILE})

    assert "<script>" not in answer.content.decode()
    assert "<strong>bold</strong>" in answer.content.decode()


@pytest.mark.parametrize("path", ["desk", "postmortem"])
def test_strangers_are_not_let_in(client: Client, incident: Incident, path: str) -> None:
    assert client.get(f"/admin/incidents/incident/{incident.pk}/{path}").status_code == 302


def test_who_may_only_look_cannot_post(client: Client, incident: Incident, shop: Component) -> None:
    user = get_user_model().objects.create_user("vera", "", "a long password", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_incident"))
    client.force_login(user)

    assert client.get(desk(incident)).status_code == 200
    assert "<textarea" not in client.get(desk(incident)).content.decode()
    assert client.post(desk(incident), said(incident, shop)).status_code == 403
    assert client.get(reverse("incident-postmortem", args=[incident.pk])).status_code == 403


def test_a_draft_is_published_silently_when_asked(staff: Client, shop: Component) -> None:
    draft = open_incident(title="t", severity=Severity.MINOR, message="m", published=False)
    fields = said(draft, shop, act="publish")
    del fields["notify"]

    staff.post(desk(draft), fields)

    assert JournalEntry.objects.filter(kind="incident.created").latest("id").data["notify"] is False


def test_the_list_leads_to_the_page(staff: Client, incident: Incident) -> None:
    page = staff.get(reverse("admin:incidents_incident_changelist")).content.decode()

    assert f'href="{desk(incident)}"' in page


def test_bulk_actions_publish_and_resolve(staff: Client, incident: Incident) -> None:
    draft = open_incident(title="d", severity=Severity.MINOR, message="m", published=False)
    url = reverse("admin:incidents_incident_changelist")

    for action in ("publish", "resolve"):
        staff.post(
            url, {"action": action, "_selected_action": [incident.pk, draft.pk], "post": "yes"}
        )

    assert not Incident.objects.filter(published=False).exists()
    assert not Incident.objects.filter(resolved_at=None).exists()
