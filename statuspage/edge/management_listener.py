"""The management listener: is the product alive, and ready? For operators and supervisors only."""

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar
from urllib.parse import parse_qsl

from django.conf import settings
from django.db import connection

from statuspage.api.views.management import ManagementStatusJson, management_status
from statuspage.edge.body_limits import Receive
from statuspage.edge.listeners import CHECK_TIMEOUT, live_models_json
from statuspage.edge.pages import PublicPages, Send
from statuspage.edge.problems import problem
from statuspage.mcp.endpoint import PATH as MCP
from statuspage.mcp.endpoint import McpEndpoint
from statuspage.runtime import health
from statuspage.runtime.health import SelfCheck
from statuspage.server.asgi_types import Scope

FRESH_SECONDS = 60.0
SNAPSHOT = "snapshot"
KUMA = "kuma"
_NAMES = ", ".join((*health.CHECKS, SNAPSHOT))
_POOL = ThreadPoolExecutor(len(health.CHECKS) + 2, thread_name_prefix="health")
_running: dict[str, asyncio.Future[Any]] = {}
_T = TypeVar("_T")


async def respond(
    scope: Scope,
    receive: Receive,
    send: Send,
    *,
    pages: PublicPages,
    metrics: Callable[[str], bytes],
    mcp: McpEndpoint,
) -> None:
    """Serve `/livez` (200 while the process runs), `/healthz` and `/readyz` (200 while there is a
    page to serve), `/healthz/NAME` (200 while that is well) and the rest (K)."""
    path = scope["path"].rstrip("/")
    if path == "/livez":
        await _send_json(send, 200, {"status": "ok"})
        return
    if path in ("/healthz", "/readyz"):
        await _send_readiness(send, pages, verbose=_is_verbose(scope))
        return
    if path == "/status":
        await _send_gathered(send, "status", _status)
        return
    if path == MCP:
        await _serve_mcp(scope, receive, send, mcp)
        return
    if path == "/metrics" and settings.STATUSPAGE.enable_metrics:
        await _send_metrics(scope, send, metrics)
        return
    name = path.removeprefix("/healthz/")
    if path.startswith("/healthz/") and name in (SNAPSHOT, *health.CHECKS):
        check = _snapshot_check(pages) if name == SNAPSHOT else await _run_check(name)
        await _send_json(send, 200 if check.ok else 503, _check_json(check))
        return
    here = f"/status, /metrics, /mcp, /livez, /healthz, /readyz and /healthz/NAME: {_NAMES}"
    for message in problem(404, f"Here are {here}."):
        await send(message)


async def respond_readiness(scope: Scope, send: Send, *, pages: PublicPages, path: str) -> None:
    """Serve a readiness listener: ready or not on the one path that its platform probes."""
    if scope["path"].rstrip("/") != path:
        for message in problem(404, f"Here is {path}."):
            await send(message)
    elif path == "/v1/models":
        await _send_gathered(send, "models", live_models_json)
    else:
        await _send_readiness(send, pages)


async def _serve_mcp(scope: Scope, receive: Receive, send: Send, mcp: McpEndpoint) -> None:
    refused = await mcp.refusal(scope)
    if refused is None:
        await mcp.respond(scope, receive, send)
        return
    for message in problem(refused.status, refused.detail, headers=refused.headers):
        await send(message)


async def _send_gathered(send: Send, name: str, gather: Callable[[], Any]) -> None:
    """Send what `gather` returns, called on a thread, or a 503 that says why there is nothing."""
    try:
        async with asyncio.timeout(CHECK_TIMEOUT):
            body = await _on_thread(name, gather)
    # Whatever it is: an operator gets it in a form that can be read.
    except Exception as error:  # noqa: BLE001
        why = " ".join(str(error).split()) or f"no answer within {CHECK_TIMEOUT:g} s"
        for message in problem(503, f"The database does not answer: {why}"):
            await send(message)
        return
    if isinstance(body, bytes):
        await _send(send, 200, body, b"text/plain; version=0.0.4; charset=utf-8")
    else:
        await _send_json(send, 200, body)


def _status() -> ManagementStatusJson:
    return _closing_connection(lambda: management_status(now=time.time()))


async def _send_metrics(scope: Scope, send: Send, metrics: Callable[[str], bytes]) -> None:
    """Send the figures under our own names, or with `?names=kuma` under those of Uptime Kuma."""
    fields = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    names = dict(fields).get("names", "")
    if names not in ("", KUMA):
        for message in problem(400, f"names: write {KUMA}, or leave it out for our own names."):
            await send(message)
        return
    await _send_gathered(send, f"metrics {names}", lambda: metrics(names))


async def _send_readiness(send: Send, pages: PublicPages, *, verbose: bool = False) -> None:
    """Send whether this is ready: it is as long as there is a page to serve, however old.

    Nothing else counts: whoever takes a process out of a balancer because the database is away
    takes away the page. `verbose` lists what the named checks say, and changes no status.
    """
    checks = [_snapshot_check(pages)]
    if verbose:
        checks += await asyncio.gather(*(_run_check(name) for name in health.CHECKS))
    ready = pages.snapshot is not None
    body: dict[str, Any] = {
        "status": "ok" if ready else "failing",
        "checks": [_check_json(item) for item in checks],
    }
    if not ready:
        body["detail"] = "There is no page to serve yet: see /healthz/database."
    await _send_json(send, 200 if ready else 503, body)


def _is_verbose(scope: Scope) -> bool:
    return any(
        field.partition(b"=")[0] == b"verbose" for field in scope["query_string"].split(b"&")
    )


def _snapshot_check(pages: PublicPages) -> SelfCheck:
    """Check that the page is of late: beat renews it every 20 s."""
    snapshot = pages.snapshot
    age = None if snapshot is None else time.time() - snapshot.built_at.timestamp()
    detail = "none yet" if age is None else f"{age:.0f} s old"
    fresh = age is not None and age < FRESH_SECONDS
    return SelfCheck(SNAPSHOT, fresh, detail, "See whether beat runs: manage.py beat.")


def _check_json(check: SelfCheck) -> dict[str, Any]:
    body: dict[str, Any] = {"name": check.name, "ok": check.ok, "detail": check.detail}
    return body if check.ok else {**body, "advice": check.advice}


async def _run_check(name: str) -> SelfCheck:
    """Run a check on a thread, for no longer than `CHECK_TIMEOUT`; a hung one is waited for once.

    A request that comes while it still hangs waits for the same result: a database that does not
    answer holds one thread per check, however often it is asked about.
    """
    try:
        async with asyncio.timeout(CHECK_TIMEOUT):
            check: SelfCheck = await _on_thread(
                name, lambda: _closing_connection(health.CHECKS[name])
            )
    except TimeoutError:
        advice = "See EMAIL_URL." if name == "mail" else "See the database check."
        return SelfCheck(name, False, f"no answer within {CHECK_TIMEOUT:g} s", advice)
    return check


def _on_thread(name: str, function: Callable[[], Any]) -> asyncio.Future[Any]:
    running = _running.get(name)
    if running is None or running.done():
        running = asyncio.get_running_loop().run_in_executor(_POOL, function)
        _running[name] = running
    return asyncio.shield(running)


def _closing_connection(function: Callable[[], _T]) -> _T:
    try:
        return function()
    finally:
        connection.close()


async def _send_json(send: Send, status: int, body: Mapping[str, Any]) -> None:
    await _send(send, status, json.dumps(body).encode(), b"application/json")


async def _send(send: Send, status: int, encoded: bytes, content_type: bytes) -> None:
    headers = [
        (b"content-type", content_type),
        (b"content-length", str(len(encoded)).encode()),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": encoded})
