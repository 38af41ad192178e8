"""The kind `domain`: whether a domain is registered, and for how long, by RDAP (RFC 9083)."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from typing import Generic, TypeVar

from pydantic import Field, field_validator

from components.network.address_guard import AddressGuard
from monitors.probing import url_validators
from monitors.probing.base import BlockingProber, Config, Outcome, ProbeStatus, one_line
from monitors.probing.certificates import format_duration
from monitors.probing.connections import Deadline, ProbeAbortedError
from monitors.probing.host_fields import Host, is_address
from monitors.probing.http_requests import HttpSession
from monitors.probing.rdap import (
    ENDING,
    HOLDS,
    RdapError,
    Registration,
    query_url,
    registration,
    says_unregistered,
    servers,
)
from monitors.probing.trusted_clock import trusted_clock

IANA = "https://data.iana.org/rdap/dns.json"
"""Which registry has which domains (RFC 9224)."""
ASK_SECONDS = 3600.0
"""A registry is asked about a domain so seldom, whatever the interval: dates are of days, and
registries block who asks often."""
LIST_SECONDS = 86_400.0
MAX_REMEMBERED = 2_000
MAX_BYTES = 2 * 1024 * 1024
_HEADERS = {"Accept": "application/rdap+json, application/json"}
_DAY = 86_400.0
T = TypeVar("T")


class DomainConfig(Config):
    """The domain, and how soon before its end to warn."""

    name: Host = Field(
        description="Domain as it is registered, such as example.com, without www or another host."
    )
    warn_days: int = Field(
        default=30, ge=0, le=3650,
        description="Fewer days than this before the registration ends count as degraded.",
    )  # fmt: skip
    server: str = Field(
        default="",
        max_length=500,
        description="Address of the registry's RDAP server, such as https://rdap.example/v1/."
        " Empty: the one that IANA lists.",
    )

    @field_validator("name")
    @classmethod
    def _check_name(cls, name: str) -> str:
        name = name.removesuffix(".").lower()
        if is_address(name) or "." not in name:
            raise ValueError("is not a domain; write one such as example.com")
        return name

    @field_validator("server")
    @classmethod
    def _check_server(cls, server: str) -> str:
        return url_validators.validate_url(server) if server else server


class _Answers(Generic[T]):
    """Answers that count for a while, by what was asked. Bounded; several threads use it."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._known: OrderedDict[str, tuple[float, T]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: str, *, now: float) -> T | None:
        with self._lock:
            at, answer = self._known.get(key, (now - self._seconds, None))
            return answer if now - at < self._seconds else None

    def put(self, key: str, answer: T, *, now: float) -> None:
        with self._lock:
            self._known[key] = now, answer
            self._known.move_to_end(key)
            if len(self._known) > MAX_REMEMBERED:
                self._known.popitem(last=False)


class DomainProber(BlockingProber):
    """One question to the registry. Whatever keeps it from answering is inconclusive."""

    kind = "domain"
    label = "Domain registration"
    config_type = DomainConfig

    def __init__(
        self, *, bootstrap: str = IANA, steady: Callable[[], float] = time.monotonic
    ) -> None:
        """`bootstrap` is the address of IANA's list."""
        self._bootstrap, self._steady = bootstrap, steady
        self._lists: _Answers[bytes] = _Answers(LIST_SECONDS)
        self._registrations: _Answers[Registration] = _Answers(ASK_SECONDS)

    def probe(self, config: DomainConfig, *, timeout: float, guard: AddressGuard) -> Outcome:
        deadline = Deadline(timeout)
        try:
            found = self._registration(config, deadline=deadline, guard=guard)
        except ProbeAbortedError as aborted:
            return _unanswered(aborted.outcome)
        except RdapError as error:
            return Outcome(ProbeStatus.INCONCLUSIVE, one_line(f"the registry: {error}"))
        if found is None:
            return Outcome(ProbeStatus.DOWN, f"{config.name} is not registered", code=404)
        took = deadline.elapsed_ms()
        now = trusted_clock.now()
        return replace(judge(found, config, now=now), latency_ms=took, phases={"total": took})

    def _registration(
        self, config: DomainConfig, *, deadline: Deadline, guard: AddressGuard
    ) -> Registration | None:
        """Return the registration; None if there is none. Raises ProbeAbortedError, RdapError."""
        key = f"{config.server} {config.name}"
        if (known := self._registrations.get(key, now=self._steady())) is not None:
            return known
        with closing(
            HttpSession(
                deadline=deadline, guard=guard, verify=True, authorities="", max_body=MAX_BYTES,
                compressed=True,
            )
        ) as session:  # fmt: skip
            server = config.server or self._server_of(config.name, session)
            response = session.follow(query_url(server, config.name), headers=_HEADERS)
        if response.status == 404 and says_unregistered(response.body):
            return None
        if response.status != 200:
            raise RdapError(f"it answers {response.status}")
        found = registration(response.body)
        self._registrations.put(key, found, now=self._steady())
        return found

    def _server_of(self, name: str, session: HttpSession) -> str:
        document = self._lists.get(self._bootstrap, now=self._steady())
        if document is None:
            response = session.follow(self._bootstrap, headers=_HEADERS)
            if response.status != 200:
                raise RdapError(f"IANA's list cannot be read: it answers {response.status}")
            servers(document := response.body, name)  # before it is kept for a day
            self._lists.put(self._bootstrap, document, now=self._steady())
        addresses = servers(document, name)
        if not addresses:
            suffix = name.rpartition(".")[2]
            raise RdapError(f"IANA lists none for .{suffix}; enter its server if there is one")
        return url_validators.validate_url(addresses[0])


def judge(found: Registration, config: DomainConfig, *, now: datetime) -> Outcome:
    """Return what a registration means at `now`."""
    if holds := sorted(found.statuses.intersection((*HOLDS, *ENDING))):
        return Outcome(ProbeStatus.DOWN, f"the registry says: {', '.join(holds)}")
    if found.ends is None:
        text = "the registry does not tell when the registration ends"
        return Outcome(ProbeStatus.INCONCLUSIVE, text)
    left = found.ends - now.timestamp()
    on = f"{datetime.fromtimestamp(found.ends, UTC):%Y-%m-%d}"
    if left <= 0:
        return Outcome(ProbeStatus.DOWN, f"the registration ended on {on}")
    if left < config.warn_days * _DAY:
        text = f"the registration ends in {format_duration(left)} ({on})"
        return Outcome(ProbeStatus.DEGRADED, text)
    return Outcome(ProbeStatus.UP)


def _unanswered(outcome: Outcome) -> Outcome:
    """Return the outcome of a check whose registry cannot be asked: never down."""
    if outcome.status is not ProbeStatus.DOWN:
        return outcome
    message = one_line(f"the registry cannot be asked: {outcome.message}")
    return replace(outcome, status=ProbeStatus.INCONCLUSIVE, message=message)
