"""uvicorn's HTTP protocol with a fast path: a head that is known is answered without parsing."""

import asyncio
from typing import Any
from weakref import WeakKeyDictionary

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState

from statuspage.server.asgi_types import GIVES_WAY
from statuspage.server.connection_slots import Networks, Phase, PlaceRegister
from statuspage.server.descriptors import present_places
from statuspage.server.head_limits import (
    LINGER_BYTES,
    LINGER_SECONDS,
    MAX_HEAD_BYTES,
    HeadCounter,
    bad_request,
    forwarded_protos,
    refused,
    too_large,
)
from statuspage.server.response_cache import (
    MAX_KNOWN_HEAD_BYTES,
    FastPathApp,
    Headers,
    ResponseCache,
)

_END = b"\r\n\r\n"
STALL_SECONDS = 30.0
"""How long a client may take nothing of what waits for it; then its connection ends (S7)."""
HEAD_SECONDS = 20.0
"""How long a client may take to send the head of a request, from its connection or the head's
first byte on (S7); uvicorn itself would wait for ever."""
_PIECE_BYTES = 16_384
"""Given to the parser at a time: so much of a head that begins in the middle of it is not counted
before the parser has seen it."""
_UNKNOWN = Networks.of("")
# By server and port: what is public on one listener may not be on another.
_caches: WeakKeyDictionary[ServerState, dict[int | None, ResponseCache | None]] = (
    WeakKeyDictionary()
)

_registers: WeakKeyDictionary[ServerState, PlaceRegister] = WeakKeyDictionary()


def place_register(server_state: ServerState) -> PlaceRegister:
    """Return the connections of a server."""
    if server_state not in _registers:
        _registers[server_state] = PlaceRegister(present_places().connections)
    return _registers[server_state]


class PlacedWebSocket(WebSocketsSansIOProtocol):
    """A WebSocket that holds a place, as a stream."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._register = place_register(server_state)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.networks = Networks.of(self.client[0] if self.client else "")
        self._since = self.loop.time()
        self._register.enter(self, now=self._since)

    def connection_lost(self, exc: Exception | None) -> None:
        self._register.leave(self)
        super().connection_lost(exc)

    def standing(self) -> tuple[Phase, float]:
        """See `places.Connection`."""
        return Phase.STREAM, self._since

    def give_way(self) -> None:
        """See `places.Connection`."""
        self.transport.abort()


class FastPathProtocol(HttpToolsProtocol):
    """Takes the fast path only when nothing else is going on on the connection.

    That is: the last request is answered and its last byte was read, the client takes what it is
    sent, and what arrives is one whole head, known from before. Everything else is uvicorn's.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._cache: ResponseCache | None = None
        self._register = place_register(server_state)
        self.networks = _UNKNOWN
        self._since = self._answered_at = 0.0
        """When what it does at present began, and when it was last answered by the fast path."""
        self._stall_timer: asyncio.TimerHandle | None = None
        self._head_timer: asyncio.TimerHandle | None = None
        self._head = HeadCounter()
        self._fed_since_progress = 0
        """Bytes given to the parser since it last said that a head was complete, or some body."""
        self._in_body = False
        self._refused = False
        self._discarded = 0
        self._piece = b""
        """What the parser is being given."""

    def pause_writing(self) -> None:
        super().pause_writing()
        # Closing would wait for ever, to send what is never read.
        self._stall_timer = self.loop.call_later(STALL_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._cancel_stall_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        self._register.leave(self)
        self._cancel_stall_timer()
        self._cancel_head_timer()
        super().connection_lost(exc)

    def _cancel_stall_timer(self) -> None:
        if self._stall_timer is not None:
            self._stall_timer.cancel()
            self._stall_timer = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._since = self.loop.time()
        self.networks = Networks.of(self.client[0] if self.client else "")
        self._register.enter(self, now=self._since)
        self._start_head_timer()
        port = self.server[1] if self.server else None
        caches = _caches.setdefault(self.server_state, {})
        if port not in caches:
            app = self.config.loaded_app
            caches[port] = ResponseCache(app) if isinstance(app, FastPathApp) else None
        self._cache = caches[port]

    def _start_head_timer(self) -> None:
        self._head_timer = self.loop.call_later(HEAD_SECONDS, self._reject_late_head)

    def _cancel_head_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _reject_late_head(self) -> None:
        self.transport.write(refused(b"408 Request Timeout", b"", self._fields_of_refusal()))
        self.transport.close()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._head = HeadCounter()
        self._in_body = False
        self._since = self.loop.time()
        if self._head_timer is None:
            self._start_head_timer()

    def on_url(self, url: bytes) -> None:
        self._head.add(len(url), fields=0)
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._head.add(len(name) + len(value) + 4)
        # Trailers are counted and forgotten: uvicorn would add them to the head's own fields, of a
        # request that is being answered already.
        if not self._in_body:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._fed_since_progress = 0
        self._in_body = True
        self._since = self.loop.time()
        self._cancel_head_timer()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._fed_since_progress = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._fed_since_progress = 0
        super().on_message_complete()

    def on_response_complete(self) -> None:
        self._since = self.loop.time()
        super().on_response_complete()

    def handle_websocket_upgrade(self) -> None:
        self._register.leave(self)
        super().handle_websocket_upgrade()

    def standing(self) -> tuple[Phase, float]:
        """See `places.Connection`."""
        since = max(self._since, self._answered_at)
        cycle: Any = self.cycle
        if self._refused:
            return Phase.IDLE, since
        if self.flow.write_paused:
            return Phase.STALLED, since
        if cycle is None or cycle.response_complete:
            # The timer of a head runs from the connection, or from its first byte.
            return Phase.IDLE if self._head_timer is None else Phase.HEAD, since
        if GIVES_WAY in cycle.scope:
            return Phase.STREAM, since
        return Phase.BODY if cycle.more_body else Phase.ANSWERING, since

    def give_way(self) -> None:
        """See `places.Connection`."""
        self.transport.abort()

    def _parse(self, data: bytes) -> None:
        """Give `data` to the parser in pieces, as long as what surrounds bodies keeps its limits.

        What the parser says of heads is exact, but comes when they are complete.
        """
        start = 0
        while start < len(data):
            room = MAX_HEAD_BYTES + 1 - self._fed_since_progress
            piece = data[start : start + min(_PIECE_BYTES, room)]
            start += len(piece)
            self._fed_since_progress += len(piece)
            self._piece = piece
            super().data_received(piece)
            self._piece = b""
            if self._refused or self.transport.is_closing():
                return
            if self.transport.get_protocol() is not self:
                return  # it is a WebSocket now, whose client waits for the answer
            if self._fed_since_progress > MAX_HEAD_BYTES:
                self._refuse()
                return

    def send_400_response(self, msg: str) -> None:
        """Send why a request cannot be parsed; uvicorn calls this for whatever is wrong with it."""
        if self._head.is_too_large:
            self._refuse()
            return
        fields = [*self.server_state.default_headers, *self._fields_of_refusal()]
        self.transport.write(bad_request(fields, msg.encode("ascii")))
        self.transport.close()

    def _fields_of_refusal(self) -> Headers:
        """Return what belongs on the server's own answers, as far as the head has come."""
        app = self.config.loaded_app
        said = list(self.headers or [])  # None before the first request, whatever uvicorn says
        # The parser keeps a field back until the next one begins.
        said += forwarded_protos(self._piece)
        return app.fields_of_refusal(said) if isinstance(app, FastPathApp) else []

    def _refuse(self) -> None:
        """Answer 431 and close, once the client has had a moment to read it."""
        self._refused = True
        self._cancel_head_timer()
        cycle: Any = self.cycle
        has_begun = False
        if cycle is not None and not cycle.response_complete:
            has_begun = cycle.response_started
            cycle.disconnected = True
            cycle.message_event.set()
        if has_begun or not self.transport.can_write_eof():
            self.transport.abort()
            return
        self.transport.write(too_large(self._fields_of_refusal()))
        self.transport.write_eof()
        self._stall_timer = self.loop.call_later(LINGER_SECONDS, self.transport.abort)

    def _discard(self, data: bytes) -> None:
        self._discarded += len(data)
        if self._discarded > LINGER_BYTES:
            self.transport.pause_reading()

    def data_received(self, data: bytes) -> None:
        if self._refused:
            self._discard(data)
            return
        cache = self._cache
        if cache is None or len(data) > MAX_KNOWN_HEAD_BYTES or not self._is_between_requests():
            self._parse(data)
            return
        ready = cache.find(data, self.server_state.default_headers)
        if ready is None:
            self._parse_and_learn(cache, data)
            return
        self._cancel_head_timer()
        self.transport.writelines(ready)
        self.server_state.total_requests += 1
        self._answered_at = self.loop.time()
        if self.timeout_keep_alive_task is None:
            self._wait_for_next()

    def _is_between_requests(self) -> bool:
        """Return whether the next byte begins a request, and its response may be sent at once."""
        if self.flow.write_paused:
            return False
        # Both are missing at first, whatever uvicorn's annotations say. A scope that is not its
        # cycle's belongs to a head that is still being read.
        cycle: Any = self.cycle
        if cycle is None:
            return self.scope is None
        answered: bool = cycle.response_complete and not cycle.more_body
        return answered and cycle.scope is self.scope

    def _parse_and_learn(self, cache: ResponseCache, data: bytes) -> None:
        """Let uvicorn respond, and cache the response if `data` was one head and no body."""
        before = self.cycle
        self._parse(data)
        cycle = self.cycle
        if cycle is None or cycle is before or cycle.scope is not self.scope:
            return
        alone = data.find(_END) == len(data) - len(_END) and not self.pipeline
        if alone and cycle.keep_alive and not cycle.more_body:
            cache.learn(data, dict(self.scope), self.server_state.default_headers)

    def _wait_for_next(self) -> None:
        self.timeout_keep_alive_task = self.loop.call_later(
            self._answered_at + self.timeout_keep_alive - self.loop.time(),
            self.timeout_keep_alive_handler,
        )

    def timeout_keep_alive_handler(self) -> None:
        """Close an idle connection; setting the timer anew for each response would cost more."""
        if self.loop.time() < self._answered_at + self.timeout_keep_alive:
            self._wait_for_next()
        else:
            super().timeout_keep_alive_handler()
