"""A web process that counts requests together with the others: an exchange of counts a second."""

import logging
import threading
import time
import uuid
from contextlib import suppress
from functools import partial

from django.db import connection

from components import limiting
from components.database.errors import is_unavailable, reason
from statuspage.api.limits import LIMITER, Limiter
from statuspage.runtime import schema

log = logging.getLogger(__name__)

INTERVAL_SECONDS = 1.0
"""Between exchanges: for so long each process allows what it does not know to be used up."""


def start() -> None:
    """Exchange from now on, in a thread that may hang with the database as long as it likes."""
    threading.Thread(target=_exchange_for_ever, name="request limits", daemon=True).start()


def _exchange_for_ever() -> None:
    exchanger = CountExchanger(LIMITER)
    while True:
        time.sleep(INTERVAL_SECONDS)
        exchanger.exchange()


class CountExchanger:
    """Exchanges what a limiter has counted with those of other processes."""

    def __init__(self, limiter: Limiter) -> None:
        self._limiter = limiter
        # Of this process: made after it was forked.
        self._exchange = partial(limiting.exchange_counts, uuid.uuid4().hex)
        self._failing = False

    def exchange(self) -> None:
        """Exchange once. An error is logged, and each process goes on counting by itself."""
        busy = False
        try:
            busy = self._limiter.exchange(self._exchange)
            self._failing = self._failing and not busy
        except Exception as error:  # noqa: BLE001  (the edge of the loop: it goes on, and says so)
            if not (self._failing or is_unavailable(error) or schema.is_being_made(error)):
                log.warning("requests are limited by each process: %s", reason(error))
            self._failing = True
        if not busy:
            # While nothing is counted no connection is held; a broken one is opened anew.
            with suppress(Exception):
                connection.close()
