"""Whether this machine's name servers answer at all (F-T1)."""

from collections.abc import Iterator

import dns.rcode
import dns.rdatatype
import pytest

from monitors.probing.name_servers import health as module
from monitors.probing.name_servers.health import NameServerHealth
from monitors.probing.name_servers.queries import NameServers
from tests.nameserver import LOCAL, NameServer
from tests.waiting import PATIENCE

ZONE = {"shop.example.": {"A": ["192.0.2.1"]}}
ROOT_ZONE = {**ZONE, ".": {"NS": ["a.root.example."]}}
SILENT = "www.silent.example"


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LATE_SECONDS", 0.3)


@pytest.fixture
def server() -> Iterator[NameServer]:
    with NameServer(ROOT_ZONE, silent=("silent.example",)) as started:
        yield started


def health_of(server: NameServer) -> NameServerHealth:
    return NameServerHealth(servers=lambda: NameServers((LOCAL,), server.port))


def test_they_answer_when_the_root_is_answered(server: NameServer) -> None:
    assert health_of(server).answer() is not None


def test_they_do_not_when_everything_is_refused(server: NameServer) -> None:
    health = health_of(server)
    server.rcode = dns.rcode.REFUSED
    health.remember("shop.example")

    assert health.answer() is None


def test_who_cannot_be_asked_for_want_of_descriptors_is_no_evidence() -> None:
    def fail() -> NameServers:
        raise OSError(24, "Too many open files")

    health = NameServerHealth(servers=fail)

    assert health.answer() is None
    assert health.is_late_for_us(SILENT, within=5.0)


def test_in_a_network_without_the_internet_names_found_before_are_evidence() -> None:
    """A closed network's name server knows its own zone only, and refuses the root."""
    with NameServer(ZONE) as server:
        server.refuse_root = True
        health = health_of(server)
        nothing = health.answer(seconds=0.3)
        health.remember("shop.example")

        assert nothing is None
        assert health.answer(seconds=PATIENCE) is not None
        assert health.answer(seconds=0.3, other_than="shop.example") is None


def test_where_the_root_was_answered_a_name_from_a_cache_is_no_evidence(
    server: NameServer,
) -> None:
    health = health_of(server)
    health.remember("shop.example")
    before = health.answer()
    server.refuse_root = True

    assert before is not None
    assert health.answer(seconds=0.3) is None


def test_a_zone_that_is_late_alone_is_late_by_itself(server: NameServer) -> None:
    assert not health_of(server).is_late_for_us(SILENT, within=5.0)


def test_a_name_is_late_for_us_when_nothing_is_answered(server: NameServer) -> None:
    server.mute = True

    assert health_of(server).is_late_for_us(SILENT, within=5.0)


def test_a_name_that_is_answered_by_now_was_late_for_us(server: NameServer) -> None:
    """They were silent, and are back when they are asked whether they are."""
    assert health_of(server).is_late_for_us("shop.example", within=5.0)


def test_a_zone_is_given_the_time_of_its_check_after_they_have_come_back(
    server: NameServer,
) -> None:
    health = health_of(server)
    server.mute = True
    health.is_late_for_us(SILENT, within=5.0)
    server.mute = False

    assert health.is_late_for_us(SILENT, within=5.0)


def test_the_question_may_be_another_than_for_an_address(server: NameServer) -> None:
    question = NameServers().questions("shop.example")[0][0], dns.rdatatype.MX

    late = health_of(server).is_late_for_us("shop.example", within=5.0, question=question)

    assert late


def test_the_root_is_asked_for_once_while_all_is_well(server: NameServer) -> None:
    health = health_of(server)
    for _ in range(3):
        health.renew()

    assert server.asked == ["udp"]
