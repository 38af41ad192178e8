"""Blocks the API while a maintenance window says so, and answers reverse proxies (X18, X23).

What is asked is what the published page holds, in memory, and the clock: no query per request. A
window blocks from its start to its end to the second, whether beat is on time or not; completed or
cancelled, it is gone with the next publication, which is within a second of the commit.

A gate that cannot know lets everything pass: trouble of ours never blocks a platform. So it is
before the first publication, and for a component that it does not know. A hidden component is one
of those, like one that is not there.
"""

import re
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, unquote

from components.values.instants import iso
from statuspage.edge.pages import PublicPages
from statuspage.edge.problems import problem
from statuspage.server.asgi_types import Message, ResponsePair, Scope
from statuspage.state.page_state import BlockView

PATH = "/status/gate"
_COMPONENT_PATH = "/status/gate/for/"
"""The component in the path, for Envoy: it appends the address it was asked for, takes 200 alone
for a yes, and any 5xx for a failure of ours."""
MAX_RETRY_AFTER = 3600
"""Seconds in `Retry-After`: a window may be over early, so no caller is sent away for longer."""
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_ALWAYS_EXEMPT = re.compile(
    r"/api/push/"  # heartbeats
    r"|/api/v1/(readers|agent)(/|$)"  # heartbeats of readers, reports of remote probes
    r"|/api/v1/(monitors/\d+/(alerts/|numbers/?$)|alerts/[a-z]+/?$)"  # alerts, numbers
    r"|/api/v1/bounces/?$"  # mail comes back when it comes back
    # The way out of a window stays open to those who run it through an API.
    r"|/api/v1/status/maintenance/[^/]+/(complete|cancel)/?$"
    r"|/v1/pages/[^/]+/incidents/[^/]+/?$"
)
_STATUS_READS = re.compile(
    r"/api/v1/status/(groups|components|incidents|maintenance)(/|$)"
    r"|/api/v2/[a-z0-9_./-]+\.json$"
    r"|/v2/monitoring(/|$)"
    r"|/v1/pages(\.json)?/?$|/v1/pages/[^/]+/?$"
    r"|/v1/pages/[^/]+/(components|component-groups|incidents)(\.json|/|$)"
)
_BLOCKABLE = re.compile(r"/(api|v1|v2)(/|$)")


def is_exempt(path: str, method: str) -> bool:
    """Whether an address is served while a window blocks the API (decision C6)."""
    if not _BLOCKABLE.match(path) or _ALWAYS_EXEMPT.match(path):
        return True
    return method in SAFE_METHODS and _STATUS_READS.match(path) is not None


class Gate:
    """The gate of the windows on the published page."""

    def __init__(self, pages: PublicPages, *, clock: Callable[[], float] = time.time) -> None:
        self._pages = pages
        self._clock = clock

    def blocking(self) -> list[BlockView]:
        """Return the windows that block at this instant."""
        snapshot = self._pages.snapshot
        if snapshot is None or not snapshot.state.blocks:
            return []
        now = self._clock()
        return [
            block
            for block in snapshot.state.blocks
            if block.starts_at.timestamp() <= now < block.ends_at.timestamp()
        ]

    def refuse(self, scope: Scope) -> ResponsePair | None:
        """Return the 503 for a request to our own API; None when it may pass."""
        if not _BLOCKABLE.match(scope["path"]):
            return None
        blocking = self.blocking()
        if not blocking or is_exempt(scope["path"], scope["method"]):
            return None
        return self._blocked(blocking, 503, path=scope["path"])

    def respond(self, scope: Scope) -> ResponsePair | None:
        """Return the response to a reverse proxy, whatever method it passes on.

        None for an address that is not the gate's.
        """
        path = scope["path"]
        if path.rstrip("/") != PATH and not path.startswith(_COMPONENT_PATH):
            return None
        if scope["method"] == "TRACE":  # no proxy asks for one, and none is to be echoed
            return problem(405, "TRACE is not possible here.", headers=[(b"allow", b"GET, HEAD")])
        try:
            query = parse_qs(
                scope["query_string"].decode("latin-1"), keep_blank_values=True, max_num_fields=20
            )
        except ValueError:
            # A component's address is asked with whatever a visitor wrote; it has no parameters.
            query = {}
            if not path.startswith(_COMPONENT_PATH):
                return problem(400, "Write at most 20 parameters.")
        if path.startswith(_COMPONENT_PATH):
            slugs = [unquote(path[len(_COMPONENT_PATH) :].partition("/")[0])]
            status, allowed = 403, _allow(200)
        elif (deny_status := query.get("deny", ["503"])[-1]) in ("503", "403"):
            slugs = [slug for slug in query.get("component", []) if slug]
            status, allowed = int(deny_status), _allow(204)
        else:
            return problem(400, "deny: write 403, or leave it out for 503.")
        blocking = [block for block in self.blocking() if _concerns(block, slugs)]
        if not blocking:
            return allowed
        start, body = self._blocked(blocking, status)
        return start, (_EMPTY_BODY if scope["method"] == "HEAD" else body)

    def _blocked(self, blocking: list[BlockView], status: int, path: str = "") -> ResponsePair:
        """Return a problem that names the window that ends last: until then there is no passing."""
        block = max(blocking, key=lambda each: each.ends_at)
        wait = round(block.ends_at.timestamp() - self._clock() + 0.5)
        return _problem(block, status, max(1, min(wait, MAX_RETRY_AFTER)), path)


def _concerns(block: BlockView, slugs: list[str]) -> bool:
    """Without a component it is the platform that is asked for, as of which any window counts."""
    return block.everything or not slugs or any(slug in block.slugs for slug in slugs)


def _problem(block: BlockView, status: int, wait: int, path: str) -> ResponsePair:
    name = f"“{block.title}”" if block.title else "Maintenance"
    detail = f"{name} is in progress until {iso(block.ends_at)}."
    window: dict[str, Any] = {
        "window": {
            "id": block.window_id,
            "title": block.title or None,
            "starts_at": iso(block.starts_at),
            "ends_at": iso(block.ends_at),
        }
    }
    return problem(
        status,
        detail,
        headers=[(b"retry-after", str(wait).encode())],
        more={**(window if block.title else {}), **_error_text(path, detail)},
    )


def _allow(status: int) -> ResponsePair:
    headers = [(b"cache-control", b"no-store")]
    if status == 200:
        headers.append((b"content-length", b"0"))
    return {"type": "http.response.start", "status": status, "headers": headers}, _EMPTY_BODY


def _error_text(path: str, detail: str) -> dict[str, str]:
    """Return what clients of Statuspage's API look for."""
    return {"error": detail} if path.startswith("/v1/") else {}


_EMPTY_BODY: Message = {"type": "http.response.body", "body": b""}
