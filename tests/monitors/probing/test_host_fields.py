"""Host names as people write them, in every kind that has one."""

from typing import Any

import pytest
from pydantic import ValidationError

from monitors.probers import registry

A_LABEL = "xn--bcher-kva.example"
SETTINGS: list[tuple[str, str, dict[str, Any]]] = [
    ("endpoint", "url", {"url": "https://{}/"}),
    ("endpoint", "final_host", {"url": "http://example.org/", "final_host": "{}"}),
    (
        "storage",
        "url",
        {"url": "https://{}", "bucket": "abc", "access_key": "A", "secret_key": "S"},
    ),
    ("tcp", "host", {"host": "{}", "port": 25}),
    ("certificate", "host", {"host": "{}"}),
    ("certificate", "server_name", {"host": "example.org", "server_name": "{}"}),
    ("ping", "host", {"host": "{}"}),
    ("dns", "name", {"name": "{}"}),
]


def kept(kind: str, field: str, settings: dict[str, Any], host: str) -> str:
    written = {
        name: value.format(host) if isinstance(value, str) else value
        for name, value in settings.items()
    }
    return str(getattr(registry.prober(kind).config_type.model_validate(written), field))


@pytest.mark.parametrize(("kind", "field", "settings"), SETTINGS)
@pytest.mark.parametrize("host", ["bücher.example", "BÜCHER。example", "bu\u0308cher.example"])
def test_a_name_beyond_ascii_is_kept_as_name_servers_know_it(
    kind: str, field: str, settings: dict[str, Any], host: str
) -> None:
    """F-T12."""
    assert A_LABEL in kept(kind, field, settings, host)


@pytest.mark.parametrize(("kind", "field", "settings"), SETTINGS)
@pytest.mark.parametrize("host", ["b☃cher.example", "a℀b.example", "ü-.example", "ü" * 70])
def test_what_is_no_name_is_refused_in_words(
    kind: str, field: str, settings: dict[str, Any], host: str
) -> None:
    with pytest.raises(ValidationError, match="is not a host name"):
        kept(kind, field, settings, host)


@pytest.mark.parametrize("name", ["_dmarc.bücher.example", "_sip._tcp.bücher.example."])
def test_other_labels_stay_as_they_are(name: str) -> None:
    assert kept("dns", "name", {"name": "{}"}, name) == name.replace("bücher", "xn--bcher-kva")


def test_digits_of_other_scripts_are_the_address_that_they_mean() -> None:
    """The address guard judges what is connected to."""
    assert kept("tcp", "host", {"host": "{}", "port": 1}, "１２７.０.０.１") == "127.0.0.1"


def test_expected_records_may_have_such_names() -> None:
    config: Any = registry.prober("dns").config_type.model_validate(
        {"name": "example.org", "record_type": "MX", "expected": ["10 bücher.example."]}
    )
    plain: Any = registry.prober("dns").config_type.model_validate(
        {"name": "example.org", "record_type": "MX", "expected": [f"10 {A_LABEL}."]}
    )

    assert list(config.expected_values) == list(plain.expected_values)
