"""The address guard: by table, and with real probes that must not reach a real server."""

import socket
from ipaddress import ip_address, ip_network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.network.address_guard import AddressGuard
from monitors.probing.base import ProbeStatus
from tests.monitors.checks import CLOSED, OPEN, outcome_of
from tests.servers import Target

NEVER = [
    "169.254.169.254", "169.254.170.2", "169.254.0.1", "fe80::1", "fe80::1%eth0",
    "fe80::a9fe:a9fe", "fd00:ec2::254", "fd20:ce::254", "100.100.100.200", "192.0.0.192",
    "168.63.129.16", "0.0.0.0", "0.1.2.3", "::", "255.255.255.255", "224.0.0.1", "239.1.2.3",
    "ff02::1", "240.0.0.1", "250.1.2.3", "192.88.99.1", "100::1", "4000::1", "fe00::1",
    "::ffff:169.254.169.254", "::ffff:a9fe:a9fe", "::169.254.169.254", "64:ff9b::a9fe:a9fe",
    "64:ff9b:1:a9fe:a9:fe00::", "64:ff9b:1::a9fe:a9fe", "2002:a9fe:a9fe::1",
    "2001:0:5db8:1::5601:5601", "::ffff:0:169.254.169.254", "::ffff:0.0.0.0",
    "2606:4700::5efe:a9fe:a9fe", "fd12::200:5efe:a9fe:a9fe",
]  # fmt: skip
PRIVATE = [
    "127.0.0.1", "127.255.255.254", "::1", "10.0.0.1", "172.16.0.1", "172.31.255.255",
    "192.168.1.1", "100.64.0.1", "100.127.255.254", "fc00::1", "fd12:3456::1", "fec0::1",
    "::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:10.0.0.1", "::127.0.0.1", "::7f00:1",
    "64:ff9b::7f00:1", "64:ff9b::10.0.0.1", "64:ff9b:1::7f00:1", "2002:7f00:1::", "2002:a00:1::",
    "2001:0:7f00:1::f7f7:f7f7", "2001:0:808:808::80ff:fffe", "198.18.0.1", "192.0.2.1",
    "2001:db8::1", "3fff::1", "192.0.0.8", "2606:4700::5efe:7f00:1", "2606:4700::200:5efe:a00:1",
]  # fmt: skip
PUBLIC = [
    "1.1.1.1", "8.8.8.8", "9.255.255.255", "172.15.0.1", "172.32.0.1", "100.63.255.255",
    "100.128.0.1", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8",
    "2002:808:808::1", "2606:4700::5efe:808:808",
]  # fmt: skip


@pytest.mark.parametrize("address", NEVER)
def test_some_addresses_are_refused_whatever_is_allowed(address: str) -> None:
    everything = (ip_network("0.0.0.0/0"), ip_network("::/0"))

    assert OPEN.refusal(address)
    assert AddressGuard(allow_private=False, allowed_networks=everything).refusal(address)


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_refused_unless_they_are_allowed(address: str) -> None:
    assert CLOSED.refusal(address)
    assert OPEN.refusal(address) is None


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_may_be_reached(address: str) -> None:
    assert CLOSED.refusal(address) is None
    assert OPEN.refusal(address) is None


def test_an_allowed_network_opens_itself_and_nothing_else() -> None:
    guard = AddressGuard(allow_private=False, allowed_networks=(ip_network("10.1.0.0/16"),))

    assert guard.refusal("10.1.2.3") is None
    assert guard.refusal("::ffff:10.1.2.3") is None
    assert guard.refusal("10.2.0.1") == "private"
    assert guard.refusal("127.0.0.1") == "loopback"
    assert guard.refusal("fc00::1") == "unique local"


def test_a_tunnel_to_a_private_address_is_refused_by_what_it_carries() -> None:
    assert CLOSED.refusal("2002:a00:1::") == "private, as 10.0.0.1"
    assert CLOSED.refusal("64:ff9b::7f00:1") == "loopback, as 127.0.0.1"


@pytest.mark.parametrize("text", ["", "example.org", "127.1", "0x7f000001", "1.2.3.4.5", "/tmp/x"])
def test_what_is_not_an_address_is_refused(text: str) -> None:
    assert OPEN.refusal(text) == "not an address"


@given(st.ip_addresses().map(str))
def test_what_the_open_guard_refuses_the_closed_one_refuses_too(address: str) -> None:
    if OPEN.refusal(address):
        assert CLOSED.refusal(address)


@given(st.ip_addresses(v=4))
def test_a_mapped_address_is_judged_as_the_address_it_maps(address: Any) -> None:
    for guard in (OPEN, CLOSED):
        assert bool(guard.refusal(f"::ffff:{address}")) == bool(guard.refusal(str(address)))


@given(st.ip_addresses(v=4))
def test_the_closed_guard_lets_only_global_addresses_through(address: Any) -> None:
    if CLOSED.refusal(str(address)) is None:
        assert ip_address(address).is_global


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.1", "017700000001",
        "0177.0.0.1", "0", "0.0.0.0", "127.0.0.1.", "localhost", "LOCALHOST", "a.localhost",
        "[::1]", "[::]", "[::ffff:7f00:1]", "[::ffff:127.0.0.1]", "[0:0:0:0:0:ffff:7f00:0001]",
        "[::7f00:1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "%31%32%37.0.0.1", "127。0。0。1",
        "①②⑦.0.0.1", "127.0.0.1#@example.org", "[fe80::1%25lo]",
    ],
)  # fmt: skip
def test_no_way_of_writing_an_address_gets_past_the_guard(host: str) -> None:
    with Target() as target:
        name, mark, rest = host.partition("#")
        url = f"http://{name}:{target.port}/{mark}{rest}"
        try:
            outcome = outcome_of(url, guard=CLOSED)
        except ValueError:
            return  # refused already when it was written down

        assert outcome.status is ProbeStatus.INCONCLUSIVE
        assert outcome.message.startswith("blocked address")
        assert target.accepted == 0


def test_a_redirect_does_not_get_past_the_guard() -> None:
    with Target() as target:
        to = "http://169.254.169.254/latest/meta-data/"
        outcome = outcome_of(target.url(f"/redirect?to={to}"))

    assert outcome.status is ProbeStatus.INCONCLUSIVE
    assert outcome.message == "blocked address 169.254.169.254: link-local or cloud metadata"


def test_a_name_server_cannot_lead_past_the_guard(monkeypatch: pytest.MonkeyPatch) -> None:
    def rebinding(*_args: object, **_options: object) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("169.254.169.254", 0))]

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    outcome = outcome_of("http://harmless.example/")

    assert outcome.status is ProbeStatus.INCONCLUSIVE
    assert outcome.message.startswith("blocked address 169.254.169.254")
