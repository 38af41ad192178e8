"""Webhooks against real servers: delivered, refused, dripping, redirecting, forbidden."""

import json
import time
from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path

import pytest
from standardwebhooks.webhooks import Webhook

from components.network.address_guard import AddressGuard
from subscribers.channels import signing
from subscribers.channels.base import Message, Outcome, Recipient, SendStatus
from subscribers.channels.formats import native
from subscribers.channels.hooks import HookSender
from tests.servers import Target, make_certificate
from tests.subscribers.news import INCIDENT, UNSUBSCRIBE
from tests.waiting import FOR_EVER, ending

HERE = AddressGuard(allow_private=False, allowed_networks=(ip_network("127.0.0.1/32"),))
PUBLIC_ONLY = AddressGuard(allow_private=False)
SECRET = signing.new_secret()
MESSAGE = Message("journal-9.4@status.example.org", "incident-7", INCIDENT)


@pytest.fixture
def target() -> Iterator[Target]:
    with Target() as target:
        yield target


def send(
    address: str,
    *,
    guard: AddressGuard = HERE,
    seconds: float = 3.0,
    authorities: str | None = None,
) -> Outcome:
    sender = HookSender(guard, shape=native.body, authorities=authorities)
    recipient = Recipient(address, links={"unsubscribe": UNSUBSCRIBE}, secrets=(SECRET,))
    try:
        return sender.send(MESSAGE, recipient, deadline=time.monotonic() + seconds)
    finally:
        sender.close()


def test_a_published_library_verifies_what_arrives(target: Target) -> None:
    """Contract L, Webhooks: POST JSON, signed as Standard Webhooks."""
    outcome = send(target.url("/ok"))

    assert outcome == Outcome(SendStatus.SENT, 200, "ok")
    [request] = target.requests
    assert request.method == "POST"
    assert request.headers["content-type"] == "application/json"
    told = Webhook(SECRET).verify(request.body, request.headers)
    assert told["type"] == "status.incident_updated"
    assert told["data"]["title"] == "Search is slow"


def test_a_repeat_has_the_same_id_and_the_same_body(target: Target) -> None:
    """Contract L, Promises: the same webhook-id."""
    send(target.url("/status/503"))
    send(target.url("/ok"))

    first, second = target.requests
    assert first.headers["webhook-id"] == second.headers["webhook-id"] == MESSAGE.message_id
    assert first.body == second.body


@pytest.mark.parametrize(
    ("status", "fate"),
    [("200", SendStatus.SENT), ("204", SendStatus.SENT), ("299", SendStatus.SENT),
     ("400", SendStatus.TEMPORARY), ("404", SendStatus.TEMPORARY), ("410", SendStatus.GONE),
     ("429", SendStatus.TEMPORARY),
     ("500", SendStatus.TEMPORARY), ("304", SendStatus.TEMPORARY)],
)  # fmt: skip
def test_the_status_decides(target: Target, status: str, fate: SendStatus) -> None:
    outcome = send(target.url(f"/status/{status}"))

    assert (outcome.status, outcome.code) == (fate, int(status))


@pytest.mark.parametrize("path", ["/drip", "/stall", "/half", "/drip-headers"])
def test_one_deadline_covers_drips_as_well(target: Target, path: str) -> None:
    """Contract L, Webhooks: 10 s timeout (here 1 s)."""
    with ending("a message to who drips"):
        outcome = send(target.url(path), seconds=1)

    assert outcome.status is SendStatus.TEMPORARY


@pytest.mark.parametrize("path", ["/endless", "/bomb", "/headers", "/endless-headers"])
def test_of_an_answer_one_kilobyte_is_kept(target: Target, path: str) -> None:
    with ending("the reading of an answer"):
        outcome = send(target.url(path), seconds=FOR_EVER)

    assert len(outcome.text) <= 1024


def test_an_endpoint_that_repeats_its_own_address_does_not_get_it_into_the_ledger(
    target: Target,
) -> None:
    """S10."""
    outcome = send(target.url("/echo/T00CANARY/canary-of-a-hook?token=canary-of-a-query"))

    assert outcome.status is SendStatus.SENT
    assert "canary" not in outcome.text.lower()


@pytest.mark.parametrize(
    "address",
    ["http://127.0.0.1:{port}/", "http://127.1:{port}/", "http://2130706433:{port}/",
     "http://0x7f000001:{port}/", "http://[::ffff:7f00:1]:{port}/", "http://0:{port}/",
     "http://localhost:{port}/", "http://someone@127.0.0.1:{port}/",
     "http://public.example@127.0.0.1:{port}/"],
)  # fmt: skip
def test_no_packet_reaches_an_address_that_is_not_allowed(target: Target, address: str) -> None:
    """S1: never private ranges for subscriber endpoints."""
    outcome = send(address.format(port=target.port), guard=PUBLIC_ONLY)

    assert target.accepted == 0
    assert outcome.status in (SendStatus.PERMANENT, SendStatus.TEMPORARY)
    assert "blocked" in outcome.text or "resolve" in outcome.text


@pytest.mark.parametrize("to", ["http://127.0.0.2:{port}/", "http://169.254.169.254/latest",
                                "file:///etc/passwd", "http://[::1]:{port}/"])  # fmt: skip
def test_redirects_are_judged_as_well(target: Target, to: str) -> None:
    """S1: on every redirect."""
    outcome = send(target.url(f"/redirect?to={to.format(port=target.port)}"))

    assert outcome.status is not SendStatus.SENT
    assert len(target.requests) == 1


def test_a_redirect_that_is_allowed_is_followed_with_the_message(target: Target) -> None:
    outcome = send(target.url(f"/redirect?to={target.url('/ok')}"))

    assert outcome.status is SendStatus.SENT
    assert [request.method for request in target.requests] == ["POST", "POST"]
    assert json.loads(target.requests[1].body)["type"] == "status.incident_updated"


def test_a_host_that_does_not_answer_is_told_from_one_that_refuses(target: Target) -> None:
    port = target.port
    target.stop()

    assert send(f"http://127.0.0.1:{port}/").lane_down
    target.start()
    assert not send(target.url("/status/500")).lane_down


def test_a_certificate_is_checked(tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path)
    with Target(tls=certificate) as target:
        refused = send(target.url("/ok"))
        believed = send(target.url("/ok"), authorities=str(certificate.path))

    assert refused.text == "the certificate is not valid"
    assert believed.status is SendStatus.SENT
