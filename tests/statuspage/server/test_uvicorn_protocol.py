"""What the short way through uvicorn may not disturb: limits, idleness, the end."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from statuspage.edge.app import EdgeApp
from statuspage.publishing import rendered
from statuspage.server.request_counter import API_SERVED, SERVED
from statuspage.server.response_cache import MAX_HEADS, MAX_KNOWN_HEAD_BYTES, ResponseCache
from statuspage.server.sockets import listen
from statuspage.server.uvicorn_server import Uvicorn, build_config
from tests.statuspage.asgi import scope
from tests.statuspage.edge.test_app import Behind
from tests.statuspage.page_states import page as page_state
from tests.statuspage.raw_client import PAGE, Client
from tests.waiting import PATIENCE, until


@dataclass
class Site:
    door: EdgeApp
    port: int
    parsed: list[bytes]
    """What uvicorn itself was given to read."""
    server: Uvicorn
    stop: Callable[[], None]

    def ask(self, head: bytes) -> bytes:
        """The answer on a connection of its own."""
        with Client(self.port) as client:
            client.send(head)
            return client.answer()

    def learn(self, head: bytes) -> bytes:
        """The answer to a head, which the short way knows from now on."""
        # The table starts empty every second, so one attempt may fall on a change of second.
        for _ in range(3):
            answer = self.ask(head)
            self.parsed.clear()
            self.ask(head)
            if head not in self.parsed:
                return answer
        raise AssertionError("the short way was never taken")


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    door = EdgeApp(Behind())
    door._started = True
    door.pages.install(rendered.build(page_state()))
    parsed: list[bytes] = []
    original = HttpToolsProtocol.data_received

    def noting(self: HttpToolsProtocol, data: bytes) -> None:
        parsed.append(data)
        original(self, data)

    monkeypatch.setattr(HttpToolsProtocol, "data_received", noting)
    with listen(host="127.0.0.1", port=0, option="") as public:
        server = Uvicorn(build_config(door))
        thread = threading.Thread(target=server.run, args=([public],))
        thread.start()
        while not server.started:
            time.sleep(0.01)

        def stop() -> None:
            server.should_exit = True
            thread.join(PATIENCE)

        try:
            yield Site(door, public.getsockname()[1], parsed, server, stop)
        finally:
            stop()


def test_a_reader_that_does_not_read_is_not_written_to_without_end(site: Site) -> None:
    page = site.learn(PAGE)

    with Client(site.port) as client:
        for _ in range(3_000):
            client.send(PAGE)
        until(lambda: site.server.server_state.connections, what="it is connected")
        time.sleep(0.2)
        (connection,) = site.server.server_state.connections
        waiting = connection.transport.get_write_buffer_size()

        # Beyond what the system itself takes: what is kept for this client, and not more.
        assert waiting < 10 * len(page)
        assert client.answer() == page


def test_an_idle_connection_is_closed_but_one_in_use_is_not(site: Site) -> None:
    site.learn(PAGE)
    site.server.config.timeout_keep_alive = 3

    with Client(site.port) as client:
        for _ in range(8):
            client.send(PAGE)
            assert client.answer()
            time.sleep(0.5)
        # Its socket gives up sooner than the usual keep-alive.
        assert client.answer() == b""


def test_sigterm_closes_connections_that_have_only_seen_the_short_way(site: Site) -> None:
    site.learn(PAGE)

    with Client(site.port) as client:
        client.send(PAGE)
        client.answer()
        site.stop()
        assert client.answer() == b""


def test_a_known_head_is_counted_as_what_it_asks_for_f_t19(site: Site) -> None:
    """Of the two only one is a request to an API."""
    table, common = ResponseCache(site.door), [(b"date", b"now")]
    served, of_apis = SERVED.total, API_SERVED.total
    for path in ("/status", "/api/v2/summary.json"):
        head = f"GET {path} HTTP/1.1\r\n\r\n".encode()
        table.find(head, common)
        table.learn(head, scope(path), common)
        assert table.find(head, common)

    assert SERVED.total - served == 2
    assert API_SERVED.total - of_apis == 1


def test_the_table_is_bounded_whatever_is_asked(site: Site) -> None:
    table = ResponseCache(site.door)
    asked = scope("/status", accept="text/html")
    common = [(b"date", b"now")]

    for number in range(3 * MAX_HEADS):
        head = b"GET /status HTTP/1.1\r\nX-N: %d\r\n\r\n" % number
        table.find(head, common)
        table.learn(head, asked, common)

    assert len(table._by_head) <= MAX_HEADS
    # However many heads, the page itself is there once.
    assert len({id(ready[1]) for ready, _ in table._by_head.values()}) == 1
    long = PAGE[:-2] + b"X-Long: " + b"x" * MAX_KNOWN_HEAD_BYTES + b"\r\n\r\n"
    for _ in range(2):
        site.parsed.clear()
        site.ask(long)
        assert site.parsed
