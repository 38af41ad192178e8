"""The resolver for checks in threads, within their deadlines.

The system's resolver has no deadline. So each look-up has a thread of its own, shared by all who
ask for the same name meanwhile, and each caller waits only as long as it can.
"""

import socket
import threading
from concurrent.futures import Future

from monitors.probing.resolver import MAX_THREADS, Resolution, look_up


class ThreadResolver:
    """A resolver for any thread."""

    def __init__(self, *, threads: int = MAX_THREADS) -> None:
        self._threads = threads
        self._lock = threading.Lock()
        self._out: dict[str, Future[Resolution]] = {}

    def lookup(self, host: str, *, seconds: float) -> Resolution | None:
        """Return the addresses of `host`, or the error; None when there is no answer in time."""
        with self._lock:
            coming = self._out.get(host)
            if coming is None:
                if len(self._out) >= self._threads:
                    return Resolution(host, error=socket.EAI_MEMORY)
                coming = self._out[host] = Future()
                thread = threading.Thread(
                    target=self._look_up, args=(host, coming), name=f"look-up {host}", daemon=True
                )
                try:
                    thread.start()
                except RuntimeError:  # the machine gives us no more threads
                    del self._out[host]
                    return Resolution(host, error=socket.EAI_MEMORY)
        try:
            return coming.result(timeout=seconds)
        except TimeoutError:
            return None

    def _look_up(self, host: str, coming: Future[Resolution]) -> None:
        answer = look_up(host)
        with self._lock:
            del self._out[host]
        coming.set_result(answer)


lookups = ThreadResolver()
"""One for all checks of this process, so that they share what is under way."""
