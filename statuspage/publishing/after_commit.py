"""Has the projector catch up when this process has appended to the journal.

Where a person waits for the answer (admin, API, commands) it catches up at once, so that the page
is right when the answer arrives. In a probe worker it does so on a thread of its own, so that
results go on being stored while a page is rendered; changes that come meanwhile share the next
rendering.
"""

import logging
import threading
import time

from django.conf import settings
from django.db import DatabaseError, connection

from statuspage.publishing import projector

log = logging.getLogger(__name__)

REST = 0.1
"""Seconds between two renderings on the thread: under constant change, half of them at most."""


class _Follower(threading.Thread):
    def __init__(self) -> None:
        super().__init__(name="projector", daemon=True)
        self.moved = threading.Event()

    def run(self) -> None:
        while True:
            self.moved.wait()
            self.moved.clear()
            began = time.monotonic()
            try:
                projector.catch_up()
            except DatabaseError as error:
                log.warning("projecting later, the database does not answer: %s", error)
                connection.close()
            except Exception:
                log.exception("projecting failed; beat will try again")
            time.sleep(max(REST, time.monotonic() - began))


_follower: _Follower | None = None


def journal_moved() -> None:
    """The journal's `on_append` listener."""
    if settings.STATUSPAGE.role != "probes":
        projector.catch_up()
        return
    global _follower  # noqa: PLW0603  (one thread per process, made after django-q's fork)
    if _follower is None or not _follower.is_alive():
        _follower = _Follower()
        _follower.start()
    _follower.moved.set()
