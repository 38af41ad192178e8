"""Channels of alerts in the admin: addresses go in, and never come out."""

from datetime import UTC, datetime

import pytest
from django.test import Client

from components.values.severity import Severity
from subscribers.alerting.service import StageChange, apply_stage_change
from subscribers.channels.kinds import apprise
from subscribers.enums import AlertStage
from subscribers.message import Facts
from subscribers.models import Alert, AlertChannel, AlertRoute, AlertStep, Delivery
from tests import build

pytestmark = pytest.mark.django_db
ADD = "/admin/subscribers/alertchannel/add/"


def test_an_address_is_kept_sealed_and_never_shown_again(staff: Client) -> None:
    """S10."""
    told = staff.post(
        ADD,
        {"name": "Pager", "channel": "webhook", "enabled": "on",
         "new_address": "https://pager.example/canary"},
        follow=True,
    )  # fmt: skip
    row = AlertChannel.objects.get()
    page = staff.get(f"/admin/subscribers/alertchannel/{row.pk}/change/").content.decode()

    assert "whsec_" in told.content.decode()
    assert row.address.reveal() == "https://pager.example/canary"
    assert "canary" not in page
    assert "whsec_" not in page


def test_an_edit_without_an_address_keeps_it(staff: Client) -> None:
    staff.post(ADD, {"name": "Desk", "channel": "email", "new_address": "ops@example.org"})
    row = AlertChannel.objects.get()

    url = f"/admin/subscribers/alertchannel/{row.pk}/change/"
    seen = staff.get(url).context["adminform"].form["seen_version"].value()
    staff.post(
        url, {"name": "The desk", "channel": "email", "new_address": "", "seen_version": seen}
    )

    row.refresh_from_db()
    assert (row.name, row.address.reveal()) == ("The desk", "ops@example.org")


@pytest.mark.parametrize(
    ("channel", "address"),
    [("email", ""), ("email", "nobody"), ("webhook", "ftp://x"), ("apprise", "file:///etc"),
     ("apprise", "json://127.0.0.1/"), ("apprise", "dbus://")],
)  # fmt: skip
def test_an_address_that_will_not_do_is_refused(staff: Client, channel: str, address: str) -> None:
    answer = staff.post(ADD, {"name": "X", "channel": channel, "new_address": address})

    assert answer.status_code == 200
    assert answer.context["adminform"].form.errors["new_address"]
    assert not AlertChannel.objects.exists()


# Apprise imports it for old Pythons, as its own comment says.
@pytest.mark.filterwarnings("ignore:.imghdr. is deprecated")
def test_a_service_of_apprise_is_taken_and_nothing_of_its_address_is_in_the_open(
    staff: Client,
) -> None:
    token = "123456789:canarycanarycanarycanarycanarycana"
    staff.post(ADD, {"name": "T", "channel": "apprise", "new_address": f"tgram://{token}/12345/"})

    row = AlertChannel.objects.get()
    assert (row.masked, row.lane) == ("tgram://…", "apprise:tgram")


def test_without_the_extra_it_says_what_to_install(
    staff: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apprise, "load_apprise", lambda: None)

    answer = staff.post(ADD, {"name": "T", "channel": "apprise", "new_address": "ntfy://topic"})

    assert "pip install" in answer.content.decode()


def test_a_test_is_one_delivery(staff: Client) -> None:
    staff.post(ADD, {"name": "Desk", "channel": "email", "new_address": "ops@example.org"})
    row = AlertChannel.objects.get()

    staff.post(
        "/admin/subscribers/alertchannel/",
        {"action": "send_test", "_selected_action": row.pk, "post": "yes"},
    )

    delivery = Delivery.objects.get()
    assert (delivery.alert_channel, delivery.state) == (row, "queued")


def raised() -> Alert:
    facts = Facts(event="alert.raised", headline="DOWN: Shop", at="", url="", message="HTTP 503")
    now = datetime.now(UTC)
    change = StageChange(
        AlertStage.RAISED, 1, "Shop", Severity.MAJOR, facts, at=now, since=now, key="k"
    )
    made = apply_stage_change(change)
    assert made
    return made


@pytest.mark.parametrize("there", ["", "desk"])
def test_f_m2_an_alert_is_acknowledged_on_its_page_which_shows_fields(
    staff: Client, there: str
) -> None:
    alert = raised()
    page = staff.get(f"/admin/subscribers/alert/{alert.pk}/change/").content.decode()
    assert "HTTP 503" in page
    assert "{&#x27;" not in page
    assert "&quot;headline&quot;" not in page
    assert f"/admin/subscribers/alert/{alert.pk}/acknowledge/" in page
    desk = staff.get("/admin/").content.decode()
    assert f'formaction="/admin/subscribers/alert/{alert.pk}/acknowledge/"' in desk

    address = f"/admin/subscribers/alert/{alert.pk}/acknowledge/"
    assert staff.get(address).status_code == 403
    assert staff.post(address, {"next": there}).status_code == 302

    alert.refresh_from_db()
    assert alert.acknowledged_by
    assert "/acknowledge/" not in staff.get("/admin/").content.decode()


def test_f_m2_one_page_says_who_would_be_told(staff: Client) -> None:
    shop = build.component("Shop")
    staff.post(ADD, {"name": "Crew", "channel": "email", "enabled": "on",
                     "new_address": "ops@example.org"})  # fmt: skip
    staff.post(ADD, {"name": "Boss", "channel": "email", "enabled": "on",
                     "new_address": "boss@example.org"})  # fmt: skip
    desk, boss = AlertChannel.objects.order_by("pk")
    route = AlertRoute.objects.create(name="All", remind_minutes=15)
    AlertStep.objects.create(route=route, channel=desk)
    AlertStep.objects.create(route=route, channel=boss, after_minutes=20)

    page = staff.get(
        "/admin/subscribers/alertroute/who/", {"component": str(shop.pk), "severity": "critical"}
    ).content.decode()
    assert page.index("Crew") < page.index("after 20 min")
    assert "Boss" in page
    assert "every 15 min" in page
    assert "boss@example.org" not in page

    none = staff.get(
        "/admin/subscribers/alertroute/who/", {"component": str(shop.pk), "severity": "none"}
    ).content.decode()
    assert "Nobody." in none
