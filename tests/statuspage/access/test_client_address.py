"""Whose request it is: no header that a caller sends may choose the address."""

from typing import Any

import pytest
from django.conf import settings
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from statuspage.access import login
from statuspage.access.client_address import (
    address_of_request,
    address_of_scope,
    client_address,
    network_of,
)
from statuspage.signup.network import UNTOLD, signup_network

PEER = "9.9.9.9"


@pytest.mark.parametrize(
    ("forwarded", "proxies", "address"),
    [
        ("", 0, "peer"),
        ("198.51.100.7", 0, "peer"),
        ("198.51.100.7", 1, "198.51.100.7"),
        ("forged, 198.51.100.7", 1, "198.51.100.7"),
        ("forged, 198.51.100.7, 10.0.0.1", 2, "198.51.100.7"),
        ("", 1, "peer"),
        ("198.51.100.7", 2, "peer"),
        ("forged, y", 3, "peer"),
        (" , ", 1, "peer"),
    ],
)
def test_the_address_is_the_one_our_own_proxies_say(
    forwarded: str, proxies: int, address: str
) -> None:
    assert client_address("peer", forwarded, proxies=proxies) == address


@given(st.text(max_size=60))
def test_nothing_a_caller_writes_moves_its_address(forged: str) -> None:
    assert client_address("p", f"{forged}, 198.51.100.7", proxies=1) == "198.51.100.7"


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("198.51.100.7", "198.51.100.0/24"),
        ("::ffff:198.51.100.7", "198.51.100.0/24"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", "unknown"),
        ("<script>", "unknown"),
    ],
)
def test_addresses_are_counted_by_network(address: str, network: str) -> None:
    assert network_of(address) == network


def seen(forwarded: str, peer: str = PEER) -> tuple[str, str, str, str]:
    """Where each part of the product takes a request to come from."""
    request: Any = RequestFactory().get(
        "/", headers={"X-Forwarded-For": forwarded}, REMOTE_ADDR=peer
    )
    lines = [(b"x-forwarded-for", line.encode()) for line in forwarded.split(";")]
    scope = {"client": [peer, 1], "headers": [(b"host", b"a"), *lines]}
    return (
        network_of(address_of_request(request)),
        network_of(address_of_scope(scope)),
        login.network(request),
        signup_network(request),
    )


@pytest.mark.parametrize("forwarded", ["8.8.8.8", "8.8.8.8,", "", " , "])
def test_who_did_not_come_through_all_proxies_counts_by_their_socket_everywhere(
    forwarded: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    direct = seen("")
    monkeypatch.setattr(settings.STATUSPAGE, "num_proxies", 2)

    assert seen(forwarded) == direct
    assert direct[:3] == ("9.9.9.0/24",) * 3


def test_every_part_takes_the_same_network_for_the_callers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    direct = seen("", peer="8.8.8.8")
    monkeypatch.setattr(settings.STATUSPAGE, "num_proxies", 2)

    assert seen("1.1.1.1, 8.8.8.8, 10.0.0.1") == direct
    assert seen("8.8.8.99, ::1") == direct


def test_proxies_that_append_a_line_of_their_own_are_heard_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(settings.STATUSPAGE, "num_proxies", 2)

    assert seen("1.1.1.1;8.8.8.8;10.0.0.1")[1] == "8.8.8.0/24"


@pytest.mark.django_db  # that a proxy was seen is kept
def test_signups_of_a_private_socket_without_proxies_count_together_s17() -> None:
    assert seen("", peer="10.0.0.1")[3] == seen("", peer="172.17.0.1")[3] == UNTOLD
    assert seen("", peer="8.8.8.8")[3] == seen("", peer="::ffff:8.8.8.8")[3] != UNTOLD
