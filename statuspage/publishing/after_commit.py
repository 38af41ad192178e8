"""Has the projector catch up when this process has appended to the journal.

Where a person waits for the response (admin, API, commands) it catches up at once, so that the page
is right when the response arrives. In a probe worker it does so on a thread of its own, so that
results go on being stored while a page is rendered; changes that come meanwhile share the next
rendering.
"""

import logging
import threading
import time

from django.conf import settings
from django.db import DatabaseError, connection

from components.database.errors import is_unavailable

log = logging.getLogger(__name__)

MIN_INTERVAL = 0.1
"""Seconds between two renderings on the thread: under constant change, half of them at most."""


class _ProjectorThread(threading.Thread):
    """Has the projector catch up whenever `pending` is set."""

    def __init__(self) -> None:
        super().__init__(name="projector", daemon=True)
        self.pending = threading.Event()

    def run(self) -> None:
        while True:
            self.pending.wait()
            self.pending.clear()
            started_at = time.monotonic()
            try:
                _catch_up()
            except Exception as error:
                # Of an outage the process says once what there is to say.
                if not is_unavailable(error):
                    log.exception("projecting failed; beat will try again")
                if isinstance(error, DatabaseError):
                    connection.close()
            time.sleep(max(MIN_INTERVAL, time.monotonic() - started_at))


def _catch_up() -> None:
    # What renders pages takes a third of a second to import: most commands change nothing.
    from statuspage.publishing import projector  # noqa: PLC0415

    projector.catch_up()


_thread: _ProjectorThread | None = None


def on_journal_append() -> None:
    """Have the projector catch up; the journal's `on_append` listener."""
    if settings.STATUSPAGE.role != "probes":
        _catch_up()
        return
    global _thread  # noqa: PLW0603  (one thread per process, made after django-q's fork)
    if _thread is None or not _thread.is_alive():
        _thread = _ProjectorThread()
        _thread.start()
    _thread.pending.set()
