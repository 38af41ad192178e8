"""Settings of the kind `endpoint`: what is refused, by name, and what is not repeated."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from tests.certificates import make_certificate
from tests.monitors.checks import endpoint


def refused_fields(**settings: Any) -> list[str]:
    with pytest.raises(ValidationError) as refused:
        endpoint(**{"url": "http://example.org/", **settings})
    return [str(error["loc"][0]) for error in refused.value.errors()]


@pytest.mark.parametrize(
    "url",
    [
        "", "example.org", "/status", "ftp://example.org/", "javascript:alert(1)", "http://",
        "http://user@example.org/", "http://user:secret@example.org/", "http://:@example.org/",
        "http://example.org:99999/", "http://exa mple.org/", "http://example.org/a b",
        "http://example.org/\r\nX-Evil: 1", "http://example.org/\x00", "http://[::1",
        "http://b☃cher.example/", "http://a℀b.example/", "file:///etc/passwd",
        "http://example.org/" + "a" * 2000,
    ],
)  # fmt: skip
def test_a_bad_url_is_refused_and_named(url: str) -> None:
    assert refused_fields(url=url) == ["url"]


def test_a_password_in_the_url_is_refused_without_being_repeated() -> None:
    with pytest.raises(ValidationError) as refused:
        endpoint("http://user:hunter2@example.org/")

    told = refused.value.errors(include_input=False, include_url=False)
    assert "must not contain a user name or password" in told[0]["msg"]
    assert "hunter2" not in told[0]["msg"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("method", "TRACE"),
        ("method", "get"),
        ("headers", {"X-A": "1\r\nX-B: 2"}),
        ("headers", {"X-A": "1\x00"}),
        ("headers", {"X A": "1"}),
        ("headers", {"": "1"}),
        ("headers", {"X-A:": "1"}),
        ("headers", {"Content-Length": "5"}),
        ("headers", {"X-A": "1", "x-a": "2"}),
        ("headers", {"X-A": "a\u0085b"}),
        ("headers", {"X-A": "a\ud800"}),
        ("headers", {"X-A": "a" * 9000}),
        ("headers", {f"X-{number}": "a" for number in range(40)}),
        ("body", "a" * 70_000),
        ("body", "\ud800"),
        ("expected_status", ""),
        ("expected_status", "ok"),
        ("expected_status", "200-"),
        ("expected_status", "299-200"),
        ("expected_status", "200,,201"),
        ("expected_status", "20000"),
        ("follow_redirects", -1),
        ("follow_redirects", 21),
        ("follow_redirects", True),
        ("follow_redirects", "5"),
        ("verify_tls", "yes"),
        ("degraded_ms", 0),
        ("degraded_ms", -5.0),
        ("degraded_ms", float("nan")),
        ("degraded_ms", float("inf")),
        ("max_bytes", 0),
        ("max_bytes", 1 << 30),
    ],
)
def test_a_bad_setting_is_refused_and_named(field: str, value: Any) -> None:
    assert refused_fields(**{field: value}) == [field]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("username", "a:b"),
        ("username", "a\n"),
        ("bearer_token", "two words"),
        ("client_certificate", "nonsense"),
        ("client_key", "nonsense"),
        ("authorities", "nonsense"),
        ("assertions", ["body"]),
        ("assertions", ["time < 1"] * 33),
        ("final_host", "https://example.org"),
        ("warn_days", 0),
        ("ip_version", "5"),
        ("http_version", "3"),
    ],
)
def test_a_bad_setting_of_the_answer_or_of_credentials_is_named(field: str, value: Any) -> None:
    assert refused_fields(**{field: value}) == [field]


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"username": "u", "bearer_token": "t"}, "a bearer token and a user name exclude"),
        ({"username": "u", "headers": {"authorization": "x"}}, "exclude each other"),
        ({"password": "p"}, "the password needs a user name"),
        ({"http_version": "2"}, "HTTP/2 needs an https:// address"),
        ({"url": "http://127.0.0.1/", "ip_version": "4"}, "has a version of its own"),
        ({"url": "http://[::1]/", "ip_version": "both"}, "has a version of its own"),
        ({"assertions": ["size < 2000"], "max_bytes": 1000}, "more than max_bytes are read"),
    ],
)
def test_settings_that_exclude_each_other_are_told(settings: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        endpoint(**{"url": "http://example.org/", **settings})


def test_a_client_certificate_and_its_key_go_together(tmp_path: Path) -> None:
    mine = make_certificate(tmp_path, names=("a",))
    other = make_certificate(tmp_path, names=("b",))
    url, pem = "https://example.org/", mine.path.read_text()

    with pytest.raises(ValidationError, match="go together"):
        endpoint(url, client_certificate=pem)
    with pytest.raises(ValidationError, match="not that of the client certificate") as refused:
        endpoint(url, client_certificate=pem, client_key=other.key_path.read_text())
    endpoint(url, client_certificate=pem, client_key=mine.key_path.read_text())

    assert "PRIVATE" not in str(refused.value.errors(include_input=False))


def test_headers_that_look_like_credentials_are_secrets() -> None:
    config: Any = endpoint(
        "http://example.org/",
        headers={"X-Api-Key": "k1", "Cookie": "c1", "Authorization": "a1", "Accept": "text/html"},
    )

    assert {n for n, value in config.headers.items() if not isinstance(value, str)} == {
        "X-Api-Key", "Cookie", "Authorization",
    }  # fmt: skip
    assert not {"k1", "c1", "a1"} & set(repr(config).replace("'", " ").split())


def test_no_secret_stands_in_a_message_even_if_the_target_sends_it_back() -> None:
    config: Any = endpoint("http://example.org/", bearer_token="t0ken", headers={"X-Key": "k3y5"})

    assert config.mask("got t0ken and k3y5") == "got ••• and •••"


def test_patterns_that_would_take_too_long_over_a_large_body_are_refused() -> None:
    wide = "body matches a.{1,500}b.{1,400}c"

    assert endpoint("http://example.org/", assertions=[wide]) is not None
    with pytest.raises(ValidationError, match="too large for a max_bytes of 16777216"):
        endpoint("http://example.org/", max_bytes=16 << 20, assertions=[wide])


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("http://bücher.example/", "http://xn--bcher-kva.example/"),
        ("https://BÜCHER.example:8443/ü?q=ß", "https://xn--bcher-kva.example:8443/%C3%BC?q=%C3%9F"),
        ("http://b%C3%BCcher.example/", "http://xn--bcher-kva.example/"),
        ("http://faß.example", "http://xn--fa-hia.example"),
        ("http://日本語。jp/", "http://xn--wgv71a119e.jp/"),
    ],
)
def test_a_host_beyond_ascii_is_kept_as_name_servers_know_it(written: str, kept: str) -> None:
    """F-T12."""
    config: Any = endpoint(written, final_host="bücher.example")

    assert (config.url, config.final_host) == (kept, "xn--bcher-kva.example")
