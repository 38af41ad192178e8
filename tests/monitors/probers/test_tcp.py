"""The kind `tcp` against real sockets."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from monitors.probers.tcp import TcpConfig, TcpProber
from monitors.probing.base import Outcome, ProbeStatus
from tests.monitors.checks import OPEN
from tests.servers import Certificate, Greeter, Listener, Mute, make_certificate
from tests.waiting import ending


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("tls"))


def check(
    server: Listener, *, timeout: float = 2.0, authorities: Path | None = None, **settings: Any
) -> Outcome:
    config = TcpConfig.model_validate({"host": "127.0.0.1", "port": server.port, **settings})
    prober = TcpProber(authorities=str(authorities) if authorities else None)
    return prober.probe(config, timeout=timeout, guard=OPEN)


def test_an_open_port_is_up_with_its_times() -> None:
    with Mute() as server:
        outcome = check(server)

    assert (outcome.status, outcome.message) == (ProbeStatus.UP, "")
    assert outcome.latency_ms == outcome.phases["total"]
    assert set(outcome.phases) == {"name", "connect", "tls", "first_byte", "total"}


def test_what_is_sent_can_hold_any_byte() -> None:
    with Greeter(answers={b"A\r\n\0\xff\\": b"ok"}) as server:
        outcome = check(server, send=r"A\r\n\0\xff\\", expect="^ok$")

    assert outcome.status is ProbeStatus.UP
    assert server.heard == [b"A\r\n\0\xff\\"]


def test_the_answer_is_compared_with_what_is_expected() -> None:
    with Greeter(b"554 no service\r\n") as server:
        outcome = check(server, expect="^220 ", timeout=0.3)

    assert outcome == Outcome(ProbeStatus.DOWN, "not the expected answer within 0.3 s")


def test_an_answer_in_pieces_is_put_together() -> None:
    with Greeter(b"220 ready", seconds=0.01) as server:
        assert check(server, expect="^220 ready").status is ProbeStatus.UP


def test_an_answer_that_ends_otherwise_is_shown() -> None:
    with Greeter(answers={b"PING\r\n": b"-ERR no\x1b[31m auth\r\n"}) as server:
        # The server hangs up after a second line that it does not know.
        outcome = check(server, send="PING\\r\\n", expect="PONG", timeout=0.3)
        server.stop()
    with Closing(b"-ERR no\x1b[31m auth\r\n") as server2:
        shown = check(server2, expect="PONG")

    assert outcome.status is ProbeStatus.DOWN
    assert shown == Outcome(
        ProbeStatus.DOWN, "the answer “-ERR no [31m auth” does not match “PONG”"
    )


class Closing(Listener):
    """Says something and hangs up."""

    def __init__(self, text: bytes) -> None:
        super().__init__()
        self._text = text

    def _talk(self, connection: Any) -> None:
        connection.sendall(self._text)


def test_a_connection_closed_without_a_word_is_down() -> None:
    with Closing(b"") as server:
        outcome = check(server, expect="x")

    assert outcome == Outcome(ProbeStatus.DOWN, "the connection was closed without an answer")


def test_an_endless_answer_is_read_up_to_a_limit() -> None:
    with Closing(b"a" * (1 << 20)) as server:
        outcome = check(server, expect="b")

    assert outcome.status is ProbeStatus.DOWN
    assert "does not match" in outcome.message


def test_a_drip_ends_at_the_deadline() -> None:
    with Greeter(b"." * 10_000, seconds=0.1) as server, ending("a check of who drips"):
        outcome = check(server, expect="never", timeout=0.5)

    assert outcome == Outcome(ProbeStatus.DOWN, "not the expected answer within 0.5 s")


def test_a_hostile_pattern_takes_linear_time() -> None:
    with Closing(b"a" * 16_384) as server, ending("the search for a pattern"):
        outcome = check(server, expect="(a*)*(a*)*b")

    assert outcome.status is ProbeStatus.DOWN


def test_slowness_is_degraded() -> None:
    with Greeter(b"220 ready", seconds=0.02) as server:
        outcome = check(server, expect="ready", degraded_ms=20.0)

    assert outcome.status is ProbeStatus.DEGRADED
    assert outcome.message.endswith("ms, more than 20 ms")


def test_tls_is_spoken_and_verified(certificate: Certificate) -> None:
    with Greeter(b"220 ready", tls=certificate) as server:
        outcome = check(server, tls=True, expect="^220", authorities=certificate.path)

    assert outcome.status is ProbeStatus.UP
    assert outcome.phases["tls"] > 0


def test_a_certificate_that_is_not_believed_is_down(certificate: Certificate) -> None:
    with Greeter(b"220 ready", tls=certificate) as server:
        refused = check(server, tls=True)
        unverified = check(server, tls=True, verify_tls=False, expect="220")

    assert refused == Outcome(ProbeStatus.DOWN, "certificate is not valid: self-signed certificate")
    assert unverified.status is ProbeStatus.UP


def test_a_stalled_handshake_ends_at_the_deadline() -> None:
    with Mute() as server:
        outcome = check(server, tls=True, timeout=0.3)

    assert outcome == Outcome(ProbeStatus.DOWN, "no TLS handshake within 0.3 s")


def test_a_port_without_tls_is_told() -> None:
    with Greeter(b"220 no TLS here\r\n") as server:
        outcome = check(server, tls=True)

    assert outcome.status is ProbeStatus.DOWN
    assert outcome.message.startswith("TLS handshake failed: ")


@pytest.mark.parametrize(
    ("settings", "field", "words"),
    [
        ({"host": "http://shop.example"}, "host", "leave out scheme"),
        ({"host": "shop..example"}, "host", "not a host name"),
        ({"host": "b☃cher.example"}, "host", "is not a host name"),
        ({"host": ""}, "host", "not a host name"),
        ({"port": 0}, "port", "greater than or equal to 1"),
        ({"expect": "("}, "expect", "not a regular expression"),
        ({"expect": r"(?=x)"}, "expect", "not a regular expression"),
        ({"send": r"\q"}, "send", "means nothing"),
        ({"send": "a\\"}, "send", "means nothing"),
        ({"degraded_ms": 0}, "degraded_ms", "greater than 0"),
    ],
)
def test_bad_settings_are_refused_at_their_field(
    settings: dict[str, Any], field: str, words: str
) -> None:
    with pytest.raises(ValidationError, match=words) as refused:
        TcpConfig.model_validate({"host": "127.0.0.1", "port": 80, **settings})

    assert [error["loc"] for error in refused.value.errors()] == [(field,)]
