"""What operators do in the admin, and what it refuses by name."""

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from components.models import Component, Group, JournalEntry
from components.status import Status
from statuspage.access import tokens
from statuspage.models import ApiToken
from statuspage.publishing import snapshot
from tests import build

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]

AUTOMATION = {
    "auto_incident": "off", "opening_delay": "60", "closing_delay": "120", "uptime_policy": "worst",
}  # fmt: skip


@pytest.mark.published
def test_a_component_made_in_the_admin_is_on_the_page_when_the_redirect_lands(
    staff: Client,
) -> None:
    answer = staff.post(
        reverse("admin:components_component_add"),
        {
            "name": "Shop",
            "slug": "shop",
            "sort_order": "0",
            "visible": "on",
            "counts_for_overall": "on",
            **AUTOMATION,
        },
    )

    assert answer.status_code == 302
    published = snapshot.load()
    assert published is not None
    assert [component.name for component in published.state.components] == ["Shop"]
    entry = JournalEntry.objects.get(kind="component.changed")
    assert entry.actor == "olga"


def test_an_override_is_set_and_cleared_and_both_are_journalled(staff: Client) -> None:
    component = build.component("Shop")
    url = reverse("admin:components_component_change", args=[component.pk])
    form = {
        "name": "Shop",
        "slug": component.slug,
        "sort_order": "0",
        "visible": "on",
        "counts_for_overall": "on",
        "seen_version": "0",
        **AUTOMATION,
    }

    staff.post(url, {**form, "status_override": "degraded", "override_note": "seen by eye"})
    during = build.status_of(component)
    staff.post(
        reverse("admin:components_component_changelist"),
        {"action": "clear_override", "_selected_action": [component.pk]},
    )

    assert during is Status.DEGRADED
    assert build.status_of(component) is Status.OPERATIONAL
    overrides = JournalEntry.objects.filter(kind="component.override_changed").order_by("id")
    assert [entry.data["override"] for entry in overrides] == ["degraded", ""]


def test_the_reasons_of_a_status_are_shown(staff: Client) -> None:
    component = build.component("Shop", status_override=Status.MAJOR_OUTAGE, override_note="fire")

    page = staff.get(reverse("admin:components_component_change", args=[component.pk]))
    why = staff.get(f"/status/components/{component.slug}/why")

    assert "Set manually to Major Outage: fire." in page.content.decode()
    assert why.json()["reasons"][0]["rule"] == "override"


def test_why_is_for_staff_only(client: Client) -> None:
    component = build.component()

    assert client.get(f"/status/components/{component.slug}/why").status_code == 302


def test_deleting_goes_through_the_journal(staff: Client) -> None:
    group = build.group("Old")
    monitor = build.monitor(build.component("Gone", group=group))

    staff.post(reverse("admin:monitors_monitor_delete", args=[monitor.pk]), {"post": "yes"})
    staff.post(reverse("admin:components_group_delete", args=[group.pk]), {"post": "yes"})

    assert Component.objects.get().group is None
    assert not Group.objects.exists()
    kinds = set(JournalEntry.objects.values_list("kind", flat=True))
    assert {"monitor.deleted", "group.deleted"} <= kinds


def test_history_can_be_read_and_not_changed(staff: Client) -> None:
    build.component()
    entry = JournalEntry.objects.earliest("id")
    url = reverse("admin:components_journalentry_change", args=[entry.pk])

    assert staff.get(url).status_code == 200
    assert staff.post(url, {"kind": "forged"}).status_code == 403
    assert staff.get(reverse("admin:components_journalentry_add")).status_code == 403


def test_a_token_is_shown_once_and_kept_as_a_hash(staff: Client) -> None:
    answer = staff.post(
        reverse("admin:statuspage_apitoken_add"),
        {"name": "ci", "scopes": ["monitors:read"]},
        follow=True,
    )

    shown = str(next(iter(answer.context["messages"])))
    key = shown.rpartition(" ")[2]
    token = ApiToken.objects.get()
    assert token.digest == tokens.digest(key)
    assert (
        key
        not in staff.get(
            reverse("admin:statuspage_apitoken_change", args=[token.pk])
        ).content.decode()
    )


def test_django_q_is_in_the_admin_for_nobody_s5(staff: Client) -> None:
    assert "django_q" not in staff.get(reverse("admin:index")).content.decode()


@pytest.mark.parametrize(
    "name",
    ["index", "components_component_changelist", "components_group_changelist",
     "monitors_monitor_changelist", "monitors_region_changelist", "incidents_incident_changelist",
     "incidents_incident_add", "maintenance_window_changelist", "maintenance_window_add",
     "subscribers_subscriber_changelist", "components_journalentry_changelist",
     "components_journalcursor_changelist", "components_setaside_changelist",
     "statuspage_apitoken_changelist", "statuspage_progress_changelist"],
)  # fmt: skip
def test_every_page_of_the_admin_opens_under_a_strict_policy(staff: Client, name: str) -> None:
    answer = staff.get(reverse(f"admin:{name}"))

    assert answer.status_code == 200
    assert "unsafe" not in answer.headers["Content-Security-Policy"]


@pytest.mark.published
def test_an_incident_told_in_the_admin_is_on_the_page(staff: Client) -> None:
    component = build.component("Shop")
    management = {
        f"{prefix}-{name}": value
        for prefix in ("impacts", "updates")
        for name, value in (("TOTAL_FORMS", "1"), ("INITIAL_FORMS", "0"))
    }

    answer = staff.post(
        reverse("admin:incidents_incident_add"),
        {
            "title": "Slow checkouts", "status": "investigating", "severity": "major",
            "published": "on", "started_at_0": "2026-11-21", "started_at_1": "10:00:00",
            "impacts-0-component": component.pk, "impacts-0-status": "degraded",
            "updates-0-status": "investigating", "updates-0-message": "We are looking.",
            **management,
        },
    )  # fmt: skip

    assert answer.status_code == 302
    published = snapshot.load()
    assert published is not None
    assert published.state.incidents[0].updates[0].message == "We are looking."
    assert build.status_of(component) is Status.DEGRADED


def test_a_plain_user_is_not_let_in(client: Client) -> None:
    user = get_user_model().objects.create_user("paul", "", "a long password")
    client.force_login(user)

    assert client.get(reverse("admin:index")).status_code == 302


def test_s19_a_next_that_is_not_ours_leads_to_the_desk(client: Client) -> None:
    get_user_model().objects.create_superuser("nora", "", "correct horse battery")

    answer = client.post(
        "/admin/login/?next=//evil.example/",
        {"username": "nora", "password": "correct horse battery"},
    )

    assert (answer.status_code, answer.headers["Location"]) == (302, "/admin/")
