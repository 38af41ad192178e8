"""Questions to this machine's name servers, against real ones on high ports (F-T1)."""

import socket
from pathlib import Path

import dns.rcode
import pytest

from monitors.probing.name_servers import queries
from monitors.probing.name_servers.queries import ROOT, NameServers, ask, system_name_servers
from tests.nameserver import LOCAL, NameServer
from tests.waiting import PATIENCE

ROOT_ZONE = {".": {"NS": ["a.root.example."]}}
QUICK = 0.2


def servers(server: NameServer, *others: str, patience: float = 5.0) -> NameServers:
    return NameServers((*others, LOCAL), server.port, patience)


def test_an_answer_is_told_with_the_time_it_took() -> None:
    with NameServer(ROOT_ZONE) as server:
        found = ask(servers(server), [ROOT], seconds=PATIENCE)

    assert 0 <= found[ROOT] < PATIENCE


def test_the_word_that_there_is_no_such_name_is_an_answer() -> None:
    with NameServer(ROOT_ZONE) as server:
        wanted = servers(server).questions("nobody.example")

        assert list(ask(servers(server), wanted, seconds=PATIENCE)) == wanted


@pytest.mark.parametrize("rcode", [dns.rcode.SERVFAIL, dns.rcode.REFUSED, dns.rcode.FORMERR])
def test_a_refusal_is_no_answer(rcode: dns.rcode.Rcode) -> None:
    with NameServer(ROOT_ZONE, rcode=rcode) as server:
        assert ask(servers(server), [ROOT], seconds=PATIENCE) == {}


def test_silence_and_a_closed_port_are_no_answers() -> None:
    with NameServer(mute=True) as server:
        silent = ask(servers(server), [ROOT], seconds=QUICK)
        gone = ask(NameServers(("127.0.0.2",), server.port), [ROOT], seconds=PATIENCE)

    assert (silent, gone) == ({}, {})


def test_a_lost_datagram_is_sent_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "RESEND_SECONDS", 0.05)
    with NameServer(ROOT_ZONE, lost=1) as server:
        assert ROOT in ask(servers(server), [ROOT], seconds=PATIENCE)


def test_another_server_that_is_asked_later_takes_the_system_its_patience() -> None:
    """What answers here at once helps nobody who gives up before the system's resolver asks."""
    with NameServer(ROOT_ZONE) as server, socket.socket(type=socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.3", server.port))
        found = ask(servers(server, "127.0.0.3", patience=7.0), [ROOT], seconds=QUICK)

    assert found[ROOT] >= 7.0


def test_a_server_that_is_gone_costs_no_patience() -> None:
    with NameServer(ROOT_ZONE) as server:
        found = ask(servers(server, "127.0.0.4", patience=100.0), [ROOT], seconds=PATIENCE)

    assert found[ROOT] < 100


def test_the_systems_configuration_is_read_as_its_resolver_reads_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "resolv.conf"
    path.write_text(
        "search corp.example lab.example\noptions timeout:2 ndots:2\n"
        + "".join(f"nameserver 192.0.2.{number}\n" for number in range(1, 5))
    )
    monkeypatch.setattr(queries, "RESOLV_CONF", path)

    system = system_name_servers()

    assert system.addresses == ("192.0.2.1", "192.0.2.2", "192.0.2.3")
    assert system.patience == 2.0
    assert [name.to_text() for name, _ in system.questions("db.eu")] == [
        "db.eu.corp.example.", "db.eu.lab.example.", "db.eu.",
    ]  # fmt: skip
    assert [name.to_text() for name, _ in system.questions("a.b.example")] == ["a.b.example."]
    assert [name.to_text() for name, _ in system.questions("db.")] == ["db."]
    assert system.questions("a..b") == []


@pytest.mark.parametrize("content", [None, "", "# nothing\n"])
def test_without_a_configuration_this_machine_itself_is_asked(
    content: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "resolv.conf"
    if content is not None:
        path.write_text(content)
    monkeypatch.setattr(queries, "RESOLV_CONF", path)

    assert system_name_servers() == NameServers(("127.0.0.1",), 53, 5.0)
