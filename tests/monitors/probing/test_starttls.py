"""STARTTLS, for the kinds `tcp` and `certificate`: against aiosmtpd, and servers that the standard
library's own clients agree with."""

import ftplib
import imaplib
import poplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from monitors.probers.certificate import CertificateConfig, CertificateProber
from monitors.probers.tcp import TcpConfig, TcpProber
from monitors.probing.base import Outcome, ProbeStatus
from tests.certificates import LOCAL, Certificate, make_certificate
from tests.monitors.checks import OPEN
from tests.ports import free_ports
from tests.servers import Greeter, tls_server
from tests.starttls_servers import StartTls

PROTOCOLS = ["imap", "pop3", "ftp", "ldap"]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("tls"), days_left=90)


@contextmanager
def mail_server(certificate: Certificate | None) -> Iterator[int]:
    """aiosmtpd; the answer is its port."""
    tls = tls_server(certificate) if certificate else None
    (port,) = free_ports(1)
    controller = Controller(object(), hostname=LOCAL, port=port, tls_context=tls)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


@pytest.fixture
def smtp(certificate: Certificate) -> Iterator[int]:
    with mail_server(certificate) as port:
        yield port


def tcp(port: int, certificate: Certificate | None, *, timeout: float = 2, **more: Any) -> Outcome:
    config = TcpConfig.model_validate({"host": LOCAL, "port": port, **more})
    prober = TcpProber(authorities=str(certificate.path) if certificate else None)
    return prober.probe(config, timeout=timeout, guard=OPEN)


def look(port: int, certificate: Certificate, protocol: str) -> Outcome:
    settings = {"host": LOCAL, "port": port, "starttls": protocol}
    config = CertificateConfig.model_validate(settings)
    prober = CertificateProber(authorities=str(certificate.path), detail=True)
    return prober.probe(config, timeout=2, guard=OPEN)


def test_a_mail_server_is_asked_for_tls(smtp: int, certificate: Certificate) -> None:
    outcome = tcp(smtp, certificate, starttls="smtp", send=r"NOOP\r\n", expect="^250 ")
    shown = look(smtp, certificate, "smtp")

    assert (outcome.status, outcome.message) == (ProbeStatus.UP, "")
    assert outcome.phases["tls"] > 0
    assert shown.status is ProbeStatus.UP
    assert shown.detail is not None
    assert shown.detail.certificates[0].subject == "localhost"


def test_a_mail_server_without_starttls_is_down() -> None:
    with mail_server(None) as port:
        outcome = tcp(port, None, starttls="smtp")

    assert (outcome.status, outcome.message) == (ProbeStatus.DOWN, "SMTP: STARTTLS is not offered")


def test_a_certificate_behind_starttls_is_judged(smtp: int) -> None:
    outcome = tcp(smtp, None, starttls="smtp")

    assert outcome.message == "certificate is not valid: self-signed certificate"


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_every_protocol_gets_to_tls(protocol: str, certificate: Certificate) -> None:
    with StartTls(protocol, certificate) as server:
        assert tcp(server.port, certificate, starttls=protocol).status is ProbeStatus.UP
        assert look(server.port, certificate, protocol).status is ProbeStatus.UP


def test_the_servers_here_speak_as_the_standard_clients_expect(certificate: Certificate) -> None:
    context = ssl.create_default_context(cafile=str(certificate.path))
    with StartTls("imap", certificate) as server:
        imap = imaplib.IMAP4(LOCAL, server.port)
        assert imap.starttls(context)[0] == "OK"
        imap.shutdown()
    with StartTls("pop3", certificate) as server:
        pop3 = poplib.POP3(LOCAL, server.port)
        assert pop3.stls(context).startswith(b"+OK")
        pop3.close()
    with StartTls("ftp", certificate) as server:
        ftp = ftplib.FTP_TLS(context=context)
        ftp.connect(LOCAL, server.port)
        assert ftp.auth().startswith("234")
        ftp.close()


@pytest.mark.parametrize(
    ("protocol", "says"),
    [
        ("imap", "IMAP: STARTTLS is refused: “a1 NO not now”"),
        ("pop3", "POP3: STLS is refused: “-ERR no”"),
        ("ftp", "FTP: AUTH TLS is refused: “502 no”"),
        ("ldap", "LDAP: StartTLS is refused"),
    ],
)
def test_a_refusal_is_down_and_shown(protocol: str, says: str, certificate: Certificate) -> None:
    with StartTls(protocol, certificate, refusing=True) as server:
        outcome = tcp(server.port, certificate, starttls=protocol)

    assert (outcome.status, outcome.message) == (ProbeStatus.DOWN, says)


@pytest.mark.parametrize("protocol", ["smtp", *PROTOCOLS])
@pytest.mark.parametrize("answer", [bytes(range(256)), b"a" * 100_000, b"\r\n" * 100],
                         ids=["bytes", "endless line", "empty lines"])  # fmt: skip
def test_nonsense_is_down_in_one_printable_line(protocol: str, answer: bytes) -> None:
    with Greeter(answer) as server:
        outcome = tcp(server.port, None, starttls=protocol, timeout=0.3)

    assert outcome.status is ProbeStatus.DOWN
    assert outcome.message
    assert outcome.message.isprintable()


def test_what_is_said_in_the_clear_after_consent_is_not_taken_for_tls(
    certificate: Certificate,
) -> None:
    with Greeter(
        b"+OK ready\r\n", answers={b"STLS\r\n": b"+OK begin\r\n+OK injected\r\n"}
    ) as server:
        outcome = tcp(server.port, certificate, starttls="pop3")

    assert outcome.status is ProbeStatus.DOWN
    assert outcome.message == "the server says more before TLS than was asked for"


@pytest.mark.parametrize("protocol", ["smtp", *PROTOCOLS])
def test_a_drip_ends_at_the_deadline(protocol: str) -> None:
    with Greeter(b"2" * 1000, seconds=0.05) as server:
        outcome = tcp(server.port, None, starttls=protocol, timeout=0.3)

    assert outcome.status is ProbeStatus.DOWN


def test_the_two_ways_to_tls_exclude_each_other() -> None:
    with pytest.raises(ValueError, match="exclude each other"):
        TcpConfig.model_validate({"host": LOCAL, "port": 1, "tls": True, "starttls": "smtp"})
