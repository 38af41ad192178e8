"""The endpoint of pings at the edge: a 200 means that it is stored.

Each request waits for the ping writer, one thread that stores what came together in one
transaction (`monitors.heartbeats.ingest.store_pings`). When the database is away the response is
503, never a false OK. A ping is stored as soon as what is kept of its body is there; whoever sends
more is answered at the end of it.
"""

import asyncio
import json
import re
import uuid
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from typing import NotRequired, TypedDict
from urllib.parse import parse_qs

from django.conf import settings

from components.values.decimal_text import read_decimal
from monitors import ping_keys
from monitors.heartbeats.ingest import ReceivedPing
from monitors.probing.base import one_line
from monitors.rules.heartbeat_schedule import PingType
from statuspage.edge.ping_body import PingBody, Receive
from statuspage.edge.ping_writer import PingOutcome, PingWriter
from statuspage.edge.problems import Header, problem
from statuspage.server.asgi_types import GIVES_WAY, Message, Scope

Send = Callable[[Message], Awaitable[None]]

PREFIXES = ("/ping/", "/api/push/")
STORE_SECONDS = 6.0
RETRY_AFTER: Header = (b"retry-after", b"5")
_CLOSE: Header = (b"connection", b"close")

_PATH = re.compile(r"/ping/([0-9a-fA-F-]{1,64})(?:/(start|fail|log|\d{1,3}))?/?\Z")
_PUSH = re.compile(r"/api/push/([0-9a-fA-F-]{1,64})/?\Z")
_METHODS = ("GET", "HEAD", "POST")
_TYPES: dict[str | None, PingType] = {
    None: "success",
    "start": "start",
    "fail": "fail",
    "log": "log",
}


class PushedJson(TypedDict):
    """What Uptime Kuma's push addresses answer."""

    ok: bool
    msg: NotRequired[str]


class RefusedError(Exception):
    """A request that is no ping: its status and why."""

    def __init__(self, status: int, detail: str, *headers: Header) -> None:
        super().__init__(detail)
        self.status, self.detail, self.headers = status, detail, headers


class PingEndpoint:
    """Receives pings. Start its `ping_writer` once there is a loop."""

    def __init__(self) -> None:
        self.ping_writer = PingWriter()
        self._stored_bytes = settings.STATUSPAGE.ping_body_bytes

    async def respond(self, scope: Scope, receive: Receive, send: Send) -> int:
        """Receive a ping, or send why not; return the status that was sent."""
        push, sent = scope["path"].startswith("/api/push/"), PingBody(scope, receive)
        try:
            ping = await self._receive_ping(scope, sent)
            if not self.ping_writer.knows(ping.key_hash):
                scope[GIVES_WAY] = True
            known = await self._store(ping)
        except RefusedError as refused:
            for message in _refusal(refused, push=push):
                await send(message)
            return refused.status
        status, body, content_type = _response(known, push=push)
        headers = [
            (b"content-type", content_type),
            (b"content-length", str(len(body)).encode()),
            (b"cache-control", b"no-store"),
            (b"x-content-type-options", b"nosniff"),
            (b"ping-body-limit", str(self._stored_bytes).encode()),
        ]
        # Whose key is not known is not listened to any longer.
        if known and not await sent.read_away():
            headers.append(_CLOSE)
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send(
            {"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body}
        )
        return status

    async def _store(self, ping: ReceivedPing) -> bool:
        try:
            async with asyncio.timeout(STORE_SECONDS):
                outcome = await self.ping_writer.store(ping)
        except TimeoutError:
            outcome = PingOutcome.UNAVAILABLE
        if outcome is PingOutcome.UNAVAILABLE:
            raise RefusedError(
                503, "The ping could not be stored just now; send it again.", RETRY_AFTER
            )
        return outcome is PingOutcome.STORED

    async def _receive_ping(self, scope: Scope, sent: PingBody) -> ReceivedPing:
        if scope["method"] not in _METHODS:
            raise RefusedError(405, "Use GET, HEAD or POST.", (b"allow", b"GET, HEAD, POST"))
        ping = _parse_ping(scope["path"], scope["query_string"])
        if scope["method"] != "POST":
            return ping
        try:
            body = await sent.beginning(self._stored_bytes)
        except TimeoutError:
            raise RefusedError(408, "The body did not come in time.", _CLOSE) from None
        # PostgreSQL takes no NUL in a text.
        text = body.decode(errors="replace").replace("\0", "\N{REPLACEMENT CHARACTER}")
        return replace(ping, body=text)


def _parse_ping(path: str, query_string: bytes) -> ReceivedPing:
    """Return the ping that an address stands for. Raises RefusedError."""
    try:
        query = parse_qs(query_string.decode("latin-1"), max_num_fields=20)
    except ValueError:
        raise RefusedError(400, "A ping has a few parameters at most.") from None
    if match := _PUSH.match(path):
        return _parse_push(match[1], query)
    match = _PATH.match(path)
    if match is None:
        raise RefusedError(404, "There is no such ping address.")
    key_hash, action = ping_keys.digest(match[1]), match[2]
    run_id = _run_id(query)
    if action is None or not action.isdigit():
        return ReceivedPing(key_hash, _TYPES[action], rid=run_id)
    code = int(action)
    if code > 255:
        raise RefusedError(400, "An exit code lies between 0 and 255.")
    return ReceivedPing(key_hash, "fail" if code else "success", code=code, rid=run_id)


def _parse_push(key: str, query: dict[str, list[str]]) -> ReceivedPing:
    ping_type: PingType = "success" if query.get("status", ["up"])[0] == "up" else "fail"
    took_ms: float | None = None
    with suppress(ValueError):  # agents that measure nothing send it empty
        took_ms = read_decimal(query.get("ping", [""])[0])
    if took_ms is not None and not 0 <= took_ms < 1e9:
        took_ms = None
    message = one_line(query.get("msg", [""])[0])
    return ReceivedPing(ping_keys.digest(key), ping_type, took_ms=took_ms, message=message)


def _run_id(query: dict[str, list[str]]) -> str:
    if "rid" not in query:
        return ""
    try:
        return str(uuid.UUID(query["rid"][0]))
    except ValueError:
        raise RefusedError(400, "rid: write a UUID, the same for start and end.") from None


def _response(known: bool, *, push: bool) -> tuple[int, bytes, bytes]:
    if push:
        body: PushedJson = {"ok": known}
        if not known:
            body["msg"] = "There is no such push address."
        return 200 if known else 404, json.dumps(body).encode(), b"application/json"
    text = b"OK" if known else b"not found"
    return 200 if known else 404, text, b"text/plain; charset=utf-8"


def _refusal(refused: RefusedError, *, push: bool) -> tuple[Message, Message]:
    if not push:
        return problem(refused.status, refused.detail, headers=refused.headers)
    pushed: PushedJson = {"ok": False, "msg": refused.detail}
    body = json.dumps(pushed).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        *refused.headers,
    ]
    start = {"type": "http.response.start", "status": refused.status, "headers": headers}
    return start, {"type": "http.response.body", "body": body}
