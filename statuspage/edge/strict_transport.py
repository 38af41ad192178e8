"""The header Strict-Transport-Security (RFC 6797) on answers to requests that came by HTTPS.

Browsers then come by HTTPS only. It is sent where `SITE_URL` is an https address, so that nobody is
sent where no TLS is; and never on an answer to plain HTTP (RFC 6797, 7.2).
"""

from django.conf import settings

from statuspage.access.client_scheme import is_secure
from statuspage.edge.pages import Send
from statuspage.server.asgi_types import Message, ResponsePair, Scope
from statuspage.server.response_cache import Headers

_NAME = b"strict-transport-security"
_MAX_KEPT = 1_024


class StrictTransport:
    """Adds the header to answers, those that stand ready and those that are still to be sent."""

    def __init__(self) -> None:
        seconds = settings.SECURE_HSTS_SECONDS
        self._header = (_NAME, b"max-age=%d" % seconds) if seconds else None
        # The first messages that stand ready are few and kept for an edition: so are these.
        self._ready: dict[int, tuple[Message, Message]] = {}

    def fields(self, scope: Scope) -> Headers:
        """Return the header alone if it belongs on the answer to a request, for what the server
        writes itself."""
        return [] if self._header is None or not is_secure(scope) else [self._header]

    def on_pair(self, scope: Scope, pair: ResponsePair) -> ResponsePair:
        """Return a response with the header if it belongs there."""
        if self._header is None or not is_secure(scope):
            return pair
        start, body = pair
        known = self._ready.get(id(start))
        if known is None:
            if len(self._ready) >= _MAX_KEPT:
                self._ready.clear()
            # The message is kept too, so that its id is not given to another one.
            known = self._ready[id(start)] = start, self._with_header(start)
        return known[1], body

    def on_send(self, scope: Scope, send: Send) -> Send:
        """Return a `send` that adds the header if it belongs there."""
        if self._header is None or not is_secure(scope):
            return send

        async def send_with_header(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = self._with_header(message)
            await send(message)

        return send_with_header

    def _with_header(self, start: Message) -> Message:
        if any(name.lower() == _NAME for name, _ in start["headers"]):
            return start  # Django has said it
        return {**start, "headers": [*start["headers"], self._header]}
