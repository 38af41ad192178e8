"""The management listener: is the product alive, and ready? For operators and supervisors only."""

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from django.conf import settings
from django.db import connection

from statuspage.api.views.management import ManagementStatusJson, management_status
from statuspage.edge.listeners import models
from statuspage.edge.pages import PublicPages, Send
from statuspage.edge.problems import problem
from statuspage.runtime import health
from statuspage.runtime.health import SelfCheck
from statuspage.server.asgi_types import Scope

PATIENCE = 2.5
"""Seconds that a check of ourselves may take before it counts as failed."""
FRESH_SECONDS = 60.0
_POOL = ThreadPoolExecutor(len(health.CHECKS) + 2, thread_name_prefix="health")
_running: dict[str, asyncio.Future[Any]] = {}
_T = TypeVar("_T")


async def answer(scope: Scope, send: Send, *, pages: PublicPages) -> None:
    """`/livez`: 200 while the process runs. `/healthz`: 200 when ready to serve (contract K)."""
    path = scope["path"].rstrip("/")
    if path == "/livez":
        await _json(send, 200, {"status": "ok"})
        return
    if path == "/healthz":
        await _ready(send, pages)
        return
    if path == "/status":
        await _tell(send, "status", _gathered)
        return
    if path == "/metrics" and settings.STATUSPAGE.enable_metrics:
        await _tell(send, "metrics", lambda: _metrics(pages))
        return
    name = path.removeprefix("/healthz/")
    if path.startswith("/healthz/") and name in health.CHECKS:
        finding = await _patiently(name)
        await _json(send, 200 if finding.ok else 503, _told(finding))
        return
    for message in problem(404, "Here are /status, /metrics, /livez, /healthz and /healthz/NAME."):
        await send(message)


async def answer_platform(scope: Scope, send: Send, *, pages: PublicPages, path: str) -> None:
    """A readiness listener: ready or not on the one path that its platform probes."""
    if scope["path"].rstrip("/") != path:
        for message in problem(404, f"Here is {path}."):
            await send(message)
    elif path == "/v1/models":
        await _tell(send, "models", models)
    else:
        await _ready(send, pages)


async def _tell(send: Send, name: str, gather: Callable[[], Any]) -> None:
    """Answer with what `gather` brings, from a thread, or say why there is nothing to be had."""
    try:
        async with asyncio.timeout(PATIENCE):
            told = await _on_thread(name, gather)
    # Whatever it is: an operator is told, in a form that can be read.
    except Exception as error:  # noqa: BLE001
        why = " ".join(str(error).split()) or f"no answer within {PATIENCE:g} s"
        for message in problem(503, f"The database does not answer: {why}"):
            await send(message)
        return
    if isinstance(told, bytes):
        await _send(send, 200, told, b"text/plain; version=0.0.4; charset=utf-8")
    else:
        await _json(send, 200, told)


def _gathered() -> ManagementStatusJson:
    return _and_let_go(lambda: management_status(now=time.time()))


def _metrics(pages: PublicPages) -> bytes:
    # Only who asks for metrics needs the client library.
    from statuspage.edge.prometheus import (  # noqa: PLC0415
        exposition,  # only where somebody scrapes: it costs memory
    )

    return exposition(pages)


async def _ready(send: Send, pages: PublicPages) -> None:
    """Ready: migrations applied, and the database reachable or the snapshot fresh."""
    findings = await asyncio.gather(*(_patiently(name) for name in ("database", "migrations")))
    snapshot = pages.snapshot
    age = None if snapshot is None else time.time() - snapshot.built_at.timestamp()
    fresh = age is not None and age < FRESH_SECONDS
    told = "none yet" if age is None else f"{age:.0f} s old"
    findings.append(SelfCheck("snapshot", fresh, told, "See whether beat runs: manage.py beat."))
    ok = fresh or all(finding.ok for finding in findings[:2])
    body = {"status": "ok" if ok else "failing", "checks": [_told(item) for item in findings]}
    await _json(send, 200 if ok else 503, body)


def _told(finding: SelfCheck) -> dict[str, Any]:
    told: dict[str, Any] = {"name": finding.name, "ok": finding.ok, "detail": finding.detail}
    return told if finding.ok else {**told, "advice": finding.advice}


async def _patiently(name: str) -> SelfCheck:
    """Run a check on a thread, for no longer than `PATIENCE`; a hung one is waited for once.

    Whoever asks while it still hangs waits for the same answer: a database that does not answer
    holds one thread per check, however often it is asked about.
    """
    try:
        async with asyncio.timeout(PATIENCE):
            finding: SelfCheck = await _on_thread(name, lambda: _and_let_go(health.CHECKS[name]))
    except TimeoutError:
        return SelfCheck(name, False, f"no answer within {PATIENCE:g} s", "See the database check.")
    return finding


def _on_thread(name: str, ask: Callable[[], Any]) -> asyncio.Future[Any]:
    running = _running.get(name)
    if running is None or running.done():
        running = asyncio.get_running_loop().run_in_executor(_POOL, ask)
        _running[name] = running
    return asyncio.shield(running)


def _and_let_go(ask: Callable[[], _T]) -> _T:
    try:
        return ask()
    finally:
        connection.close()


async def _json(send: Send, status: int, body: Mapping[str, Any]) -> None:
    await _send(send, status, json.dumps(body).encode(), b"application/json")


async def _send(send: Send, status: int, encoded: bytes, content_type: bytes) -> None:
    headers = [
        (b"content-type", content_type),
        (b"content-length", str(len(encoded)).encode()),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": encoded})
