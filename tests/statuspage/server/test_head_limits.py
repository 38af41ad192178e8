"""S12, S7: heads, trailers and bodies are counted before they cost anything, on both servers."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress

import pytest

from statuspage.server.head_limits import MAX_FIELDS, MAX_HEAD_BYTES
from statuspage.server.serve import SERVERS
from tests.statuspage.raw_client import PAGE, Client
from tests.statuspage.runtime.supervisor.toy import killed_in_the_end
from tests.waiting import PATIENCE

BEGIN = b"GET /status HTTP/1.1\r\nHost: x\r\n"
POST = b"POST /anything HTTP/1.1\r\nHost: x\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
LONG = b"a" * (MAX_HEAD_BYTES - 200)
TOO_LONG = b"a" * (MAX_HEAD_BYTES + 1)
ENDLESS = 20_000_000
"""More than the buffers of the system on both sides take."""


def fields(count: int) -> bytes:
    return b"".join(b"X-%d: y\r\n" % number for number in range(count))


@pytest.fixture(scope="module", params=SERVERS)
def port(request: pytest.FixtureRequest) -> Iterator[int]:
    with (
        subprocess.Popen(
            [sys.executable, "-m", "tests.statuspage.known_heads_site", request.param],
            stdout=subprocess.PIPE,
            text=True,
            env={
                **os.environ,
                "STATUSPAGE_NUM_PROXIES": "1",
                "SITE_URL": "https://status.example.com",
            },
        ) as popen,
        killed_in_the_end(popen),
    ):
        assert popen.stdout is not None
        yield int(popen.stdout.readline().split()[0])


def answer(port: int, *pieces: bytes) -> bytes:
    """The answer to what is sent piece by piece, or what came until the server hung up."""
    with Client(port) as client:
        with suppress(OSError):
            client.send(*pieces)
        return client.answer()


@pytest.mark.parametrize(
    ("pieces", "status"),
    [
        pytest.param([BEGIN + b"\r\n"], 200, id="a usual head"),
        pytest.param([BEGIN + b"X: " + LONG + b"\r\n\r\n"], 200, id="a value just short enough"),
        pytest.param([BEGIN + b"X: " + LONG[:9] + b"\r\n", b"Y: z\r\n\r\n"], 200, id="in pieces"),
        pytest.param([BEGIN + fields(MAX_FIELDS - 1) + b"\r\n"], 200, id="just few enough fields"),
        pytest.param([BEGIN + b"X: " + TOO_LONG + b"\r\n\r\n"], 431, id="one long value"),
        pytest.param([BEGIN + TOO_LONG + b": x\r\n\r\n"], 431, id="one long name"),
        pytest.param(
            [BEGIN, *[b"X%d: %s\r\n" % (n, b"b" * 9_000) for n in range(9)]], 431, id="several"
        ),
        pytest.param([BEGIN + fields(MAX_FIELDS) + b"\r\n"], 431, id="too many fields"),
        pytest.param([BEGIN + fields(9_000)], 431, id="fields without end"),
        pytest.param([b"GET /" + TOO_LONG + b" HTTP/1.1\r\n\r\n"], 431, id="a long target"),
        pytest.param([b"GET /?" + TOO_LONG + b" HTTP/1.1\r\n\r\n"], 431, id="a long query"),
        pytest.param([CHUNKED + b"3\r\nabc\r\n0\r\n\r\n"], 200, id="chunks"),
        pytest.param([CHUNKED + b"0\r\nT: x\r\n\r\n"], 200, id="a trailer"),
        pytest.param([CHUNKED + b"0\r\nT: " + TOO_LONG + b"\r\n\r\n"], 431, id="a long trailer"),
        pytest.param([CHUNKED + b"0\r\n" + fields(MAX_FIELDS) + b"\r\n"], 431, id="trailers"),
        pytest.param([CHUNKED, b"0\r\n", *[b"T: " + LONG] * 3], 431, id="a trailer without end"),
    ],
)  # fmt: skip
def test_heads_fields_targets_and_trailers_have_limits_s12(
    port: int, pieces: list[bytes], status: int
) -> None:
    said = answer(port, *pieces)

    assert said.startswith(b"HTTP/1.1 %d " % status), said[:60]


SECURE = BEGIN + b"X-Forwarded-Proto: https\r\n"


@pytest.mark.parametrize(
    ("head", "status"),
    [
        pytest.param(SECURE + b"No colon\r\n\r\n", 400, id="no field"),
        pytest.param(SECURE + b"Content-Length: x\r\n\r\n", 400, id="no length"),
        pytest.param(SECURE + fields(MAX_FIELDS) + b"\r\n", 431, id="too many fields"),
        pytest.param(SECURE + b"\r\n", 200, id="a usual head"),
    ],
)
def test_fo9_what_the_server_itself_answers_has_strict_transport_security(
    port: int, head: bytes, status: int
) -> None:
    secure, plain = answer(port, head), answer(port, head.replace(b"https", b"http"))

    for said in (secure, plain):
        assert said.startswith(b"HTTP/1.1 %d " % status), said[:60]
    assert secure.lower().count(b"\r\nstrict-transport-security: max-age=") == 1
    assert b"strict-transport-security" not in plain.lower()


def test_a_broken_head_costs_no_more_than_a_good_one_s12(port: int) -> None:
    blanks = BEGIN + b"X-Forwarded-Proto:" + b" " * 12_000 + b"\x01\r\n\r\n"

    # Twisted takes it for a good one.
    assert answer(port, blanks).startswith((b"HTTP/1.1 400", b"HTTP/1.1 200"))
    assert answer(port, PAGE).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("good", [PAGE, POST + b"Content-Length: 3\r\n\r\nabc"])
def test_a_head_that_came_with_a_good_one_has_limits_too_s12(port: int, good: bytes) -> None:
    with Client(port) as client:
        client.send(good + BEGIN + fields(MAX_FIELDS) + b"\r\n")
        said = b""
        while piece := client.socket.recv(65_536):
            said += piece

    assert b"HTTP/1.1 431 " in said


@pytest.mark.parametrize(
    ("first", "block"),
    [
        (BEGIN + b"X: ", b"a" * 65_536),
        (BEGIN, fields(3_000)),
        (b"GET /", b"a" * 65_536),
        (b"", b"\r\n" * 8_000),
        (CHUNKED + b"1;x=", b"a" * 65_536),
        (CHUNKED + b"0\r\n", fields(3_000)),
        (CHUNKED + b"0\r\nT: ", b"a" * 65_536),
    ],
    ids=["value", "fields", "target", "nothing", "chunk extension", "trailers", "trailer"],
)
def test_what_never_ends_is_ended_and_the_next_is_served_s12(
    port: int, first: bytes, block: bytes
) -> None:
    taken = sent_until_refused(port, first, block)

    assert taken < ENDLESS, "the server hung up"
    assert answer(port, PAGE).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    ("framing", "block"),
    [
        (b"Content-Length: 600000000\r\n\r\n", b"a" * 65_536),
        (b"Transfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + b"a" * 65_536 + b"\r\n"),
    ],
    ids=["announced", "chunked"],
)
def test_a_body_that_is_too_long_is_refused_before_it_has_come_s19(
    port: int, framing: bytes, block: bytes
) -> None:
    with Client(port) as client:
        client.send(POST + framing)
        with suppress(OSError):
            for _ in range(60):
                client.send(block)
        said = client.socket.recv(12)

    assert said == b"HTTP/1.1 413"
    assert sent_until_refused(port, POST + framing, block) < 2 * ENDLESS


def sent_until_refused(port: int, first: bytes, block: bytes) -> int:
    sent = 0
    with (
        socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as client,
        suppress(OSError),
    ):
        client.sendall(first)
        while sent < 2 * ENDLESS:
            client.sendall(block)
            sent += len(block)
    return sent
