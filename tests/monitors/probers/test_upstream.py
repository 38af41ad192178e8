"""P05: the kind `upstream` against a status page that is scripted."""

import socket
from collections.abc import Iterator

import pytest
from pydantic import ValidationError

from components.status import Status
from monitors.probers.upstream import UpstreamConfig
from monitors.probing.base import ProbeStatus
from monitors.probing.http_requests import Response
from monitors.probing.upstream import documents
from tests.monitors.probers.services import check
from tests.monitors.probing.upstream import bodies
from tests.monitors.probing.upstream.bodies import event, packed, statuspage
from tests.servers import LOCAL, Request, Target

FINE = statuspage(("API", "operational"))


class Page(Target):
    """A status page with one document at every path but the scripted ones."""

    def __init__(self) -> None:
        super().__init__()
        self.body, self.etag, self.status = FINE, '"1"', "200 OK"
        self.documents: dict[str, bytes] = {}

    def _pieces(self, request: Request) -> Iterator[bytes]:
        if request.path.startswith(("/garbage", "/endless", "/redirect", "/loop")):
            yield from super()._pieces(request)
            return
        body, status = self.documents.get(request.path, self.body), self.status
        if self.etag and request.headers.get("if-none-match") == self.etag:
            body, status = b"", "304 Not Modified"
        head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close"]
        if self.etag:
            head.append(f"ETag: {self.etag}")
        yield "\r\n".join(head).encode() + b"\r\n\r\n" + body


@pytest.fixture
def page() -> Iterator[Page]:
    documents.reset()
    with Page() as served:
        yield served
    documents.reset()


@pytest.mark.parametrize(
    ("word", "status", "stated", "message"),
    [
        ("operational", ProbeStatus.UP, Status.OPERATIONAL, ""),
        ("under_maintenance", ProbeStatus.UP, Status.MAINTENANCE,
         "Disks (https://stspg.example/Disks)"),
        ("degraded_performance", ProbeStatus.DEGRADED, Status.DEGRADED,
         "Slow (https://stspg.example/Slow)"),
        ("partial_outage", ProbeStatus.DOWN, Status.PARTIAL_OUTAGE,
         "Slow (https://stspg.example/Slow)"),
        ("major_outage", ProbeStatus.DOWN, Status.MAJOR_OUTAGE,
         "Slow (https://stspg.example/Slow)"),
    ],
)  # fmt: skip
def test_p05_the_word_of_a_component_is_taken_over_with_its_reason(
    page: Page, word: str, status: ProbeStatus, stated: Status, message: str
) -> None:
    page.body = statuspage(
        ("API", word), incidents=[event("Slow", "identified", "API")],
        scheduled_maintenances=[event("Disks", "in_progress", "API")],
    )  # fmt: skip

    outcome = check("upstream", url=page.url("/"), component="API")

    assert (outcome.status, outcome.stated, outcome.message) == (status, stated, message)
    assert page.requests[0].path == "/api/v2/summary.json"


def test_p05_without_an_incident_the_page_is_the_reason(page: Page) -> None:
    page.body = statuspage(("API", "partial_outage"), indicator="minor")

    assert check("upstream", url=page.url("/"), component="API").message == "API: Partial Outage"
    assert check("upstream", url=page.url("/")).message == "the status page: Degraded"


def test_p05_what_has_not_changed_is_not_sent_again(page: Page) -> None:
    first = check("upstream", url=page.url("/"), component="API")
    second = check("upstream", url=page.url("/"), component="API")
    page.body, page.etag = statuspage(("API", "major_outage")), '"2"'
    third = check("upstream", url=page.url("/"), component="API")

    assert [each.status for each in (first, second, third)] == ["up", "up", "down"]
    assert [each.headers.get("if-none-match") for each in page.requests] == [None, '"1"', '"1"']


def test_p05_a_server_without_validators_is_asked_anew(page: Page) -> None:
    page.etag = ""
    for _ in range(2):
        assert check("upstream", url=page.url("/")).status is ProbeStatus.UP

    assert [each.headers.get("if-none-match") for each in page.requests] == [None, None]


def test_p05_a_component_of_instatus_takes_two_documents(page: Page) -> None:
    page.etag = ""
    page.documents = {
        "/v3/summary.json": packed(bodies.INSTATUS_SUMMARY),
        "/v3/components.json": packed(bodies.INSTATUS_COMPONENTS),
    }

    outcome = check("upstream", url=page.url("/"), format="instatus", component="API")

    assert outcome.stated is Status.MAJOR_OUTAGE
    assert outcome.message.startswith("API gone (https://")


@pytest.mark.parametrize("path", ["/api/v2/summary.json", "/api/v2/status.json"])
def test_p05_the_address_of_a_document_does_as_well(page: Page, path: str) -> None:
    assert check("upstream", url=page.url(path)).status is ProbeStatus.UP

    assert [each.path for each in page.requests] == ["/api/v2/summary.json"]


def test_p05_a_page_that_moved_is_followed(page: Page) -> None:
    moved = page.url("/redirect?status=301&to=" + page.url("/api/v2/summary.json"))

    assert check("upstream", url=moved, format="feed").message == "the answer is not XML"
    assert page.requests[-1].path == "/api/v2/summary.json"


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/garbage", "the status page cannot be read: "),
        ("/endless", "the status page's document is larger than 8 MB"),
        ("/loop", "the status page cannot be read: it redirects more than 3"),
        (
            "/redirect?to=file:///etc/passwd",
            "the status page cannot be read: it redirects to something",
        ),
        ("/feed", "the answer is not XML"),
    ],
)
def test_p05_a_page_that_cannot_be_read_is_never_down(page: Page, path: str, why: str) -> None:
    outcome = check("upstream", url=page.url(path), format="feed")

    assert outcome.status is ProbeStatus.INCONCLUSIVE
    assert outcome.message.startswith(why)
    assert outcome.stated is None


@pytest.mark.parametrize("status", ["404 Not Found", "500 Oops", "304 Not Modified"])
def test_p05_an_error_of_the_page_is_never_down(page: Page, status: str) -> None:
    page.status = status

    outcome = check("upstream", url=page.url("/"))

    assert (outcome.status, outcome.message) == (
        ProbeStatus.INCONCLUSIVE, f"the status page answers {status[:3]}"
    )  # fmt: skip


def test_p05_a_page_that_is_gone_is_never_down() -> None:
    with socket.create_server((LOCAL, 0)) as once:
        port = once.getsockname()[1]

    outcome = check("upstream", url=f"http://{LOCAL}:{port}")

    assert (outcome.status, outcome.message) == (
        ProbeStatus.INCONCLUSIVE, "the status page cannot be read: connection refused"
    )  # fmt: skip


def test_p05_a_component_that_is_gone_is_never_down(page: Page) -> None:
    outcome = check("upstream", url=page.url("/"), component="Shop")

    assert (outcome.status, outcome.message) == (
        ProbeStatus.INCONCLUSIVE, "the page has no component “Shop”"
    )  # fmt: skip


def test_what_is_remembered_is_bounded_and_what_is_used_stays() -> None:
    memory = documents.DocumentMemory(limit=4_000)

    def put(key: str, size: int) -> None:
        body = bytes(range(256)) * (size // 256)
        memory.put(key, Response(200, {"etag": key}, body, {}))

    put("small", 256)
    for number in range(30):
        memory.get("small")
        put(f"other {number}", 512)
    put("large", 5_000_000)

    assert memory.get("small") is not None
    assert memory.get("other 0") is None
    assert memory.get("large") is None


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({}, "enter the address of the status page"),
        ({"url": "ftp://x.example"}, "must begin with http"),
        ({"url": "https://x.example", "component": "a\nb"}, "must be printable characters"),
        ({"url": "https://x.example", "format": "other"}, "Input should be 'statuspage'"),
    ],
)
def test_settings_that_cannot_work_are_refused(given: dict[str, str], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        UpstreamConfig.model_validate(given)


@pytest.mark.parametrize("kind", ["gcp", "aws"])
def test_the_addresses_of_google_and_amazon_are_known(kind: str) -> None:
    config = UpstreamConfig.model_validate({"format": kind})

    assert config.reader.urls(config.url, config.component)[0].startswith("https://")
