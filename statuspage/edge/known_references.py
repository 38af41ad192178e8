"""Which incidents and windows there are or were: so that made-up references cost no query (S19).

The table is read from the records, once for all who ask and again only after the journal has
moved. Guesses are answered from it, and take no place from those who read older pages.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from django.db import connection

from statuspage.publishing.withdrawn import references


class KnownReferences:
    """The references of everything that the records may have a page of."""

    def __init__(self, read: Callable[[], frozenset[str]] = references) -> None:
        self._read = read
        self._known: frozenset[str] | None = None
        self._version: int | None = None
        self._reading: asyncio.Future[frozenset[str]] | None = None
        # Its own: what reads pages may be busy, and what hangs here holds up no page.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="references")

    async def has(self, reference: str, *, version: int) -> bool:
        """Return whether there may be something of this reference, as of the page's `version`.

        While the records cannot be read the last known table counts. Raises the database's error
        when there is none yet. Wait for it with a deadline.
        """
        try:
            # Once more where what was under way had begun before the change.
            for _ in range(2):
                if self._version != version or self._known is None:
                    await self._renewed(version)
        # Whatever is wrong with the records.
        except Exception:
            if self._known is None:
                raise
        return reference in (self._known or ())

    async def _renewed(self, version: int) -> None:
        if self._reading is None:
            loop = asyncio.get_running_loop()
            self._reading = loop.run_in_executor(self._thread, self._gather)
            self._reading.add_done_callback(lambda done: self._done(done, version))
        await asyncio.shield(self._reading)

    def _gather(self) -> frozenset[str]:
        try:
            return self._read()
        finally:
            # The thread may be asked again in an hour: an idle connection is of no use.
            connection.close()

    def _done(self, done: "asyncio.Future[frozenset[str]]", version: int) -> None:
        self._reading = None
        with suppress(Exception):  # looked at; who waits is told
            self._known = done.result()
            self._version = version
