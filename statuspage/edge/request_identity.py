"""The id of a request that Django answers: the caller's or a new one, told in the response."""

from collections.abc import Iterator
from contextlib import contextmanager

from components.values import request_id
from statuspage.edge.pages import Send
from statuspage.server.asgi_types import Message, Scope


@contextmanager
def identified(scope: Scope, send: Send) -> Iterator[Send]:
    """Give the request an id for the length of the block; yield a `send` that tells it."""
    known = request_id.current() or request_id.request_id_of(scope["headers"])
    header = (request_id.HEADER, known.encode("ascii"))

    async def send_identified(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", ()), header]}
        await send(message)

    token = request_id.begin(known)
    try:
        yield send_identified
    finally:
        request_id.end(token)
