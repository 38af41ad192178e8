"""What `beat` has done beside its loop: network that may hang keeps no periodic job."""

import logging
import threading
from collections.abc import Callable
from contextlib import suppress

from django.db import connection

log = logging.getLogger(__name__)


class Background:
    """A function that runs on a thread of its own, once at a time."""

    def __init__(self, name: str, run: Callable[[float], None]) -> None:
        self._name, self._run = name, run
        self._thread: threading.Thread | None = None

    def start(self, now: float) -> bool:
        """Run it, unless it still runs; return whether it was started."""
        if self._thread is not None and self._thread.is_alive():
            return False
        self._thread = threading.Thread(
            target=self._guarded, args=(now,), name=self._name, daemon=True
        )
        self._thread.start()
        return True

    def join(self, timeout: float) -> None:
        """Wait for its end."""
        if self._thread is not None:
            self._thread.join(timeout)

    def _guarded(self, now: float) -> None:
        try:
            self._run(now)
        # The edge of the thread: it is tried again.
        except Exception as error:  # noqa: BLE001
            reason = " ".join(str(error).split()) or type(error).__name__
            log.warning("%s: %s", self._name, reason)
        finally:
            with suppress(Exception):
                connection.close()
