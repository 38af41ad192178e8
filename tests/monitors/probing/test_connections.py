"""Connections for checks in threads: guarded at every address, and over in time."""

import errno
import os
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from components.network.address_guard import AddressGuard
from components.network.ca_bundle import trusted_authorities
from monitors.probing.base import Outcome, ProbeStatus
from monitors.probing.connections import (
    Deadline,
    ProbeAbortedError,
    allowed_addresses,
    dial,
)
from monitors.probing.resolver import Resolution, lookups, slow_lookup
from monitors.probing.tls import reset, tls_context
from tests.certificates import make_certificate
from tests.monitors.checks import CLOSED, OPEN
from tests.servers import Mute
from tests.waiting import FOR_EVER, ending


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, tuple[str, ...]]:
    """What the resolver, which is outside of the machine, knows."""
    known: dict[str, tuple[str, ...]] = {}

    def lookup(host: str, *, seconds: float) -> Resolution | None:
        if host not in known:
            return Resolution(host, error=socket.EAI_NONAME)
        return Resolution(host, known[host])

    monkeypatch.setattr(lookups, "lookup", lookup)
    return known


def over(host: str, port: int = 9, *, guard: AddressGuard = OPEN, timeout: float = 1.0) -> Outcome:
    with pytest.raises(ProbeAbortedError) as raised:
        dial(host, port, deadline=Deadline(timeout), guard=guard)
    return raised.value.outcome


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.1", "2130706433", "0x7f000001", "::1", "::ffff:127.0.0.1"]
)
def test_no_spelling_of_a_blocked_address_is_connected_to(host: str) -> None:
    """HARDENING.md S1."""
    with Mute() as mute:
        outcome = over(host, mute.port, guard=CLOSED)

        assert mute.accepted == 0
    assert outcome.status is ProbeStatus.INCONCLUSIVE
    assert outcome.message.startswith("blocked address ")


def test_a_name_is_blocked_by_its_addresses(names: dict[str, Any]) -> None:
    names["shop.example"] = ("169.254.169.254", "fe80::1")

    assert over("shop.example") == Outcome(
        ProbeStatus.INCONCLUSIVE, "blocked address 169.254.169.254: link-local or cloud metadata"
    )


def test_an_allowed_address_is_used_beside_a_blocked_one(names: dict[str, Any]) -> None:
    names["shop.example"] = ("169.254.169.254", "127.0.0.1")
    with Mute() as mute:
        dialled = dial("shop.example", mute.port, deadline=Deadline(1), guard=OPEN)
        dialled.close()

    assert dialled.address == "127.0.0.1"


def test_a_failure_beside_a_blocked_address_proves_nothing(names: dict[str, Any]) -> None:
    names["shop.example"] = ("127.0.0.1", "169.254.169.254")
    with socket.create_server(("127.0.0.1", 0)) as once:
        port = once.getsockname()[1]

    assert over("shop.example", port).status is ProbeStatus.INCONCLUSIVE


def test_an_unknown_name_is_down(names: dict[str, Any]) -> None:
    assert over("missing.example") == Outcome(ProbeStatus.DOWN, "name does not resolve")


def test_a_dead_address_does_not_hide_a_living_one(names: dict[str, Any]) -> None:
    names["shop.example"] = ("127.0.0.2", "127.0.0.1")
    with Mute() as mute:
        dialled = dial("shop.example", mute.port, deadline=Deadline(1), guard=OPEN)
        dialled.close()

    assert dialled.address == "127.0.0.1"


def test_a_silent_address_does_not_hide_a_living_one(names: dict[str, Any]) -> None:
    names["shop.example"] = ("127.0.0.2", "127.0.0.1")
    with Mute() as mute, full_backlog("127.0.0.2", mute.port):
        with ending("the attempt"):
            dialled = dial("shop.example", mute.port, deadline=Deadline(FOR_EVER), guard=OPEN)
        dialled.close()

    assert dialled.address == "127.0.0.1"


def test_a_connection_that_never_comes_ends_at_the_deadline() -> None:
    with socket.create_server(("127.0.0.1", 0)) as once:
        port = once.getsockname()[1]
    with full_backlog("127.0.0.1", port), ending("the attempt"):
        outcome = over("127.0.0.1", port, timeout=0.3)

    assert outcome == Outcome(ProbeStatus.DOWN, "no connection within 0.3 s")


def test_who_had_no_time_left_for_a_slow_name_says_nothing_of_the_target_f_t1(
    names: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    names["shop.example"] = ("127.0.0.1",)
    quick = lookups.lookup

    def slow(host: str, *, seconds: float) -> Resolution | None:
        time.sleep(seconds * 0.7)
        return quick(host, seconds=seconds)

    monkeypatch.setattr(lookups, "lookup", slow)
    with socket.create_server(("127.0.0.1", 0)) as once:
        port = once.getsockname()[1]
    with full_backlog("127.0.0.1", port), ending("the attempt"):
        outcome = over("shop.example", port, timeout=0.5)

    assert outcome.status is ProbeStatus.INCONCLUSIVE
    assert outcome.message.endswith("of 0.5 s to resolve")


@pytest.mark.parametrize(("name_ms", "late"), [(0, False), (500, False), (501, True), (1000, True)])
def test_more_than_half_of_a_checks_time_is_too_much_for_a_name(name_ms: float, late: bool) -> None:
    assert bool(slow_lookup(name_ms, timeout=1.0)) is late


class full_backlog:  # noqa: N801  # reads as the state it is
    """A listening socket whose queue is full: further connections are not answered at all."""

    def __init__(self, host: str, port: int) -> None:
        self._listening = socket.socket()
        self._listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listening.bind((host, port))
        self._fillers: list[socket.socket] = []

    def __enter__(self) -> None:
        self._listening.listen(0)
        for _ in range(4):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(self._listening.getsockname())
            self._fillers.append(filler)
        time.sleep(0.02)

    def __exit__(self, *_trouble: object) -> None:
        for each in (*self._fillers, self._listening):
            each.close()


def test_a_lack_of_sockets_is_our_own_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object) -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(socket, "socket", refuse)

    assert over("127.0.0.1") == Outcome(
        ProbeStatus.INCONCLUSIVE, "cannot connect from here: too many open files"
    )


def test_a_literal_address_is_not_looked_up(names: dict[str, Any]) -> None:
    assert allowed_addresses("127.0.0.1", deadline=Deadline(1), guard=OPEN) == (["127.0.0.1"], "")


def test_the_authorities_are_read_once_however_many_ask_at_once() -> None:
    reset()
    with ThreadPoolExecutor(20) as pool:
        contexts = list(pool.map(lambda _: tls_context(trusted_authorities()), range(40)))

    assert len(set(map(id, contexts))) == 1


def test_changed_authorities_are_read_again(tmp_path: Path) -> None:
    one = make_certificate(tmp_path)
    before = tls_context(str(one.path))
    make_certificate(tmp_path)
    os.utime(one.path, ns=(1, 1))

    assert tls_context(str(one.path)) is not before
