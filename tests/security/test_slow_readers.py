"""S7: streams whose readers take nothing cost little, and end."""

import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from statuspage.edge.app import EdgeApp
from statuspage.edge.live.events import LiveEvent
from statuspage.publishing import rendered
from statuspage.server import uvicorn_protocol
from statuspage.server.sockets import listen
from statuspage.server.uvicorn_server import Uvicorn, build_config
from tests.statuspage.edge.test_app import Behind
from tests.statuspage.page_states import page as page_state
from tests.waiting import PATIENCE, until

STREAM = b"GET /status/events HTTP/1.1\r\nHost: x\r\n\r\n"
PAGE = b"GET /status HTTP/1.1\r\nHost: x\r\nAccept: text/html\r\nConnection: close\r\n\r\n"
READERS = 20
BIG = "x" * 200_000


@pytest.fixture
def door() -> Iterator[tuple[EdgeApp, Uvicorn, int]]:
    front = EdgeApp(Behind())
    front._started = True
    front.pages.install(rendered.build(page_state()))
    front.hub.set_state(page_state())
    with listen(host="127.0.0.1", port=0, option="") as public:
        server = Uvicorn(build_config(front))
        thread = threading.Thread(target=server.run, args=([public],))
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield front, server, public.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join(PATIENCE)


def connect(port: int, head: bytes) -> socket.socket:
    made = socket.socket()
    # A small window, so that it is soon full.
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    made.settimeout(PATIENCE)
    made.connect(("127.0.0.1", port))
    made.sendall(head)
    return made


def test_s7_who_reads_nothing_is_gone_and_the_page_is_served_meanwhile(
    door: tuple[EdgeApp, Uvicorn, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    front, server, port = door
    monkeypatch.setattr(uvicorn_protocol, "STALL_SECONDS", 0.5)
    readers = [connect(port, STREAM) for _ in range(READERS)]
    until(lambda: len(front.hub.viewers) == READERS, what="all readers listen")
    loop = server.servers[0].get_loop()

    # Far more than the system's buffers hold for one connection.
    for number in range(1, 41):
        event = LiveEvent(page_state().version + number, "status.global_changed", BIG)
        state = replace(page_state(), version=event.id)
        loop.call_soon_threadsafe(front.hub.publish, [event], state)
        if number % 10 == 0:
            with connect(port, PAGE) as reader:
                assert reader.recv(12) == b"HTTP/1.1 200"

    until(lambda: not front.hub.viewers, what="who reads nothing is gone")
    for reader in readers:
        reader.close()


def test_s7_who_reads_slowly_but_reads_stays(
    door: tuple[EdgeApp, Uvicorn, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    front, server, port = door
    monkeypatch.setattr(uvicorn_protocol, "STALL_SECONDS", 5.0)
    with connect(port, STREAM) as reader:
        until(lambda: len(front.hub.viewers) == 1, what="the reader listens")
        event = LiveEvent(page_state().version + 1, "status.global_changed", BIG * 20)
        loop = server.servers[0].get_loop()
        loop.call_soon_threadsafe(
            front.hub.publish, [event], replace(page_state(), version=event.id)
        )
        read = 0
        while read < len(event.data):
            read += len(reader.recv(65_536))

        assert len(front.hub.viewers) == 1
