"""The kind `endpoint` against real servers: what is asked, and how the answer is judged."""

import socket
from collections.abc import Iterator

import pytest

from monitors.probing.base import ProbeStatus
from monitors.probing.engine import Engine
from tests.monitors.checks import OPEN, endpoint, make, outcome_of, probe
from tests.servers import Target


@pytest.fixture(scope="module")
def target() -> Iterator[Target]:
    with Target() as started:
        yield started


def test_a_path_beyond_ascii_is_asked_for_encoded(target: Target) -> None:
    outcome_of(target.url("/grün?q=%20ü"))

    assert target.requests[-1].path == "/grün"
    assert target.requests[-1].query == {"q": " ü"}


# Judgement


def test_a_good_answer_is_up_with_its_times(target: Target) -> None:
    outcome = outcome_of(target.url("/slow?seconds=0.1"))

    assert (outcome.status, outcome.message, outcome.code) == (ProbeStatus.UP, "", 200)
    assert list(outcome.phases) == ["name", "connect", "tls", "first_byte", "total"]
    assert 95 < outcome.phases["first_byte"] <= outcome.phases["total"] < 400
    assert outcome.phases["tls"] == 0
    assert outcome.latency_ms == outcome.phases["total"]


@pytest.mark.parametrize(
    ("status", "expected", "word"),
    [
        (200, "200-399", ProbeStatus.UP),
        (399, "200-399", ProbeStatus.UP),
        (404, "200-399", ProbeStatus.DOWN),
        (503, "200-399", ProbeStatus.DOWN),
        (404, "200-299, 404", ProbeStatus.UP),
        (301, "200-299,301,404", ProbeStatus.UP),
        (300, "200-299,301", ProbeStatus.DOWN),
        (503, "503", ProbeStatus.UP),
        (204, "200", ProbeStatus.DOWN),
    ],
)
def test_the_status_decides(target: Target, status: int, expected: str, word: ProbeStatus) -> None:
    outcome = outcome_of(target.url(f"/status/{status}"), expected_status=expected)

    assert (outcome.status, outcome.code) == (word, status)
    assert outcome.message == (
        "" if word is ProbeStatus.UP else f"status {status}, expected {expected}"
    )


def test_a_slow_answer_is_degraded(target: Target) -> None:
    outcome = outcome_of(target.url("/slow?seconds=0.1"), degraded_ms=50)

    assert outcome.status is ProbeStatus.DEGRADED
    assert "more than 50 ms" in outcome.message


def test_a_slow_answer_with_a_bad_status_is_down(target: Target) -> None:
    assert outcome_of(target.url("/status/500"), degraded_ms=0.001).status is ProbeStatus.DOWN


def test_a_body_is_read_to_its_limit_and_the_status_still_decides(target: Target) -> None:
    outcome = outcome_of(target.url("/endless"), max_bytes=10_000)

    assert outcome.status is ProbeStatus.UP
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

    assert (outcome.status, outcome.message) == (ProbeStatus.DOWN, message)
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

    assert (outcome.status, outcome.message) == (ProbeStatus.DOWN, "no connection within 0.3 s")


# Redirects


def test_redirects_are_followed(target: Target) -> None:
    outcome = outcome_of(target.url("/redirect?to=/redirect%3Fto=/ok"))

    assert (outcome.status, outcome.code) == (ProbeStatus.UP, 200)


def test_redirects_need_not_be_followed(target: Target) -> None:
    outcome = outcome_of(target.url("/redirect?to=/status/500"), follow_redirects=0)

    assert (outcome.status, outcome.code) == (ProbeStatus.UP, 302)


@pytest.mark.parametrize("to", ["ftp://127.0.0.1/", "file:///etc/passwd", "gopher://127.0.0.1/"])
def test_a_redirect_leads_only_to_the_web(target: Target, to: str) -> None:
    outcome = outcome_of(target.url(f"/redirect?to={to}"))

    assert outcome.status is ProbeStatus.DOWN
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

    assert outcome.status is ProbeStatus.UP
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

    assert outcome_of(target.url("/ok")).status is ProbeStatus.UP
