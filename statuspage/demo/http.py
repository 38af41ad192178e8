"""Minimal HTTP/1.1 for the demonstration's own services: one request and one response each."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import urlsplit

HEAD_SECONDS = 10.0
"""Seconds that a client may take to send its request."""
MAX_BODY_BYTES = 65_536
POST_SECONDS = 5.0


class BadRequestError(Exception):
    """The data is no HTTP request, or none that was complete in time."""


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str
    """Without the query."""
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    """By their names in lower case."""
    body: bytes = b""


async def read_request(reader: asyncio.StreamReader) -> Request:
    """Return a request. Raises BadRequestError."""
    try:
        async with asyncio.timeout(HEAD_SECONDS):
            head = await reader.readuntil(b"\r\n\r\n")
            first, *lines = head.decode("latin-1").split("\r\n")
            headers = {
                name.strip().lower(): value.strip()
                for name, colon, value in (line.partition(":") for line in lines)
                if colon
            }
            body = await reader.readexactly(_length(headers))
    except (TimeoutError, OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
        raise BadRequestError(str(error)) from error
    words = first.split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1."):
        raise BadRequestError("the first line is not one of HTTP/1")
    path, _, query = words[1].partition("?")
    return Request(words[0], path, query, headers, body)


def _length(headers: Mapping[str, str]) -> int:
    text = headers.get("content-length", "0")
    if not text.isdigit() or int(text) > MAX_BODY_BYTES:
        raise BadRequestError("the body is too large")
    return int(text)


async def post(url: str, body: bytes = b"", *, headers: Mapping[str, str] | None = None) -> int:
    """Post `body` to an http:// address and return the status. Raises OSError or TimeoutError."""
    parts = urlsplit(url)
    lines = [
        f"POST {parts.path or '/'} HTTP/1.1",
        f"Host: {parts.netloc}",
        f"Content-Length: {len(body)}",
        "Connection: close",
        *(f"{name}: {value}" for name, value in (headers or {}).items()),
    ]
    async with asyncio.timeout(POST_SECONDS):
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        try:
            writer.write("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body)
            words = (await reader.readline()).split(b" ")
        finally:
            writer.close()
    if len(words) < 2 or not words[1].isdigit():
        raise ConnectionError("there was no answer")
    return int(words[1])


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
