"""The kind `endpoint` against answers as they come: coded, in other charsets, cut, broken off."""

import gzip
import json
import socket
import zlib
from collections.abc import Iterator
from typing import Any

import brotli
import pytest
from backports import zstd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitors.probing.base import Outcome, ProbeStatus
from tests.monitors.checks import outcome_of
from tests.servers import Listener


class Script(Listener):
    """Answers every request with `answer`, and closes the connection."""

    answer = b""

    def _talk(self, connection: socket.socket) -> None:
        heard = b""
        while b"\r\n\r\n" not in heard and (more := connection.recv(65_536)):
            heard += more
        connection.sendall(self.answer)
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(65_536):
            pass


@pytest.fixture(scope="module")
def script() -> Iterator[Script]:
    with Script() as server:
        yield server


def answer(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def check(script: Script, whole: bytes, *assertions: str, **config: Any) -> Outcome:
    script.answer = whole
    return outcome_of(script.url(), assertions=list(assertions), **config)


def told(outcome: Outcome) -> tuple[ProbeStatus, str]:
    return outcome.status, outcome.message


# Content codings

WELCOME = b"<p>welcome</p>" * 30
# Without the time of packing: ids of tests are the same in each process.
PACKED = gzip.compress(WELCOME, mtime=0)


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", PACKED),
        ("X-GZIP", PACKED),
        ("deflate", zlib.compress(WELCOME)),
        ("deflate", zlib.compress(WELCOME)[2:-4]),
        ("br", brotli.compress(WELCOME)),
        ("zstd", zstd.compress(WELCOME)),
        ("gzip, br", brotli.compress(PACKED)),
        ("identity", WELCOME),
    ],
)
def test_a_coded_answer_is_judged_by_what_it_says(script: Script, coding: str, body: bytes) -> None:
    """F-T4: never down for being packed, and never up for it either."""
    whole = answer(body, f"Content-Encoding: {coding}")

    good = check(script, whole, "body contains welcome", f"size == {len(WELCOME)}")
    bad = check(script, whole, "body not contains welcome")

    assert told(good) == (ProbeStatus.UP, "")
    assert bad.status is ProbeStatus.DOWN


def test_codings_on_several_lines_are_one_list(script: Script) -> None:
    body = brotli.compress(PACKED)
    whole = answer(body, "Content-Encoding: gzip", "content-encoding: br")

    assert check(script, whole, "body contains welcome").status is ProbeStatus.UP


@pytest.mark.parametrize("assertions", [(), ("body not contains error",), ("json $ not exists",)])
@pytest.mark.parametrize(
    ("coding", "body", "says"),
    [
        ("gzip", PACKED[:-9], "gzip cannot be read: it breaks off"),
        ("gzip", b"welcome, in plain text", "gzip cannot be read"),
        ("br", b"\xff\xff\xff\xff welcome", "br cannot be read"),
        ("zstd", PACKED, "zstd cannot be read"),
        ("compress", b"\x1f\x9d\x90", "the answer's coding “compress” is not known here"),
    ],
)
def test_what_cannot_be_unpacked_has_failed(
    script: Script, coding: str, body: bytes, says: str, assertions: tuple[str, ...]
) -> None:
    """F-T4: whatever is asserted, and even if nothing is."""
    outcome = check(script, answer(body, f"Content-Encoding: {coding}"), *assertions)

    assert outcome.status is ProbeStatus.DOWN
    assert says in outcome.message


@pytest.mark.parametrize("status", ["200 OK", "304 Not Modified"])
def test_an_empty_body_needs_no_coding(script: Script, status: str) -> None:
    whole = f"HTTP/1.1 {status}\r\nContent-Encoding: gzip\r\nContent-Length: 0\r\n\r\n".encode()

    assert told(check(script, whole, "size == 0")) == (ProbeStatus.UP, "")
    assert told(check(script, whole, method="HEAD")) == (ProbeStatus.UP, "")


def test_a_bomb_is_unpacked_to_the_limit_and_told(script: Script) -> None:
    whole = answer(gzip.compress(b"\0" * (1 << 24)), "Content-Encoding: gzip")

    assert told(check(script, whole, max_bytes=100_000)) == (
        ProbeStatus.UP,
        "only the first 100000 bytes of the answer were read",
    )
    outcome = check(script, whole, "body not contains error", max_bytes=100_000)
    assert outcome.status is ProbeStatus.DOWN


# Charsets of text, JSON and headers


@pytest.mark.parametrize(
    ("body", "kind", "line"),
    [
        ("Grüße".encode("latin-1"), "text/html; charset=ISO-8859-1", "body contains Grüße"),
        ("你好世界".encode("gbk"), "text/html; charset=gbk", "body contains 你好"),
        ("Grüße".encode("utf-16"), "text/plain", "body matches ^Gr.ße$"),
        ('{"a": "°C"}'.encode("latin-1"), "application/json;charset=latin1", "json $.a == °C"),
        ('\ufeff{"a": "ü"}'.encode(), "application/json", "json $.a == ü"),
    ],
)
def test_text_is_read_in_the_charset_of_the_answer(
    script: Script, body: bytes, kind: str, line: str
) -> None:
    """F-T5."""
    assert told(check(script, answer(body, f"Content-Type: {kind}"), line)) == (ProbeStatus.UP, "")


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_a_header_beyond_ascii_is_read(script: Script, encoding: str) -> None:
    """F-T5."""
    whole = b"HTTP/1.1 200 OK\r\nX-City: " + "Köln".encode(encoding) + b"\r\n\r\nok"

    assert told(check(script, whole, "header X-City == Köln")) == (ProbeStatus.UP, "")


# Answers that were read in part

LARGE = json.dumps({"status": "ok", "items": ["x" * 100] * 15_000, "last": "end"}).encode()


@pytest.mark.parametrize(
    ("line", "good"),
    [
        ("json $.status == ok", True),
        ('body contains "last": "end"', True),
        ('body not contains "last": "end"', False),
        (f"size == {len(LARGE)}", True),
    ],
)
def test_a_large_answer_is_read_as_far_as_it_is_allowed(
    script: Script, line: str, good: bool
) -> None:
    """F-T6."""
    outcome = check(script, answer(LARGE), line, max_bytes=16 << 20, timeout=20.0)

    assert outcome.status is (ProbeStatus.UP if good else ProbeStatus.DOWN), outcome.message


@pytest.mark.parametrize(
    "line",
    [
        "body not contains error",
        "body not matches error",
        "body contains nowhere",
        "json $.error not exists",
        "json $.status == ok",
    ],
)
def test_what_was_not_read_is_never_up(script: Script, line: str) -> None:
    """F-T6: and the words say that the answer was cut, not that it holds no JSON."""
    part = "only the first 1048576 bytes"

    outcome = check(script, answer(LARGE), line)

    words = f"not so: {line} (found {part}); {part} of the answer were read"
    assert told(outcome) == (ProbeStatus.DOWN, words)


# Broken heads, and other ends before the end

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n"


@pytest.mark.parametrize(
    "whole",
    [
        b"HTTP/1.0 200 OK\r\nServer: Ba",
        OK + b"Server: nginx\r\n",
        OK,
        OK + b"Server: nginx\r\n\r",
        b"HTTP/1.1 204 No Content\r\n",
        b"HTTP/1.1 304 Not Modified\r\nETag: x\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: /\r\n",
        b"HTTP/1.1 103 Early Hints\r\nLink: </a>",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nServer: Ba",
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n",
        b"HTTP/1.1 200",
        OK + b"Server nginx\r\n\r\nok",
        OK + b"Ser\0ver: nginx\r\n\r\nok",
        OK + b"Content-Length: 10\r\n\r\nok",
        OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nok",
        OK + b"Content-Length: two\r\n\r\nok",
        CHUNKED,
        CHUNKED[:-2],
        CHUNKED + b"0\r\n",
        CHUNKED + b"0\r\nX-Trailer: a",
        CHUNKED + b"0\r\nX-Trailer: a\r\n",
        CHUNKED + b"zz\r\n",
    ],
)
@pytest.mark.parametrize("follow", [0, 5])
def test_an_answer_that_ends_before_its_end_is_down(
    script: Script, whole: bytes, follow: int
) -> None:
    """F-T7."""
    outcome = check(script, whole, expected_status="100-599", follow_redirects=follow)

    assert outcome.status is ProbeStatus.DOWN
    assert outcome.message


@pytest.mark.parametrize(
    "whole",
    [
        OK + b"\r\nok",
        b"HTTP/1.0 200 OK\n\nok",
        CHUNKED + b"0\r\n\r\n",
        CHUNKED + b"0\r\nX-Trailer: a\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" + OK + b"\r\nok",
        b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + OK + b"Content-Length: 2\r\n\r\nok",
        OK + b"X-Folded: a\r\n  b\r\n\r\nok",
    ],
)
def test_an_odd_answer_that_is_whole_is_up(script: Script, whole: bytes) -> None:
    assert told(check(script, whole, "body == ok")) == (ProbeStatus.UP, "")


def test_a_trailer_is_no_header(script: Script) -> None:
    whole = CHUNKED + b"0\r\nX-Late: a\r\n\r\n"

    assert check(script, whole, "header X-Late not exists").status is ProbeStatus.UP


@settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_no_beginning_of_an_answer_is_up(script: Script, data: st.DataObject) -> None:
    """F-T6 and F-T7, as a property: whatever is missing, nothing holds that needs it."""
    body = gzip.compress(b'{"state": "fine"}')
    length = f"Content-Length: {len(body)}\r\n".encode()
    head = OK + b"Content-Encoding: gzip\r\nContent-Type: application/json\r\n"
    chunked = b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
    whole = data.draw(
        st.sampled_from([head + length + b"\r\n" + body, head + chunked, head + b"\r\n" + body])
    )
    end = data.draw(st.integers(0, len(whole) - 1))
    lines = data.draw(st.sampled_from([(), ("body not contains error",), ("size >= 0",)]))

    outcome = check(script, whole[:end], *lines)

    # Without a length only the coding tells that something is missing, and an empty body has none.
    is_empty = whole[:end].endswith(b"\r\n\r\n") and length not in whole and b"chunked" not in whole
    assert outcome.status in (ProbeStatus.DOWN, ProbeStatus.INCONCLUSIVE) or is_empty


# What is sent


def test_a_header_beyond_ascii_is_sent_as_utf8() -> None:
    """F-T12."""
    heard: list[bytes] = []

    class Listening(Script):
        answer = answer(b"ok")

        def _talk(self, connection: socket.socket) -> None:
            heard.append(connection.recv(65_536))
            connection.sendall(self.answer)

    with Listening() as server:
        headers = {"X-City": "Köln", "X-Api-Key": "schlüssel", "Cookie": "stadt=köln"}
        outcome = outcome_of(server.url(), headers=headers)

    assert outcome.status is ProbeStatus.UP
    for line in ("X-City: Köln", "X-Api-Key: schlüssel", "Cookie: stadt=köln"):
        assert line.encode() + b"\r\n" in heard[0]
