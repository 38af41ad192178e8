"""Parsers of what OpenTelemetry's settings say of a collector: each raises ValueError."""

import re
from urllib.parse import unquote, urlsplit


def collector(text: str) -> str:
    """Read a collector's address."""
    parts = urlsplit(text)
    try:
        has_place = bool(parts.hostname) and parts.port != 0
    except ValueError:  # of the port, and it quotes it
        has_place = False
    if text and (parts.scheme not in ("http", "https") or not has_place):
        raise ValueError("write its address for OTLP over HTTP, such as http://127.0.0.1:4318")
    return text


def header_pairs(text: str) -> tuple[tuple[str, str], ...]:
    """Read headers as OpenTelemetry writes them: NAME=VALUE, separated by commas, %-encoded."""
    found = []
    for each in (part.strip() for part in text.split(",")):
        if not each:
            continue
        name, equals, value = each.partition("=")
        name, value = unquote(name).strip(), unquote(value).strip()
        if not equals or not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name):
            raise ValueError("write NAME=VALUE, separated by commas, as api-key=…")
        if not re.fullmatch(r"[ -~]*", value):
            raise ValueError("a header's value has visible characters of ASCII alone")
        found.append((name.lower(), value))
    return tuple(found)
