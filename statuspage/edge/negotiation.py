"""Content negotiation: HTML or JSON, which encoding, or nothing new.

Results are cached per raw header value: a page is asked for by few kinds of clients, many
times. The cache is bounded, since anybody can send anything.
"""

import re
from functools import lru_cache

from components.languages.names import chosen_language
from statuspage.server.asgi_types import Scope

_CACHE_SIZE = 2_048
_MAX_LENGTH = 1_000


def _weights(value: str) -> dict[str, float]:
    """Return an Accept-like header's weights by media range or coding.

    Malformed parts are passed over.
    """
    weights: dict[str, float] = {}
    for part in value[:_MAX_LENGTH].lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        weight = 1.0
        for parameter in parameters:
            key, _, number = parameter.partition("=")
            if key.strip() == "q":
                try:
                    weight = min(1.0, max(0.0, float(number)))
                except ValueError:
                    weight = 0.0
        if name:
            weights[name] = max(weight, weights.get(name, 0.0))
    return weights


@lru_cache(_CACHE_SIZE)
def prefers_html(accept: bytes) -> bool:
    """Whether a client prefers `text/html` over JSON (contract X08).

    Only one that names HTML does: `*/*`, no header at all and a tie with JSON mean JSON.
    """
    weights = _weights(accept.decode("latin-1"))
    html = max(weights.get("text/html", 0.0), weights.get("application/xhtml+xml", 0.0))
    json = max(weights.get("application/json", 0.0), weights.get("application/*", 0.0))
    return html > 0.0 and html > json


@lru_cache(_CACHE_SIZE)
def encoding(accept_encoding: bytes) -> str:
    """Return `br`, `gzip` or `identity`: the smallest that the client takes (RFC 9110, 12.5.3)."""
    weights = _weights(accept_encoding.decode("latin-1"))
    anything = weights.get("*", 0.0)
    for name in ("br", "gzip"):
        if weights.get(name, anything) > 0.0:
            return name
    return "identity"


@lru_cache(_CACHE_SIZE)
def format_override(query: bytes) -> str | None:
    """Return the last `format=` in a query string; None when there is none."""
    value = None
    for part in query[:_MAX_LENGTH].split(b"&"):
        if part.startswith(b"format="):
            value = part[7:].decode("latin-1")
    return value


@lru_cache(_CACHE_SIZE)
def language(query: bytes, accept_language: bytes, offered: tuple[str, ...]) -> str:
    """Return the language of a response: '' for the page as it is by itself, else a tag.

    `lang=` in the query wins where it names one that is offered; it may name the page's own
    language, whose links then say so too.
    """
    wanted = [
        part[5:].decode("latin-1")
        for part in reversed(query[:_MAX_LENGTH].split(b"&"))
        if part.startswith(b"lang=")
    ]
    return chosen_language(wanted, accept_language.decode("latin-1"), offered)


def language_of(scope: Scope, offered: tuple[str, ...], *, by_header: bool = True) -> str:
    """Return the language of the response to a request, as `language` does."""
    accepted = b""
    if by_header:
        for name, value in scope["headers"]:
            if name == b"accept-language":
                accepted = value
    return language(scope["query_string"], accepted, offered)


_IDLE_QUERY = re.compile(
    rb"(?:GET|HEAD) /status/?(\?(?![^ ]*(?:format|lang)=)[A-Za-z0-9_.~=&%+-]*) HTTP/1\.1\r\n"
)


def strip_idle_query(head: bytes) -> bytes:
    """Return a request's head without a query string that names neither format nor language."""
    match = _IDLE_QUERY.match(head)
    return head[: match.start(1)] + head[match.end(1) :] if match else head


def matches_etag(if_none_match: bytes, etag: bytes) -> bool:
    """Whether `If-None-Match` names this entity tag (weak comparison, RFC 9110, 13.1.2)."""
    if if_none_match == etag:
        return True
    value = if_none_match.strip()
    return value == b"*" or any(
        tag.strip().removeprefix(b"W/") == etag for tag in value[:_MAX_LENGTH].split(b",")
    )
