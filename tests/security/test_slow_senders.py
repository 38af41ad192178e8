"""S7: whoever sends slowly costs little, and is given up; the page is served meanwhile."""

import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import psutil
import pytest

from statuspage.edge import body_limits
from statuspage.edge.app import EdgeApp
from statuspage.publishing import rendered
from statuspage.server import uvicorn_protocol
from statuspage.server.sockets import listen
from statuspage.server.uvicorn_server import Uvicorn, build_config
from tests.statuspage.page_states import page as page_state
from tests.waiting import FOR_EVER, PATIENCE

SENDERS = 250
HEAD = b"POST /api/v1/status/incidents HTTP/1.1\r\nHost: x\r\nContent-Length: 9000\r\n\r\n{"
PAGE = b"GET /status HTTP/1.1\r\nHost: x\r\nAccept: text/html\r\nConnection: close\r\n\r\n"


async def reads_the_body(scope: Any, receive: Any, send: Any) -> None:
    """As Django does: it answers when the body is there, and nothing when the caller left."""
    while (message := await receive())["type"] == "http.request":
        if not message.get("more_body"):
            return


@pytest.fixture
def port() -> Iterator[int]:
    front = EdgeApp(reads_the_body)
    front._started = True
    front.pages.install(rendered.build(page_state()))
    with listen(host="127.0.0.1", port=0, option="") as public:
        server = Uvicorn(build_config(front))
        thread = threading.Thread(target=server.run, args=([public],))
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield public.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join(PATIENCE)


def connect(port: int, first: bytes) -> socket.socket:
    made = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
    made.sendall(first)
    return made


def patience(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """How long the server waits for the rest of a head, and of a body, from now on."""
    monkeypatch.setattr(uvicorn_protocol, "HEAD_SECONDS", seconds)
    monkeypatch.setattr(body_limits, "BODY_SECONDS", seconds)


def heard(connection: socket.socket) -> bytes:
    """All that it is sent until it is closed."""
    told = b""
    with connection:
        while piece := connection.recv(65_536):
            told += piece
    return told


def test_s7_slow_senders_are_given_up_and_the_page_is_served_meanwhile(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """500 of them: half are slow with their heads, half with their bodies."""
    patience(monkeypatch, FOR_EVER)
    heard(connect(port, PAGE))  # what is made with the first request is there
    before = psutil.Process().memory_info().rss

    slow = [connect(port, first) for first in (b"GET /sta", HEAD) for _ in range(SENDERS)]
    page = heard(connect(port, PAGE))
    grown = psutil.Process().memory_info().rss - before
    for connection in slow:
        connection.close()
    patience(monkeypatch, 0.5)
    given_up = [connect(port, first) for first in (b"GET /sta", HEAD) for _ in range(SENDERS)]
    told = [heard(connection)[:12] for connection in given_up]

    assert page.startswith(b"HTTP/1.1 200")
    # Of both ends: the 500 connections that this very process holds are in it too.
    assert grown < 20_000_000
    assert told == [b"HTTP/1.1 408"] * len(given_up)


def test_s7_who_connects_and_says_nothing_is_given_up(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uvicorn_protocol, "HEAD_SECONDS", 0.3)

    assert heard(connect(port, b"")).startswith(b"HTTP/1.1 408")


def test_s7_who_sends_in_pieces_but_in_time_is_answered(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uvicorn_protocol, "HEAD_SECONDS", 10.0)
    connection = connect(port, PAGE[:20])
    time.sleep(0.2)
    connection.sendall(PAGE[20:])

    assert heard(connection).startswith(b"HTTP/1.1 200")
