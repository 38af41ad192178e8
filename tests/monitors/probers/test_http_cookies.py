"""Cookies of one check, sent where they belong and nowhere else."""

import socket

import pytest

from monitors.probing.base import ProbeStatus
from monitors.probing.engine import Engine
from tests.monitors.checks import OPEN, endpoint, make, outcome_of, probe
from tests.monitors.probers.test_http_answers import answer
from tests.servers import Listener


class Site(Listener):
    """Sets cookies on `/`, redirects, and remembers the cookies that it is shown."""

    def __init__(self, *cookies: str, to: str = "/in") -> None:
        super().__init__()
        self.cookies, self.to = cookies, to
        self.shown: list[tuple[str, str]] = []

    def _talk(self, connection: socket.socket) -> None:
        head = connection.recv(65_536).decode("latin-1")
        path = head.split(" ")[1]
        lines = (line.partition(": ") for line in head.split("\r\n"))
        self.shown += [(path, ";".join(v for name, _, v in lines if name == "Cookie"))]
        if path == "/":
            set_cookies = [f"Set-Cookie: {each}" for each in self.cookies]
            connection.sendall(answer(b"", f"Location: {self.to}", *set_cookies, status="302 -"))
        else:
            connection.sendall(answer(b"welcome"))


def test_a_cookie_of_a_redirect_is_sent_on_and_kept_for_one_check_alone() -> None:
    """F-T8: the next check begins with an empty jar, though it takes the same handle."""
    with Site("sid=1; Path=/; HttpOnly") as site:
        engine = Engine(guard=OPEN, capacity=1)
        for _ in range(2):
            made = make([probe(endpoint(site.url()))], engine=engine)
            assert made[1].outcome.status is ProbeStatus.UP
        make([probe(endpoint(site.url("/in"), follow_redirects=0))], engine=engine)
        engine.close()

    assert site.shown == [("/", ""), ("/in", "sid=1")] * 2 + [("/in", "")]


@pytest.mark.parametrize(
    ("cookie", "shown"),
    [
        ("sid=1", "sid=1"),
        ("sid=1; Path=/in", "sid=1"),
        ("sid=1; Path=/other", ""),
        ("sid=1; Secure", "sid=1"),  # loopback is as good as TLS
        ("sid=1; Domain=example.org", ""),
        ("sid=1; Max-Age=0", ""),
        ("__Secure-sid=1", ""),
    ],
)
def test_a_cookie_is_sent_where_it_belongs(cookie: str, shown: str) -> None:
    """F-T8: as curl and browsers keep them."""
    with Site(cookie) as site:
        outcome_of(site.url())

    assert site.shown == [("/", ""), ("/in", shown)]


def test_a_cookie_never_goes_to_another_host() -> None:
    """F-T8."""
    with Site() as other, Site("sid=1; Path=/") as site:
        site.to = other.url("/in", host="localhost")
        outcome_of(site.url())

    assert other.shown == [("/in", "")]


def test_a_cookie_of_ones_own_is_sent_in_one_line_with_those_that_were_set() -> None:
    with Site("sid=1") as site:
        outcome_of(site.url(), headers={"Cookie": "mine=2"})

    assert site.shown == [("/", "mine=2"), ("/in", "sid=1; mine=2")]
