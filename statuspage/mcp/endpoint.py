"""Streamable HTTP at `/mcp` on the management listener, for callers with a token."""

import asyncio
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection

from statuspage.api.limits import LIMITER, Allowance, stranger
from statuspage.mcp.calls import Caller, CallError, caller_of
from statuspage.mcp.server import MISSING, Headers, build_server
from statuspage.server.asgi_types import Scope

PATH = "/mcp"
_BEARER = "bearer "
_UNKNOWN = "The token is not known, or has expired. Send Authorization: Bearer KEY."


class Refusal(NamedTuple):
    """A response that refuses a request: its status, a sentence, headers."""

    status: int
    detail: str
    headers: list[tuple[bytes, bytes]]


class McpEndpoint:
    """Begins with the first call: nobody else pays for the library."""

    def __init__(self) -> None:
        self._manager: Any = None
        self._task: asyncio.Task[None] | None = None
        self._starting = asyncio.Lock()

    async def refusal(self, scope: Scope) -> Refusal | None:
        """Return how a request is refused; None for one to be served."""
        headers = dict(scope["headers"])
        key = headers.get(b"authorization", b"").decode("latin-1")
        caller = await asyncio.to_thread(_find, key)
        allowance = _counted(scope, caller)
        limits = [
            (name.lower().encode(), text.encode()) for name, text in allowance.headers.items()
        ]
        if allowance.refused:
            return Refusal(429, "Too many requests. Wait a minute.", limits)
        if caller is None:
            challenge = (b"www-authenticate", b"Bearer")
            return Refusal(401, _UNKNOWN, [challenge, *limits])
        try:
            await self._start()
        except ImportError:
            return Refusal(501, MISSING, [])
        return None

    async def respond(self, scope: Scope, receive: Any, send: Any) -> None:
        """Serve a request that was not refused."""
        await self._manager.handle_request({**scope, "root_path": ""}, receive, send)

    def stop(self) -> None:
        """End what is under way."""
        if self._task is not None:
            self._task.cancel()

    async def _start(self) -> None:
        async with self._starting:
            if self._manager is not None:
                return
            from mcp.server.transport_security import (  # noqa: PLC0415  (an extra)
                TransportSecuritySettings,
            )

            server = build_server(_caller)
            server.streamable_http_app(
                stateless_http=True,
                json_response=True,
                max_request_body_size=settings.STATUSPAGE.body_size_limit_bytes,
                # A page of another site has no token to send: hosts need not be known.
                transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
            )
            started = asyncio.Event()
            self._task = asyncio.get_running_loop().create_task(
                _run(server.session_manager, started)
            )
            await started.wait()
            self._manager = server.session_manager


async def _run(manager: Any, started: asyncio.Event) -> None:
    async with manager.run():
        started.set()
        await asyncio.Event().wait()


def _counted(scope: Scope, caller: Caller | None) -> Allowance:
    """Count a request of a caller, as the API does; of one without a valid key, of its socket.

    What it says of proxies is not believed: operators call this listener by itself as well.
    """
    options = settings.STATUSPAGE
    if caller is not None:
        return LIMITER.count(f"token {caller.token_id}", quota=options.api_requests_per_minute)
    peer = scope["client"][0] if scope.get("client") else ""
    return LIMITER.count(stranger(peer), quota=options.anonymous_requests_per_minute)


def _find(authorization: str) -> Caller | None:
    if not authorization.lower().startswith(_BEARER):
        return None
    try:
        return caller_of(authorization[len(_BEARER) :].strip(), now=datetime.now(UTC))
    finally:
        connection.close()


def _caller(headers: Headers) -> Caller:
    caller = _find((headers or {}).get("authorization", ""))
    if caller is None:
        raise CallError(_UNKNOWN)
    return caller
