"""Watches whether a role makes progress, and tells the service manager of that, and nothing else.

`up` watches its roles by itself. These are for roles that are services of their own.
"""

import logging
import threading
import time

from django.conf import settings
from django.db import connection
from django_q.brokers import get_broker
from django_q.tasks import async_task

from monitors.worker import pulse
from statuspage.runtime import progress
from statuspage.runtime.keys import check
from statuspage.runtime.service_manager import ServiceManager
from statuspage.runtime.supervisor.watch import answers

log = logging.getLogger(__name__)

PAUSE_SECONDS = 2.0
CANARY_AFTER = 4.0
"""A role whose mark is older than this is sent a canary of its own; beat may be elsewhere."""
MAX_BACKLOG = 8
"""See `beat`."""
ANSWERED_WITHIN = 10.0


class WebWatch:
    """Whether this machine's web process answers, asked as anybody would ask it."""

    def __init__(self, service: ServiceManager, *, host: str, port: int) -> None:
        self._service = service
        self._host, self._port = host, port
        self._answered_at = float("-inf")

    def start(self) -> None:
        threading.Thread(target=self._watch, name="watch web", daemon=True).start()

    def is_answering(self) -> bool:
        """Return whether it has answered lately."""
        return time.monotonic() - self._answered_at < ANSWERED_WITHIN

    def _watch(self) -> None:
        pause = PAUSE_SECONDS / 4  # until it is ready
        while True:
            if answers(host=self._host, port=self._port):
                self._answered_at = time.monotonic()
                self._service.ready("serving the page")
                self._service.alive()
                pause = PAUSE_SECONDS
            time.sleep(pause)


class WorkerWatch:
    """Whether the workers of this process make progress, by the pulse that they share.

    While the database cannot be asked nothing can get on, and nothing is held against them.
    """

    def __init__(self, service: ServiceManager, *, queue: str) -> None:
        """To be made before the workers are forked."""
        self._service = service
        self._queue = queue
        pulse.share()
        self._seen = pulse.last()

    def start(self) -> None:
        """To be called when all processes are forked: a thread survives no fork."""
        threading.Thread(target=self._watch, name="watch workers", daemon=True).start()

    def _watch(self) -> None:
        reachable = True
        while True:
            try:
                self.look(now=time.time())
                reachable = True
            except Exception as error:  # noqa: BLE001  (the edge of the loop: it goes on)
                if reachable:
                    log.warning("progress cannot be seen: %s", " ".join(str(error).split()))
                reachable = False
                self._service.alive()
            finally:
                connection.close()
            time.sleep(PAUSE_SECONDS)

    def look(self, *, now: float) -> None:
        """Look once; tell of progress since the last look. Raises the database's error."""
        check.report(now=now)
        last = pulse.last()
        if last != self._seen:
            self._seen = last
            self._service.alive()
        # A shift at work is its own proof; who waits is given something to do.
        if last is None or time.monotonic() - last > CANARY_AFTER:
            self._send_canary(now)

    def _send_canary(self, now: float) -> None:
        if get_broker(self._queue).queue_size() < MAX_BACKLOG:
            async_task(
                "statuspage.tasks.prove_progress",
                progress.machine_number(settings.STATUSPAGE.machine),
                now,
                cluster=self._queue,
            )
