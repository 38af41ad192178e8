"""Look-ups for threads end by their callers' deadlines, and are shared."""

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from monitors.probing.thread_resolver import ThreadResolver
from tests.waiting import FOR_EVER, ending

ASKED: list[bytes] = []


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The resolver, which is outside of the machine, answers `good.example` and is else silent."""
    over = threading.Event()
    ASKED.clear()

    def getaddrinfo(host: bytes, *_args: object, **_options: object) -> list[Any]:
        ASKED.append(host)
        if not host.startswith(b"good"):
            over.wait(FOR_EVER)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 0))]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    yield
    over.set()


def test_a_name_is_looked_up(silent: None) -> None:
    answer = ThreadResolver().lookup("good.example", seconds=2)

    assert answer is not None
    assert answer.addresses == ("127.0.0.1",)


def test_nobody_waits_longer_than_it_can(silent: None) -> None:
    with ending("a look-up"):
        assert ThreadResolver().lookup("silent.example", seconds=0.1) is None


def test_those_who_ask_for_the_same_name_share_a_look_up(silent: None) -> None:
    lookups = ThreadResolver(threads=1)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: lookups.lookup("silent.example", seconds=0.1), range(4)))

    assert answers == [None] * 4
    assert ASKED == [b"silent.example"]


def test_too_many_look_ups_are_our_own_trouble(silent: None) -> None:
    lookups = ThreadResolver(threads=1)
    lookups.lookup("silent.example", seconds=0.05)
    answer = lookups.lookup("other.example", seconds=0.05)

    assert answer is not None
    assert answer.ours
