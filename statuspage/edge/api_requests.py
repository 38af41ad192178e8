"""Which requests are to the product's APIs, and counting them (T23).

Pages, feeds and pings are none, nor are their documentation, what our own probes ask and what our
own agents report: these say how busy we are ourselves.
"""

from monitors.probing.curl_options import USER_AGENT
from statuspage.edge.pings import PREFIXES
from statuspage.server.asgi_types import Scope
from statuspage.server.request_counter import API_SERVED, SERVED

_APIS = ("/api/", "/v1/", "/v2/", "/status/api")
_NO_API = (*PREFIXES, "/api/docs", "/api/schema", "/api/v1/agent/")
_PROBE = (b"user-agent", USER_AGENT.encode())


def is_api_request(scope: Scope) -> bool:
    """Return whether a request is to an API, and not one of our own."""
    path = scope["path"]
    return (
        path.startswith(_APIS)
        and not path.startswith(_NO_API)
        and _PROBE not in map(tuple, scope["headers"])
    )


def count(scope: Scope, began: float, *, status: int = 200) -> None:
    """Count a request that began at `began` of the performance counter and has ended."""
    SERVED.add(began, status=status)
    if is_api_request(scope):
        API_SERVED.add(began, status=status)
