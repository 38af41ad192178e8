"""Addresses: one spelling, a keyed hash to find them by, a mask to show."""

import pytest
from django.core.exceptions import ValidationError

from subscribers.addresses import digest, lane, masked, normalise


def test_a_mail_address_is_found_in_any_case_and_sent_to_as_written() -> None:
    written = normalise("email", " Ada.L@Example.ORG ")

    assert written == "Ada.L@example.org"
    assert digest("email", written) == digest("email", "ada.l@example.org")


@pytest.mark.parametrize(
    ("channel", "address"),
    [
        ("email", "nobody"), ("email", "a@b@c.org"), ("email", "a" * 250 + "@b.org"),
        ("email", "a@b.org\r\nBcc: c@d.org"), ("email", ""), ("webhook", "ftp://example.org/"),
        ("webhook", "https://"), ("slack", "http://[::1"), ("webhook", "javascript:alert(1)"),
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(channel: str, address: str) -> None:
    with pytest.raises(ValidationError):
        normalise(channel, address)


def test_the_mask_keeps_neither_name_nor_path() -> None:
    assert masked("email", "ada@example.org") == "a…@example.org"
    assert masked("slack", "https://u:p@hooks.example.org/s3cret") == "https://hooks.example.org/…"


def test_lanes_are_the_mail_server_and_each_endpoints_host_and_port() -> None:
    assert lane("email", "ada@example.org") == lane("email", "bob@example.net")
    assert lane("webhook", "https://u:p@Example.org:8443/x") == "example.org:8443"
