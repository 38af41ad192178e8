"""Asks an ASGI application as a server would, in this process."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from statuspage.server.asgi_types import Message


@dataclass(slots=True)
class Answer:
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


def scope(
    path: str,
    method: str = "GET",
    query: str = "",
    port: int = 3000,
    headers: dict[str, str] | None = None,
    **more: str,
) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "/evil",
        "headers": [
            (name.replace("_", "-").lower().encode(), value.encode())
            for name, value in {**(headers or {}), **more}.items()
        ],
        "server": ("127.0.0.1", port),
        "client": ("127.0.0.1", 1),
    }


async def ask(
    app: Callable[..., Awaitable[None]], asked: dict[str, Any], chunks: tuple[bytes, ...] = (b"",)
) -> Answer:
    answer, sent = Answer(), list(chunks)

    async def receive() -> Message:
        if not sent:
            await asyncio.sleep(3600)
        body = sent.pop(0)
        return {"type": "http.request", "body": body, "more_body": bool(sent)}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            answer.status = message["status"]
            answer.headers = {
                name.decode().lower(): value.decode() for name, value in message["headers"]
            }
        elif message["type"] == "http.response.body":
            answer.body += message.get("body", b"")

    await app(asked, receive, send)
    return answer
