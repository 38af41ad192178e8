"""What only holds a place: reserved names in addresses, and values that say so."""

from typing import Any

import pytest

from monitors.rules.placeholders import is_reserved, placeholders


@pytest.mark.parametrize(
    "host",
    ["example.com", "api.example.com", "EXAMPLE.ORG", "a.b.example.net.", "db.example",
     "service.invalid", "host.test", "test"],
)  # fmt: skip
def test_names_reserved_for_examples_f_t16(host: str) -> None:
    assert is_reserved(host)


@pytest.mark.parametrize(
    "host",
    ["localhost", "app.localhost", "127.0.0.1", "::1", "myexample.com", "example.com.acme.io",
     "contest", "example.co", "testing.io", ""],
)  # fmt: skip
def test_real_names_and_localhost_are_none_f_t16(host: str) -> None:
    assert not is_reserved(host)


@pytest.mark.parametrize(
    ("config", "found"),
    [
        ({"url": "https://api.example.com/health"}, {"url": "api.example.com"}),
        ({"url": "https://user@API.Example.com:8443/x"}, {"url": "api.example.com"}),
        ({"url": "http://[::1]:80/"}, {}),
        ({"url": "http://[broken"}, {}),
        ({"host": "db.example", "port": 5432}, {"host": "db.example"}),
        ({"host": "mail.example.org:25"}, {"host": "mail.example.org"}),
        ({"name": "example.com", "resolvers": ["ns.invalid"]},
         {"name": "example.com", "resolvers": "ns.invalid"}),
        ({"url": "https://acme.io/", "body": "https://example.com/"}, {}),
        ({"url": "https://acme.io/?next=https://example.com/"}, {}),
        ({"bucket": "test", "access_key": "replace-me"}, {"access_key": "replace-me"}),
        ({"secret_key": {"$sealed": "x"}, "headers": {"Host": "example.com"}}, {}),
        ({"group": "test", "container": "example", "period": 60}, {}),
    ],
)  # fmt: skip
def test_settings_that_hold_a_place_f_t16(config: dict[str, Any], found: dict[str, str]) -> None:
    assert placeholders(config) == found
