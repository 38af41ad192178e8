"""daphne's HTTP channel with a fast path: a head that is known is answered without parsing it."""

from collections.abc import Callable
from typing import Any

from daphne.http_protocol import HTTPFactory, WebRequest
from twisted.internet.interfaces import IAddress
from twisted.web.http import HTTPChannel

from statuspage.server.asgi_types import Scope
from statuspage.server.response_cache import (
    MAX_HEAD_BYTES,
    FastPathApp,
    Headers,
    Ready,
    ResponseCache,
)

_END = b"\r\n\r\n"


class BoundedRequest(WebRequest):  # type: ignore[misc]  # daphne has no types
    """A request of which no more is kept than the application takes.

    daphne reads a body to its end before it tells the application, and keeps it in memory twice.
    One byte too many is enough to see that it is too long.
    """

    def handleContentChunk(self, data: bytes) -> None:  # noqa: N802  (Twisted's name, as below)
        room = self.channel.max_body_bytes + 1 - self.content.tell()
        if room > 0:
            super().handleContentChunk(data[:room])


class FastPathChannel(HTTPChannel):
    """Takes the fast path under the conditions of `uvicorn_protocol.FastPathProtocol`."""

    requestFactory = BoundedRequest  # noqa: N815

    def __init__(
        self, cache: ResponseCache, common: Callable[[], Headers], max_body_bytes: int
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.max_body_bytes = max_body_bytes
        self._cache = cache
        self._common = common
        self._head = b""
        """The head that is being parsed just now, if it came whole and nothing came with it."""

    def dataReceived(self, data: bytes) -> None:  # noqa: N802
        fits = len(data) <= MAX_HEAD_BYTES and self._is_between_requests()
        ready = self._cache.find(data, self._common()) if fits else None
        if ready is None:
            alone = fits and data.find(_END) == len(data) - len(_END)
            self._head = data if alone else b""
            super().dataReceived(data)  # type: ignore[no-untyped-call]
            self._head = b""
            return
        self.resetTimeout()  # type: ignore[no-untyped-call]
        self._send(ready)

    def learn(self, scope: Scope) -> None:
        """Cache the response if the head that `scope` was parsed from came alone."""
        if self._head and self.persistent:
            self._cache.learn(self._head, scope, self._common())

    def _is_between_requests(self) -> bool:
        """Return whether the next byte begins a request, and its response may be sent at once."""
        return bool(
            self.persistent
            and not self.requests
            and not self._buffer
            and not self._busyReceiving
            and not self._waitingForTransport
        )

    def _send(self, ready: Ready) -> None:
        """Give it to the system at once; Twisted would wait for the socket to be writable, which
        takes a third of all there is to do."""
        transport: Any = self.transport
        sent = 0
        if not transport.dataBuffer and not transport._tempDataBuffer:  # noqa: SLF001  (what waits)
            try:
                sent = transport.socket.sendmsg(ready)
            except OSError:
                sent = 0  # whether it can be sent later, or never, is Twisted's to find out
        if sent < sum(map(len, ready)):
            transport.write(b"".join(ready)[sent:])


class FastPathFactory(HTTPFactory):  # type: ignore[misc]  # daphne has no types
    """daphne's factory of one listener."""

    def __init__(self, server: Any, app: FastPathApp) -> None:
        super().__init__(server)
        # One table a listener: what is public on one may not be on another.
        self._cache = ResponseCache(app)
        self._max_body_bytes = app.max_body_bytes

    def buildProtocol(self, addr: IAddress | None) -> FastPathChannel:  # noqa: N802
        # Without Twisted's wrapper, which tells HTTP/1 from HTTP/2 in TLS; we serve neither.
        channel = FastPathChannel(self._cache, lambda: self.server.common, self._max_body_bytes)
        channel.factory = self
        channel.callLater = self.reactor.callLater  # type: ignore[method-assign]  # as Twisted does
        channel.timeOut = self.timeOut
        return channel
