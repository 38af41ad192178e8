"""The base classes and values of every kind of probe: what goes in and what comes out.

A kind is one module in this folder with one `Prober` in it; `registry` walks the folder. Nothing
here knows Django: the same code runs in a worker and in a remote agent.
"""

import importlib.util
import json
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Any, ClassVar, Self

import pycurl
from pydantic import BaseModel, ConfigDict, SecretStr

from components.network.address_guard import AddressGuard
from components.network.origin import origin_of
from components.status import Status
from components.values.secret_mask import SecretMask
from monitors.probing import masking
from monitors.probing.host_fields import with_ascii_host


class ProbeStatus(StrEnum):
    """What one check found.

    `INCONCLUSIVE` is for trouble on our own side (blocked address, no memory, a bug, a stalled
    prober): it says nothing about the target and never counts as down. `BLIND` is the same when
    the trouble is that the vantage point's own network is gone.
    """

    UP = "up"
    DEGRADED = "degraded"
    DOWN = "down"
    INCONCLUSIVE = "inconclusive"
    BLIND = "blind"


@dataclass(frozen=True, slots=True)
class AssertionResult:
    """The result of one assertion about a response; `found` is the value it was made of."""

    text: str
    passed: bool
    found: str


@dataclass(frozen=True, slots=True)
class PresentedCertificate:
    """A certificate that a server presented."""

    subject: str
    issuer: str
    names: tuple[str, ...]
    """The hosts it is for."""
    not_before: datetime
    not_after: datetime


@dataclass(frozen=True, slots=True)
class Detail:
    """Details of a check beyond its outcome; shown by "test now" and not stored."""

    address: str = ""
    protocol: str = ""
    assertions: tuple[AssertionResult, ...] = ()
    certificates: tuple[PresentedCertificate, ...] = ()
    """The server's own first, then those that vouch for it."""


@dataclass(frozen=True, slots=True)
class CertificateValidity:
    """What a check learnt of a server's own certificate."""

    ends: float | None = None
    """Its last second, since the epoch; None when it could not be read."""
    is_valid: bool | None = None
    """Whether it, its host and its chain are valid; None when nobody judged that."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one check. Durations are in milliseconds."""

    status: ProbeStatus
    message: str = ""
    """Why, in one line of at most 300 printable characters; '' when all is well."""
    latency_ms: float | None = None
    """Time to the complete answer; None when there was none."""
    code: int | None = None
    """The protocol's own answer code, such as the HTTP status."""
    phases: dict[str, float] = field(default_factory=dict)
    """Milliseconds spent in: name, connect, tls, first_byte, total; empty when not measured."""
    detail: Detail | None = None
    certificate: CertificateValidity | None = None
    """Of the server's certificate; None when none was seen."""
    no_name_server: bool = False
    """Whether it is inconclusive because this machine's name servers do not answer."""
    stated: Status | None = None
    """The status that the target, such as another status page, states of itself; None: it states
    none, and is judged by what was measured."""

    @property
    def measured_ms(self) -> float | None:
        """The time of a good answer; None for an error, however fast it came."""
        answered = self.status in (ProbeStatus.UP, ProbeStatus.DEGRADED)
        return self.latency_ms if answered else None


one_line = masking.one_line


class Config(BaseModel):
    """Base of every kind's settings: unknown fields are refused, values are not coerced."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    destination_fields: ClassVar[tuple[str, ...]] = (
        "url", "host", "port", "address", "socket", "server", "proxy", "tls", "starttls",
        "verify_tls", "authorities",
    )  # fmt: skip
    """The settings that say where a check goes, and whom it believes to be there."""

    @classmethod
    def destination(cls, settings: Mapping[str, Any]) -> str:
        """Return where the secrets among settings go: the same text for the same place.

        A secret is sealed for its destination, and asked for again when that changes. Settings
        may be as they are written: with defaults left out, and not yet checked.
        """
        place: dict[str, Any] = {}
        for name in cls.destination_fields:
            if name in cls.model_fields:
                default = cls.model_fields[name].get_default(call_default_factory=True)
                value = settings.get(name, default)
                place[name] = _origin(value) if name == "url" else _spaced(value)
        return json.dumps(place, sort_keys=True, default=str)

    @classmethod
    def recipient(cls, settings: Mapping[str, Any]) -> str:
        """Return who gets the secrets among settings: their destination, and whom it hands them to.

        A server that several share, such as a content delivery network, hands a request to the
        one that its Host names.
        """
        place, headers = cls.destination(settings), settings.get("headers")
        names = headers if isinstance(headers, Mapping) else {}
        hosts = [str(value).strip().lower() for name, value in names.items()
                 if str(name).strip().lower() == "host"]  # fmt: skip
        return " ".join([place, *hosts])

    @cached_property
    def mask(self) -> SecretMask:
        """What hides the secrets among these settings, whatever form they come back in."""
        return SecretMask(self._secrets(), pairs=self.basic_pairs())

    def basic_pairs(self) -> tuple[tuple[str, str], ...]:
        """Return the names and passwords that are sent together in base64."""
        return ()

    def _secrets(self) -> Iterator[str]:
        for name in type(self).model_fields:
            value = getattr(self, name)
            for each in value.values() if isinstance(value, dict) else (value,):
                if isinstance(each, SecretStr):
                    yield each.get_secret_value()


def _spaced(value: Any) -> Any:
    """Return a value as it is, text without how its lines end: forms change that."""
    return " ".join(value.split()) if isinstance(value, str) else value


def _origin(url: Any) -> Any:
    try:
        return origin_of(with_ascii_host(url))
    except (ValueError, TypeError):
        return url


class Prober(ABC):
    """A kind of check. Instances are stateless and shared between threads."""

    kind: ClassVar[str]
    """The stored word, as contracts name it (M11)."""
    label: ClassVar[str]
    config_type: ClassVar[type[Config]]
    needs_network: ClassVar[bool] = True
    """Whether its checks fail when this machine's network is gone."""
    flaps: ClassVar[bool] = True
    """Whether it is called flapping when it changes too often, and no longer believed."""
    library: ClassVar[str] = ""
    """The module that its checks import when they are made; '' when they need none."""
    extra: ClassVar[str] = ""
    """The optional part of this product that brings the library."""

    def missing_library(self) -> str:
        """Return what has to be installed before a check can be made; '' when nothing has."""
        if not self.library or importlib.util.find_spec(self.library):
            return ""
        how = f"statuspage[{self.extra}]" if self.extra else self.library
        return f"{self.label} needs the library {self.library}: pip install '{how}'"

    def with_detail(self) -> Self:
        """Return a prober whose outcomes have everything its kind can put into a `Detail`."""
        return self


class CurlProber(Prober):
    """A kind whose check is one libcurl transfer, driven by the engine with many others.

    What must hold for every kind is set by the engine after `prepare`, so that none can forget
    it: the deadline, the address guard, fresh connections, no proxy.
    """

    def host(self, config: Any) -> tuple[str, int] | None:
        """Return the name to resolve before the transfer starts, and its port, or None."""
        return None

    def accepts(self, config: Any, address: str) -> bool:
        """Return whether a transfer may go to this address, by the version it is of."""
        return True

    @abstractmethod
    def prepare(self, handle: pycurl.Curl, config: Any, timeout: float) -> Any:
        """Set `handle` up for one transfer and return this check's own scratch object.

        The handle comes newly reset: nothing of an earlier check can leak into this one.
        """

    @abstractmethod
    def interpret(
        self,
        handle: pycurl.Curl,
        config: Any,
        scratch: Any,
        error: tuple[int, str] | None,
        *,
        name_ms: float = 0.0,
    ) -> Outcome:
        """Return the outcome of a finished transfer; `error` is libcurl's (code, message).

        `name_ms` is how long the name look-up took, which libcurl's own times leave out.
        """

    def redirected(
        self,
        handle: pycurl.Curl,
        config: Any,
        scratch: Any,
        error: tuple[int, str] | None,
        *,
        name_ms: float = 0.0,
    ) -> "CurlProber | None":
        """Return the prober of the transfer that this one's answer leads to; None when it is the
        last, and is to be interpreted.

        It has the same deadline. Its `host` is looked up, and its addresses are judged anew.
        """
        return None

    def follow_up(self, config: Any, outcome: Outcome) -> "CurlProber | None":
        """Return the prober of the same check's next transfer, or None when the check is over.

        It has the same deadline; its `interpret` then gives the outcome.
        """
        return None


class BlockingProber(Prober):
    """A kind whose check is ordinary blocking code; the engine makes it in a thread of its own."""

    @abstractmethod
    def probe(self, config: Any, *, timeout: float, guard: AddressGuard) -> Outcome:
        """Make one check within `timeout` seconds, all in all.

        It has to end by itself: a thread cannot be stopped. Whatever the target does is reported
        in the outcome and never raised. `guard` is asked about every address before anything is
        sent there.
        """


class PassiveProber(Prober):
    """A kind whose state is reported to us: no check is ever made, reports are judged instead.

    What is reported is believed, so it never flaps.
    """

    flaps = False


class RecordProber(Prober):
    """A kind that is judged from our own records when it is due: no check is ever made."""


@dataclass(frozen=True, slots=True)
class Probe:
    """One check that is to be made."""

    key: int
    prober: Prober
    config: Config
    timeout: float
    """Total deadline in seconds, from name look-up to the last byte."""
    due: float
    """When it is to start, in seconds since the epoch."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """A probe that has ended."""

    probe: Probe
    started: float
    ended: float
    outcome: Outcome
