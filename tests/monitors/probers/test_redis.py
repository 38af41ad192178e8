"""The kind `redis` against the real server."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from pydantic import ValidationError

from monitors.probers.redis import RedisConfig
from monitors.probing.base import ProbeStatus
from tests.certificates import Certificate, make_certificate
from tests.counterparts import program
from tests.monitors.probers.services import check, hold_slowness, running
from tests.ports import free_ports
from tests.servers import Greeter


@dataclass(frozen=True)
class Store:
    port: int
    tls_port: int
    certificate: Certificate


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    server, folder = program("redis"), tmp_path_factory.mktemp("redis")
    certificate = make_certificate(folder)
    port, tls_port = free_ports(2)
    tls = ["--tls-port", tls_port, "--tls-cert-file", certificate.path, "--tls-key-file"]
    command = [
        server, "--port", port, *tls, certificate.key_path, "--tls-ca-cert-file", certificate.path,
        "--tls-auth-clients", "no", "--bind", "127.0.0.1", "--save", "", "--dir", folder,
        "--requirepass", "sesame", "--user", "watcher", "on", ">open", "+ping",
        "--user", "deaf", "on", ">open", "-ping",
    ]  # fmt: skip
    with running([str(each) for each in command], port, folder=folder):
        yield Store(port, tls_port, certificate)


@pytest.mark.parametrize(
    "login", [{"password": "sesame"}, {"username": "watcher", "password": "open"}]
)
def test_a_server_that_lets_in_and_answers_is_up(store: Store, login: dict[str, Any]) -> None:
    outcome = check("redis", port=store.port, **login)

    assert (outcome.status, outcome.message) == (ProbeStatus.UP, "")
    assert set(outcome.phases) == {"name", "connect", "tls", "first_byte", "total"}


@pytest.mark.parametrize(
    ("login", "why"),
    [
        ({}, "Redis: it asks for a password: enter one"),
        ({"password": "wrong"}, "Redis: the log-in is refused: “-WRONGPASS"),
        ({"username": "nobody", "password": "x"}, "Redis: the log-in is refused: “-WRONGPASS"),
        ({"username": "deaf", "password": "open"}, "Redis: PING is refused: “-NOPERM"),
    ],
)
def test_a_refusal_is_told_in_the_servers_words(
    store: Store, login: dict[str, Any], why: str
) -> None:
    outcome = check("redis", port=store.port, **login)

    assert outcome.status is ProbeStatus.DOWN
    assert outcome.message.startswith(why)
    assert "wrong" not in outcome.message


def test_by_tls_its_certificate_is_looked_at(store: Store) -> None:
    settings: dict[str, Any] = {"port": store.tls_port, "tls": True, "password": "sesame"}

    assert check("redis", trusting=store.certificate, **settings).status is ProbeStatus.UP
    assert "certificate is not valid" in check("redis", **settings).message
    assert check("redis", **settings, verify_tls=False).status is ProbeStatus.UP


def test_tls_to_a_port_without_it_is_down(store: Store) -> None:
    outcome = check("redis", port=store.port, tls=True, timeout=0.5)

    assert (outcome.status, outcome.message) == (
        ProbeStatus.DOWN, "no TLS handshake within 0.5 s",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (b"-LOADING Redis is loading\r\n", "Redis: PING is refused: “-LOADING Redis is loading”"),
        (b"HTTP/1.1 400 Bad Request\r\n", "Redis: no Redis: “HTTP/1.1 400 Bad Request”"),
        (b"+PO", "no complete answer within 0.5 s"),
    ],
)
def test_another_answer_is_down_and_shown(answer: bytes, why: str) -> None:
    with Greeter(answers={b"*1\r\n$4\r\nPING\r\n": answer}) as server:
        outcome = check("redis", port=server.port, timeout=0.5)

    assert (outcome.status, outcome.message) == (ProbeStatus.DOWN, why)


def test_a_user_needs_a_password() -> None:
    with pytest.raises(ValidationError, match="a user needs a password"):
        RedisConfig.model_validate({"host": "cache.example", "username": "watcher"})


def test_a_slow_answer_is_degraded_and_one_that_does_not_come_is_down(store: Store) -> None:
    hold_slowness("redis", store.port, password="sesame")
