"""Settings of the kind `endpoint`: what to ask for, and which answer is good."""

import re
from base64 import b64encode
from functools import cached_property
from ipaddress import ip_address
from typing import Literal, Self
from urllib.parse import quote

import pycurl
from pydantic import Field, SecretStr, field_validator, model_validator

from monitors.probers.base import Config, one_line

MAX_BODY_BYTES = 65_536
MAX_HEADER_CHARACTERS = 8_192
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}\Z")
_VALUE = re.compile(r"[\t\x20-\x7e]*\Z")
_RANGE = re.compile(r"\s*([1-9]\d\d)(?:\s*-\s*([1-9]\d\d))?\s*\Z")
_FRAMING = {"content-length", "transfer-encoding", "connection", "expect", "upgrade"}
_SECRET_NAME = re.compile(
    r"authorization|cookie|key|token|secret|password|passwd|credential|session|signature",
    re.IGNORECASE,
)


class EndpointConfig(Config):
    """What to ask for, and which answer is good."""

    url: str = Field(max_length=2000, description="Address to ask, http:// or https://.")
    method: Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] = "GET"
    headers: dict[str, str | SecretStr] = Field(
        default_factory=dict,
        max_length=32,
        description="Sent with the request and with those that redirects lead to; Authorization "
        "and Cookie only while these stay on the same host. Values of headers with names like "
        "Authorization, Cookie, X-Api-Key or X-Token are kept as secrets.",
    )
    username: str = Field(
        default="", max_length=200, description="User name, sent with HTTP basic authentication."
    )
    password: SecretStr | None = Field(
        default=None, max_length=1000, description="Password of this user."
    )
    bearer_token: SecretStr | None = Field(
        default=None, max_length=8000, description="Token, sent as “Authorization: Bearer …”."
    )
    body: str = Field(default="", description="Sent with the request, as UTF-8.")
    expected_status: str = Field(
        default="200-399",
        max_length=200,
        description="Status codes that are good, such as “200-299” or “200-299,301,404”.",
    )
    follow_redirects: int = Field(
        default=5, ge=0, le=20, description="How many redirects to follow; 0 follows none."
    )
    verify_tls: bool = Field(default=True, description="Whether the certificate must be valid.")
    degraded_ms: float | None = Field(
        default=None,
        gt=0,
        allow_inf_nan=False,
        description="Slower answers, in milliseconds, count as degraded.",
    )
    max_bytes: int = Field(
        default=1 << 20, ge=1, le=16 << 20, description="How much of the answer is read."
    )

    @field_validator("url")
    @classmethod
    def _check_url(cls, url: str) -> str:
        if not all(character.isprintable() and character != " " for character in url):
            raise ValueError("must not contain spaces or control characters")
        before_path = re.match(r"[^/?#]*(?://)?[^/?#]*", url)
        if before_path and not before_path.group().isascii():
            raise ValueError("write the host name in its ASCII form (xn--…)")
        # Only what is not ASCII is encoded; what is encoded already stays as it is.
        url = quote(url, safe="".join(map(chr, range(33, 127))))
        try:
            # libcurl's own parser: what is judged here is what will be asked for.
            parts = pycurl.CurlUrl(url)
        except pycurl.error as error:
            raise ValueError(f"is not an http:// or https:// address: {error.args[1]}") from None
        if parts.scheme not in ("http", "https"):
            raise ValueError("must begin with http:// or https://")
        if parts.user is not None or parts.password is not None:
            raise ValueError("must not contain a user name or password; send a header instead")
        return url

    @field_validator("headers")
    @classmethod
    def _check_headers(cls, headers: dict[str, str | SecretStr]) -> dict[str, str | SecretStr]:
        plain = {name: _plain(value) for name, value in headers.items()}
        if sum(map(len, (*plain, *plain.values()))) > MAX_HEADER_CHARACTERS:
            raise ValueError(f"must not be longer than {MAX_HEADER_CHARACTERS} characters in all")
        names = [name.lower() for name in plain]
        for name, value in plain.items():
            shown = one_line(name, limit=40)
            if not _TOKEN.match(name):
                raise ValueError(f"{shown!r} is not a header's name")
            if not _VALUE.match(value):
                raise ValueError(f"{shown!r} must have a value of printable ASCII in one line")
            if name.lower() in _FRAMING:
                raise ValueError(f"{shown!r} is set by the prober itself")
            if names.count(name.lower()) > 1:
                raise ValueError(f"{shown!r} is there twice")
        return {
            name: SecretStr(value) if value and _SECRET_NAME.search(name) else value
            for name, value in plain.items()
        }

    @field_validator("username")
    @classmethod
    def _check_username(cls, name: str) -> str:
        if ":" in name or not name.isprintable():
            raise ValueError("must not contain a colon or control characters")
        return name

    @field_validator("bearer_token")
    @classmethod
    def _check_bearer(cls, token: SecretStr | None) -> SecretStr | None:
        if token is not None and not re.fullmatch(r"[\x21-\x7e]+", token.get_secret_value()):
            raise ValueError("must be printable ASCII without spaces")
        return token

    @model_validator(mode="after")
    def _check_one_authorization(self) -> Self:
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
        return self

    @field_validator("body")
    @classmethod
    def _check_body(cls, body: str) -> str:
        try:
            size = len(body.encode())
        except UnicodeEncodeError:
            raise ValueError("is not valid text") from None
        if size > MAX_BODY_BYTES:
            raise ValueError(f"must not be longer than {MAX_BODY_BYTES} bytes")
        return body

    @field_validator("expected_status")
    @classmethod
    def _check_status(cls, text: str) -> str:
        parse_statuses(text)
        return text

    @cached_property
    def statuses(self) -> frozenset[int]:
        return parse_statuses(self.expected_status)

    @cached_property
    def host(self) -> tuple[str, int] | None:
        """The name that must be looked up, and the port; None when the address is literal."""
        parts = pycurl.CurlUrl(self.url)
        name = str(parts.host)
        if name.startswith("[") or name == "localhost" or name.endswith(".localhost"):
            return None  # libcurl knows localhost by itself
        try:
            ip_address(name)
        except ValueError:
            return name, int(parts.port or (443 if parts.scheme == "https" else 80))
        return None

    @cached_property
    def header_lines(self) -> list[str]:
        """In libcurl's notation, where `Name;` sends an empty value and `Name:` sends none."""
        plain = {name: _plain(value) for name, value in self.headers.items()}
        lines = [f"{name}: {value}" if value else f"{name};" for name, value in plain.items()]
        if self.bearer_token is not None:
            lines.append(f"Authorization: Bearer {self.bearer_token.get_secret_value()}")
        elif self.username:
            pair = f"{self.username}:{_plain(self.password or '')}"
            lines.append(f"Authorization: Basic {b64encode(pair.encode()).decode()}")
        sends_body = self.body or self.method == "POST"
        if sends_body and not any(name.lower() == "content-type" for name in self.headers):
            # libcurl would claim that the body is a form.
            lines.append("Content-Type:")
        return lines


def _plain(value: str | SecretStr) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else value


def parse_statuses(text: str) -> frozenset[int]:
    """The codes that "200-299,404" names. Raises ValueError."""
    codes: set[int] = set()
    for part in text.split(","):
        match = _RANGE.match(part)
        if match is None:
            raise ValueError(f"{part.strip()!r} is not a status such as 200 or 200-299")
        first, last = int(match[1]), int(match[2] or match[1])
        if last < first:
            raise ValueError(f"{part.strip()!r} runs backwards")
        codes.update(range(first, last + 1))
    return frozenset(codes)
