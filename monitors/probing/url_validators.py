"""Validators of an endpoint's settings, field by field; each raises ValueError."""

import re
from urllib.parse import quote

import pycurl
from pydantic import SecretStr

from monitors.probing.base import one_line
from monitors.probing.host_fields import (
    check_label_lengths,
    is_address,
    is_localhost,
    with_ascii_host,
)

MAX_BODY_BYTES = 65_536
MAX_HEADER_CHARACTERS = 8_192
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}\Z")
_RESERVED_HEADERS = {"content-length", "transfer-encoding", "connection", "expect", "upgrade"}
_SECRET_NAME = re.compile(
    r"auth|cookie|key|token|secret|password|passwd|credential|session|signature",
    re.IGNORECASE,
)
Headers = dict[str, str | SecretStr]


def plain_text(value: str | SecretStr) -> str:
    """Return a value in the clear, if it is a secret."""
    return value.get_secret_value() if isinstance(value, SecretStr) else value


def validate_url(url: str) -> str:
    """Return the address in ASCII."""
    if not all(character.isprintable() and character != " " for character in url):
        raise ValueError("must not contain spaces or control characters")
    url = with_ascii_host(url)
    before_path = re.match(r"[^/?#]*(?://)?[^/?#]*", url)
    if before_path and not before_path.group().isascii():
        raise ValueError("must have nothing but ASCII outside of host name, path and query")
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
        raise ValueError("must not contain a user name or password; they have fields of their own")
    if not is_address(host := str(parts.host)):
        check_label_lengths(host)
    return url


def host_to_resolve(url: str) -> tuple[str, int] | None:
    """Return the name to resolve and the port; None when the address is literal."""
    parts = pycurl.CurlUrl(url)
    name = str(parts.host)
    if is_address(name) or (is_localhost(name) and not name.endswith(".")):
        return None  # libcurl knows localhost by itself
    return name, int(parts.port or (443 if parts.scheme == "https" else 80))


def validate_headers(given: Headers) -> Headers:
    """Return headers, the values that came as secrets, or look like credentials, as secrets."""
    values = {name: plain_text(value) for name, value in given.items()}
    told = {name for name, value in given.items() if isinstance(value, SecretStr)}
    if sum(map(len, (*values, *values.values()))) > MAX_HEADER_CHARACTERS:
        raise ValueError(f"must not be longer than {MAX_HEADER_CHARACTERS} characters in all")
    names = [name.lower() for name in values]
    for name, value in values.items():
        shown = one_line(name, limit=40)
        if not _TOKEN.match(name):
            raise ValueError(f"{shown!r} is not a header's name")
        if not value.replace("\t", " ").isprintable():
            raise ValueError(f"{shown!r} must have a value of printable characters in one line")
        if name.lower() in _RESERVED_HEADERS:
            raise ValueError(f"{shown!r} is set by the prober itself")
        if names.count(name.lower()) > 1:
            raise ValueError(f"{shown!r} is there twice")
    return {
        name: SecretStr(value) if value and (name in told or _SECRET_NAME.search(name)) else value
        for name, value in values.items()
    }


def validate_body(text: str) -> str:
    """Return the body of a request."""
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        raise ValueError("is not valid text") from None
    if size > MAX_BODY_BYTES:
        raise ValueError(f"must not be longer than {MAX_BODY_BYTES} bytes")
    return text


def validate_bearer_token(token: SecretStr | None) -> SecretStr | None:
    """Return the token."""
    if token is not None and not re.fullmatch(r"[\x21-\x7e]+", token.get_secret_value()):
        raise ValueError("must be printable ASCII without spaces")
    return token


def validate_username(name: str) -> str:
    """Return the user name."""
    if ":" in name or not name.isprintable():
        raise ValueError("must not contain a colon or control characters")
    return name
