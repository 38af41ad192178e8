"""The kind `smtp` against aiosmtpd."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from pydantic import ValidationError

from monitors.probers.smtp import SmtpConfig
from monitors.probing.base import ProbeStatus
from tests.certificates import LOCAL, Certificate, make_certificate
from tests.monitors.probers.services import check, hold_slowness
from tests.ports import free_ports
from tests.servers import Greeter, tls_server

LOGIN: dict[str, Any] = {"username": "watcher", "password": "sésame"}


def authenticate(
    _server: object, _session: object, _envelope: object, _way: str, given: Any
) -> Any:
    wanted = LoginPassword(b"watcher", "sésame".encode())
    return AuthResult(success=given == wanted, handled=given == wanted)


@contextmanager
def mail_server(**options: Any) -> Iterator[int]:
    (port,) = free_ports(1)
    controller = Controller(object(), hostname=LOCAL, port=port, **options)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("smtp"))


@pytest.fixture(scope="module")
def port(certificate: Certificate) -> Iterator[int]:
    with mail_server(tls_context=tls_server(certificate), authenticator=authenticate) as port:
        yield port


def test_a_server_that_greets_is_up(port: int) -> None:
    outcome = check("smtp", port=port)

    assert (outcome.status, outcome.message) == (ProbeStatus.UP, "")


def test_a_user_logs_in_by_starttls(port: int, certificate: Certificate) -> None:
    outcome = check("smtp", port=port, starttls=True, trusting=certificate, **LOGIN)

    assert (outcome.status, outcome.message) == (ProbeStatus.UP, "")
    assert outcome.phases["tls"] > 0


def test_a_refused_log_in_is_down_without_the_password(port: int, certificate: Certificate) -> None:
    login: dict[str, Any] = {"username": "watcher", "password": "wrong word"}

    outcome = check("smtp", port=port, starttls=True, trusting=certificate, **login)

    assert outcome.status is ProbeStatus.DOWN
    assert outcome.message.startswith("SMTP: the log-in is refused: “535")


def test_a_certificate_that_is_not_trusted_is_down(port: int) -> None:
    outcome = check("smtp", port=port, starttls=True)

    assert outcome.status is ProbeStatus.DOWN
    assert outcome.message.startswith("certificate is not valid")


def test_a_server_without_starttls_or_log_in_says_so(certificate: Certificate) -> None:
    with mail_server() as port:
        assert check("smtp", port=port, starttls=True).message == "SMTP: STARTTLS is not offered"
    tls = tls_server(certificate)
    with mail_server(tls_context=tls, auth_exclude_mechanism=["PLAIN", "LOGIN"]) as port:
        outcome = check("smtp", port=port, starttls=True, trusting=certificate, **LOGIN)
    assert outcome.message.startswith("SMTP: it offers no log-in")


@pytest.mark.parametrize(
    ("greeting", "message"),
    [
        (b"421 too busy\r\n", "SMTP: no greeting: “421 too busy”"),
        (b"554-no\r\n554 service\r\n", "SMTP: no greeting: “554-no 554 service”"),
        (b"* OK IMAP4rev1\r\n", "no complete answer within 0.5 s"),
    ],
)
def test_another_greeting_is_down_and_shown(greeting: bytes, message: str) -> None:
    with Greeter(greeting) as server:
        outcome = check("smtp", port=server.port, timeout=0.5)

    assert (outcome.status, outcome.message) == (ProbeStatus.DOWN, message)


@pytest.mark.parametrize(
    "settings",
    [
        {"username": "watcher", "password": "x"},
        {"username": "watcher", "starttls": True},
        {"password": "x", "starttls": True},
        {"tls": True, "starttls": True},
    ],
)
def test_a_password_goes_by_tls_only_and_with_a_user(settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        SmtpConfig.model_validate({"host": "mail.example", **settings})


def test_a_slow_answer_is_degraded_and_one_that_does_not_come_is_down(port: int) -> None:
    hold_slowness("smtp", port)
