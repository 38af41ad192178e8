"""A web process as a reader: how many requests it served, reported every few seconds."""

import logging
import threading
import time
from contextlib import suppress

from django.db import connection

from monitors.readers import self_report
from statuspage.server.request_counter import SERVED, RequestCounter

log = logging.getLogger(__name__)

FLUSH_SECONDS = 15.0


def start() -> None:
    """Report from now on, in a thread that may hang with the database as long as it likes."""
    threading.Thread(target=_report_for_ever, name="self-report", daemon=True).start()


def _report_for_ever() -> None:
    reporter, failing = RequestReporter(SERVED), False
    while True:
        try:
            reporter.report(now=time.time())
            failing = False
        except Exception as error:  # noqa: BLE001  (the edge of the loop: it goes on, and says so)
            # The edge of the loop; the counts are kept for the next time.
            if not failing:
                log.warning("not registered as a reader: %s", " ".join(str(error).split()))
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

    def report(self, *, now: float) -> None:
        """Report that this process is there, and now and then what it has served."""
        counted = self._served.copy()
        fresh = counted.total > self._reported.total and time.monotonic() >= self._due
        metrics = {"requests": counted.since(self._reported)} if fresh else None
        self_report.report("web", now=now, metrics=metrics)
        if fresh:
            self._reported = counted
            self._due = time.monotonic() + FLUSH_SECONDS
