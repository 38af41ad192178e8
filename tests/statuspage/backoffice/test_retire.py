"""Retiring a component in the admin and by API, and what a deletion says (F-M12)."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from components.models import Component, JournalEntry, StatusPeriod
from components.status import Status
from components.values.severity import Severity
from incidents.services import open_incident
from monitors.models import Check
from statuspage.access import tokens
from tests import build

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]
ADMIN, API = "/admin/components/component", "/api/v1/status/components"


@pytest.fixture
def shop() -> Component:
    """One that is watched, followed, and named by an incident."""
    shop = build.component("Shop", slug="shop")
    build.monitor(shop)
    build.subscriber(components=[shop])
    open_incident(
        title="Slow", severity=Severity.MINOR, message="We look.", impacts={shop: Status.DEGRADED}
    )
    return shop


@pytest.fixture
def headers() -> dict[str, str]:
    key = tokens.create(name="ci", scopes=["status:read", "status:write"])
    return {"Authorization": f"Bearer {key}"}


def test_the_question_says_what_it_means_and_doing_it_can_be_undone(
    staff: Client, shop: Component
) -> None:
    page = f"{ADMIN}/{shop.pk}/retire/"

    asked = staff.get(page).content.decode()
    staff.post(page, {"retire": "Retire", "notify": "on"})
    shop.refresh_from_db()
    retired_at = shop.retired_at
    form = staff.get(f"{ADMIN}/{shop.pk}/change/").content.decode()
    staff.post(page, {"restore": "Restore"})

    assert "1 monitor" in asked
    assert "1 open incident" in asked
    assert "1 subscriber" in asked
    assert retired_at is not None
    assert "Restore" in form
    shop.refresh_from_db()
    assert shop.retired_at is None
    entry = JournalEntry.objects.get(kind="component.retired")
    assert (entry.actor, entry.data["notify"]) == ("olga", True)


def test_a_deletion_says_in_words_what_goes_and_offers_to_retire(
    staff: Client, shop: Component
) -> None:
    other = build.component("Search", slug="search")
    build.subscriber("bert@example.org", components=[shop, other])
    StatusPeriod.objects.create(
        component=shop, status=Status.OPERATIONAL,
        started_at=datetime.now(UTC) - timedelta(days=12), ended_at=datetime.now(UTC),
    )  # fmt: skip
    several = {"action": "delete_selected", "_selected_action": [shop.pk, other.pk]}

    one = text(staff.get(f"{ADMIN}/{shop.pk}/delete/"))
    many = text(staff.post(f"{ADMIN}/", several))

    assert "cannot be undone" in one
    assert "1 monitor will be deleted" in one
    assert "1 incident and 0 maintenance windows will no longer name" in one
    assert "/retire/" in staff.get(f"{ADMIN}/{shop.pk}/delete/").content.decode()
    assert "Retire" in many
    for page in (one, many):
        assert "13 days of history will be deleted" in page
        assert "2 subscriptions will end" in page


def text(answer: Any) -> str:
    """Return what a page says, without its tags."""
    return " ".join(re.sub(r"<[^>]+>", "", answer.content.decode()).split())


def test_forms_offer_none_that_is_retired(staff: Client, shop: Component) -> None:
    build.component("Shop two")
    asked = {"app_label": "incidents", "model_name": "impact", "field_name": "component"}

    staff.post(f"{ADMIN}/{shop.pk}/retire/", {"retire": "1"})
    found = staff.get("/admin/autocomplete/", {**asked, "term": "Shop"}).json()["results"]
    listed = staff.get(f"{ADMIN}/", {"retired_at__isempty": "0"}).content.decode()

    assert [each["text"] for each in found] == ["Shop two"]
    assert "Retired" in listed


def test_who_may_only_look_may_not_retire(client: Client, shop: Component) -> None:
    viewer = User.objects.create_user("vera", is_staff=True)
    viewer.user_permissions.set(Permission.objects.filter(codename="view_component"))
    client.force_login(viewer)

    assert client.post(f"{ADMIN}/{shop.pk}/retire/", {"retire": "1"}).status_code == 403
    shop.refresh_from_db()
    assert shop.retired_at is None


def test_the_api_retires_and_brings_back(
    client: Client, headers: dict[str, str], shop: Component
) -> None:
    def post(path: str, body: Any = None, **more: str) -> Any:
        return client.post(
            f"{API}/{shop.pk}/{path}", body or {}, content_type="application/json",
            headers={**headers, **more},
        )  # fmt: skip

    stale = post("retire", **{"If-Match": '"99"'})
    wrong = post("retire", {"until": "tomorrow"})
    first = post("retire", {"notify": False}, **{"Idempotency-Key": "a"})
    again = post("retire", {"notify": False}, **{"Idempotency-Key": "a"})
    listed = {
        query: client.get(f"{API}?retired={query}", headers=headers).json()["total"]
        for query in ("true", "false")
    }
    kept = client.patch(
        f"{API}/{shop.pk}", {"description": "Gone"}, content_type="application/json",
        headers=headers,
    )  # fmt: skip
    due = Check.objects.get().due
    back = post("unretire")

    assert (stale.status_code, wrong.status_code) == (412, 400)
    assert (first.status_code, again.content) == (200, first.content)
    assert first.json()["retired_at"] is not None
    assert kept.json()["retired_at"] == first.json()["retired_at"]
    assert listed == {"true": 1, "false": 0}
    assert (due, back.json()["retired_at"]) == (None, None)
    assert Check.objects.get().due is not None
    assert JournalEntry.objects.filter(kind="component.retired").count() == 1


def test_a_reader_may_not(client: Client, shop: Component) -> None:
    key = tokens.create(name="reader", scopes=["status:read"])

    answer = client.post(f"{API}/{shop.pk}/retire", headers={"Authorization": f"Bearer {key}"})

    assert answer.status_code == 403
