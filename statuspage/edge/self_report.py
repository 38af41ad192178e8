"""A web process as a reader: how many API requests it served, reported every few seconds."""

import logging
import threading
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django.db import connection

from components.database.errors import is_unavailable, reason
from monitors.readers import self_report
from statuspage.runtime import progress, schema
from statuspage.runtime.keys import check
from statuspage.server.request_counter import API_SERVED, RequestCounter

log = logging.getLogger(__name__)

FLUSH_SECONDS = 15.0


def start(*, is_answering: Callable[[], bool]) -> None:
    """Report from now on, in a thread that may hang with the database as long as it likes.

    Progress is marked only while the process answers: a thread of its own proves nothing.
    """
    threading.Thread(
        target=_report_for_ever, args=(is_answering,), name="self-report", daemon=True
    ).start()


def _report_for_ever(is_answering: Callable[[], bool]) -> None:
    reporter, failing = RequestReporter(API_SERVED), False
    while True:
        try:
            reporter.report(now=time.time())
            check.report(now=time.time())
            if is_answering():
                progress.store("web")
            failing = False
        except Exception as error:  # noqa: BLE001  (the edge of the loop: it goes on, and says so)
            # The edge of the loop; the counts are kept for the next time.
            if not (failing or is_unavailable(error) or schema.is_being_made(error)):
                log.warning("not registered as a reader: %s", reason(error))
            failing = True
        with suppress(Exception):
            connection.close()
        time.sleep(self_report.INTERVAL_SECONDS)


class RequestReporter:
    """Reports what has been counted since the last report."""

    def __init__(self, served: RequestCounter) -> None:
        self._served = served
        self._reported = served.copy()
        self._due = 0.0
        self._pending: tuple[str, dict[str, Any]] | None = None
        """A report under its number, until it is known to be stored."""

    def report(self, *, now: float) -> None:
        """Report that this process is there, and now and then what it has served."""
        counted = self._served.copy()
        fresh = counted.total > self._reported.total and time.monotonic() >= self._due
        if self._pending is None and fresh:
            self._pending = uuid.uuid4().hex, {"requests": counted.since(self._reported)}
            self._reported = counted
        if self._pending is None:
            self_report.report("web", now=now)
            return
        report_id, metrics = self._pending
        # An error does not tell whether it was stored: the same is reported again.
        self_report.report("web", now=now, metrics=metrics, report_id=report_id)
        self._pending = None
        self._due = time.monotonic() + FLUSH_SECONDS
