"""Names that a redirect leads to, and whose fault it is that they are not found (F-T1)."""

import socket
from collections.abc import Iterator

import dns.rcode
import pytest

from monitors.probing.base import ProbeStatus
from monitors.probing.name_servers import health
from tests.monitors.checks import outcome_of
from tests.nameserver import NameServer
from tests.servers import Target


@pytest.fixture
def failing_names(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: object, **_options: object) -> None:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", fail)


@pytest.fixture
def target() -> Iterator[Target]:
    with Target() as running:
        yield running


@pytest.mark.parametrize("gone", [False, True])
def test_a_redirect_to_a_name_that_fails_is_down_only_while_others_are_answered_f_t1(
    target: Target, name_server: NameServer, failing_names: None, gone: bool
) -> None:
    if gone:
        name_server.rcode = dns.rcode.REFUSED

    outcome = outcome_of(target.url("/redirect?to=http://shop.example/"))

    assert outcome.status is (ProbeStatus.INCONCLUSIVE if gone else ProbeStatus.DOWN)
    assert outcome.no_name_server is gone


@pytest.mark.parametrize("gone", [False, True])
def test_a_redirect_to_a_silent_name_is_down_only_while_others_are_answered_f_t1(
    target: Target, name_server: NameServer, silent_names: None, gone: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(health, "LATE_SECONDS", 0.4)
    name_server.mute = gone

    outcome = outcome_of(target.url("/redirect?to=http://www.silent.example/"), timeout=1.0)

    assert outcome.status is (ProbeStatus.INCONCLUSIVE if gone else ProbeStatus.DOWN)
    assert outcome.no_name_server is gone
