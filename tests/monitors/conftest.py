"""Fixtures that several of these modules share."""

import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from monitors.probing.name_servers import health as module
from monitors.probing.name_servers.health import NameServerHealth, health
from monitors.probing.name_servers.queries import NameServers
from tests.nameserver import LOCAL, NameServer
from tests.waiting import FOR_EVER


@pytest.fixture
def name_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[NameServer]:
    """The name server of this machine, as far as it is asked whether it answers at all.

    It knows the root, and says nothing of names under `silent.example`.
    """
    with NameServer({".": {"NS": ["a.root.example."]}}, silent=("silent.example",)) as server:
        monkeypatch.setattr(module, "LATE_SECONDS", 1.5)
        known = NameServerHealth(servers=lambda: NameServers((LOCAL,), server.port))
        for name, each in vars(known).items():
            monkeypatch.setattr(health, name, each)
        yield server


@pytest.fixture
def silent_names(monkeypatch: pytest.MonkeyPatch, name_server: NameServer) -> Iterator[None]:
    """Names under `silent.example` are never answered; the resolver is outside of the machine."""
    over = threading.Event()

    def getaddrinfo(host: bytes, *_args: object, **_options: object) -> list[Any]:
        if host.endswith(b"silent.example"):
            over.wait(FOR_EVER)
        if host.startswith(b"good"):
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 0))]
        raise socket.gaierror(socket.EAI_NONAME, "no such name")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    yield
    over.set()
