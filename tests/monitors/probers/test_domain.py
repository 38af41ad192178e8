"""The kind `domain` against a registry that is scripted by RFC 9083."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from monitors.probers.domain import ASK_SECONDS, LIST_SECONDS, DomainConfig, DomainProber, judge
from monitors.probing.base import Outcome, ProbeStatus
from monitors.probing.rdap import Registration
from tests.monitors.checks import OPEN
from tests.servers import Request, Target

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
CONFIG = DomainConfig.model_validate({"name": "example.com"})


class Registry(Target):
    """IANA's list at `/dns.json`, and a registry of `.com` below `/com/`."""

    def __init__(self) -> None:
        super().__init__()
        self.status, self.domain = 200, domain(ends_in=timedelta(days=400))

    def _pieces(self, request: Request) -> Iterator[bytes]:
        value: dict[str, Any]
        if request.path == "/dns.json":
            status, value = 200, {"services": [[["com"], [self.url("/com/")]]]}
        elif request.path == "/com/domain/example.com":
            status, value = self.status, self.domain
        else:
            status, value = 404, {"errorCode": 404, "title": "Not Found"}
        body = json.dumps(value).encode()
        head = f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        yield head.encode() + body


class Clock:
    """Seconds that go by when a test says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def domain(*, ends_in: timedelta, **more: Any) -> dict[str, Any]:
    ends = (datetime.now(UTC) + ends_in).isoformat()
    events = [{"eventAction": "expiration", "eventDate": ends}]
    return {"objectClassName": "domain", "ldhName": "example.com", "events": events, **more}


@pytest.fixture
def registry() -> Iterator[Registry]:
    with Registry() as served:
        yield served


def check(registry: Registry, *, prober: DomainProber | None = None, **settings: Any) -> Outcome:
    config = DomainConfig.model_validate({"name": "example.com", **settings})
    prober = prober or DomainProber(bootstrap=registry.url("/dns.json"))
    return prober.probe(config, timeout=20.0, guard=OPEN)


def test_a_registration_that_goes_on_is_up(registry: Registry) -> None:
    outcome = check(registry)

    assert (outcome.status, outcome.message) == (ProbeStatus.UP, "")
    assert [each.path for each in registry.requests] == ["/dns.json", "/com/domain/example.com"]
    assert "application/rdap+json" in registry.requests[1].headers["accept"]


def test_a_registration_that_ends_soon_is_degraded(registry: Registry) -> None:
    registry.domain = domain(ends_in=timedelta(days=12, hours=1))

    assert check(registry).status is ProbeStatus.DEGRADED
    assert check(registry, warn_days=10).status is ProbeStatus.UP


@pytest.mark.parametrize(
    ("found", "status", "message"),
    [
        (Registration(NOW.timestamp() + 86_400 * 12.5, frozenset({"active"})),
         ProbeStatus.DEGRADED, "the registration ends in 12 days (2026-12-13)"),
        (Registration(NOW.timestamp() - 1, frozenset()),
         ProbeStatus.DOWN, "the registration ended on 2026-11-30"),
        (Registration(NOW.timestamp() + 1e9, frozenset({"client hold", "active"})),
         ProbeStatus.DOWN, "the registry says: client hold"),
        (Registration(None, frozenset({"pending delete", "redemption period"})),
         ProbeStatus.DOWN, "the registry says: pending delete, redemption period"),
        (Registration(None, frozenset()),
         ProbeStatus.INCONCLUSIVE, "the registry does not tell when the registration ends"),
    ],
)  # fmt: skip
def test_what_a_registration_means(found: Registration, status: ProbeStatus, message: str) -> None:
    outcome = judge(found, CONFIG, now=NOW)

    assert (outcome.status, outcome.message) == (status, message)


def test_a_domain_that_nobody_has_is_down(registry: Registry) -> None:
    outcome = check(registry, name="nobody.com")

    assert (outcome.status, outcome.message) == (ProbeStatus.DOWN, "nobody.com is not registered")


@pytest.mark.parametrize(
    ("settings", "status", "why"),
    [
        ({}, 429, "the registry: it answers 429"),
        ({"name": "example.de"}, 200,
         "the registry: IANA lists none for .de; enter its server if there is one"),
        ({"server": "http://127.0.0.1:1/"}, 200,
         "the registry cannot be asked: connection refused"),
        # A web server that knows nothing of RDAP.
        ({}, 404, "the registry: it answers 404"),
    ],
)  # fmt: skip
def test_a_registry_that_does_not_answer_says_nothing(
    registry: Registry, settings: dict[str, Any], status: int, why: str
) -> None:
    registry.status = status

    outcome = check(registry, **settings)

    assert (outcome.status, outcome.message) == (ProbeStatus.INCONCLUSIVE, why)


def test_a_server_that_is_named_is_asked_without_the_list(registry: Registry) -> None:
    assert check(registry, server=registry.url("/com")).status is ProbeStatus.UP

    assert [each.path for each in registry.requests] == ["/com/domain/example.com"]


def test_a_registry_is_asked_once_an_hour_and_the_list_read_once_a_day(
    registry: Registry,
) -> None:
    clock = Clock()
    prober = DomainProber(bootstrap=registry.url("/dns.json"), steady=clock)

    def asked() -> int:
        check(registry, prober=prober)
        return len(registry.requests)

    assert (asked(), asked()) == (2, 2)
    clock.now = ASK_SECONDS + 1
    assert (asked(), asked()) == (3, 3)
    clock.now = LIST_SECONDS + 1
    assert asked() == 5


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"name": "192.0.2.1"}, "is not a domain"),
        ({"name": "com"}, "is not a domain"),
        ({"name": "example.com", "server": "ftp://x.example"}, "must begin with http"),
    ],
)
def test_settings_that_cannot_work_are_refused(given: dict[str, str], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        DomainConfig.model_validate(given)
