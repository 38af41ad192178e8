"""The short way through either server, by real sockets: what is known, what must not take it."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

import pytest

from statuspage.server.serve import SERVERS
from tests.statuspage.raw_client import PAGE, Client
from tests.statuspage.runtime.supervisor.toy import killed_in_the_end

ADMIN = b"GET /admin/ HTTP/1.1\r\nHost: x\r\n\r\n"


@dataclass
class Site:
    port: int
    management_port: int

    def ask(self, head: bytes, *, port: int = 0) -> bytes:
        """The answer on a connection of its own, its headers in lower case and in order."""
        with Client(port or self.port) as client:
            client.send(head)
            return plain(client.answer(headless=head.startswith(b"HEAD")))

    def called(self) -> int:
        """How many requests the edge has seen, that were not answered in the short way."""
        told = self.ask(b"GET /counts HTTP/1.1\r\nHost: x\r\n\r\n")
        called: int = json.loads(told.partition(b"\r\n\r\n")[2])["called"]
        return called

    def ask_again(self, head: bytes) -> tuple[bytes, bytes]:
        """The answer that the server itself gave, and the one of the short way."""
        # The table starts empty every second, so one attempt may fall on a change of second.
        for _ in range(3):
            first, before = self.ask(head), self.called()
            second = self.ask(head)
            if self.called() == before:
                return first, second
        raise AssertionError("the short way was never taken")


def plain(answer: bytes) -> bytes:
    """daphne writes the names of headers in capitals and in an order of its own."""
    head, end, body = answer.partition(b"\r\n\r\n")
    status, *headers = head.split(b"\r\n")
    named = sorted(re.sub(rb"^[^:]+", lambda name: name[0].lower(), each) for each in headers)
    dateless = [each for each in named if not each.startswith(b"date:")]
    return b"\r\n".join([status, *dateless]) + end + body


@pytest.fixture(scope="module", params=SERVERS)
def site(request: pytest.FixtureRequest) -> Iterator[Site]:
    environ = {**os.environ, "DJANGO_SETTINGS_MODULE": "statuspage.settings"}
    command = [sys.executable, "-m", "tests.statuspage.known_heads_site", request.param]
    with (
        subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True) as popen,
        killed_in_the_end(popen),
    ):
        assert popen.stdout is not None
        public, management = popen.stdout.readline().split()
        yield Site(int(public), int(management))


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
def test_the_short_way_answers_as_the_server_does(site: Site, head: bytes) -> None:
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


def test_both_ways_say_what_time_it_is(site: Site) -> None:
    for _ in range(3):
        before = int(time.time())
        with Client(site.port) as client:
            client.socket.sendall(PAGE)
            head = client.socket.recv(65_536).partition(b"\r\n\r\n")[0].decode()
        told = re.search(r"(?mi)^date: (.+)\r$", head)
        assert told is not None
        # It is made anew each second, by a timer.
        assert before - 1 <= parsedate_to_datetime(told[1]).timestamp() <= time.time()


def test_a_random_query_string_takes_the_short_way_too(site: Site) -> None:
    expected, _ = site.ask_again(PAGE)
    before = site.called()

    noisy = [site.ask(PAGE.replace(b"/status ", b"/status?_=%d&utm=%%41 " % n)) for n in range(20)]

    assert set(noisy) == {expected}
    # A new second begins with an empty table.
    assert site.called() - before <= 2


def test_a_query_string_that_asks_for_a_format_gets_it(site: Site) -> None:
    site.ask_again(PAGE)

    as_json = site.ask(PAGE.replace(b"/status ", b"/status?x=1&format=json "))
    as_what = site.ask(PAGE.replace(b"/status ", b"/status?format=xml "))

    assert b"content-type: application/json" in as_json
    assert as_what.startswith(b"HTTP/1.1 400 ")


def test_a_new_page_is_told_at_once(site: Site) -> None:
    before, _ = site.ask_again(PAGE)

    site.ask(b"GET /newer HTTP/1.1\r\nHost: x\r\n\r\n")

    after, ready = site.ask_again(PAGE)
    assert after == ready != before


def test_a_head_in_pieces_is_one_request_wherever_it_is_cut(site: Site) -> None:
    expected, _ = site.ask_again(PAGE)

    with Client(site.port) as client:
        for cut in range(1, len(PAGE), 4):
            client.send(PAGE[:cut], PAGE[cut:])
            assert plain(client.answer()) == expected


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


def test_what_is_refused_is_never_kept(site: Site) -> None:
    site.ask_again(PAGE)
    garbage = b"\x00" + PAGE

    with Client(site.port) as client:
        client.send(PAGE)
        client.answer()
        client.send(garbage)
        refused = client.answer()

    assert refused.startswith(b"HTTP/1.1 400 ")
    assert site.ask(garbage) == plain(refused)


def test_a_head_that_ends_another_is_not_learned_for_itself(site: Site) -> None:
    expected, _ = site.ask_again(PAGE)
    start = b"GET /status HTTP/1.1\r\nHost: x\r\nAccept: application/json\r\nX-Note: "

    for _ in range(3):
        with Client(site.port) as client:
            client.send(start, PAGE)
            assert b"application/json" in client.answer()
            client.send(PAGE)
            assert plain(client.answer()) == expected


def test_pipelined_requests_are_answered_in_order(site: Site) -> None:
    head = PAGE.replace(b"GET", b"HEAD")
    page, _ = site.ask_again(PAGE)
    headed, _ = site.ask_again(head)

    with Client(site.port) as client:
        client.send(ADMIN + PAGE + head, PAGE)
        answers = [client.answer(headless=number == 2) for number in range(4)]

    assert b"behind" in answers[0]
    assert [plain(answer) for answer in answers[1:]] == [page, headed, page]


@pytest.mark.parametrize(
    "head",
    [PAGE[:-2] + b"Connection: close\r\n\r\n", PAGE.replace(b"HTTP/1.1", b"HTTP/1.0")],
)
def test_a_client_that_wants_the_connection_closed_gets_it_closed(site: Site, head: bytes) -> None:
    for _ in range(3):
        with Client(site.port) as client:
            client.send(head)
            assert b" 200 " in client.answer()[:20]
            assert client.answer() == b""


def test_the_management_listener_serves_nothing_public(site: Site) -> None:
    head = b"GET /status/api HTTP/1.1\r\nHost: x\r\n\r\n"
    site.ask_again(head)

    assert site.ask(head, port=site.management_port).startswith(b"HTTP/1.1 404 ")


def test_what_is_not_public_is_asked_for_each_time(site: Site) -> None:
    before = site.called()

    for _ in range(3):
        site.ask(ADMIN)

    assert site.called() == before + 3


def test_a_reader_that_reads_late_gets_every_answer_whole(site: Site) -> None:
    page, _ = site.ask_again(PAGE)

    with Client(site.port) as client:
        for _ in range(3_000):
            client.send(PAGE)
        time.sleep(0.2)

        assert {plain(client.answer()) for _ in range(3_000)} == {page}
