"""A target that accepts connections and never says a word."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from selectors import EVENT_READ, DefaultSelector

from bench.stage import LOCAL


@contextmanager
def listening(host: str = LOCAL) -> Iterator[int]:
    """Listen until the block ends; the answer is the port."""
    stopping = threading.Event()
    with socket.create_server((host, 0), backlog=1024) as listener:
        thread = threading.Thread(target=_listen, args=(listener, stopping), daemon=True)
        thread.start()
        try:
            yield int(listener.getsockname()[1])
        finally:
            stopping.set()
            thread.join()


def _listen(listener: socket.socket, stopping: threading.Event) -> None:
    """Accept everybody; hear nothing but their leaving."""
    listener.setblocking(False)
    with DefaultSelector() as selector:
        selector.register(listener, EVENT_READ)
        while not stopping.is_set():
            for key, _ in selector.select(timeout=0.2):
                if key.fileobj is listener:
                    connection, _ = listener.accept()
                    connection.setblocking(False)
                    selector.register(connection, EVENT_READ)
                elif isinstance(key.fileobj, socket.socket):
                    _hear(key.fileobj, selector)
        for key in list(selector.get_map().values()):
            if isinstance(key.fileobj, socket.socket) and key.fileobj is not listener:
                key.fileobj.close()


def _hear(connection: socket.socket, selector: DefaultSelector) -> None:
    try:
        gone = not connection.recv(4096)
    except OSError:
        gone = True
    if gone:
        selector.unregister(connection)
        connection.close()
