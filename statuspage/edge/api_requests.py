"""Which requests are to the product's APIs, and counting them (T23).

Pages, feeds and pings are none, nor are their documentation, what our own probes ask and what our
own agents report: these say how busy we are ourselves.
"""

from monitors.probing.curl_options import USER_AGENT
from statuspage.edge.pings import PREFIXES
from statuspage.server.asgi_types import Scope
from statuspage.server.request_counter import API_SERVED, SERVED, Cell, add

_APIS = ("/api/", "/v1/", "/v2/", "/status/api")
_NO_API = (*PREFIXES, "/api/docs", "/api/schema", "/api/v1/agent/")
_ROUTES = {
    "/": "page", "/status": "page", "/status/": "page", "/status/events": "stream",
    "/status/api": "status_json", "/ws/status": "stream", "/metrics": "operators",
    "/manage/status": "operators",
}  # fmt: skip
_ROUTE_PREFIXES = (
    *((prefix, "ping") for prefix in PREFIXES),
    ("/api/v2/", "status_json"), ("/v1/", "status_json"), ("/v2/", "api"), ("/api/", "api"),
    ("/admin/", "admin"), ("/static/", "static"), ("/status/subscribe", "sign_up"),
    ("/status/", "documents"), ("/healthz", "operators"), ("/livez", "operators"),
    ("/readyz", "operators"),
)  # fmt: skip
_PROBE = (b"user-agent", USER_AGENT.encode())


def is_api_request(scope: Scope) -> bool:
    """Return whether a request is to an API, and not one of our own."""
    path = scope["path"]
    return (
        path.startswith(_APIS)
        and not path.startswith(_NO_API)
        and _PROBE not in map(tuple, scope["headers"])
    )


def route_class(path: str) -> str:
    """Return what kind of address a path is; there are few, whatever is asked for."""
    if path in _ROUTES:
        return _ROUTES[path]
    return next((name for prefix, name in _ROUTE_PREFIXES if path.startswith(prefix)), "other")


def cell(scope: Scope, status: int, listener: str = "") -> Cell:
    """Return what counts a request that is answered so; '' is the public listener."""
    known = status if 100 <= status < 600 else 0
    key = (listener or "public", route_class(scope["path"]), known)
    return SERVED.cell(key, of=API_SERVED if is_api_request(scope) else None)


def count(scope: Scope, began: float, *, status: int = 200, listener: str = "") -> None:
    """Count a request that began at `began` of the performance counter and has ended."""
    add(cell(scope, status, listener), began)
