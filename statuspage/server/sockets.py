"""Listening sockets, and the limits that both servers keep to."""

import errno
import os
import socket
import threading

BACKLOG = 2048
EXIT_DEADLINE = 2.7
"""Seconds after SIGTERM in which a server is gone, whatever the application does."""
RESPONSE_GRACE = 0.7
"""How long answers under way may take before the streams are ended; streams never end alone."""
WEBSOCKET_MESSAGE_BYTES = 64 * 1024


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


def force_exit_after_deadline() -> None:
    """End this process in `EXIT_DEADLINE` seconds even if a thread of it hangs in the database."""
    timer = threading.Timer(EXIT_DEADLINE, os._exit, (0,))
    timer.daemon = True
    timer.start()


_WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  (compared, not bound)


def local_address(listener: socket.socket) -> tuple[str, int]:
    """Return the host and port at which this machine reaches a bound socket."""
    host, port = listener.getsockname()[:2]
    return _WILDCARDS.get(str(host), str(host)), int(port)
