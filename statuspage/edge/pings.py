"""Pings, answered at the edge: a 200 means that it is stored.

Each request waits for the ping writer, one thread that stores what came together in one
transaction (`monitors.heartbeats.ingest.store_pings`). When the database is away the answer is
503, never a false OK.
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

from monitors import ping_keys
from monitors.heartbeats.ingest import ReceivedPing
from monitors.probing.base import one_line
from monitors.rules.heartbeat_schedule import PingType
from statuspage.edge.ping_writer import PingOutcome, PingWriter
from statuspage.edge.problems import Header, problem
from statuspage.server.asgi_types import Message, Scope

Send = Callable[[Message], Awaitable[None]]
Receive = Callable[[], Awaitable[Message]]

PREFIXES = ("/ping/", "/api/push/")
BODY_SECONDS = 10.0
ANSWER_SECONDS = 6.0
RETRY_AFTER: Header = (b"retry-after", b"5")

_PATH = re.compile(r"/ping/([0-9a-fA-F-]{1,64})(?:/(start|fail|log|\d{1,3}))?/?\Z")
_PUSH = re.compile(r"/api/push/([0-9a-fA-F-]{1,64})/?\Z")
_METHODS = ("GET", "HEAD", "POST")
_WORDS: dict[str | None, PingType] = {
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
    """Takes pings in. `start` it once there is a loop."""

    def __init__(self) -> None:
        self.ping_writer = PingWriter()
        self._most = settings.STATUSPAGE.body_size_limit_bytes
        self._kept = settings.STATUSPAGE.ping_body_bytes

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> int:
        """Take a ping in, or say why not; the answer is the status that was sent."""
        push = scope["path"].startswith("/api/push/")
        try:
            call = await self._read(scope, receive)
            known = await self._store(call)
        except RefusedError as refused:
            for message in _refusal(refused, push=push):
                await send(message)
            return refused.status
        status, body, content_type = _answer(known, push=push)
        headers = [
            (b"content-type", content_type),
            (b"content-length", str(len(body)).encode()),
            (b"cache-control", b"no-store"),
            (b"x-content-type-options", b"nosniff"),
            (b"ping-body-limit", str(self._kept).encode()),
        ]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        shown = b"" if scope["method"] == "HEAD" else body
        await send({"type": "http.response.body", "body": shown})
        return status

    async def _store(self, call: ReceivedPing) -> bool:
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                answer = await self.ping_writer.ask(call)
        except TimeoutError:
            answer = PingOutcome.AWAY
        if answer is PingOutcome.AWAY:
            raise RefusedError(
                503, "The ping could not be stored just now; send it again.", RETRY_AFTER
            )
        return answer is PingOutcome.KEPT

    async def _read(self, scope: Scope, receive: Receive) -> ReceivedPing:
        if scope["method"] not in _METHODS:
            raise RefusedError(405, "Use GET, HEAD or POST.", (b"allow", b"GET, HEAD, POST"))
        call = _parse(scope["path"], scope["query_string"])
        if scope["method"] != "POST":
            return call
        try:
            async with asyncio.timeout(BODY_SECONDS):
                body = await self._body(receive)
        except TimeoutError:
            raise RefusedError(408, "The body did not come in time.") from None
        # PostgreSQL takes no NUL in a text.
        text = body.decode(errors="replace").replace("\0", "\N{REPLACEMENT CHARACTER}")
        return replace(call, body=text)

    async def _body(self, receive: Receive) -> bytes:
        """As much of the body as is kept; all of it is read, within the limit for all bodies."""
        kept, counted, more = b"", 0, True
        while more:
            message = await receive()
            if message["type"] != "http.request":
                break
            chunk = message.get("body", b"")
            counted += len(chunk)
            if counted > self._most:
                detail = f"A request body may have {self._most} bytes at most."
                raise RefusedError(413, detail, (b"connection", b"close"))
            kept += chunk[: self._kept - len(kept)]
            more = message.get("more_body", False)
        return kept


def _parse(path: str, query: bytes) -> ReceivedPing:
    """Which ping this is. Raises RefusedError."""
    given = parse_qs(query.decode("latin-1"), max_num_fields=20) if query else {}
    if found := _PUSH.match(path):
        return _pushed(found[1], given)
    found = _PATH.match(path)
    if found is None:
        raise RefusedError(404, "There is no such ping address.")
    key_hash, action = ping_keys.digest(found[1]), found[2]
    rid = _rid(given)
    if action is None or not action.isdigit():
        return ReceivedPing(key_hash, _WORDS[action], rid=rid)
    code = int(action)
    if code > 255:
        raise RefusedError(400, "An exit code lies between 0 and 255.")
    return ReceivedPing(key_hash, "fail" if code else "success", code=code, rid=rid)


def _pushed(key: str, given: dict[str, list[str]]) -> ReceivedPing:
    word: PingType = "success" if given.get("status", ["up"])[0] == "up" else "fail"
    took_ms: float | None = None
    with suppress(ValueError):  # agents that measure nothing send it empty
        took_ms = float(given.get("ping", [""])[0])
    if took_ms is not None and not 0 <= took_ms < 1e9:
        took_ms = None
    message = one_line(given.get("msg", [""])[0])
    return ReceivedPing(ping_keys.digest(key), word, took_ms=took_ms, message=message)


def _rid(given: dict[str, list[str]]) -> str:
    if "rid" not in given:
        return ""
    try:
        return str(uuid.UUID(given["rid"][0]))
    except ValueError:
        raise RefusedError(400, "rid: write a UUID, the same for start and end.") from None


def _answer(known: bool, *, push: bool) -> tuple[int, bytes, bytes]:
    if push:
        told: PushedJson = {"ok": known}
        if not known:
            told["msg"] = "There is no such push address."
        return 200 if known else 404, json.dumps(told).encode(), b"application/json"
    text = b"OK" if known else b"not found"
    return 200 if known else 404, text, b"text/plain; charset=utf-8"


def _refusal(refused: RefusedError, *, push: bool) -> tuple[Message, Message]:
    if not push:
        return problem(refused.status, refused.detail, headers=refused.headers)
    told: PushedJson = {"ok": False, "msg": refused.detail}
    body = json.dumps(told).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        *refused.headers,
    ]
    start = {"type": "http.response.start", "status": refused.status, "headers": headers}
    return start, {"type": "http.response.body", "body": body}
