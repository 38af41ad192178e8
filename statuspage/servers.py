"""Serves the ASGI application on sockets that are bound already, with uvicorn or daphne.

Both listeners live in one event loop; the application tells them apart by `scope["server"]`.
On SIGTERM a server accepts nothing more, finishes what it is answering, ends the open streams
and is gone within `GONE_WITHIN` seconds, whatever the application does.
"""

import errno
import importlib
import logging
import os
import socket
import threading
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Pair = tuple[Message, Message]
"""The two ASGI messages that are a whole answer."""
Application = Callable[
    [Scope, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]],
    Awaitable[None],
]

SERVERS = ("uvicorn", "daphne")
BACKLOG = 2048
GONE_WITHIN = 2.7
ANSWER_GRACE = 0.7
"""How long answers under way may take before the streams are ended; streams never end alone."""
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
    # Imported only now: either brings much along that the other, and `up`, have no use for.
    if server == "uvicorn":
        from statuspage.uvicorn_server import serve_with_uvicorn

        serve_with_uvicorn(app, sockets)
    elif server == "daphne":
        from statuspage.daphne_server import serve_with_daphne

        serve_with_daphne(app, sockets)
    else:
        raise ValueError(f"{server} is not one of " + ", ".join(SERVERS))


def be_gone_soon() -> None:
    """End this process in `GONE_WITHIN` seconds even if a thread of it hangs in the database."""
    timer = threading.Timer(GONE_WITHIN, os._exit, (0,))
    timer.daemon = True
    timer.start()
