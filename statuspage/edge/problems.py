"""Errors as the edge sends them: RFC 9457 problem+json."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from components.values.problem_details import PROBLEM_TYPE, problem_details
from statuspage.server.asgi_types import Message

Header = tuple[bytes, bytes]


def problem(
    status: int,
    detail: str,
    *,
    headers: Iterable[Header] = (),
    more: Mapping[str, Any] | None = None,
) -> tuple[Message, Message]:
    """Return the two ASGI messages of a problem response; `more` are its extension members."""
    body = json.dumps(problem_details(status, detail, more)).encode()
    start = {
        "type": "http.response.start",
        "status": status,
        "headers": [
            (b"content-type", PROBLEM_TYPE.encode()),
            (b"content-length", str(len(body)).encode()),
            (b"cache-control", b"no-store"),
            (b"x-content-type-options", b"nosniff"),
            *headers,
        ],
    }
    return start, {"type": "http.response.body", "body": body}
