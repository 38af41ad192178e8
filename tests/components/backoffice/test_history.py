"""Correct history in the admin (F-T15)."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from components.models import Component, DeclaredPeriod, JournalEntry
from components.services import set_override
from components.status import Status
from components.values.severity import Severity
from incidents.services import open_incident
from tests import build

pytestmark = [
    pytest.mark.both,
    pytest.mark.projected,
    pytest.mark.django_db(transaction=True),
]
ADD = "admin:components_declaredperiod_add"
LIST = "admin:components_declaredperiod_changelist"
HOUR = timedelta(hours=1)


@pytest.fixture
def component() -> Component:
    return build.component("Shop")


def typed(component: Component, **more: Any) -> dict[str, Any]:
    begin, end = timezone.now() - 5 * HOUR, timezone.now() - 4 * HOUR
    return {
        "component": component.pk, "status": "partial_outage", "note": "Customers told us.",
        "started_at_0": f"{begin:%Y-%m-%d}", "started_at_1": f"{begin:%H:%M:%S}",
        "ended_at_0": f"{end:%Y-%m-%d}", "ended_at_1": f"{end:%H:%M:%S}", **more,
    }  # fmt: skip


def change(period: DeclaredPeriod) -> str:
    return reverse("admin:components_declaredperiod_change", args=[period.pk])


def corrections() -> Any:
    return DeclaredPeriod.objects.exclude(source="by_hand")


def test_a_components_page_leads_to_its_history(staff: Client, component: Component) -> None:
    page = staff.get(reverse("admin:components_component_change", args=[component.pk]))

    assert f"{reverse(ADD)}?component={component.pk}" in page.content.decode()
    form = staff.get(f"{reverse(ADD)}?component={component.pk}").context["adminform"].form
    assert str(form["component"].value()) == str(component.pk)
    assert staff.get(f"{reverse(LIST)}?component__id__exact={component.pk}").status_code == 200


def test_a_period_is_added_changed_withdrawn_and_restored(
    staff: Client, component: Component
) -> None:
    staff.post(reverse(ADD), typed(component))
    (period,) = corrections()
    assert (period.status, period.source, period.author) == ("partial_outage", "correction", "olga")

    for more in ({"status": "degraded"}, {"withdrawn": "on"}, {}):
        sent = typed(component, seen_version=period.version, note="Because.", **more)
        answer = staff.post(change(period), {"status": "degraded", **sent})
        assert answer.status_code == 302, answer.context["adminform"].errors
        period.refresh_from_db()

    entries = JournalEntry.objects.filter(kind="component.history_corrected").order_by("id")
    assert [(e.data["action"], e.actor, e.subject_id) for e in entries] == [
        ("added", "olga", component.pk), ("changed", "olga", component.pk),
        ("withdrawn", "olga", component.pk), ("restored", "olga", component.pk),
    ]  # fmt: skip
    assert entries[2].data["before"]["withdrawn"] is False
    assert period.withdrawn_at is None


@pytest.mark.parametrize(
    ("field", "more"),
    [
        ("note", {"note": ""}),
        ("ended_at", {"ended_at_0": "2999-01-01"}),
        ("ended_at", {"ended_at_0": "2001-01-01"}),
        ("ended_at", {"ended_at_0": "", "ended_at_1": ""}),
        ("started_at", {"started_at_0": "1850-01-01"}),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(
    staff: Client, component: Component, field: str, more: dict[str, str]
) -> None:
    answer = staff.post(reverse(ADD), typed(component, **more))

    assert list(answer.context["adminform"].form.errors) == [field]
    assert not corrections().exists()


def test_what_follows_an_incident_or_is_in_force_is_only_read(
    staff: Client, component: Component
) -> None:
    open_incident(
        title="Slow", severity=Severity.MINOR, message="x", impacts={component: Status.DEGRADED}
    )
    set_override(component, status=Status.MAJOR_OUTAGE)

    for period in corrections():
        page = staff.get(change(period))
        assert page.status_code == 200
        assert not page.context["has_change_permission"]
        assert staff.post(change(period), typed(component)).status_code == 403
        assert staff.post(f"{change(period)}../delete/", {"post": "yes"}).status_code in (403, 404)
    listed = staff.get(reverse(LIST)).content.decode()
    assert "Operated manually" not in listed


@pytest.mark.parametrize(("role", "status"), [("responder", 200), ("editor", 200), ("viewer", 403)])
def test_responders_and_editors_may_and_viewers_may_not(
    client: Client, role: str, status: int
) -> None:
    person = get_user_model().objects.create_user("ben", is_staff=True)
    person.groups.add(Group.objects.get(name=role))
    client.force_login(person)

    assert client.get(reverse(ADD)).status_code == status
    assert client.get(reverse(LIST)).status_code == 200
