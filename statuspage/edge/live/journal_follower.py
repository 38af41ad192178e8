"""One thread per web process that follows the journal: new bytes to the page, events to the hub.

It is the only part of the page that touches the database, and it may hang or fail as long as it
likes: the event loop goes on answering from what was installed last. When nothing new was
published for a while the page is rendered once more from memory, with a notice of its age.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime

from django.db import connection

from components.journal.wakeup import JournalWaiter
from components.models import JournalEntry
from statuspage.edge.live.events import LiveEvent, live_event, live_kinds
from statuspage.edge.live.hub import Hub
from statuspage.edge.pages import PublicPages
from statuspage.edge.token_cache import TokenCache
from statuspage.publishing import rendered
from statuspage.publishing import snapshot as snapshots
from statuspage.publishing.rendered import Snapshot

log = logging.getLogger(__name__)

IDLE_WAIT = 2.0
"""Seconds without a ring of the bell after which the tail looks all the same."""
STALE_SECONDS = 45.0
"""Figures are renewed every 20 s; when they are this old, something of ours is broken."""
PATIENCE = 1.0
"""Seconds that an event waits for the page that shows it, before it is told regardless."""
RETRY_SECONDS = 1.0
BATCH = 500


class JournalFollower(threading.Thread):
    def __init__(
        self,
        *,
        pages: PublicPages,
        hub: Hub,
        loop: asyncio.AbstractEventLoop,
        tokens: TokenCache | None = None,
    ) -> None:
        super().__init__(name="tail", daemon=True)
        self._pages, self._hub, self._loop = pages, hub, loop
        self._tokens = tokens or TokenCache()
        self._stopping = threading.Event()
        self._newest: int | None = None
        self._publication: object = None
        self._told: int | None = None
        self._waiting: float | None = None
        """Since when something new has waited for its page."""

    def stop(self) -> None:
        self._stopping.set()

    def run(self) -> None:
        wake = JournalWaiter()
        trouble = ""
        while not self._stopping.is_set():
            try:
                self._look()
                if trouble:
                    log.warning("following the journal again")
                    trouble = ""
                wake.wait(IDLE_WAIT if self._waiting is None else 0.05)
            # The edge of the loop: it goes on, and says so.
            except Exception as error:  # noqa: BLE001
                # The edge of the loop: whatever is wrong, the page goes on being served.
                told = f"{type(error).__name__}: {error}"
                if told != trouble:
                    log.warning("the journal cannot be followed (%s); the page stays up", told)
                    trouble = told
                _forget_connection(wake)
                self._stopping.wait(RETRY_SECONDS)

    def _look(self) -> None:
        newest, publication = snapshots.news()
        if publication != self._publication:
            self._take_over()
            self._publication = publication
        if newest != self._newest:
            self._tokens.refresh()
            self._newest = newest
        self._tell(newest)
        # Last: it writes, and a database that takes no writes must not keep events back.
        self._tokens.note_uses()

    def _take_over(self) -> None:
        shown = self._pages.snapshot
        if shown is not None and (shown.version, shown.built_at) == snapshots.published_mark():
            self._follow(shown)  # it was published in this very process
        elif (loaded := snapshots.load()) is not None:
            self._pages.install(loaded)
            self._follow(loaded)

    def _follow(self, snapshot: Snapshot) -> None:
        if self._told is None:
            self._told = snapshot.version
        self._loop.call_soon_threadsafe(self._hub.show, snapshot.state)

    def _tell(self, newest: int) -> None:
        """Hand on what is new up to `newest`, once the page that shows it is in place."""
        current = self._pages.snapshot
        if current is None or self._told is None or newest <= self._told:
            self._waiting = None
            return
        if current.version <= self._told and not self._waited_enough():
            return  # whoever publishes it needs the processor more than this does
        entries = list(
            JournalEntry.objects.filter(id__gt=self._told, kind__in=live_kinds()).order_by("id")[
                :BATCH
            ]
        )
        shown = [entry for entry in entries if entry.id <= current.version]
        if entries and not shown and not self._waited_enough():
            return
        self._waiting = None
        ready = shown or entries
        events = [event for entry in ready if (event := live_event(entry, current.state))]
        self._told = ready[-1].id if ready else newest
        self._hand_on(events, current)

    def _waited_enough(self) -> bool:
        if self._waiting is None:
            self._waiting = time.monotonic()
        return time.monotonic() - self._waiting >= PATIENCE

    def _hand_on(self, events: list[LiveEvent], current: Snapshot) -> None:
        if events:
            self._loop.call_soon_threadsafe(self._hub.publish, events, current.state)


def _forget_connection(wake: JournalWaiter) -> None:
    for close in (wake.close, connection.close):
        try:
            close()
        except Exception as error:  # noqa: BLE001  (the edge of the loop: it goes on, and says so)
            log.debug("closing a broken connection: %s", error)


async def watch_age(
    pages: PublicPages, *, clock: Callable[[], float] = time.time, every: float = 5.0
) -> None:
    """Render the page anew with a notice once its figures are too old to pass for present.

    A new publication replaces the notice. Runs in the event loop's executor, away from requests.
    """
    noticed: datetime | None = None
    while True:
        await asyncio.sleep(every)
        current = pages.snapshot
        if current is None or current.built_at == noticed:
            continue
        if clock() - current.built_at.timestamp() < STALE_SECONDS:
            continue
        stale = await asyncio.to_thread(rendered.build, current.state, stale=True)
        if pages.snapshot is current:
            pages.install(stale)
        noticed = current.built_at
