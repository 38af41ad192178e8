"""F-O9: each proxy of `deploy/`, really started, in front of the product that `up` runs."""

import re
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from http.client import HTTPSConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests
from websockets.sync.client import connect
from websockets.typing import Origin

from tests.certificates import Certificate, make_certificate
from tests.counterparts import program
from tests.deploy.proxies import KINDS, Proxy, Setting, proxy
from tests.journeys.product import Product, free_port, running
from tests.waiting import PATIENCE, until

pytestmark = [pytest.mark.long, pytest.mark.journey]
HSTS = "strict-transport-security"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("tls"), names=("localhost",))


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """The product, which every proxy stands in front of."""
    with running(
        tmp_path_factory.mktemp("product"),
        SITE_URL="https://localhost",
        STATUSPAGE_NUM_PROXIES="1",
        STATUSPAGE_INTERNAL_PORT="0",
        STATUSPAGE_ANONYMOUS_REQUESTS_PER_MINUTE="1",
    ) as started:
        started.wait_until_at_work()
        until(copy_of(started).joinpath("status/index.html").exists, what="the copy of the page")
        yield started


def copy_of(product: Product) -> Path:
    return product.data_dir / "repository" / "site"


@pytest.fixture(scope="module", params=KINDS)
def front(
    request: pytest.FixtureRequest, product: Product, certificate: Certificate,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Proxy]:  # fmt: skip
    """A proxy of each kind in turn."""
    folder = tmp_path_factory.mktemp(request.param)
    setting = Setting(folder, certificate, product.port, product.management_port, copy_of(product))
    with proxy(request.param, setting) as started:
        until(lambda: get(started, "/status/api").status_code == 200, what=request.param)
        yield started


def get(front: Proxy, path: str, **headers: str) -> requests.Response:
    return requests.get(
        f"{front.url}{path}", headers=headers, timeout=PATIENCE,
        verify=str(front.certificate.path), allow_redirects=False,
    )  # fmt: skip


def curl(front: Proxy, path: str, *options: str) -> str:
    return subprocess.run(
        [program("curl"), "--silent", "--cacert", front.certificate.path, "--output", "/dev/null",
         "--max-time", str(PATIENCE), *options, f"{front.url}{path}"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip


def test_the_page_comes_by_http_2_and_asks_for_https_from_then_on(front: Proxy) -> None:
    told = curl(front, "/status", "--http2", "--write-out", "%{http_version} %{http_code}")
    answer = get(front, "/status")

    assert told == "2 200"
    assert answer.headers[HSTS] == "max-age=31536000"
    assert get(front, "/admin/login/").headers[HSTS] == "max-age=31536000"
    assert HSTS not in requests.get(f"http://127.0.0.1:{front.http}/status", timeout=PATIENCE,
                                    allow_redirects=False).headers  # fmt: skip


def test_plain_http_leads_to_https(front: Proxy) -> None:
    answer = requests.get(
        f"http://127.0.0.1:{front.http}/status?component=x", timeout=PATIENCE,
        headers={"Host": "localhost"}, allow_redirects=False,
    )  # fmt: skip

    assert answer.status_code in (301, 308)
    assert re.fullmatch(r"https://localhost(:\d+)?/status\?component=x", answer.headers["location"])


def test_a_stream_begins_at_once(front: Proxy) -> None:
    # What a proxy kept until there is more of it would not come before some hundred keep-alives.
    with requests.get(
        f"{front.url}/status/events", stream=True, timeout=PATIENCE,
        verify=str(front.certificate.path),
    ) as answer:  # fmt: skip
        heard = next(line for line in answer.iter_lines() if line.startswith(b"event:"))

    assert heard == b"event: status.snapshot"
    assert answer.headers["content-type"] == "text/event-stream"


def test_a_web_socket_is_let_through_for_our_own_page_alone(front: Proxy) -> None:
    trust = ssl.create_default_context(cafile=str(front.certificate.path))
    address = f"wss://localhost:{front.https}/ws/status"

    with connect(
        address, ssl=trust, origin=Origin("https://localhost"), open_timeout=PATIENCE
    ) as socket:
        assert "status.snapshot" in str(socket.recv(PATIENCE))

    with (
        pytest.raises(Exception, match="403"),
        connect(address, ssl=trust, origin=Origin("http://localhost"), open_timeout=PATIENCE),
    ):
        pass


def test_visitors_are_told_apart_and_cannot_pose_as_others(front: Proxy) -> None:
    def ask(address: str, *headers: str) -> str:
        options = [word for header in headers for word in ("--header", header)]
        return curl(
            front, "/api/v1/monitors", "--interface", address, "--ipv4",
            "--write-out", "%{http_code}", *options,
        )  # fmt: skip

    one, other = (f"127.0.{front.https % 250 + 1}.{n}" for n in (1, 2))

    assert ask(one) == "401"
    assert ask(one) == "429"
    assert ask(one, f"X-Forwarded-For: {other}", "X-Forwarded-Proto: http") == "429"
    assert ask(other) == "401"


def test_a_form_can_be_sent_and_its_cookies_are_for_https_alone(front: Proxy) -> None:
    trust = str(front.certificate.path)
    with requests.Session() as visitor:
        form = visitor.get(f"{front.url}/admin/login/", timeout=PATIENCE, verify=trust)
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form.text)
        assert token
        sent = visitor.post(
            f"{front.url}/admin/login/", timeout=PATIENCE, verify=trust,
            data={"csrfmiddlewaretoken": token[1], "login": "nobody", "password": "wrong"},
            headers={"Origin": "https://localhost"},
        )  # fmt: skip

    assert "Secure" in form.headers["set-cookie"]
    assert sent.status_code == 200


def same_as_the_copy(answer: requests.Response, product: Product) -> requests.Response | None:
    kept = (copy_of(product) / "status" / "index.html").read_bytes()
    return answer if answer.content == kept else None


@pytest.mark.parametrize("kind", KINDS)
def test_the_copy_is_shown_when_nobody_answers(
    kind: str, product: Product, certificate: Certificate, tmp_path: Path
) -> None:
    setting = Setting(tmp_path, certificate, free_port(), free_port(), copy_of(product))
    with ExitStack() as stack:
        front = stack.enter_context(proxy(kind, setting))
        until(lambda: get(front, "/status").status_code == 200, what="the copy")
        data = get(front, "/status/status.json")
        # The product goes on renewing it.
        page = until(lambda: same_as_the_copy(get(front, "/status"), product), what="the same page")
        missing = get(front, "/status/nothing-here")

    assert page.headers["content-type"].startswith("text/html")
    assert page.headers["cache-control"] == "no-cache"
    assert page.headers[HSTS] == "max-age=31536000"
    assert data.json()["services"] is not None
    assert missing.status_code >= 404


class _Named(BaseHTTPRequestHandler):
    """A machine that answers with its port."""

    def do_GET(self) -> None:
        told = str(self.connection.getsockname()[1]).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def machine() -> Iterator[ThreadingHTTPServer]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Named) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()


def test_nginx_keeps_a_client_with_one_machine_until_that_is_gone(
    certificate: Certificate, tmp_path: Path
) -> None:
    """F-O12: of two machines one may show a page before the other does."""
    copy = tmp_path / "copy"
    copy.mkdir()
    with ExitStack() as stack:
        one = stack.enter_context(machine())
        with machine() as two:
            ports = one.server_address[1], two.server_address[1]
            setting = Setting(tmp_path, certificate, ports[0], 0, copy, second_port=ports[1])
            front = stack.enter_context(proxy("nginx", setting))

            trust = ssl.create_default_context(cafile=str(certificate.path))

            def machine_of(address: str) -> str:
                connection = HTTPSConnection(
                    "localhost", front.https, source_address=(address, 0), context=trust,
                    timeout=PATIENCE,
                )  # fmt: skip
                with closing(connection):
                    connection.request("GET", "/status")
                    return connection.getresponse().read().decode()

            def asked() -> dict[str, str]:
                """Return by which machine each of some clients is answered."""
                addresses = (f"127.7.7.{number}" for number in range(1, 21))
                return {address: machine_of(address) for address in addresses}

            first = asked()
            again = asked()
        left = asked()

    assert set(first.values()) == set(map(str, ports)), "both have clients"
    assert again == first
    assert set(left.values()) == {str(ports[0])}, "whose machine is gone is answered by the other"
