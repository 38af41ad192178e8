"""The other listeners of the web process: who may ask what on which port.

The internal one is for agents, readers and heartbeats alone. The readiness ones answer in the form
in which serving platforms probe a container.
"""

from typing import Any

from django.db import connection

from monitors.readers import selectors
from statuspage.config.env import Settings
from statuspage.edge.pings import PREFIXES
from statuspage.edge.problems import problem
from statuspage.server.response_deadline import ResponseDeadline

CHECK_TIMEOUT = 2.5
"""Seconds that the database may take for a look at ourselves before that counts as failed."""
MANAGEMENT, INTERNAL = "management", "internal"
REPORT_PATHS = ("/api/v1/agent/results", "/api/v1/readers/heartbeat")
"""What agents and readers post, and may not take long over."""
MANAGEMENT_PATH = "/manage/status"
_INTERNAL_PATHS = ("/api/v1/agent/", "/api/v1/readers/heartbeat", *PREFIXES)
_READINESS_PATHS = {"openai": "/v1/models", "vertex": "/health", "snowflake": "/healthcheck"}


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


def response_deadlines(settings: Settings) -> dict[str, ResponseDeadline]:
    """Return the deadline of each path that has one; those of reports share theirs."""
    report_ms = settings.reader_message_timeout_ms
    reports = ResponseDeadline(
        report_ms / 1000,
        problem(
            503,
            f"This report was not stored within {report_ms} ms. Send it again, as it was: one"
            " with a number of its own (report_id, or stream and sequence) is counted once.",
            headers=[(b"retry-after", b"1")],
        ),
    )
    management = ResponseDeadline(
        CHECK_TIMEOUT,
        problem(
            503,
            f"The database did not answer within {CHECK_TIMEOUT:g} s. Ask again.",
            headers=[(b"retry-after", b"5")],
        ),
    )
    return {**dict.fromkeys(REPORT_PATHS, reports), MANAGEMENT_PATH: management}
