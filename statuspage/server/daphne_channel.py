"""daphne's HTTP channel with a fast path: a head that is known is answered without parsing it."""

from collections.abc import Callable
from time import monotonic
from typing import Any, cast

from daphne.http_protocol import HTTPFactory, WebRequest
from daphne.ws_protocol import WebSocketProtocol
from twisted.internet.error import ConnectionAborted
from twisted.internet.interfaces import IAddress
from twisted.python.failure import Failure
from twisted.web.http import HTTPChannel, _ChunkedTransferDecoder

from statuspage.server.asgi_types import GIVES_WAY, Scope
from statuspage.server.connection_slots import Networks, Phase, PlaceRegister
from statuspage.server.head_limits import (
    LINGER_BYTES,
    LINGER_SECONDS,
    MAX_HEAD_BYTES,
    HeadCounter,
    HeadTooLargeError,
    bad_request,
    too_large,
)
from statuspage.server.response_cache import (
    MAX_KNOWN_HEAD_BYTES,
    FastPathApp,
    Headers,
    Ready,
    ResponseCache,
    first_bytes,
)

_END = b"\r\n\r\n"
_UNKNOWN = Networks.of("")


class _BodyTooLongError(Exception):
    """The application takes no body of this length."""


class BoundedRequest(WebRequest):  # type: ignore[misc]  # daphne has no types
    """A request whose body is refused as soon as it is longer than the application takes.

    daphne reads a body to its end before it tells the application, and keeps it in memory twice.
    Of the bodies that the application takes whatever their length, no more is kept than that.
    """

    def gotLength(self, length: int | None) -> None:  # noqa: N802  (Twisted's names, as below)
        super().gotLength(length)
        self._takes_any = self.channel.takes_any_length()
        if length is not None and length > self.channel.max_body_bytes and not self._takes_any:
            raise _BodyTooLongError

    def basic_error(self, status: int, status_text: bytes, body: str) -> None:
        """Answer by the server itself, as for a field that it cannot read."""
        for name, value in self.channel.fields_of_refusal(self):
            self.responseHeaders.addRawHeader(name, value)
        super().basic_error(status, status_text, body)

    def handleContentChunk(self, data: bytes) -> None:  # noqa: N802
        room = self.channel.max_body_bytes - self.content.tell()
        if len(data) > room and not self._takes_any:
            raise _BodyTooLongError
        if room > 0:
            super().handleContentChunk(data[:room])


class _CountingDecoder(_ChunkedTransferDecoder):
    """Twisted's decoder of chunked bodies, with the trailers counted like fields of the head."""

    def __init__(self, plain: _ChunkedTransferDecoder, counter: HeadCounter) -> None:
        super().__init__(plain.dataCallback, plain.finishCallback)
        self._counter = counter
        self._maxTrailerHeadersSize = 2 * MAX_HEAD_BYTES

    def _dataReceived_TRAILER(self) -> bool:  # noqa: N802
        before = self._receivedTrailerHeadersSize
        goes_on = super()._dataReceived_TRAILER()
        if size := self._receivedTrailerHeadersSize - before:
            self._counter.add(size)
        elif self.state == "TRAILER" and not self._counter.has_room(len(self._buffer)):
            raise HeadTooLargeError
        return goes_on


class FastPathChannel(HTTPChannel):
    """Takes the fast path under the conditions of `uvicorn_protocol.FastPathProtocol`."""

    requestFactory = BoundedRequest  # noqa: N815
    # Counted here instead, for both servers alike.
    MAX_LENGTH = 2 * MAX_HEAD_BYTES
    totalHeadersSize = MAX_LENGTH  # noqa: N815
    maxHeaders = MAX_LENGTH  # noqa: N815

    def __init__(
        self,
        cache: ResponseCache,
        common: Callable[[], Headers],
        app: FastPathApp,
        register: PlaceRegister,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._register = register
        self.networks = _UNKNOWN
        self._since = 0.0
        self._scope: Scope = {}
        self._was_asked = False
        """Whether a request has come whole."""
        self._app = app
        self.max_body_bytes = app.max_body_bytes
        self._counter = HeadCounter()
        self._refused = False
        self._discarded = 0
        self._cache = cache
        self._common = common
        self._head = b""
        """The head that is being parsed just now, if it came whole and nothing came with it."""

    def connectionMade(self) -> None:  # noqa: N802
        super().connectionMade()  # type: ignore[no-untyped-call]
        self._since = monotonic()
        self.networks = Networks.of(_address(self.transport))
        self._register.enter(self, now=self._since)

    def connectionLost(self, reason: Any = None) -> None:  # noqa: N802
        self._register.leave(self)
        super().connectionLost(reason)  # type: ignore[no-untyped-call]

    def standing(self) -> tuple[Phase, float]:
        """See `places.Connection`."""
        if self._refused:
            return Phase.IDLE, self._since
        if self._waitingForTransport:
            return Phase.STALLED, self._since
        if self._handlingRequest:
            return Phase.STREAM if GIVES_WAY in self._scope else Phase.ANSWERING, self._since
        if not self.requests:
            return Phase.HEAD if self._buffer or not self._was_asked else Phase.IDLE, self._since
        return Phase.HEAD if self.line_mode else Phase.BODY, self._since

    def give_way(self) -> None:
        """See `places.Connection`."""
        _close_at_once(self.transport)

    def requestDone(self, request: Any) -> None:  # noqa: N802
        self._since = monotonic()
        super().requestDone(request)  # type: ignore[no-untyped-call]

    def dataReceived(self, data: bytes) -> None:  # noqa: N802
        if self._refused:
            self._discard(data)
            return
        fits = len(data) <= MAX_KNOWN_HEAD_BYTES and self._is_between_requests()
        ready = self._cache.find(data, self._common()) if fits else None
        if ready is None:
            alone = fits and data.find(_END) == len(data) - len(_END)
            self._head = data if alone else b""
            self._parse(data)
            self._head = b""
            return
        self.resetTimeout()  # type: ignore[no-untyped-call]
        self._since = monotonic()
        self._was_asked = True
        self._send(ready)

    def _parse(self, data: bytes) -> None:
        try:
            super().dataReceived(data)  # type: ignore[no-untyped-call]
            if self.line_mode and not self._counter.has_room(len(self._buffer)):
                raise HeadTooLargeError
        except HeadTooLargeError:
            self._refuse(too_large(self._fields_of_refusal()))
        except _BodyTooLongError:
            start, body = self._app.too_long_response
            common = [*self._common(), *self._fields_of_refusal()]
            self._refuse(first_bytes(start, common) + body["body"])

    def _fields_of_refusal(self) -> Headers:
        return self.fields_of_refusal(self.requests[-1]) if self.requests else []

    def fields_of_refusal(self, request: Any) -> Headers:
        """Return what belongs on the server's own answer to a request, as far as its head has
        come."""
        said = request.requestHeaders.getAllRawHeaders()
        return self._app.fields_of_refusal(
            [(name.lower(), value) for name, values in said for value in values]
        )

    def _respondToBadRequestAndDisconnect(self) -> None:  # noqa: N802
        cast("Any", self.transport).write(bad_request(self._fields_of_refusal()))
        self.loseConnection()  # type: ignore[no-untyped-call]

    def lineReceived(self, line: bytes) -> None:  # noqa: N802
        # The first line is the target's. That of a field is counted as such whether it begins one
        # or goes on with it.
        self._counter.add(len(line) + 2, fields=1 if self._counter.size and line else 0)
        super().lineReceived(line)  # type: ignore[no-untyped-call]

    def lineLengthExceeded(self, line: bytes) -> None:  # noqa: N802
        raise HeadTooLargeError

    def _maybeChooseTransferDecoder(self, header: bytes, data: bytes) -> bool:  # noqa: N802
        chosen: bool = super()._maybeChooseTransferDecoder(  # type: ignore[no-untyped-call]
            header, data
        )
        decoder = self._transferDecoder
        if type(decoder) is _ChunkedTransferDecoder:
            self._transferDecoder = _CountingDecoder(decoder, self._counter)
        return chosen

    def allContentReceived(self) -> None:  # noqa: N802
        self._counter = HeadCounter()
        if not self._refused:
            super().allContentReceived()  # type: ignore[no-untyped-call]

    def takes_any_length(self) -> bool:
        """Return whether the application takes a body of any length for the present request."""
        return self._app.takes_any_length(cast("bytes", self._path).decode("latin-1"))

    def _refuse(self, response: bytes) -> None:
        """Send `response` and close, once the client has had a moment to read it."""
        self._refused = True
        transport: Any = self.transport
        if any(request._response_started for request in self.requests[:-1]):  # noqa: SLF001
            transport.abortConnection()
            return
        transport.write(response)
        transport.loseWriteConnection()
        self.setTimeout(None)  # type: ignore[no-untyped-call]
        later: Any = self.callLater
        self._abortingCall = later(LINGER_SECONDS, self._abort)

    def _abort(self) -> None:
        self._abortingCall = None
        cast("Any", self.transport).abortConnection()

    def _discard(self, data: bytes) -> None:
        self._discarded += len(data)
        if self._discarded > LINGER_BYTES:
            cast("Any", self.transport).pauseProducing()

    def learn(self, scope: Scope) -> None:
        """Cache the response if the head that `scope` was parsed from came alone."""
        self._scope = scope
        self._since = monotonic()
        self._was_asked = True
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


class PlacedWebSocket(WebSocketProtocol):  # type: ignore[misc]  # daphne has no types
    """A WebSocket that holds a place, as a stream."""

    def connectionMade(self) -> None:  # noqa: N802
        super().connectionMade()
        self._since = monotonic()
        self.networks = Networks.of(_address(self.transport))
        self.factory.server_class.register.enter(self, now=self._since)

    def connectionLost(self, reason: Any) -> None:  # noqa: N802
        self.factory.server_class.register.leave(self)
        super().connectionLost(reason)

    def standing(self) -> tuple[Phase, float]:
        """See `places.Connection`."""
        return Phase.STREAM, self._since

    def give_way(self) -> None:
        """See `places.Connection`."""
        _close_at_once(self.transport)


def _close_at_once(transport: Any) -> None:
    """Close another connection than the one at work.

    Twisted would do so in its next round only, and accepts a hundred others until then, for which
    there may be no descriptors.
    """
    transport.stopReading()
    transport.stopWriting()
    reason = Failure(ConnectionAborted())  # type: ignore[no-untyped-call]
    transport.connectionLost(reason)


def _address(transport: Any) -> str:
    return str(getattr(transport.getPeer(), "host", ""))


class FastPathFactory(HTTPFactory):  # type: ignore[misc]  # daphne has no types
    """daphne's factory of one listener."""

    def __init__(self, server: Any, app: FastPathApp) -> None:
        super().__init__(server)
        # One table a listener: what is public on one may not be on another.
        self._cache = ResponseCache(app)
        self._app = app

    def buildProtocol(self, addr: IAddress | None) -> FastPathChannel:  # noqa: N802
        # Without Twisted's wrapper, which tells HTTP/1 from HTTP/2 in TLS; we serve neither.
        channel = FastPathChannel(
            self._cache, lambda: self.server.common, self._app, self.server.register
        )
        channel.factory = self
        channel.callLater = self.reactor.callLater  # type: ignore[method-assign]  # as Twisted does
        channel.timeOut = self.timeOut
        return channel
