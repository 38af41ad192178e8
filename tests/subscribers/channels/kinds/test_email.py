"""Mail through a provider by Anymail, to a real server on this machine that speaks Postmark."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from statuspage.config.mail_providers import SCHEMES, settings_of
from subscribers.channels.base import Message, Outcome, Recipient, SendStatus
from subscribers.channels.kinds.email import EmailSender
from tests.servers import Target
from tests.subscribers.news import INCIDENT

ADDRESS = "ada@example.org"


class Postmark(Target):
    """Takes a mail as Postmark does."""

    def _do_good(self, request: Any) -> Iterator[bytes]:
        body = json.dumps(
            {"ErrorCode": 0, "Message": "OK", "MessageID": "1", "To": ADDRESS,
             "SubmittedAt": "2026-01-01T00:00:00Z"}
        ).encode()  # fmt: skip
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
        yield head.encode() + b"\r\nConnection: close\r\n\r\n" + body

    def _do_no(self, request: Any) -> Iterator[bytes]:
        status = request.path.split("/")[2]
        told = json.dumps({"Message": f"canary {ADDRESS}"})
        head = f"HTTP/1.1 {status} No\r\nContent-Length: {len(told)}\r\nConnection: close"
        yield f"{head}\r\n\r\n{told}".encode()


@pytest.fixture
def provider() -> Iterator[Postmark]:
    with Postmark() as server:
        yield server


def send(settings: Any, server: Target, path: str) -> Outcome:
    url = f"http://127.0.0.1:{server.port}/{path}/"
    made = settings_of(f"anymail+postmark://?server_token=canary-token&api_url={url}")
    settings.STATUSPAGE.email_url = "anymail+postmark:"
    settings.EMAIL_BACKEND, settings.ANYMAIL = made["EMAIL_BACKEND"], made["ANYMAIL"]
    sender = EmailSender()
    message = Message("journal-1.1@status.example.com", "incident-1", INCIDENT, "journal-1")
    links = {"unsubscribe": "https://status.example.com/status/unsubscribe/1-a"}
    try:
        return sender.send(message, Recipient(ADDRESS, links), deadline=time.monotonic() + 5)
    finally:
        sender.close()
        settings.STATUSPAGE.email_url = ""


def test_a_provider_is_given_all_of_a_mail(provider: Postmark, settings: Any) -> None:
    outcome = send(settings, provider, "good")

    assert outcome.status is SendStatus.SENT
    told = json.loads(provider.requests[0].body)
    assert told["To"] == ADDRESS
    assert {"TextBody", "HtmlBody", "Subject"} <= told.keys()
    named = {each["Name"]: each["Value"] for each in told["Headers"]}
    assert named["Message-ID"] == "<journal-1.1@status.example.com>"
    assert named["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


@pytest.mark.parametrize(
    ("status", "fate", "lane_down"),
    [
        (422, SendStatus.PERMANENT, False),
        (401, SendStatus.TEMPORARY, True),
        (503, SendStatus.TEMPORARY, True),
    ],
)
def test_what_a_provider_answers_decides_and_names_nobody(
    provider: Postmark, settings: Any, status: int, fate: SendStatus, lane_down: bool
) -> None:
    outcome = send(settings, provider, f"no/{status}")

    assert (outcome.status, outcome.code, outcome.lane_down) == (fate, status, lane_down)
    assert ADDRESS not in outcome.text
    assert "canary" not in outcome.text


def test_a_provider_is_named_in_the_setting() -> None:
    made = settings_of("anymail+amazon-ses://?access_key=a")

    assert made["EMAIL_BACKEND"] == "anymail.backends.amazon_ses.EmailBackend"
    assert made["ANYMAIL"]["AMAZON_SES_ACCESS_KEY"] == "a"
    assert "anymail+mailgun" in SCHEMES
