"""The management listener: is the product alive, and ready? For operators and supervisors only."""

import asyncio
import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connection

from statuspage import health
from statuspage.health import Finding
from statuspage.problems import problem
from statuspage.public import PublicPages, Send
from statuspage.servers import Scope

PATIENCE = 2.5
"""Seconds that a check of ourselves may take before it counts as failed."""
FRESH_SECONDS = 60.0
_POOL = ThreadPoolExecutor(len(health.CHECKS), thread_name_prefix="health")
_running: dict[str, asyncio.Future[Finding]] = {}


async def answer(scope: Scope, send: Send, *, pages: PublicPages) -> None:
    """`/livez`: 200 while the process runs. `/healthz`: 200 when ready to serve (contract K)."""
    path = scope["path"].rstrip("/")
    if path == "/livez":
        await _json(send, 200, {"status": "ok"})
        return
    if path == "/healthz":
        await _ready(send, pages)
        return
    name = path.removeprefix("/healthz/")
    if path.startswith("/healthz/") and name in health.CHECKS:
        finding = await _patiently(name)
        await _json(send, 200 if finding.ok else 503, _told(finding))
        return
    for message in problem(404, "Here are /livez, /healthz and /healthz/NAME."):
        await send(message)


async def _ready(send: Send, pages: PublicPages) -> None:
    """Ready: migrations applied, and the database reachable or the snapshot fresh."""
    findings = await asyncio.gather(*(_patiently(name) for name in ("database", "migrations")))
    snapshot = pages.snapshot
    age = None if snapshot is None else time.time() - snapshot.built_at.timestamp()
    fresh = age is not None and age < FRESH_SECONDS
    told = "none yet" if age is None else f"{age:.0f} s old"
    findings.append(Finding("snapshot", fresh, told, "See whether beat runs: manage.py beat."))
    ok = fresh or all(finding.ok for finding in findings[:2])
    body = {"status": "ok" if ok else "failing", "checks": [_told(item) for item in findings]}
    await _json(send, 200 if ok else 503, body)


def _told(finding: Finding) -> dict[str, Any]:
    told: dict[str, Any] = {"name": finding.name, "ok": finding.ok, "detail": finding.detail}
    return told if finding.ok else {**told, "advice": finding.advice}


async def _patiently(name: str) -> Finding:
    """Run a check on a thread, for no longer than `PATIENCE`; a hung one is waited for once.

    Whoever asks while it still hangs waits for the same answer: a database that does not answer
    holds one thread per check, however often it is asked about.
    """
    running = _running.get(name)
    if running is None or running.done():
        running = asyncio.get_running_loop().run_in_executor(_POOL, _checked, name)
        _running[name] = running
    try:
        async with asyncio.timeout(PATIENCE):
            return await asyncio.shield(running)
    except TimeoutError:
        return Finding(name, False, f"no answer within {PATIENCE:g} s", "See the database check.")


def _checked(name: str) -> Finding:
    try:
        return health.CHECKS[name]()
    finally:
        connection.close()


async def _json(send: Send, status: int, body: dict[str, Any]) -> None:
    encoded = json.dumps(body).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(encoded)).encode()),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": encoded})
