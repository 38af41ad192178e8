"""The HTTP prober against real servers."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from monitors.engine import Engine
from monitors.probers.base import Word
from monitors.probers.http import EndpointProber
from tests.monitors.probing import OPEN, endpoint, make, outcome_of, probe
from tests.servers import Certificate, Mute, Target, make_certificate


@pytest.fixture(scope="module")
def target() -> Iterator[Target]:
    with Target() as started:
        yield started


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def secure(certificate: Certificate) -> Iterator[Target]:
    with Target(tls=certificate) as started:
        yield started


def refused_fields(**settings: Any) -> list[str]:
    with pytest.raises(ValidationError) as refused:
        endpoint(**{"url": "http://example.org/", **settings})
    return [str(error["loc"][0]) for error in refused.value.errors()]


# Settings


@pytest.mark.parametrize(
    "url",
    [
        "", "example.org", "/status", "ftp://example.org/", "javascript:alert(1)", "http://",
        "http://user@example.org/", "http://user:secret@example.org/", "http://:@example.org/",
        "http://example.org:99999/", "http://exa mple.org/", "http://example.org/a b",
        "http://example.org/\r\nX-Evil: 1", "http://example.org/\x00", "http://[::1",
        "http://bücher.example/", "file:///etc/passwd", "http://example.org/" + "a" * 2000,
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
        ("headers", {"X-A": "ü"}),
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


def test_a_path_beyond_ascii_is_asked_for_encoded(target: Target) -> None:
    outcome_of(target.url("/grün?q=%20ü"))

    assert target.requests[-1].path == "/grün"
    assert target.requests[-1].query == {"q": " ü"}


# Judgement


def test_a_good_answer_is_up_with_its_times(target: Target) -> None:
    outcome = outcome_of(target.url("/slow?seconds=0.1"))

    assert (outcome.word, outcome.message, outcome.code) == (Word.UP, "", 200)
    assert list(outcome.phases) == ["name", "connect", "tls", "first_byte", "total"]
    assert 95 < outcome.phases["first_byte"] <= outcome.phases["total"] < 400
    assert outcome.phases["tls"] == 0
    assert outcome.latency_ms == outcome.phases["total"]


@pytest.mark.parametrize(
    ("status", "expected", "word"),
    [
        (200, "200-399", Word.UP),
        (399, "200-399", Word.UP),
        (404, "200-399", Word.DOWN),
        (503, "200-399", Word.DOWN),
        (404, "200-299, 404", Word.UP),
        (301, "200-299,301,404", Word.UP),
        (300, "200-299,301", Word.DOWN),
        (503, "503", Word.UP),
        (204, "200", Word.DOWN),
    ],
)
def test_the_status_decides(target: Target, status: int, expected: str, word: Word) -> None:
    outcome = outcome_of(target.url(f"/status/{status}"), expected_status=expected)

    assert (outcome.word, outcome.code) == (word, status)
    assert outcome.message == ("" if word is Word.UP else f"status {status}, expected {expected}")


def test_a_slow_answer_is_degraded(target: Target) -> None:
    outcome = outcome_of(target.url("/slow?seconds=0.1"), degraded_ms=50)

    assert outcome.word is Word.DEGRADED
    assert "more than 50 ms" in outcome.message


def test_a_slow_answer_with_a_bad_status_is_down(target: Target) -> None:
    assert outcome_of(target.url("/status/500"), degraded_ms=0.001).word is Word.DOWN


def test_a_body_is_read_to_its_limit_and_the_status_still_decides(target: Target) -> None:
    outcome = outcome_of(target.url("/endless"), max_bytes=10_000)

    assert outcome.word is Word.UP
    assert outcome.message == "only the first 10000 bytes of the answer were read"


def test_a_body_of_just_the_limit_is_whole(target: Target) -> None:
    assert outcome_of(target.url("/ok"), max_bytes=2).message == ""


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/stall", "no answer within 0.3 s"),
        ("/half", "no complete answer within 0.3 s"),
        ("/drip", "no complete answer within 0.3 s"),
        ("/drip-headers", "no complete answer within 0.3 s"),
        ("/headers?count=20000", "the answer has too many headers, or too large ones"),
        ("/endless-headers", "the answer has too many headers, or too large ones"),
        ("/garbage", "the answer is not HTTP"),
        ("/http09", "the answer is not HTTP"),
        ("/close", "the connection was closed without an answer"),
        ("/short", "the answer broke off before its end"),
        ("/loop", "too many redirects"),
    ],
)
def test_a_misbehaving_target_is_down_with_the_reason(
    target: Target, path: str, message: str
) -> None:
    outcome = outcome_of(target.url(path), timeout=0.3)

    assert (outcome.word, outcome.message) == (Word.DOWN, message)
    assert outcome.latency_ms is None


@pytest.mark.parametrize("path", ["/bomb", "/transfer-bomb"])
def test_a_bomb_is_not_unpacked(target: Target, path: str) -> None:
    outcome = outcome_of(target.url(path), max_bytes=100_000)

    assert outcome.code == 200
    assert "only the first 100000 bytes" in outcome.message or "encoding" in outcome.message


def test_a_target_that_takes_no_connections_is_down() -> None:
    # A full backlog: the kernel drops what comes after.
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        fillers = [socket.socket() for _ in range(3)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(full.getsockname())
        outcome = outcome_of(f"http://127.0.0.1:{full.getsockname()[1]}/", timeout=0.3)
        for filler in fillers:
            filler.close()

    assert (outcome.word, outcome.message) == (Word.DOWN, "no connection within 0.3 s")


# Redirects


def test_redirects_are_followed(target: Target) -> None:
    outcome = outcome_of(target.url("/redirect?to=/redirect%3Fto=/ok"))

    assert (outcome.word, outcome.code) == (Word.UP, 200)


def test_redirects_need_not_be_followed(target: Target) -> None:
    outcome = outcome_of(target.url("/redirect?to=/status/500"), follow_redirects=0)

    assert (outcome.word, outcome.code) == (Word.UP, 302)


@pytest.mark.parametrize("to", ["ftp://127.0.0.1/", "file:///etc/passwd", "gopher://127.0.0.1/"])
def test_a_redirect_leads_only_to_the_web(target: Target, to: str) -> None:
    outcome = outcome_of(target.url(f"/redirect?to={to}"))

    assert outcome.word is Word.DOWN
    assert outcome.message.startswith("redirected to where a probe does not go")


def test_credentials_do_not_follow_a_redirect_to_another_server(target: Target) -> None:
    with Target() as other:
        outcome_of(
            target.url(f"/redirect?to={other.url('/ok')}"),
            headers={"Authorization": "Bearer secret", "Cookie": "session=secret"},
        )

        assert "secret" in str(target.requests[-1].headers)
        assert "secret" not in str(other.requests[-1].headers)


# Requests


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_every_method_is_sent_as_it_is_named(target: Target, method: str) -> None:
    outcome = outcome_of(target.url("/ok"), method=method)

    assert outcome.word is Word.UP
    assert target.requests[-1].method == method


def test_body_and_headers_are_sent(target: Target) -> None:
    headers = {"X-Key": "k", "X-Empty": "", "Host": "shop.example", "User-Agent": "mine"}
    outcome_of(target.url("/ok"), method="PUT", body='{"grün": 1}', headers=headers)

    sent = target.requests[-1]
    assert sent.body.decode() == '{"grün": 1}'
    assert sent.headers["x-key"] == "k"
    assert sent.headers["x-empty"] == ""
    assert sent.headers["host"] == "shop.example"
    assert sent.headers["user-agent"] == "mine"
    assert "content-type" not in sent.headers


def test_a_request_says_who_asks_and_offers_no_compression(target: Target) -> None:
    outcome_of(target.url("/ok"))

    assert target.requests[-1].headers == {
        "host": f"127.0.0.1:{target.port}",
        "user-agent": "statuspage/0.1 (+probe)",
        "accept": "*/*",
    }


def test_nothing_of_one_check_leaks_into_the_next(target: Target) -> None:
    engine = Engine(guard=OPEN, capacity=1)
    first = endpoint(
        target.url("/ok"), method="POST", body="mine", headers={"Authorization": "secret"}
    )

    make([probe(first)], engine=engine)
    make([probe(endpoint(target.url("/ok")))], engine=engine)
    engine.close()

    sent = target.requests[-1]
    assert (sent.method, sent.body) == ("GET", b"")
    assert "authorization" not in sent.headers


def test_every_check_makes_a_connection_of_its_own(target: Target) -> None:
    before = target.accepted
    engine = Engine(guard=OPEN)
    for _ in range(3):
        make([probe(endpoint(target.url("/ok")))], engine=engine)
    engine.close()

    assert target.accepted == before + 3


def test_proxies_of_the_environment_are_not_used(
    target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1/")

    assert outcome_of(target.url("/ok")).word is Word.UP


# TLS


def test_a_trusted_certificate_is_up_and_the_handshake_is_timed(
    secure: Target, certificate: Certificate
) -> None:
    outcome = outcome_of(
        secure.url("/ok"), prober=EndpointProber(authorities=str(certificate.path))
    )

    assert (outcome.word, outcome.code) == (Word.UP, 200)
    assert outcome.phases["tls"] > 0


def test_an_untrusted_certificate_is_down(secure: Target) -> None:
    outcome = outcome_of(secure.url("/ok"))

    assert outcome.word is Word.DOWN
    assert outcome.message == "certificate is not valid: self-signed certificate"


def test_an_untrusted_certificate_can_be_accepted(secure: Target) -> None:
    assert outcome_of(secure.url("/ok"), verify_tls=False).word is Word.UP


def test_an_expired_certificate_is_down(tmp_path: Path) -> None:
    expired = make_certificate(tmp_path, days_left=-1)
    with Target(tls=expired) as server:
        trusting = EndpointProber(authorities=str(expired.path))
        outcome = outcome_of(server.url("/ok"), prober=trusting)

    assert outcome.word is Word.DOWN
    assert outcome.message == "certificate is not valid: certificate has expired"


def test_a_certificate_for_another_name_is_down(tmp_path: Path) -> None:
    foreign = make_certificate(tmp_path, names=("shop.example",))
    with Target(tls=foreign) as server:
        trusting = EndpointProber(authorities=str(foreign.path))
        outcome = outcome_of(server.url("/ok"), prober=trusting)

    assert outcome.word is Word.DOWN
    assert outcome.message.startswith("certificate is not valid: ")


def test_a_missing_file_of_authorities_is_our_own_trouble(secure: Target, tmp_path: Path) -> None:
    broken = EndpointProber(authorities=str(tmp_path / "missing.pem"))

    outcome = outcome_of(secure.url("/ok"), prober=broken)

    assert outcome.word is Word.INCONCLUSIVE
    assert outcome.message.startswith("the file of trusted authorities cannot be read")


def test_a_handshake_that_never_ends_ends_at_the_deadline() -> None:
    with Mute() as mute:
        outcome = outcome_of(f"https://127.0.0.1:{mute.port}/", timeout=0.3)

    assert (outcome.word, outcome.message) == (Word.DOWN, "no TLS handshake within 0.3 s")
