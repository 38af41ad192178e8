"""The kind `mqtt` against Mosquitto."""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from monitors.probing.base import ProbeStatus
from tests.certificates import Certificate, make_certificate
from tests.counterparts import program
from tests.monitors.probers.services import check, hold_slowness, running, shared_folder
from tests.ports import free_ports
from tests.servers import Greeter


@dataclass(frozen=True)
class Broker:
    port: int
    tls_port: int
    certificate: Certificate


@pytest.fixture(scope="module")
def broker() -> Iterator[Broker]:
    server = program("mosquitto")
    port, tls_port = free_ports(2)
    with shared_folder() as folder:
        certificate = make_certificate(folder)
        names = folder / "names"
        tool = program("mosquitto", "mosquitto_passwd")
        subprocess.run([tool, "-b", "-c", names, "watcher", "sesame"], check=True)
        for path in (names, certificate.path, certificate.key_path):
            path.chmod(0o644)
        file = folder / "config"
        file.write_text(
            f"listener {port} 127.0.0.1\nallow_anonymous false\npassword_file {names}\n"
            f"listener {tls_port} 127.0.0.1\ncertfile {certificate.path}\n"
            f"keyfile {certificate.key_path}\n"
        )
        with running([server, "-c", file], port, folder=folder):
            yield Broker(port, tls_port, certificate)


LOGIN: dict[str, Any] = {"username": "watcher", "password": "sesame"}


def test_a_broker_that_lets_in_and_answers_is_up(broker: Broker) -> None:
    outcome = check("mqtt", port=broker.port, **LOGIN)

    assert (outcome.status, outcome.message) == (ProbeStatus.UP, "")


@pytest.mark.parametrize("login", [{}, {"username": "watcher"}, {**LOGIN, "password": "wrong"}])
def test_a_refused_log_in_is_down(broker: Broker, login: dict[str, Any]) -> None:
    outcome = check("mqtt", port=broker.port, **login)

    assert outcome.status is ProbeStatus.DOWN
    assert outcome.message == "MQTT: this user may not connect"


def test_by_tls_its_certificate_is_looked_at(broker: Broker) -> None:
    settings: dict[str, Any] = {"port": broker.tls_port, "tls": True, **LOGIN}

    assert check("mqtt", trusting=broker.certificate, **settings).status is ProbeStatus.UP
    assert "certificate is not valid" in check("mqtt", **settings).message


@pytest.mark.parametrize(
    ("greeting", "message"),
    [
        (b"\x20\x02\x00\x03", "MQTT: it is not available"),
        (b"\x20\x02\x00\x63", "MQTT: it refuses with code 99"),
        (b"\x20\x02\x00\x00\xe0\x00", "MQTT: the ping is not answered"),
        (b"HTTP/1.1 400 Bad Request\r\n", "the answer is not MQTT: “HTTP”"),
    ],
)
def test_another_answer_is_down_and_told(greeting: bytes, message: str) -> None:
    with Greeter(greeting) as server:
        outcome = check("mqtt", port=server.port)

    assert (outcome.status, outcome.message) == (ProbeStatus.DOWN, message)


def test_a_slow_answer_is_degraded_and_one_that_does_not_come_is_down(broker: Broker) -> None:
    hold_slowness("mqtt", broker.port, **LOGIN)
