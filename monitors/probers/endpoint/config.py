"""Settings of the kind `endpoint`: the request, and the expected response."""

from base64 import b64encode
from functools import cached_property
from typing import Literal, Self

import pycurl
from pydantic import Field, SecretStr, field_validator, model_validator

from monitors.probers.endpoint.assertions import Assertion, parse_assertion
from monitors.probers.endpoint.redirects import Hop
from monitors.probers.endpoint.status_ranges import parse_statuses
from monitors.probing import pem, url_validators
from monitors.probing.base import Config
from monitors.probing.host_fields import Host, Milliseconds, is_address
from monitors.probing.url_validators import plain_text

_ALWAYS_SEARCHED = 1 << 20
_MAX_SEARCH_COST = 1 << 33
"""Bytes times the patterns' instructions: what RE2 takes at worst is their product."""
_OF_BODIES = ("content-type", "content-encoding", "content-language", "content-location")


class EndpointConfig(Config):
    """What to ask for, and which answer is good."""

    url: str = Field(max_length=2000, description="Address to ask, http:// or https://.")
    method: Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] = Field(
        default="GET", description="Method of the request."
    )
    headers: dict[str, str | SecretStr] = Field(
        default_factory=dict,
        max_length=32,
        description="Sent with the request, and with those that redirects lead to. Values of "
        "headers with names like Authorization, Cookie, X-Api-Key or X-Token are kept as secrets; "
        "once a redirect leads to another origin, these are sent no more.",
    )
    body: str = Field(default="", description="Sent with the request, as UTF-8.")
    username: str = Field(
        default="", max_length=200, description="User name, sent with HTTP basic authentication."
    )
    password: SecretStr | None = Field(
        default=None, max_length=1000, description="Password of this user."
    )
    bearer_token: SecretStr | None = Field(
        default=None, max_length=8000, description="Token, sent as “Authorization: Bearer …”."
    )
    client_certificate: str = Field(
        default="",
        max_length=20_000,
        description="Certificate (PEM) to show to a server that asks for one, with its chain.",
    )
    client_key: SecretStr | None = Field(
        default=None, max_length=20_000, description="Private key (PEM) of this certificate."
    )
    expected_status: str = Field(
        default="200-399",
        max_length=200,
        description="Status codes that are good, such as “200-299” or “200-299,301,404”.",
    )
    assertions: list[str] = Field(
        default_factory=list,
        max_length=32,
        description="What the answer has to hold, one a line, such as “body contains welcome”, "
        "“body not matches (?i)error”, “header Content-Type contains json”, "
        "“json $.status == ok”, “size < 20000” (bytes) or “time < 1500” (ms).",
    )
    follow_redirects: int = Field(
        default=5, ge=0, le=20, description="How many redirects to follow; 0 follows none."
    )
    final_host: Host | None = Field(
        default=None, description="Host that redirects have to end at; empty: any."
    )
    verify_tls: bool = Field(default=True, description="Whether the certificate must be valid.")
    authorities: pem.Authorities = ""
    warn_days: int | None = Field(
        default=None,
        ge=1,
        le=3650,
        description="Fewer days than this before the certificate expires count as degraded.",
    )
    ip_version: Literal["any", "4", "6", "both"] = Field(
        default="any",
        description="Version of the Internet protocol to reach it by; both: it must answer by "
        "each of them.",
    )
    http_version: Literal["any", "1.1", "2"] = Field(
        default="any", description="Version of HTTP it must speak; any: 2 if it is offered."
    )
    degraded_ms: Milliseconds | None = Field(
        default=None, description="Slower answers, in milliseconds, count as degraded."
    )
    max_bytes: int = Field(
        default=1 << 20,
        ge=1,
        le=16 << 20,
        description="How many bytes of the answer are read, and how many it may unpack to. What "
        "assertions need beyond them counts as not there.",
    )

    _check_url = field_validator("url")(url_validators.validate_url)
    _check_headers = field_validator("headers")(url_validators.validate_headers)
    _check_body = field_validator("body")(url_validators.validate_body)
    _check_username = field_validator("username")(url_validators.validate_username)
    _check_bearer = field_validator("bearer_token")(url_validators.validate_bearer_token)
    _check_certificates = field_validator("client_certificate")(pem.validate_certificates)

    @field_validator("client_key")
    @classmethod
    def _check_key(cls, key: SecretStr | None) -> SecretStr | None:
        if key is not None:
            pem.validate_private_key(key.get_secret_value())
        return key

    @field_validator("expected_status")
    @classmethod
    def _check_status(cls, text: str) -> str:
        parse_statuses(text)
        return text

    @field_validator("assertions")
    @classmethod
    def _check_assertions(cls, lines: list[str]) -> list[str]:
        return [parse_assertion(line).text for line in lines]

    @model_validator(mode="after")
    def _check_credentials(self) -> Self:
        ways = {
            "a bearer token": self.bearer_token is not None,
            "a user name": bool(self.username),
            "an Authorization header": any(n.lower() == "authorization" for n in self.headers),
        }
        used = [way for way, is_used in ways.items() if is_used]
        if len(used) > 1:
            raise ValueError(f"{used[0]} and {used[1]} exclude each other")
        if self.password is not None and not self.username:
            raise ValueError("the password needs a user name")
        if bool(self.client_certificate) is not (self.client_key is not None):
            raise ValueError("a client certificate and its private key go together")
        if self.client_key is not None and not pem.is_key_of(
            self.client_certificate, self.client_key.get_secret_value()
        ):
            raise ValueError("the private key is not that of the client certificate")
        return self

    @model_validator(mode="after")
    def _check_versions(self) -> Self:
        if self.http_version == "2" and not self.is_tls:
            raise ValueError("HTTP/2 needs an https:// address")
        if self.ip_version != "any" and is_address(str(pycurl.CurlUrl(self.url).host)):
            raise ValueError("an address has a version of its own: leave ip_version at “any”")
        too_large = [
            a for a in self.parsed_assertions if a.subject == "size" and a.value > self.max_bytes
        ]
        if too_large:
            raise ValueError(f"“{too_large[0].text}” asks for more than max_bytes are read")
        patterns = [a.value for a in self.parsed_assertions if a.operator == "matches"]
        cost = self.max_bytes * sum(pattern.programsize for pattern in patterns)
        if self.max_bytes > _ALWAYS_SEARCHED and cost > _MAX_SEARCH_COST:
            raise ValueError(
                f"the patterns of “matches” are too large for a max_bytes of {self.max_bytes}:"
                " shorten them, above all repetitions such as {1,200}, or lower it"
            )
        return self

    @cached_property
    def is_tls(self) -> bool:
        return self.url.lower().startswith("https:")

    @cached_property
    def statuses(self) -> frozenset[int]:
        return parse_statuses(self.expected_status)

    @cached_property
    def parsed_assertions(self) -> tuple[Assertion, ...]:
        return tuple(map(parse_assertion, self.assertions))

    @cached_property
    def host(self) -> tuple[str, int] | None:
        """The name to resolve, and the port; None when the address is literal."""
        return url_validators.host_to_resolve(self.url)

    @cached_property
    def first_hop(self) -> Hop:
        """The request that a check begins with."""
        return Hop(self.url, self.method, sends_body=bool(self.body) or self.method == "POST")

    def cookies_for(self, hop: Hop) -> str:
        """Return the Cookie header; libcurl adds to it what earlier hops have set."""
        if not hop.at_home:
            return ""
        values = (plain_text(v) for name, v in self.headers.items() if name.lower() == "cookie")
        return next(values, "")

    @cached_property
    def _first_lines(self) -> list[bytes]:
        return self._lines(self.first_hop)

    def header_lines(self, hop: Hop) -> list[bytes]:
        """Return the headers of a hop, in libcurl's notation: `Name;` sends an empty value, `Name:`
        sends none."""
        return self._first_lines if hop is self.first_hop else self._lines(hop)

    def _lines(self, hop: Hop) -> list[bytes]:
        values = {
            name: plain_text(value)
            for name, value in self.headers.items()
            if name.lower() != "cookie" and self._is_for(hop, name, value)
        }
        lines = [f"{name}: {value}" if value else f"{name};" for name, value in values.items()]
        if not hop.at_home:
            pass
        elif self.bearer_token is not None:
            lines.append(f"Authorization: Bearer {plain_text(self.bearer_token)}")
        elif self.username:
            pair = f"{self.username}:{plain_text(self.password or '')}"
            lines.append(f"Authorization: Basic {b64encode(pair.encode()).decode()}")
        if hop.sends_body and not any(name.lower() == "content-type" for name in self.headers):
            # libcurl would claim that the body is a form.
            lines.append("Content-Type:")
        return [line.encode() for line in lines]

    def _is_for(self, hop: Hop, name: str, value: str | SecretStr) -> bool:
        """Return whether a header belongs to a hop."""
        lowered = name.lower()
        if lowered in _OF_BODIES and not hop.sends_body and self.first_hop.sends_body:
            return False
        return hop.at_home or not (isinstance(value, SecretStr) or lowered == "host")

    def basic_pairs(self) -> tuple[tuple[str, str], ...]:
        return ((self.username, plain_text(self.password)),) if self.password is not None else ()
