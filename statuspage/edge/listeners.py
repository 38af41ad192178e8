"""The other listeners of the web process: who may ask what on which port.

The internal one is for agents, readers and heartbeats alone. The readiness ones answer in the form
in which serving platforms probe a container.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from django.db import connection

from monitors.readers import selectors
from statuspage.config.env import Settings
from statuspage.edge.pages import Send
from statuspage.edge.pings import PREFIXES
from statuspage.edge.problems import problem
from statuspage.server.asgi_types import Message

log = logging.getLogger(__name__)

MANAGEMENT, INTERNAL = "management", "internal"
REPORT_PATHS = ("/api/v1/agent/results", "/api/v1/readers/heartbeat")
"""What agents and readers post, and may not take long over."""
_INTERNAL_PATHS = ("/api/v1/agent/", "/api/v1/readers/heartbeat", *PREFIXES)
_READINESS_PATHS = {"openai": "/v1/models", "vertex": "/health", "snowflake": "/healthcheck"}

Deliver = Callable[[Send], Awaitable[int]]


def listener_by_port(settings: Settings) -> dict[int, str]:
    """Return the listener of each special port; every other port is the public one."""
    ports = {settings.internal_port: INTERNAL}
    ports |= {getattr(settings, f"{name}_port"): name for name in settings.readiness}
    # Last: whatever else has its port, operators can look.
    return {**ports, settings.management_port: MANAGEMENT}


def is_served(listener: str, path: str) -> bool:
    """Whether `path` may be asked for at this listener at all."""
    return listener != INTERNAL or path.startswith(_INTERNAL_PATHS)


def readiness_path(listener: str) -> str | None:
    """Return the one path of a readiness listener; None for other listeners."""
    return _READINESS_PATHS.get(listener)


def live_models_json() -> dict[str, Any]:
    """Return the models of live readers, as `GET /v1/models` lists them."""
    try:
        live = selectors.live_models()
    finally:
        connection.close()
    return {
        "object": "list",
        "data": [
            {"id": name, "object": "model", "created": int(since), "owned_by": "statuspage"}
            for name, since in live
        ],
    }


def loggable_path(path: str) -> str:
    """Return a path as it may be logged: the key of a heartbeat is a secret."""
    prefix = next((each for each in PREFIXES if path.startswith(each)), None)
    return path if prefix is None else f"{prefix}…"


async def deliver_within(seconds: float, send: Send, deliver: Deliver) -> int:
    """Have a report delivered in time, or give up on it; return the status that was sent.

    What was given up may still be stored: reports are numbered, so sending it again is safe.
    """
    status = 0

    async def tracked_send(message: Message) -> None:
        nonlocal status
        status = status or message.get("status", 0)
        await send(message)

    try:
        async with asyncio.timeout(seconds):
            return await deliver(tracked_send)
    except TimeoutError:
        if not status:
            detail = f"A report may take {seconds * 1000:.0f} ms. Send it again."
            for message in problem(503, detail, headers=[(b"retry-after", b"1")]):
                await send(message)
        return status or 503
