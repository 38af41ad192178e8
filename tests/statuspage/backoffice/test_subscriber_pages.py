"""Subscribers in the admin: brought in and taken out, mail and endpoints tried."""

from datetime import UTC, datetime

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from components.models import JournalEntry
from subscribers.delivery import endpoint_health
from subscribers.delivery.fanout import create_notice
from subscribers.delivery.matching import Audience
from subscribers.enums import Kind
from subscribers.message import Facts
from subscribers.models import Delivery, Notice, Subscriber
from tests import build
from tests.mailserver import Script

pytestmark = pytest.mark.django_db
LIST = "/admin/subscribers/subscriber/"
CSV = "address,confirmed\nada@example.org,2026-01-01T00:00:00Z\nnobody,yes\n"


def upload(text: str) -> SimpleUploadedFile:
    return SimpleUploadedFile("people.csv", text.encode("utf-8-sig"), "text/csv")


def test_a_file_is_tried_before_it_is_brought_in(staff: Client) -> None:
    tried = staff.post(f"{LIST}import", {"act": "try", "file": upload(CSV)}).content.decode()

    assert "1 created, 0 updated, 0 unchanged, 1 refused" in tried
    assert "nothing has been changed yet" in tried
    assert "<td>2</td><td>address</td>" in tried
    assert not Subscriber.objects.exists()

    done = staff.post(f"{LIST}import", {"act": "import", "text": CSV}).content.decode()

    assert "Done" in done
    assert Subscriber.objects.get().confirmed_at == datetime(2026, 1, 1, tzinfo=UTC)
    assert JournalEntry.objects.get(kind="subscribers.imported").actor == "olga"


def test_what_was_taken_out_can_be_brought_in(staff: Client) -> None:
    build.subscriber("ada@example.org")
    text = staff.get(f"{LIST}export").content.decode()
    Subscriber.objects.all().delete()

    answer = staff.post(f"{LIST}import", {"act": "import", "file": upload(text)})

    assert answer.status_code == 302
    assert Subscriber.objects.get().is_active


@pytest.mark.parametrize("text", ["", "[1, 2]", "{", "address\n"])
def test_a_file_that_cannot_be_read_is_refused(staff: Client, text: str) -> None:
    answer = staff.post(f"{LIST}import", {"act": "import", "text": text})

    assert answer.status_code == 400
    assert "errornote" in answer.content.decode()


def test_addresses_are_for_those_who_may_see_them(client: Client) -> None:
    user = get_user_model().objects.create_user("vera", is_staff=True)
    user.groups.set(Group.objects.filter(name="editor"))
    client.force_login(user)

    assert client.get(f"{LIST}export").status_code == 403
    assert client.post(f"{LIST}import", {"text": CSV}).status_code == 403
    assert client.post(f"{LIST}mailtest", {"address": "a@example.org"}).status_code == 403


def test_the_button_sends_a_mail_and_says_what_was_answered(staff: Client, mails: Script) -> None:
    shown = staff.get(LIST).content.decode()
    assert reverse("subscribers-mailtest") in shown

    answer = staff.post(f"{LIST}mailtest", {"address": "ada@example.org"}, follow=True)
    mails.at_recipient = lambda address: "550 no such user"
    refused = staff.post(f"{LIST}mailtest", {"address": "ada@example.org"}, follow=True)
    wrong = staff.post(f"{LIST}mailtest", {"address": "nonsense"}, follow=True)

    assert "Sent: 250" in answer.content.decode()
    assert [mail.recipients for mail in mails.mails] == [["ada@example.org"]]
    assert "Not sent: 550 no such user" in refused.content.decode()
    assert "Write an e-mail address" in wrong.content.decode()


def test_an_endpoint_is_tried_its_secret_replaced_and_what_failed_sent_again(
    staff: Client,
) -> None:
    hook = build.subscriber("https://hooks.example.com/x", channel="webhook")
    endpoint = endpoint_health.endpoint_of(hook)
    facts = Facts(event="incident.created", headline="Down", at="2026-01-01T00:00:00Z", url="x")
    now = datetime.now(UTC)
    notice = create_notice(key="journal-1", facts=facts, audience=Audience(Kind.INCIDENTS), at=now)
    Delivery.objects.create(
        notice=notice, subscriber=hook, channel="webhook", lane=hook.lane, state="failed",
        message_id="x", created_at=now, ended_at=now,
    )  # fmt: skip

    for action in ("rotate", "send_test", "redeliver"):
        staff.post(
            "/admin/subscribers/endpoint/",
            {"action": action, "_selected_action": [endpoint.pk], "post": "yes"},
        )

    fresh = Subscriber.objects.get(pk=hook.pk)
    assert len(endpoint_health.signing_secrets(fresh, now=now)) == 2
    assert Notice.objects.filter(key__startswith="test-").count() == 1
    assert Delivery.objects.get().state == "queued"
