"""Fixtures that several of these modules share."""

import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from tests.waiting import FOR_EVER


@pytest.fixture
def silent_names(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
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
