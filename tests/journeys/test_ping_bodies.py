"""Whole logs posted with pings, by curl and over raw sockets, to the running product (F-T9)."""

import json
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from statuspage.server.serve import SERVERS
from tests.counterparts import program
from tests.journeys.product import Product, running
from tests.journeys.test_heartbeats import new_heartbeat, start, stored_pings
from tests.waiting import PATIENCE, until

pytestmark = [pytest.mark.long, pytest.mark.journey]
MEGABYTE = 1_000_000
LOG_BYTES = 50 * MEGABYTE


@pytest.fixture(scope="module", params=SERVERS)
def product(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Product]:
    folder = tmp_path_factory.mktemp(request.param)
    with running(folder, STATUSPAGE_SERVER=request.param) as made:
        start(made)
        yield made


@pytest.fixture(scope="module")
def address(product: Product) -> str:
    return new_heartbeat(product, period=86_400)


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("logs") / "backup.log"
    with file.open("wb") as opened:
        for _ in range(LOG_BYTES // MEGABYTE):
            opened.write(b"a line of the log\n".ljust(100, b".") * (MEGABYTE // 100))
    return file


def web_memory(product: Product) -> int:
    """The bytes that the web process holds, its children's with it."""
    web = product.role("web")
    return sum(each.memory_info().rss for each in [web, *web.children(recursive=True)])


@pytest.mark.parametrize(
    "options",
    [
        [],
        ["-H", "Transfer-Encoding: chunked"],
        ["-H", "Expect: 100-continue"],
        ["-H", "Expect:"],
        ["-X", "GET"],
        ["--http1.0"],
        ["-H", "Connection: close"],
    ],
    ids=" ".join,
)
def test_a_log_of_50_mb_counts_however_it_is_sent_f_t9(
    product: Product, address: str, log: Path, options: list[str]
) -> None:
    curl = program("curl")
    before, memory = len(stored_pings(product)), web_memory(product)

    sent = subprocess.run(
        [curl, "-sS", "-f", "-o", "/dev/null", "-w", "%{http_code} %{size_upload}", *options,
         "--data-binary", f"@{log}", address],
        capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip

    status, size = sent.stdout.split()
    assert (sent.returncode, status, sent.stderr) == (0, "200", "")
    assert int(size) >= LOG_BYTES  # with the heads of its chunks, if it has any
    pings = stored_pings(product)
    assert len(pings) == before + 1
    word, body = pings[-1]
    assert word == "success"
    assert len(body) == (0 if "GET" in options else 10_000)
    assert web_memory(product) - memory < LOG_BYTES / 2


@pytest.mark.parametrize(
    ("action", "word"),
    [("/start", "start"), ("/fail", "fail"), ("/log", "log"), ("/0", "success"), ("/3", "fail")],
)
def test_a_log_of_50_mb_counts_at_every_address_f_t9(
    product: Product, address: str, log: Path, action: str, word: str
) -> None:
    curl = program("curl")

    sent = subprocess.run(
        [curl, "-sS", "-f", "--data-binary", f"@{log}", address + action],
        capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip

    assert (sent.returncode, sent.stdout, sent.stderr) == (0, "OK", "")
    stored_word, body = stored_pings(product)[-1]
    assert stored_word == word
    assert body.startswith("a line of the log")


def test_a_push_agents_long_body_counts_f_t9(product: Product, address: str, log: Path) -> None:
    curl = program("curl")
    push = address.replace("/ping/", "/api/push/")

    sent = subprocess.run(
        [curl, "-sS", "-f", "--data-binary", f"@{log}", f"{push}?status=up&msg=OK"],
        capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip

    assert json.loads(sent.stdout) == {"ok": True}


def test_the_next_request_of_a_connection_is_answered_after_a_long_body_f_t9(
    product: Product, address: str
) -> None:
    """The connection stays usable, so the body was read to its very end."""
    at = urlsplit(address)
    assert at.hostname is not None
    body = b"x" * (3 * MEGABYTE)
    head = f"POST {at.path} HTTP/1.1\r\nHost: {at.netloc}\r\n"
    with socket.create_connection((at.hostname, at.port), timeout=PATIENCE) as client:
        answers = client.makefile("rb")
        for _ in range(2):
            client.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            assert answers.readline().startswith(b"HTTP/1.1 200")
            length = 0
            while (line := answers.readline()) not in (b"\r\n", b""):
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            assert answers.read(length) == b"OK"


@pytest.mark.parametrize("product", ["uvicorn"], indirect=True)
def test_who_is_cut_off_while_sending_has_pinged_f_t9(product: Product, address: str) -> None:
    """On uvicorn, which hands the body on as it comes; daphne waits for the whole of it."""
    at = urlsplit(address)
    assert at.hostname is not None
    before = len(stored_pings(product))
    head = f"POST {at.path} HTTP/1.1\r\nHost: {at.netloc}\r\nContent-Length: {LOG_BYTES}\r\n\r\n"
    with socket.create_connection((at.hostname, at.port), timeout=PATIENCE) as client:
        client.sendall(head.encode() + b"x" * MEGABYTE)

    until(lambda: len(stored_pings(product)) > before, what="the ping is stored")


def test_other_requests_keep_their_limit(product: Product, log: Path) -> None:
    curl = program("curl")
    for options in ([], ["-H", "Transfer-Encoding: chunked"]):
        sent = subprocess.run(
            [curl, "-s", "-o", "/dev/null", "-w", "%{http_code}", *options,
             "-H", "Content-Type: application/json", "--data-binary", f"@{log}",
             f"{product.url}/api/v1/monitors"],
            capture_output=True, text=True, timeout=PATIENCE, check=False,
        )  # fmt: skip
        assert sent.stdout == "413"
