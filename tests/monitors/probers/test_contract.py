"""What every kind must hold, whatever it checks: a new kind adds its row to `SUBJECTS`."""

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import dns.rcode
import pytest
from pydantic import ValidationError

from monitors.config.parsing import parse_config
from monitors.config.secrets import seal_config
from monitors.probers import registry
from monitors.probing.base import Outcome, PassiveProber, ProbeStatus, RecordProber
from monitors.probing.name_servers import health
from tests.monitors.checks import CLOSED, OPEN, make, probe
from tests.nameserver import NameServer
from tests.servers import LOCAL, Greeter, Mute, Target
from tests.waiting import PATIENCE, ending

Settings = dict[str, Any]


class Listening(Protocol):
    """A server that is up."""

    port: int


@dataclass(frozen=True)
class Subject:
    """How to point a kind at something. What a protocol does not know is None."""

    config: Callable[[str, int], Settings]
    """Settings that check this host and port."""
    garbled: Callable[[], AbstractContextManager[Settings]] | None
    """A real server whose answer makes no sense."""
    mute: Callable[[], AbstractContextManager[Listening]] | None = Mute
    """A real server that takes everything in and never answers."""


@contextmanager
def garbled_web() -> Iterator[Settings]:
    with Target() as target:
        yield {"url": target.url("/garbage")}


@contextmanager
def garbled_talk() -> Iterator[Settings]:
    with Greeter(bytes(range(256)) * 100) as server:
        yield {"host": LOCAL, "port": server.port, "expect": "^220 "}


@contextmanager
def garbled_handshake() -> Iterator[Settings]:
    with Greeter(bytes(range(256)) * 100) as server:
        yield {"host": LOCAL, "port": server.port}


@contextmanager
def garbled_store() -> Iterator[Settings]:
    with Greeter(bytes(range(256)) * 100) as server:
        yield SUBJECTS["storage"].config(LOCAL, server.port)


@contextmanager
def garbled_names() -> Iterator[Settings]:
    with NameServer(garbage=bytes(range(64))) as server:
        yield {"name": "example.org", "resolvers": [LOCAL], "port": server.port}


def garbled_service(kind: str, **more: Any) -> Callable[[], AbstractContextManager[Settings]]:
    @contextmanager
    def garbled() -> Iterator[Settings]:
        with Greeter(bytes(range(256)) * 100) as server:
            yield {**SUBJECTS[kind].config(LOCAL, server.port), **more}

    return garbled


def service(kind: str, **more: Any) -> Subject:
    """Return the row of a kind that is pointed at a host and a port, and nothing else."""
    return Subject(
        config=lambda host, port: {"host": host, "port": port, **more},
        garbled=garbled_service(kind),
    )


SUBJECTS: dict[str, Subject] = {
    "certificate": Subject(
        config=lambda host, port: {"host": host, "port": port}, garbled=garbled_handshake
    ),
    # What keeps the engine from answering is never the container's: see its own tests.
    "container": Subject(
        config=lambda host, port: {"container": "shop", "socket": f"tcp://{host}:{port}"},
        garbled=None,
        mute=None,
    ),
    # A registry that cannot be asked says nothing about a domain: see its own tests.
    "domain": Subject(
        config=lambda host, port: {"name": "example.org", "server": f"http://{host}:{port}/"},
        garbled=None,
        mute=None,
    ),
    "dns": Subject(
        config=lambda host, port: {"name": "example.org", "resolvers": [host], "port": port},
        garbled=garbled_names,
        mute=lambda: NameServer(mute=True),
    ),
    "endpoint": Subject(
        config=lambda host, port: {"url": f"http://{host}:{port}/"}, garbled=garbled_web
    ),
    # It sends nothing; what it receives is tried in tests of external alerts.
    "external": Subject(config=lambda _host, _port: {}, garbled=None, mute=None),
    "grpc": service("grpc", tls=False),
    # It sends nothing; what it hears is tried in tests of heartbeats.
    "heartbeat": Subject(config=lambda _host, _port: {"period": 60}, garbled=None, mute=None),
    "imap": service("imap"),
    # It sends nothing, and hears nothing but people; see the tests of what is told by hand.
    "manual": Subject(config=lambda _host, _port: {}, garbled=None, mute=None),
    "mqtt": service("mqtt"),
    # Nothing is asked; what it is sent is tried in tests of pushed numbers.
    "number": Subject(config=lambda _host, _port: {}, garbled=None, mute=None),
    "mysql": service("mysql"),
    "postgresql": service("postgresql"),
    # It has no ports; silence and refusals need a network of their own: see its own tests.
    "ping": Subject(config=lambda host, _port: {"host": host}, garbled=None, mute=None),
    "storage": Subject(
        config=lambda host, port: {
            "url": f"http://{host}:{port}",
            "bucket": "models",
            "access_key": "A",
            "secret_key": "S",
        },
        garbled=garbled_store,
    ),
    "redis": service("redis"),
    "smtp": service("smtp"),
    "ssh": service("ssh"),
    # It sends nothing; see the tests of records.
    "readers": Subject(config=lambda _host, _port: {"group": "g"}, garbled=None, mute=None),
    # A page that cannot be read is never down: see its own tests.
    "upstream": Subject(
        config=lambda host, port: {"url": f"http://{host}:{port}"}, garbled=None, mute=None
    ),
    "tcp": Subject(
        config=lambda host, port: {"host": host, "port": port, "expect": "."},
        garbled=garbled_talk,
    ),
    "websocket": Subject(
        config=lambda host, port: {"url": f"ws://{host}:{port}/live"},
        garbled=garbled_service("websocket"),
    ),
}
KINDS = sorted(registry.probers())
PASSIVE = [
    kind for kind in KINDS if isinstance(registry.prober(kind), PassiveProber | RecordProber)
]
ASKING = [kind for kind in KINDS if kind not in PASSIVE]
GARBLED = {kind: one.garbled for kind, one in SUBJECTS.items() if one.garbled is not None}
MUTE = {kind: one.mute for kind, one in SUBJECTS.items() if one.mute is not None}


def check(kind: str, settings: dict[str, Any], *, timeout: float = 2.0) -> Outcome:
    prober = registry.prober(kind)
    config = prober.config_type.model_validate(settings)
    return make([probe(config, timeout=timeout, prober=prober)])[1].outcome


def test_every_kind_is_held_to_this_contract() -> None:
    assert set(SUBJECTS) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_has_a_word_and_a_label(kind: str) -> None:
    prober = registry.prober(kind)

    assert prober.kind == kind
    assert prober.label


@pytest.mark.parametrize("kind", KINDS)
def test_an_unknown_setting_is_refused_by_name(kind: str) -> None:
    settings = SUBJECTS[kind].config("127.0.0.1", 80) | {"no_such_setting": 1}

    with pytest.raises(ValidationError) as refused:
        registry.prober(kind).config_type.model_validate(settings)

    assert [error["loc"] for error in refused.value.errors()] == [("no_such_setting",)]


@pytest.mark.parametrize("kind", KINDS)
def test_settings_survive_being_stored_as_json(kind: str) -> None:
    settings = SUBJECTS[kind].config("127.0.0.1", 80)
    config = parse_config(kind, settings)

    stored = json.loads(json.dumps(seal_config(kind, config, settings)))

    assert parse_config(kind, stored) == config


@pytest.mark.parametrize("kind", GARBLED)
def test_an_answer_that_makes_no_sense_is_a_result_in_one_printable_line(kind: str) -> None:
    with GARBLED[kind]() as settings:
        outcome = check(kind, settings)

    assert outcome.status is ProbeStatus.DOWN
    assert outcome.message
    assert outcome.message.isprintable()
    assert len(outcome.message) <= 300


@pytest.mark.parametrize("kind", MUTE)
def test_a_refused_connection_is_down(kind: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as once:
        port = once.getsockname()[1]

    outcome = check(kind, SUBJECTS[kind].config("127.0.0.1", port))

    assert (outcome.status, outcome.message) == (ProbeStatus.DOWN, "connection refused")


@pytest.mark.parametrize("kind", MUTE)
def test_silence_ends_at_the_deadline(kind: str) -> None:
    with MUTE[kind]() as mute, ending("a check of who is silent"):
        outcome = check(kind, SUBJECTS[kind].config("127.0.0.1", mute.port), timeout=0.3)

    assert outcome.status is ProbeStatus.DOWN


@pytest.mark.parametrize("kind", PASSIVE)
def test_a_kind_that_only_listens_says_nothing_when_it_is_asked_to_look(kind: str) -> None:
    assert check(kind, SUBJECTS[kind].config("127.0.0.1", 80)).status is ProbeStatus.INCONCLUSIVE


@pytest.mark.parametrize("kind", ASKING)
@pytest.mark.parametrize("guard", [OPEN, CLOSED])
def test_a_blocked_address_says_nothing_about_the_target(kind: str, guard: Any) -> None:
    prober = registry.prober(kind)
    host = "169.254.169.254" if guard is OPEN else "127.0.0.1"
    config = prober.config_type.model_validate(SUBJECTS[kind].config(host, 80))

    outcome = make([probe(config, prober=prober)], guard=guard)[1].outcome

    assert outcome.status is ProbeStatus.INCONCLUSIVE
    assert outcome.message.startswith(f"blocked address {host}")


# The kinds that look a name up; a container's engine is never its target, and `dns` asks itself.
NAMED = [
    "certificate", "endpoint", "grpc", "imap", "mqtt", "mysql", "ping", "postgresql", "redis",
    "smtp", "ssh", "storage", "tcp", "websocket",
]  # fmt: skip


@pytest.fixture
def failing_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every look-up fails, as with name servers that are in trouble, or refuse."""

    def fail(*_args: object, **_options: object) -> None:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", fail)


@pytest.mark.parametrize("kind", NAMED)
def test_where_nobody_can_be_asked_nothing_is_said_of_the_target_f_t1(
    kind: str, name_server: NameServer, failing_names: None
) -> None:
    name_server.rcode = dns.rcode.REFUSED

    outcome = check(kind, SUBJECTS[kind].config("shop.example", 80), timeout=PATIENCE)

    assert outcome.status is ProbeStatus.INCONCLUSIVE
    assert outcome.no_name_server


@pytest.mark.parametrize("kind", NAMED)
def test_a_name_that_fails_alone_is_down_f_t1(
    kind: str, name_server: NameServer, failing_names: None
) -> None:
    outcome = check(kind, SUBJECTS[kind].config("shop.example", 80), timeout=PATIENCE)

    assert (outcome.status, outcome.message) == (ProbeStatus.DOWN, "name does not resolve")


@pytest.mark.parametrize("kind", NAMED)
@pytest.mark.parametrize("gone", [False, True])
def test_a_silent_name_is_down_only_while_others_are_answered_f_t1(
    kind: str,
    gone: bool,
    name_server: NameServer,
    silent_names: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(health, "LATE_SECONDS", 0.4)
    name_server.mute = gone

    outcome = check(kind, SUBJECTS[kind].config("www.silent.example", 80), timeout=1.0)

    assert outcome.status is (ProbeStatus.INCONCLUSIVE if gone else ProbeStatus.DOWN)
    assert outcome.no_name_server is gone
