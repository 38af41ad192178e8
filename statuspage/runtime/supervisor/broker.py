"""A task broker that survives the absence of its database or Redis.

django-q's pusher ends, after a nap of 10 s and a page of traceback, when its broker fails once,
and its monitor ends when a task cannot be acknowledged. A queue that only carries wake-ups is not
worth that: a failed look is simply repeated soon.
"""

import logging
import time
from typing import Any

from django.db import connections
from django_q.brokers import Broker, get_broker
from django_q.conf import Conf

from components.database.errors import is_unavailable, reason

logger = logging.getLogger(__name__)

RETRY_SECONDS = 0.5


class ResilientBroker(Broker):  # type: ignore[misc]  # django-q2 has no types
    """The configured broker, created when first needed, so that it may be away at the start."""

    def __init__(self) -> None:
        # Not the parent's: it would connect, and a connection must not be carried over a fork.
        self.list_key = Conf.CLUSTER_NAME
        self.cache = self.get_cache()
        self._inner: Any = None
        self._is_away = self._is_told = False

    def ping(self) -> bool:
        """Return whether to go on: always."""
        return True

    def dequeue(self) -> Any:
        """Return tasks as (id, payload), or None after a short wait."""
        try:
            tasks = self._broker().dequeue()
        # The edge of the loop: whatever the broker raises.
        except Exception as error:  # noqa: BLE001
            self._note_absence(error)
            time.sleep(RETRY_SECONDS)
            return None
        if self._is_away:
            self._is_away = False
            if self._is_told:
                logger.info("the queue answers again")
        return tasks

    def acknowledge(self, task_id: Any) -> None:
        """Remove a finished task from the queue. One that stays there is run again: harmless."""
        try:
            self._broker().acknowledge(task_id)
        # The edge of the loop: whatever the broker raises.
        except Exception as error:  # noqa: BLE001
            self._note_absence(error)

    def set_stat(self, key: str, value: str, timeout: int) -> None:
        """Keep no figures of the cluster, which nobody reads: twice a second, in the database.

        The sentinel that would write them never renews its connection: after a fail-over it would
        log an error each time, for good.
        """

    def fail(self, task_id: Any) -> None:
        """Remove an undecodable task from the queue."""
        self.acknowledge(task_id)

    def _broker(self) -> Any:
        if self._inner is None:
            self._inner = get_broker()
        return self._inner

    def _note_absence(self, error: Exception) -> None:
        if not self._is_away:
            self._is_away = True
            # Of the database the process says it itself (`components.database.outage`).
            self._is_told = not is_unavailable(error)
            if self._is_told:
                logger.warning("the queue does not answer: %s", reason(error))
        self._inner = None
        connections.close_all()
