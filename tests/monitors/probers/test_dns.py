"""The kind `dns` against a real name server on a high port."""

from collections.abc import Iterator
from typing import Any

import dns.rcode
import pytest
from pydantic import ValidationError

from monitors.probers import dns as kind
from monitors.probers.dns import DnsConfig, DnsProber
from monitors.probing.base import Outcome, ProbeStatus
from monitors.probing.name_servers import health
from monitors.probing.resolver import NO_NAME_SERVER
from tests.monitors.checks import CLOSED, OPEN
from tests.nameserver import LOCAL, NameServer, Zone
from tests.waiting import PATIENCE, ending

ZONE: Zone = {
    "shop.example.": {
        "A": ["192.0.2.1", "192.0.2.2"],
        "AAAA": ["2001:db8::1"],
        "MX": ["10 mail.example.", "20 spare.example."],
        "TXT": ['"v=spf1 -all"', '"two " "parts"'],
        "NS": ["ns1.example."],
        "SOA": ["ns1.example. admin.example. 7 3600 600 86400 60"],
        "CAA": ['0 issue "letsencrypt.org"'],
    },
    "www.shop.example.": {"CNAME": ["shop.example."]},
    "loop.example.": {"CNAME": ["loop.example."]},
    "_sip._tcp.shop.example.": {"SRV": ["10 5 5060 sip.example."]},
    "1.2.0.192.in-addr.arpa.": {"PTR": ["shop.example."]},
}


@pytest.fixture(scope="module")
def server() -> Iterator[NameServer]:
    with NameServer(ZONE) as started:
        yield started


def check(server: NameServer, *, timeout: float = 2.0, **settings: Any) -> Outcome:
    config = DnsConfig.model_validate(
        {"name": "shop.example", "resolvers": [LOCAL], "port": server.port, **settings}
    )
    return DnsProber().probe(config, timeout=timeout, guard=OPEN)


def told(outcome: Outcome) -> tuple[ProbeStatus, str]:
    return outcome.status, outcome.message


def test_a_record_that_exists_is_up(server: NameServer) -> None:
    outcome = check(server)

    assert told(outcome) == (ProbeStatus.UP, "")
    assert outcome.latency_ms == outcome.phases["total"]


@pytest.mark.parametrize(
    ("record_type", "name", "expected"),
    [
        ("A", "shop.example", "192.0.2.2"),
        ("A", "SHOP.example.", "192.0.2.2"),
        ("A", "www.shop.example", "192.0.2.1"),
        ("AAAA", "shop.example", "2001:0db8:0::1"),
        ("CNAME", "www.shop.example", "SHOP.example"),
        ("MX", "shop.example", "10 mail.example"),
        ("TXT", "shop.example", "v=spf1 -all"),
        ("TXT", "shop.example", '"v=spf1 -all"'),
        ("TXT", "shop.example", "two parts"),
        ("NS", "shop.example", "ns1.example."),
        ("SOA", "shop.example", "ns1.example admin.example 7 3600 600 86400 60"),
        ("CAA", "shop.example", '0 issue "letsencrypt.org"'),
        ("SRV", "_sip._tcp.shop.example", "10 5 5060 sip.example"),
        ("PTR", "1.2.0.192.in-addr.arpa", "shop.example"),
        ("PTR", "192.0.2.1", "shop.example"),
    ],
)
def test_every_type_of_record_is_compared_by_its_value(
    server: NameServer, record_type: str, name: str, expected: str
) -> None:
    outcome = check(server, name=name, record_type=record_type, expected=[expected])

    assert told(outcome) == (ProbeStatus.UP, "")


def test_all_expected_values_or_any_of_them(server: NameServer) -> None:
    half = ["192.0.2.1", "192.0.2.7"]

    assert told(check(server, expected=half)) == (
        ProbeStatus.DOWN,
        "answer is 192.0.2.1, 192.0.2.2, expected 192.0.2.7",
    )
    assert check(server, expected=half, match="any").status is ProbeStatus.UP
    assert told(check(server, expected=["192.0.2.7", "192.0.2.8"], match="any")) == (
        ProbeStatus.DOWN,
        "answer is 192.0.2.1, 192.0.2.2, expected any of 192.0.2.7, 192.0.2.8",
    )


def test_what_does_not_exist_is_down(server: NameServer) -> None:
    assert told(check(server, name="gone.example")) == (
        ProbeStatus.DOWN,
        "gone.example does not exist (NXDOMAIN)",
    )
    assert told(check(server, record_type="SRV")) == (
        ProbeStatus.DOWN,
        "shop.example has no SRV record",
    )


def test_an_alias_of_itself_is_down(server: NameServer) -> None:
    with NameServer({"loop.example.": {"CNAME": ["other.example."]},
                     "other.example.": {"TXT": ['"x"']}}) as other:  # fmt: skip
        outcome = check(other, name="loop.example")

    assert told(outcome) == (ProbeStatus.DOWN, "loop.example has no A record")


@pytest.mark.parametrize("rcode", [dns.rcode.SERVFAIL, dns.rcode.REFUSED])
def test_a_server_in_trouble_is_down(rcode: dns.rcode.Rcode) -> None:
    with NameServer(rcode=rcode) as server:
        outcome = check(server)

    assert told(outcome) == (
        ProbeStatus.DOWN,
        f"the name server answers {dns.rcode.to_text(rcode)}",
    )


def test_another_server_answers_for_one_in_trouble(server: NameServer) -> None:
    config = DnsConfig(
        name="shop.example", resolvers=["127.0.0.2", LOCAL], port=server.port
    )  # nobody listens at the first

    assert DnsProber().probe(config, timeout=2.0, guard=OPEN).status is ProbeStatus.UP


def test_a_lost_datagram_is_sent_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kind, "QUERY_TIMEOUT_SECONDS", 0.1)
    with NameServer(ZONE, lost=2) as server:
        outcome = check(server)

        assert server.asked == ["udp"] * 3
    assert outcome.status is ProbeStatus.UP


def test_what_does_not_fit_is_fetched_by_tcp() -> None:
    with NameServer(ZONE, truncate=True) as server:
        outcome = check(server, expected=["192.0.2.1"])

        assert server.asked == ["udp", "tcp"]
    assert outcome.status is ProbeStatus.UP


def test_a_drip_by_tcp_ends_at_the_deadline() -> None:
    with NameServer(ZONE, truncate=True, drip=5.0) as server, ending("an answer by TCP"):
        outcome = check(server, timeout=0.5)

    assert told(outcome) == (ProbeStatus.DOWN, "no answer within 0.5 s")


@pytest.mark.parametrize("count", [0, 1, 20])
def test_a_connection_that_ends_before_its_answer_is_down_f_t1(count: int) -> None:
    """It is the server's doing, not this prober's: never inconclusive."""
    with NameServer(ZONE, truncate=True, hang_up=count) as server:
        outcome = check(server, expected=["192.0.2.1"])

    assert told(outcome) == (ProbeStatus.DOWN, "the connection was closed without an answer")


def test_an_answer_must_be_validated_if_asked_for() -> None:
    with NameServer(ZONE) as plain, NameServer(ZONE, validated=True) as validating:
        assert told(check(plain, require_ad=True)) == (
            ProbeStatus.DOWN,
            "the answer is not validated by DNSSEC (no AD flag)",
        )
        assert check(validating, require_ad=True).status is ProbeStatus.UP


def test_slowness_is_degraded() -> None:
    with NameServer(ZONE, seconds=0.05) as server:
        outcome = check(server, degraded_ms=20.0)

    assert outcome.status is ProbeStatus.DEGRADED
    assert outcome.message.endswith("more than 20 ms")


def test_a_blocked_resolver_is_never_asked(server: NameServer) -> None:
    config = DnsConfig(name="shop.example", resolvers=[LOCAL], port=server.port)
    before = len(server.asked)

    outcome = DnsProber().probe(config, timeout=1.0, guard=CLOSED)

    assert told(outcome) == (ProbeStatus.INCONCLUSIVE, f"blocked address {LOCAL}: loopback")
    assert len(server.asked) == before


def test_trouble_with_this_machines_own_resolver_proves_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(kind, "_servers", lambda _config, _guard: [("127.0.0.2", 9)])

    outcome = DnsProber().probe(DnsConfig(name="shop.example"), timeout=1.0, guard=OPEN)

    assert outcome.status is ProbeStatus.INCONCLUSIVE


def by_the_systems(
    monkeypatch: pytest.MonkeyPatch, server: NameServer, *, timeout: float = PATIENCE
) -> Outcome:
    """What a check comes to whose name server is the system's."""
    monkeypatch.setattr(kind, "_servers", lambda _config, _guard: [(LOCAL, server.port)])
    return DnsProber().probe(DnsConfig(name="shop.example"), timeout=timeout, guard=OPEN)


@pytest.mark.parametrize(
    "rcode", [dns.rcode.SERVFAIL, dns.rcode.REFUSED, dns.rcode.NOTIMP, dns.rcode.FORMERR]
)
def test_a_refusal_by_the_systems_name_server_proves_nothing_f_t1(
    rcode: dns.rcode.Rcode, monkeypatch: pytest.MonkeyPatch, name_server: NameServer
) -> None:
    with NameServer(rcode=rcode) as server:
        outcome = by_the_systems(monkeypatch, server)

    assert outcome == NO_NAME_SERVER


def test_silence_of_the_systems_name_server_proves_nothing_f_t1(
    monkeypatch: pytest.MonkeyPatch, name_server: NameServer
) -> None:
    monkeypatch.setattr(health, "LATE_SECONDS", 0.2)
    with NameServer(mute=True) as server:
        outcome = by_the_systems(monkeypatch, server, timeout=0.5)

    assert outcome == NO_NAME_SERVER


def test_a_zone_that_the_systems_name_server_alone_does_not_get_is_down_f_t1(
    monkeypatch: pytest.MonkeyPatch, name_server: NameServer
) -> None:
    monkeypatch.setattr(health, "LATE_SECONDS", 0.4)
    with NameServer({".": {"NS": ["a.example."]}}, silent=("shop.example",)) as server:
        outcome = by_the_systems(monkeypatch, server, timeout=1.0)

    assert told(outcome) == (ProbeStatus.DOWN, "no answer within 1 s")


@pytest.mark.parametrize("rcode", [dns.rcode.FORMERR, dns.rcode.NOTIMP, dns.rcode.BADVERS])
def test_a_server_without_edns_is_asked_without_f_t11(rcode: dns.rcode.Rcode) -> None:
    with NameServer(ZONE, rcode=rcode, edns=False) as server:
        outcome = check(server, expected=["192.0.2.1"])

        assert server.asked == ["udp", "udp"]
    assert outcome.status is ProbeStatus.UP


def test_a_server_that_does_not_understand_a_plain_question_is_down_f_t11() -> None:
    with NameServer(ZONE, rcode=dns.rcode.FORMERR) as server:
        outcome = check(server)

        assert server.asked == ["udp", "udp"]
    assert told(outcome) == (ProbeStatus.DOWN, "the name server answers FORMERR")


@pytest.mark.parametrize(
    ("settings", "field", "words"),
    [
        ({"name": ""}, "name", "is not a name"),
        ({"name": "a..b"}, "name", "is not a name"),
        ({"name": "b☃cher.example"}, "name", "is not a host name"),
        ({"record_type": "ANY"}, "record_type", "Input should be"),
        ({"expected": ["shop"]}, "expected", "'shop' is not A"),
        ({"record_type": "MX", "expected": ["mail.example"]}, "expected", "is not MX"),
        ({"resolvers": ["dns.example"]}, "resolvers", "'dns.example' is not an address"),
        ({"port": 70_000}, "port", "less than or equal"),
    ],
)
def test_bad_settings_are_refused_at_their_field(
    settings: dict[str, Any], field: str, words: str
) -> None:
    with pytest.raises(ValidationError, match=words) as refused:
        DnsConfig.model_validate({"name": "shop.example", **settings})

    assert [error["loc"] for error in refused.value.errors()] == [(field,)]
