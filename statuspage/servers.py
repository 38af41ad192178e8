"""Serves the ASGI application on sockets that are bound already, with uvicorn or daphne.

Both listeners live in one event loop; the application tells them apart by `scope["server"]`.
On SIGTERM a server accepts nothing more, finishes what it is answering, ends the open streams
and is gone within `GONE_WITHIN` seconds, whatever the application does.
"""

import asyncio
import errno
import importlib
import logging
import os
import signal
import socket
import threading
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from types import FrameType
from typing import Any

import uvicorn

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Application = Callable[
    [Scope, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]],
    Awaitable[None],
]

SERVERS = ("uvicorn", "daphne")
BACKLOG = 2048
GONE_WITHIN = 2.7
ANSWER_GRACE = 0.7
"""How long answers under way may take before the streams are ended; streams never end alone."""
CANCEL_AFTER = 2
WEBSOCKET_MESSAGE_BYTES = 64 * 1024

logger = logging.getLogger(__name__)


class ListenError(Exception):
    """A listener cannot be opened; the message says which one and what to do."""


def listen(*, host: str, port: int, option: str) -> socket.socket:
    """Open a listening TCP socket; `option` is the command-line option to choose another port.

    Port 0 is any free one. Raises ListenError.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise ListenError(f"{host} is not an address to listen on: {error}") from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise ListenError(_advice(error, host=host, port=port, option=option)) from error
    return listener


def _advice(error: OSError, *, host: str, port: int, option: str) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} on {host} is taken by another program. Stop that program "
            f"(`ss -ltnp 'sport = :{port}'` names it) or choose another port with {option}."
        )
    if error.errno == errno.EACCES:
        return f"Port {port} is for administrators only. Choose one above 1023 with {option}."
    if error.errno == errno.EADDRNOTAVAIL:
        return f"{host} is not an address of this machine, so nothing can listen on it."
    return f"Port {port} on {host} cannot be listened on: {error}"


def serve(*, server: str, application: str, sockets: Sequence[socket.socket]) -> None:
    """Serve `application` ("module:attribute") on `sockets` until SIGTERM or SIGINT.

    Must be called in the main thread. Raises RuntimeError if the application cannot start.
    """
    module, _, attribute = application.partition(":")
    app: Application = getattr(importlib.import_module(module), attribute)
    if server == "uvicorn":
        _serve_with_uvicorn(app, sockets)
    elif server == "daphne":
        # Only now: importing it installs a Twisted reactor in the process.
        from statuspage.daphne_server import serve_with_daphne

        serve_with_daphne(app, sockets)
    else:
        raise ValueError(f"{server} is not one of " + ", ".join(SERVERS))


def be_gone_soon() -> None:
    """End this process in `GONE_WITHIN` seconds even if a thread of it hangs in the database."""
    timer = threading.Timer(GONE_WITHIN, os._exit, (0,))
    timer.daemon = True
    timer.start()


class _Uvicorn(uvicorn.Server):
    """uvicorn that ends open streams instead of waiting for them, and keeps to a deadline."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if not self.should_exit:
            be_gone_soon()
        super().handle_exit(sig, frame)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        ending = asyncio.create_task(self._end_streams())
        try:
            await super().shutdown(sockets)
        finally:
            ending.cancel()

    async def _end_streams(self) -> None:
        """Close what is still open: the application hears of it as of a viewer who left.

        Left to itself uvicorn would cancel each stream after a timeout, with a traceback for
        each of thousands.
        """
        await asyncio.sleep(ANSWER_GRACE)
        for connection in list(self.server_state.connections):
            connection.transport.close()
        await asyncio.sleep(ANSWER_GRACE)
        for connection in list(self.server_state.connections):
            connection.transport.abort()


def _serve_with_uvicorn(app: Application, sockets: Sequence[socket.socket]) -> None:
    config = uvicorn.Config(
        app,
        interface="asgi3",
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        ws_max_size=WEBSOCKET_MESSAGE_BYTES,
        # A compression window per viewer costs more memory than short messages save.
        ws_per_message_deflate=False,
        lifespan="on",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        # Whom to believe about forwarded addresses is the front door's to decide.
        proxy_headers=False,
        backlog=BACKLOG,
        timeout_graceful_shutdown=CANCEL_AFTER,
    )
    server = _Uvicorn(config)
    # uvicorn raises the signal again when it is done; this keeps a clean stop at exit code 0,
    # and catches a signal that comes before uvicorn listens for it.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, server.handle_exit)
    try:
        server.run(sockets=list(sockets))
    except SystemExit as error:
        raise RuntimeError("the application did not start") from error
