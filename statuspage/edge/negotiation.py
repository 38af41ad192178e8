"""What a client gets of one address: HTML or JSON, which encoding, or nothing new.

Answers are remembered per raw header value: a page is asked for by few kinds of clients, many
times. The memory is bounded, since anybody can send anything.
"""

import re
from functools import lru_cache

_MEMORY = 2_048
_LONGEST = 1_000


def _parse(value: str) -> dict[str, float]:
    """An Accept-like header: media range or coding → weight. Malformed parts are passed over."""
    weights: dict[str, float] = {}
    for part in value[:_LONGEST].lower().split(","):
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


@lru_cache(_MEMORY)
def prefers_html(accept: bytes) -> bool:
    """Whether a client prefers `text/html` over JSON (contract X08).

    Only one that names HTML does: `*/*`, no header at all and a tie with JSON mean JSON.
    """
    weights = _parse(accept.decode("latin-1"))
    html = max(weights.get("text/html", 0.0), weights.get("application/xhtml+xml", 0.0))
    json = max(weights.get("application/json", 0.0), weights.get("application/*", 0.0))
    return html > 0.0 and html > json


@lru_cache(_MEMORY)
def encoding(accept_encoding: bytes) -> str:
    """`br`, `gzip` or `identity`: the smallest that the client takes (RFC 9110, 12.5.3)."""
    weights = _parse(accept_encoding.decode("latin-1"))
    anything = weights.get("*", 0.0)
    for name in ("br", "gzip"):
        if weights.get(name, anything) > 0.0:
            return name
    return "identity"


@lru_cache(_MEMORY)
def format_override(query: bytes) -> str | None:
    """The last `format=` in a query string; None when there is none."""
    value = None
    for part in query[:_LONGEST].split(b"&"):
        if part.startswith(b"format="):
            value = part[7:].decode("latin-1")
    return value


_IDLE_QUERY = re.compile(
    rb"(?:GET|HEAD) /status/?(\?(?![^ ]*format=)[A-Za-z0-9_.~=&%+-]*) HTTP/1\.1\r\n"
)


def without_idle_query(head: bytes) -> bytes:
    """A request's head without a query string that `format_override` finds nothing in."""
    found = _IDLE_QUERY.match(head)
    return head[: found.start(1)] + head[found.end(1) :] if found else head


def is_known(if_none_match: bytes, etag: bytes) -> bool:
    """Whether `If-None-Match` names this entity tag (weak comparison, RFC 9110, 13.1.2)."""
    if if_none_match == etag:
        return True
    value = if_none_match.strip()
    return value == b"*" or any(
        tag.strip().removeprefix(b"W/") == etag for tag in value[:_LONGEST].split(b",")
    )
