"""The short way through uvicorn, over real sockets: what is known, and what must not take it."""

import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Self

import pytest
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from statuspage import snapshot
from statuspage.answer_table import LONGEST_HEAD, MOST_HEADS, AnswerTable
from statuspage.front import FrontDoor
from statuspage.servers import listen
from statuspage.side_doors import MANAGEMENT
from statuspage.uvicorn_server import Uvicorn, configured
from tests.statuspage.asgi import scope
from tests.statuspage.page_states import page as page_state
from tests.statuspage.test_front import Behind

PAGE = b"GET /status HTTP/1.1\r\nHost: x\r\nAccept: text/html\r\n\r\n"
_END = b"\r\n\r\n"
_DATE = re.compile(rb"(?i)date: [^\r]+\r\n")


class Client:
    """A connection, kept open over many requests."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=5)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._file = self.socket.makefile("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self.socket.close()

    def send(self, *pieces: bytes) -> None:
        """Each piece in a packet of its own."""
        for number, piece in enumerate(pieces):
            if number:
                time.sleep(0.01)
            self.socket.sendall(piece)

    def answer(self, *, headless: bool = False) -> bytes:
        """The next whole answer, without its date; nothing when the connection was closed."""
        head = b""
        while not head.endswith(_END) and (line := self._file.readline()):
            head += line
        length = re.search(rb"(?i)content-length: (\d+)", head)
        body = b""
        if b"transfer-encoding: chunked" in head.lower():
            while not body.endswith(b"0\r\n\r\n"):
                body += self._file.readline()
        elif length is not None and not headless:
            body = self._file.read(int(length[1]))
        return _DATE.sub(b"", head) + body


@dataclass
class Site:
    door: FrontDoor
    port: int
    management_port: int
    parsed: list[bytes]
    """What uvicorn itself was given to read."""
    server: Uvicorn
    stop: Callable[[], None]

    def ask(self, head: bytes, *, port: int = 0) -> bytes:
        """The answer on a connection of its own."""
        with Client(port or self.port) as client:
            client.send(head)
            return client.answer(headless=head.startswith(b"HEAD"))

    def ask_again(self, head: bytes) -> tuple[bytes, bytes]:
        """The answer that uvicorn gave, and the one of the short way."""
        # The table starts empty every second, so one attempt may fall on a change of second.
        for _ in range(3):
            first = self.ask(head)
            self.parsed.clear()
            second = self.ask(head)
            if head not in self.parsed:
                return first, second
        raise AssertionError("the short way was never taken")


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    door = FrontDoor(Behind())
    door._started = True
    door.pages.install(snapshot.build(page_state()))
    parsed: list[bytes] = []
    original = HttpToolsProtocol.data_received

    def noting(self: HttpToolsProtocol, data: bytes) -> None:
        parsed.append(data)
        original(self, data)

    monkeypatch.setattr(HttpToolsProtocol, "data_received", noting)
    with (
        listen(host="127.0.0.1", port=0, option="") as public,
        listen(host="127.0.0.1", port=0, option="") as management,
    ):
        port, inside = (each.getsockname()[1] for each in (public, management))
        monkeypatch.setattr(door, "_doors", {inside: MANAGEMENT})
        server = Uvicorn(configured(door))
        thread = threading.Thread(target=server.run, args=([public, management],))
        thread.start()
        while not server.started:
            time.sleep(0.01)

        def stop() -> None:
            server.should_exit = True
            thread.join(10)

        try:
            yield Site(door, port, inside, parsed, server, stop)
        finally:
            stop()


def newer(site: Site) -> None:
    state = page_state()
    site.door.pages.install(
        snapshot.build(
            replace(state, version=state.version + 1, built_at=state.built_at + timedelta(hours=1))
        )
    )


@pytest.mark.parametrize(
    "head",
    [
        PAGE,
        PAGE.replace(b"GET", b"HEAD"),
        b"GET /status/ HTTP/1.1\r\nHost: x\r\nAccept-Encoding: br, gzip\r\n\r\n",
        b"GET /status/api HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /status?format=html HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
)
def test_the_short_way_answers_byte_for_byte_as_uvicorn_does(site: Site, head: bytes) -> None:
    parsed, ready = site.ask_again(head)

    assert ready == parsed
    assert ready.startswith(b"HTTP/1.1 200 OK\r\n")


def test_what_is_known_to_the_client_is_not_sent_again_x11(site: Site) -> None:
    found = re.search(rb'etag: ("[^"]+")', site.ask(PAGE))
    assert found is not None
    head = PAGE[:-2] + b"If-None-Match: " + found[1] + b"\r\n\r\n"

    parsed, ready = site.ask_again(head)

    assert ready == parsed
    assert ready.startswith(b"HTTP/1.1 304 Not Modified\r\n")


def test_a_random_query_string_takes_the_short_way_too(site: Site) -> None:
    expected, _ = site.ask_again(PAGE)
    site.parsed.clear()

    noisy = [site.ask(PAGE.replace(b"/status ", b"/status?_=%d&utm=%%41 " % n)) for n in range(20)]

    assert {_DATE.sub(b"", each) for each in noisy} == {expected}
    # A new second begins with an empty table.
    assert len(site.parsed) <= 2


def test_a_query_string_that_asks_for_a_format_gets_it(site: Site) -> None:
    site.ask_again(PAGE)

    as_json = site.ask(PAGE.replace(b"/status ", b"/status?x=1&format=json "))
    as_what = site.ask(PAGE.replace(b"/status ", b"/status?format=xml "))

    assert b"content-type: application/json" in as_json
    assert as_what.startswith(b"HTTP/1.1 400 ")


def test_a_new_page_is_told_at_once(site: Site) -> None:
    before, _ = site.ask_again(PAGE)

    newer(site)

    after, ready = site.ask_again(PAGE)
    assert after == ready != before


def test_a_head_in_pieces_is_one_request_wherever_it_is_cut(site: Site) -> None:
    expected, _ = site.ask_again(PAGE)

    with Client(site.port) as client:
        for cut in range(1, len(PAGE), 4):
            client.send(PAGE[:cut], PAGE[cut:])
            assert client.answer() == expected


def test_a_known_head_within_another_request_is_no_request(site: Site) -> None:
    site.ask_again(PAGE)
    post = b"POST /admin/ HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(PAGE)

    with Client(site.port) as client:
        client.send(post, PAGE)
        posted = client.answer()
        client.send(b"GET /admin/ HTTP/1.1\r\nHost: x\r\nX-Note: ", PAGE)
        noted = client.answer()

    assert b"behind" in posted
    assert b"behind" in noted


def test_what_uvicorn_refuses_is_never_kept(site: Site) -> None:
    site.ask_again(PAGE)
    garbage = b"\x00" + PAGE

    with Client(site.port) as client:
        client.send(PAGE)
        client.answer()
        client.send(garbage)
        refused = client.answer()

    assert refused.startswith(b"HTTP/1.1 400 ")
    assert site.ask(garbage) == refused


def test_a_head_that_ends_another_is_not_learned_for_itself(site: Site) -> None:
    expected, _ = site.ask_again(PAGE)
    start = b"GET /status HTTP/1.1\r\nHost: x\r\nAccept: application/json\r\nX-Note: "

    for _ in range(3):
        with Client(site.port) as client:
            client.send(start, PAGE)
            assert b"application/json" in client.answer()
            client.send(PAGE)
            assert client.answer() == expected


def test_pipelined_requests_are_answered_in_order(site: Site) -> None:
    head = PAGE.replace(b"GET", b"HEAD")
    page, _ = site.ask_again(PAGE)
    headed, _ = site.ask_again(head)

    with Client(site.port) as client:
        client.send(b"GET /admin/ HTTP/1.1\r\nHost: x\r\n\r\n" + PAGE + head, PAGE)
        answers = [client.answer(), client.answer(), client.answer(headless=True), client.answer()]

    assert b"behind" in answers[0]
    assert answers[1:] == [page, headed, page]


@pytest.mark.parametrize(
    "head",
    [PAGE[:-2] + b"Connection: close\r\n\r\n", PAGE.replace(b"HTTP/1.1", b"HTTP/1.0")],
)
def test_a_client_that_wants_the_connection_closed_gets_it_closed(site: Site, head: bytes) -> None:
    for _ in range(3):
        with Client(site.port) as client:
            client.send(head)
            assert client.answer().startswith(b"HTTP/1.1 200 ")
            assert client.answer() == b""


def test_the_management_listener_serves_nothing_public(site: Site) -> None:
    head = b"GET /status/api HTTP/1.1\r\nHost: x\r\n\r\n"
    site.ask_again(head)

    assert site.ask(head, port=site.management_port).startswith(b"HTTP/1.1 404 ")


def test_what_is_not_public_is_asked_for_each_time(site: Site) -> None:
    for _ in range(3):
        site.ask(b"GET /admin/ HTTP/1.1\r\nHost: x\r\n\r\n")

    assert isinstance(site.door._inner, Behind)
    assert len(site.door._inner.seen) == 3


def test_a_reader_that_does_not_read_is_not_written_to_without_end(site: Site) -> None:
    page, _ = site.ask_again(PAGE)

    with Client(site.port) as client:
        for _ in range(3_000):
            client.send(PAGE)
        time.sleep(0.2)
        (connection,) = site.server.server_state.connections
        waiting = connection.transport.get_write_buffer_size()

        # Beyond what the system itself takes: what is kept for this client, and not more.
        assert waiting < 10 * len(page)
        assert client.answer() == page


def test_an_idle_connection_is_closed_but_one_in_use_is_not(site: Site) -> None:
    site.ask_again(PAGE)
    site.server.config.timeout_keep_alive = 1

    with Client(site.port) as client:
        for _ in range(6):
            client.send(PAGE)
            assert client.answer()
            time.sleep(0.25)
        began = time.monotonic()
        assert client.answer() == b""

    assert 0.5 < time.monotonic() - began < 2.0


def test_sigterm_closes_connections_that_have_only_seen_the_short_way(site: Site) -> None:
    site.ask_again(PAGE)

    with Client(site.port) as client:
        client.send(PAGE)
        client.answer()
        site.stop()
        assert client.answer() == b""


def test_the_table_is_bounded_whatever_is_asked(site: Site) -> None:
    table = AnswerTable(site.door)
    asked = scope("/status", accept="text/html")
    common = [(b"date", b"now")]

    for number in range(3 * MOST_HEADS):
        head = b"GET /status HTTP/1.1\r\nX-N: %d\r\n\r\n" % number
        table.find(head, common)
        table.learn(head, asked, common)

    assert len(table._by_head) <= MOST_HEADS
    # However many heads, the page itself is there once.
    assert len({id(ready[1]) for ready in table._by_head.values()}) == 1
    long = PAGE[:-2] + b"X-Long: " + b"x" * LONGEST_HEAD + b"\r\n\r\n"
    for _ in range(2):
        site.parsed.clear()
        site.ask(long)
        assert site.parsed
