"""Faults that every protocol has, for each kind that talks to a service.

| fault | where |
|---|---|
| refused log-in, wrong answer | each kind's own module, against its real server |
| refused connection, silence, nonsense, blocked or unknown address | `test_contract` |
| a certificate of another name, or expired | here, in the middle of the protocol where TLS is |
| connection that is cut before, or in, the answer | here |
| slow answer | here, after a real delay of the network in between |
"""

import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest

from monitors.probers import postgresql, registry
from monitors.probing.base import Outcome, ProbeStatus
from tests.certificates import LOCAL, Certificate, make_certificate
from tests.monitors.checks import make, probe
from tests.monitors.probers.test_mysql import greeting as mysql_greeting
from tests.servers import Greeter, Listener, tls_server
from tests.starttls_servers import StartTls

POSTGRES_CONSENT = b"S"
_MYSQL_TLS_REQUEST_BYTES = 36
_POSTGRES_TLS_REQUEST_BYTES = 8


class Consenting(Listener):
    """Greets, hears so many bytes, consents, and goes over to TLS."""

    def __init__(self, certificate: Certificate, *, first: bytes, heard: int, then: bytes) -> None:
        super().__init__()
        self._tls = tls_server(certificate)
        self._first, self._heard, self._then = first, heard, then

    def _talk(self, connection: socket.socket) -> None:
        connection.sendall(self._first)
        connection.recv(self._heard, socket.MSG_WAITALL)
        connection.sendall(self._then)
        with self._tls.wrap_socket(connection, server_side=True) as secured, suppress(OSError):
            secured.recv(1)


def smtp_starttls(certificate: Certificate) -> Listener:
    first = b"220 ready\r\n"
    ehlo = len(b"EHLO statuspage.invalid\r\n")

    class Smtp(Consenting):
        def _talk(self, connection: socket.socket) -> None:
            connection.sendall(first)
            connection.recv(ehlo, socket.MSG_WAITALL)
            self._first, self._heard = b"250 STARTTLS\r\n", len(b"STARTTLS\r\n")
            super()._talk(connection)

    return Smtp(certificate, first=b"", heard=0, then=b"220 go\r\n")


def mysql_tls(certificate: Certificate) -> Listener:
    first = mysql_greeting("mysql_native_password", tls=True)
    return Consenting(certificate, first=first, heard=_MYSQL_TLS_REQUEST_BYTES, then=b"")


def postgres_tls(certificate: Certificate) -> Listener:
    return Consenting(
        certificate, first=b"", heard=_POSTGRES_TLS_REQUEST_BYTES, then=POSTGRES_CONSENT
    )


def from_the_first_byte(certificate: Certificate) -> Listener:
    return Greeter(tls=certificate)


@dataclass(frozen=True)
class Way:
    """A way to TLS of a kind: its server, and its settings."""

    kind: str
    server: Callable[[Certificate], Listener]
    settings: dict[str, Any]


def check(kind: str, **settings: Any) -> Outcome:
    prober = registry.prober(kind)
    place = {} if kind == "websocket" else {"host": LOCAL}
    config = prober.config_type.model_validate({**place, **settings})
    return make([probe(config, prober=prober, timeout=20.0)])[1].outcome


WAYS = {
    "grpc": Way("grpc", from_the_first_byte, {}),
    "imap": Way("imap", from_the_first_byte, {"tls": True}),
    "imap starttls": Way("imap", lambda each: StartTls("imap", each), {"starttls": True}),
    "mqtt": Way("mqtt", from_the_first_byte, {"tls": True}),
    "mysql": Way("mysql", mysql_tls, {"tls": True}),
    "postgresql": Way("postgresql", postgres_tls, {"tls": "verify-full"}),
    "redis": Way("redis", from_the_first_byte, {"tls": True}),
    "smtp": Way("smtp", from_the_first_byte, {"tls": True}),
    "smtp starttls": Way("smtp", smtp_starttls, {"starttls": True}),
    "websocket": Way("websocket", from_the_first_byte, {}),
}


@pytest.fixture(scope="module")
def wrong_name(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("name"), names=("other.example",))


@pytest.fixture(scope="module")
def expired(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("expired"), days_left=-3)


def trusting(way: Way, port: int, certificate: Certificate, patch: pytest.MonkeyPatch) -> Any:
    """Settings that trust a certificate, so that all that is wrong with it is what is tried."""
    if way.kind == "postgresql":
        patch.setattr(postgresql, "trusted_authorities", lambda: str(certificate.path))
        return {"port": port, **way.settings}
    place = {"url": f"wss://{LOCAL}:{port}/"} if way.kind == "websocket" else {"port": port}
    return {**place, **way.settings, "authorities": certificate.path.read_text()}


@pytest.mark.parametrize("name", WAYS)
def test_a_certificate_of_another_name_is_down(
    name: str, wrong_name: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    way = WAYS[name]
    with way.server(wrong_name) as server:
        settings = trusting(way, server.port, wrong_name, monkeypatch)
        outcome = check(way.kind, **settings)

    assert outcome.status is ProbeStatus.DOWN
    assert "other.example" in outcome.message or "match" in outcome.message
    assert "127.0.0.1" in outcome.message or "certificate" in outcome.message


@pytest.mark.parametrize("name", WAYS)
def test_a_certificate_that_has_expired_is_down(
    name: str, expired: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    way = WAYS[name]
    with way.server(expired) as server:
        outcome = check(way.kind, **trusting(way, server.port, expired, monkeypatch))

    assert outcome.status is ProbeStatus.DOWN
    # libpq does not say what is wrong with it.
    assert ("not valid" if way.kind == "postgresql" else "expired") in outcome.message


HALVES = {
    "grpc": b"\x00\x00\x12\x04\x00",
    "imap": b"* OK [CAPA",
    "mqtt": b"\x20\x02",
    "mysql": mysql_greeting("mysql_native_password")[:40],
    "postgresql": b"R\x00\x00\x00",
    "redis": b"+PO",
    "smtp": b"220-mail.exa",
    "ssh": b"SSH-2.0-Open",
    "websocket": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: web",
}
"""How each kind's server begins; the rest never comes."""


class Cut(Listener):
    """Says the beginning of an answer, and hangs up."""

    def __init__(self, beginning: bytes) -> None:
        super().__init__()
        self._beginning = beginning

    def _talk(self, connection: socket.socket) -> None:
        connection.sendall(self._beginning)


def place_of(kind: str, port: int) -> dict[str, Any]:
    if kind == "websocket":
        return {"url": f"ws://{LOCAL}:{port}/"}
    return {"port": port, **({"tls": False} if kind == "grpc" else {})}


@pytest.mark.parametrize("kind", HALVES)
@pytest.mark.parametrize("begun", [False, True], ids=["before", "in"])
def test_a_connection_that_is_cut_is_down_at_once(kind: str, begun: bool) -> None:
    with Cut(HALVES[kind] if begun else b"") as server:
        outcome = check(kind, **place_of(kind, server.port))

    assert outcome.status is ProbeStatus.DOWN
    assert outcome.message.isprintable()
    assert "within" not in outcome.message  # the end of the connection, not the deadline


class Slow(Listener):
    """Waits, then says what the scripted server of a kind says first."""

    def __init__(self, *answers: bytes) -> None:
        super().__init__()
        self._answers = answers

    def _talk(self, connection: socket.socket) -> None:
        time.sleep(0.05)
        for answer in self._answers:
            connection.sendall(answer)
            if not connection.recv(65_536):
                return


SLOW = {
    "imap": (b"* OK ready\r\n", b"a4 OK done\r\n"),
    "redis": (b"", b"+PONG\r\n"),
    "smtp": (b"220 ready\r\n", b"250 hello\r\n"),
    "ssh": (b"SSH-2.0-OpenSSH_9\r\n",),
}


@pytest.mark.parametrize("kind", SLOW)
def test_a_slow_answer_is_degraded_and_told_with_its_time(kind: str) -> None:
    with Slow(*(each for each in SLOW[kind] if each)) as server:
        outcome = check(kind, port=server.port, degraded_ms=10.0)

    assert outcome.status is ProbeStatus.DEGRADED
    assert outcome.message.endswith("more than 10 ms")
