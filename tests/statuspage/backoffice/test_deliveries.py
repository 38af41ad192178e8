"""The ledger: who was told what, who was not and why; in the admin, in the API and as CSV."""

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from components.models import JournalEntry
from statuspage.access import tokens
from statuspage.models import ApiToken
from subscribers.delivery.fanout import create_notice, fan_out
from subscribers.delivery.matching import Audience
from subscribers.enums import Kind
from subscribers.models import Alert, Delivery, Suspension
from tests import build
from tests.sessions import log_in
from tests.subscribers.news import INCIDENT

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 21, 14, tzinfo=UTC)


def caller(*scopes: str) -> dict[str, Any]:
    token = ApiToken(name="reader", scopes=list(scopes))
    key = tokens.new_key(token)
    token.save()
    return {"Authorization": f"Bearer {key}"}


@pytest.fixture
def told() -> None:
    """One incident: to one it was sent, to one it failed, one was suspended, one had not
    confirmed yet. Who never did is not in it (S17)."""
    sent, failed = build.subscriber("anna@example.org"), build.subscriber("bert@example.org")
    suspended = build.subscriber("cleo@example.org")
    Suspension.objects.create(subscriber=suspended, since=NOW, reason="kept failing")
    build.subscriber("dora@example.org", confirmed_at=NOW + timedelta(seconds=1))
    build.subscriber("stranger@example.org", confirmed_at=None)
    create_notice(
        key="journal-9", facts=INCIDENT, audience=Audience(Kind.INCIDENTS), at=NOW,
        thread="incident-7", entry_id=9,
    )  # fmt: skip
    fan_out(now=NOW)
    Delivery.objects.filter(subscriber=sent).update(state="sent", due=None, ended_at=NOW)
    Delivery.objects.filter(subscriber=failed).update(
        state="failed", due=None, last_code=550, last_response="=HYPERLINK(evil)", ended_at=NOW
    )


@pytest.mark.usefixtures("told")
@pytest.mark.parametrize("event", ["incident-7", "9"])
def test_an_incidents_ledger_says_who_was_told_and_who_was_not(client: Client, event: str) -> None:
    """Contract L, Promises: every delivery's fate is visible."""
    answer = client.get(
        f"/api/v1/deliveries?event={event}", headers=caller("subscribers:read")
    ).json()

    assert answer["counts"] == {"sent": 1, "failed": 1, "suppressed": 1, "unconfirmed": 1}
    assert {row["recipient"] for row in answer["deliveries"]} == {
        "a…@example.org", "b…@example.org", "c…@example.org", "d…@example.org",
    }  # fmt: skip
    assert "anna@" not in repr(answer)


@pytest.mark.usefixtures("told")
def test_whoever_may_write_sees_addresses(client: Client) -> None:
    headers = caller("subscribers:read", "subscribers:write")
    answer = client.get("/api/v1/deliveries?state=sent", headers=headers).json()

    assert [row["recipient"] for row in answer["deliveries"]] == ["anna@example.org"]


@pytest.mark.parametrize(
    ("query", "named"), [("event=nonsense", "event"), ("state=lost", "state"), ("x=1", "x")]
)
def test_a_filter_that_will_not_do_is_named(client: Client, query: str, named: str) -> None:
    answer = client.get(f"/api/v1/deliveries?{query}", headers=caller("subscribers:read"))

    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [named]


@pytest.mark.usefixtures("told")
def test_what_failed_is_sent_again_under_the_same_id(client: Client) -> None:
    row = Delivery.objects.get(state="failed")
    reading, writing = caller("subscribers:read"), None

    refused = client.post(f"/api/v1/deliveries/{row.pk}/redeliver", headers=reading)
    ApiToken.objects.all().delete()
    writing = caller("subscribers:read", "subscribers:write")
    answer = client.post(f"/api/v1/deliveries/{row.pk}/redeliver", headers=writing)

    assert (refused.status_code, answer.status_code) == (403, 202)
    again = Delivery.objects.get(pk=row.pk)
    assert (again.state, again.message_id) == ("queued", row.message_id)
    assert again.due is not None


@pytest.mark.usefixtures("told")
def test_what_was_never_to_be_sent_is_not_sent_by_a_button(client: Client) -> None:
    row = Delivery.objects.get(state="unconfirmed")

    answer = client.post(
        f"/api/v1/deliveries/{row.pk}/redeliver",
        headers=caller("subscribers:read", "subscribers:write"),
    )

    assert answer.status_code == 400
    assert Delivery.objects.get(pk=row.pk).state == "unconfirmed"


def test_an_alert_is_acknowledged_by_a_program(client: Client) -> None:
    alert = Alert.objects.create(
        component_id=1, name="Shop", stage="raised", severity="major", facts={}, began_at=NOW,
        raised_at=NOW,
    )  # fmt: skip
    headers = caller("subscribers:read", "subscribers:write")

    first = client.post(f"/api/v1/alerts/{alert.pk}/acknowledge", headers=headers).json()
    second = client.post(f"/api/v1/alerts/{alert.pk}/acknowledge", headers=headers).json()

    assert first == second
    assert first["acknowledged_by"] == "token reader"
    assert JournalEntry.objects.filter(kind="alert.acknowledged").count() == 1
    listed = client.get("/api/v1/alerts?stage=raised", headers=headers).json()["alerts"]
    assert [each["id"] for each in listed] == [alert.pk]


@pytest.mark.usefixtures("told")
def test_the_admin_lists_counts_and_exports_without_formulas(staff: Client) -> None:
    """S3: `=cmd()` in a CSV is text."""
    listed = staff.get("/admin/subscribers/delivery/?q=incident-7")
    ids = list(Delivery.objects.values_list("pk", flat=True))
    exported = staff.post(
        "/admin/subscribers/delivery/", {"action": "download", "_selected_action": ids}
    )

    page = listed.content.decode()
    assert "1 sent · 1 failed · 1 suppressed · 1 unconfirmed" in page
    assert all(f"{name}@example.org" in page for name in ("anna", "bert", "cleo", "dora"))
    assert '<span class="status status-major_outage">Failed</span>' in page
    text = b"".join(exported.streaming_content).decode()  # type: ignore[attr-defined]
    rows = list(csv.DictReader(io.StringIO(text)))
    assert {row["answer"] for row in rows} == {"", "'=HYPERLINK(evil)"}
    assert {row["recipient"] for row in rows} >= {"anna@example.org"}


@pytest.mark.usefixtures("told")
def test_staff_without_the_permission_see_masks_only(client: Client) -> None:
    user = User.objects.create_user("tom", password="a long password", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename="view_delivery"))
    log_in(client, user)
    ids = list(Delivery.objects.values_list("pk", flat=True))

    pages = [
        client.get("/admin/subscribers/delivery/").content,
        client.get(f"/admin/subscribers/delivery/{ids[0]}/change/").content,
        b"".join(
            client.post(
                "/admin/subscribers/delivery/", {"action": "download", "_selected_action": ids}
            ).streaming_content  # type: ignore[attr-defined]
        ),
    ]

    for page in pages:
        assert b"@example.org" in page
        assert b"anna@" not in page


@pytest.mark.usefixtures("told")
def test_selected_rows_are_sent_again_from_the_admin(staff: Client) -> None:
    ids = list(Delivery.objects.values_list("pk", flat=True))

    staff.post(
        "/admin/subscribers/delivery/",
        {"action": "send_again", "_selected_action": ids, "post": "yes"},
    )

    assert sorted(Delivery.objects.values_list("state", flat=True)) == [
        "queued", "queued", "suppressed", "unconfirmed",
    ]  # fmt: skip
