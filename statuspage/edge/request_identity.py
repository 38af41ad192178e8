"""The id of a request that Django answers: the caller's or a new one, told in the response.

Such a request is a span as well, for who collects traces. What comes from memory is neither.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from django.http import Http404
from django.urls import resolve

from components.values import request_id, spans
from statuspage.edge.api_requests import route_class
from statuspage.edge.pages import Send
from statuspage.server.asgi_types import Message, Scope

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
"""Any other could be invented, and would make a name of its own."""


@contextmanager
def identified(scope: Scope, send: Send) -> Iterator[Send]:
    """Give the request an id for the length of the block; yield a `send` that tells it."""
    known = request_id.current() or request_id.request_id_of(scope["headers"])
    header = (request_id.HEADER, known.encode("ascii"))

    async def send_identified(message: Message) -> None:
        if message["type"] == "http.response.start":
            status = message["status"]
            note({"http.response.status_code": status}, failed=str(status) if status >= 500 else "")
            message = {**message, "headers": [*message.get("headers", ()), header]}
        await send(message)

    token = request_id.begin(known)
    try:
        with _span(scope, known) as note:
            yield send_identified
    finally:
        request_id.end(token)


def _span(scope: Scope, known: str) -> AbstractContextManager[spans.Note]:
    """Begin the request's span. It has the route, never the path: that may hold a secret."""
    if not spans.is_on():
        return spans.span("", {})
    method = scope["method"] if scope["method"] in _METHODS else "_OTHER"
    try:
        route = f"/{resolve(scope['path']).route}"
    except Http404:
        route = route_class(scope["path"])
    headers = {
        name.decode("latin-1"): value.decode("latin-1")
        for name, value in scope["headers"]
        if name in (b"traceparent", b"tracestate")
    }
    attributes = {
        "http.request.method": method,
        "http.route": route,
        "statuspage.request.id": known,
    }
    return spans.span(f"{method} {route}", attributes, kind=spans.SERVER, parent=headers)
