"""What is taken for a reference target."""

import pytest

from monitors.probing.reference_targets import Reference, parse_reference


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("192.0.2.1:53", Reference("192.0.2.1", 53)),
        ("router.example:443", Reference("router.example", 443)),
        ("[2001:db8::1]:53", Reference("2001:db8::1", 53)),
        ("https://example.org", Reference("example.org", 443, tls=True)),
        ("https://example.org:8443/", Reference("example.org", 8443, tls=True)),
        ("http://example.org", Reference("example.org", 80)),
        ("bücher.example:53", Reference("xn--bcher-kva.example", 53)),
    ],
)
def test_an_address_is_read(text: str, expected: Reference) -> None:
    assert parse_reference(text) == expected


@pytest.mark.parametrize(
    "text", ["router", "router:", "router:0", "router:99999", "ftp://x", ":53"]
)
def test_what_names_no_port_is_refused_and_the_form_is_told(text: str) -> None:
    with pytest.raises(ValueError, match=r"write HOST:PORT or https://HOST"):
        parse_reference(text)
