"""uvicorn's HTTP protocol with a short way: a head that is known is answered without parsing it."""

import asyncio
from typing import Any
from weakref import WeakKeyDictionary

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from statuspage.server.request_counter import SERVED
from statuspage.server.response_cache import LONGEST_HEAD, FastPathApp, ResponseCache

_END = b"\r\n\r\n"
STUCK_SECONDS = 30.0
"""How long a client may take nothing of what waits for it; then its connection ends (S7)."""
HEAD_SECONDS = 20.0
"""How long a client may take to send the head of a request, from its connection or the head's
first byte on (S7); uvicorn itself would wait for ever."""
_TOO_LATE = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
# By server and port: what is public on one listener may not be on another.
_tables: WeakKeyDictionary[ServerState, dict[int | None, ResponseCache]] = WeakKeyDictionary()


class FastPathProtocol(HttpToolsProtocol):
    """Takes the short way only when nothing else is going on on the connection.

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
        self._table: ResponseCache | None = None
        self._answered_at = 0.0
        self._stuck: asyncio.TimerHandle | None = None
        self._head: asyncio.TimerHandle | None = None

    def pause_writing(self) -> None:
        super().pause_writing()
        # Closing would wait for ever, to send what nobody takes.
        self._stuck = self.loop.call_later(STUCK_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._let_be()

    def connection_lost(self, exc: Exception | None) -> None:
        self._let_be()
        self._head_is_here()
        super().connection_lost(exc)

    def _let_be(self) -> None:
        if self._stuck is not None:
            self._stuck.cancel()
            self._stuck = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._await_head()
        app = self.config.loaded_app
        if isinstance(app, FastPathApp):
            port = self.server[1] if self.server else None
            tables = _tables.setdefault(self.server_state, {})
            if port not in tables:
                tables[port] = ResponseCache(app)
            self._table = tables[port]

    def _await_head(self) -> None:
        self._head = self.loop.call_later(HEAD_SECONDS, self._head_is_late)

    def _head_is_here(self) -> None:
        if self._head is not None:
            self._head.cancel()
            self._head = None

    def _head_is_late(self) -> None:
        self.transport.write(_TOO_LATE)
        self.transport.close()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self._head is None:
            self._await_head()

    def on_headers_complete(self) -> None:
        self._head_is_here()
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        table = self._table
        if table is None or len(data) > LONGEST_HEAD or not self._is_between_requests():
            super().data_received(data)
            return
        ready = table.find(data, self.server_state.default_headers)
        if ready is None:
            self._parse_and_learn(table, data)
            return
        self._head_is_here()
        self.transport.writelines(ready)
        self.server_state.total_requests += 1
        SERVED.total += 1  # its microseconds count as none
        self._answered_at = self.loop.time()
        if self.timeout_keep_alive_task is None:
            self._wait_for_next()

    def _is_between_requests(self) -> bool:
        """Whether the next byte begins a request, and its answer may be sent at once."""
        if self.flow.write_paused:
            return False
        # Both are missing at first, whatever uvicorn's annotations say. A scope that is not its
        # cycle's belongs to a head that is still being read.
        cycle: Any = self.cycle
        if cycle is None:
            return self.scope is None
        answered: bool = cycle.response_complete and not cycle.more_body
        return answered and cycle.scope is self.scope

    def _parse_and_learn(self, table: ResponseCache, data: bytes) -> None:
        """Have uvicorn answer, and keep the answer if `data` was one head and no body."""
        before = self.cycle
        super().data_received(data)
        cycle = self.cycle
        if cycle is None or cycle is before or cycle.scope is not self.scope:
            return
        alone = data.find(_END) == len(data) - len(_END) and not self.pipeline
        if alone and cycle.keep_alive and not cycle.more_body:
            table.learn(data, dict(self.scope), self.server_state.default_headers)

    def _wait_for_next(self) -> None:
        self.timeout_keep_alive_task = self.loop.call_later(
            self._answered_at + self.timeout_keep_alive - self.loop.time(),
            self.timeout_keep_alive_handler,
        )

    def timeout_keep_alive_handler(self) -> None:
        """Closes an idle connection; setting the timer anew for each answer would cost more."""
        if self.loop.time() < self._answered_at + self.timeout_keep_alive:
            self._wait_for_next()
        else:
            super().timeout_keep_alive_handler()
