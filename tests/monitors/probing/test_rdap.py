"""Registrations and registries by RFC 9083 and RFC 9224."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitors.probing.rdap import RdapError, query_url, registration, servers

BOOTSTRAP = json.dumps({
    "version": "1.0", "publication": "2026-01-01T00:00:00Z",
    "services": [
        [["com", "net"], ["http://rdap.example/com/", "https://rdap.example/com/v1"]],
        [["uk"], ["https://rdap.nominet.example/uk/"]],
        [["co.uk"], ["https://rdap.co.example/"]],
        [["ftp"], ["ftp://rdap.example/"]],
    ],
}).encode()  # fmt: skip


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("example.com", ["https://rdap.example/com/v1", "http://rdap.example/com/"]),
        ("example.uk", ["https://rdap.nominet.example/uk/"]),
        ("example.co.uk", ["https://rdap.co.example/"]),
        ("example.de", []),
        ("example.ftp", []),
        ("notcom", []),
    ],
)
def test_the_longest_entry_that_a_name_ends_in_says_whom_to_ask(
    name: str, expected: list[str]
) -> None:
    assert servers(BOOTSTRAP, name) == expected


@pytest.mark.parametrize("server", ["https://rdap.example/v1", "https://rdap.example/v1/"])
def test_a_domain_is_asked_for_below_the_servers_address(server: str) -> None:
    assert query_url(server, "example.com") == "https://rdap.example/v1/domain/example.com"


def test_the_end_and_the_statuses_are_read() -> None:
    found = registration(json.dumps({
        "objectClassName": "domain", "ldhName": "EXAMPLE.COM", "status": ["Client Hold", 7],
        "events": [
            {"eventAction": "registration", "eventDate": "1995-08-14T04:00:00Z"},
            {"eventAction": "expiration", "eventDate": "2027-08-13T04:00:00Z"},
            {"eventAction": "expiration", "eventDate": "never"},
        ],
    }).encode())  # fmt: skip

    assert found.ends == 1_818_129_600.0
    assert found.statuses == {"client hold"}


@given(
    st.binary(max_size=50)
    | st.recursive(
        st.none() | st.integers() | st.text(max_size=5) | st.just("domain"),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
            st.sampled_from(["objectClassName", "events", "eventAction", "status", "services"]),
            inner, max_size=4),
        max_leaves=15,
    ).map(lambda value: json.dumps(value).encode())
)  # fmt: skip
def test_no_document_is_a_traceback(document: Any) -> None:
    for read in (registration, lambda body: servers(body, "example.com")):
        with suppress(RdapError):
            read(document)
