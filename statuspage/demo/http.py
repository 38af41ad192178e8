"""Minimal HTTP/1.1 for the demonstration's own servers: one request and one response each."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

HEAD_SECONDS = 10.0
"""Seconds that a client may take to send its request."""


class BadRequestError(Exception):
    """The data is no HTTP request, or none that was complete in time."""


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str
    """Without the query."""


async def read_request(reader: asyncio.StreamReader) -> Request:
    """Return the request's first line; its headers are dropped. Raises BadRequestError."""
    try:
        async with asyncio.timeout(HEAD_SECONDS):
            head = await reader.readuntil(b"\r\n\r\n")
    except (TimeoutError, OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
        raise BadRequestError(str(error)) from error
    words = head.partition(b"\r\n")[0].decode("latin-1").split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1."):
        raise BadRequestError("the first line is not one of HTTP/1")
    return Request(words[0], words[1].partition("?")[0])


def response_bytes(
    status: HTTPStatus,
    body: bytes,
    *,
    to: Request,
    content_type: str = "text/plain; charset=utf-8",
    headers: Mapping[str, str] | None = None,
) -> bytes:
    """Return a whole response. The connection ends with it, so that each probe makes a new one."""
    lines = [
        f"HTTP/1.1 {status.value} {status.phrase}",
        f"Content-Type: {content_type}",
        f"Content-Length: {len(body)}",
        "Cache-Control: no-store",
        "Connection: close",
        *(f"{name}: {value}" for name, value in (headers or {}).items()),
    ]
    head = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"
    return head if to.method == "HEAD" else head + body
