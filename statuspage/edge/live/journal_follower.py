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
from dataclasses import replace
from datetime import datetime

from django.db import connection

from components.database.errors import is_unavailable, reason
from components.database.writable import check_writable
from components.journal.wakeup import JournalWaiter
from components.models import JournalEntry
from statuspage.edge.live.events import LiveEvent, live_event, live_kinds
from statuspage.edge.live.hub import Hub
from statuspage.edge.live.page_events import PageEvents
from statuspage.edge.pages import PublicPages
from statuspage.edge.token_cache import TokenCache
from statuspage.publishing import rendered
from statuspage.publishing import snapshot as snapshots
from statuspage.publishing.rendered import Snapshot
from statuspage.runtime import presence, schema
from statuspage.state.page_state import PageState
from statuspage.state.selection import shown_on

log = logging.getLogger(__name__)

IDLE_WAIT = 2.0
"""Seconds without a notification after which the journal is checked all the same."""
STALE_SECONDS = 45.0
"""Figures are renewed every 20 s; when they are this old, something of ours is broken."""
PAGE_TIMEOUT = 1.0
"""Seconds that an event waits for the page that shows it, before it is sent regardless."""
RETRY_SECONDS = 1.0
HANG_SECONDS = 3.0
"""Without an answer for so long, the database counts as away."""
BATCH = 500


class JournalFollower(threading.Thread):
    """Installs new snapshots, refreshes tokens and publishes events; `stop` ends it."""

    def __init__(
        self,
        *,
        pages: PublicPages,
        hub: Hub,
        loop: asyncio.AbstractEventLoop,
        tokens: TokenCache | None = None,
    ) -> None:
        super().__init__(name="journal-follower", daemon=True)
        self._pages, self._hub, self._loop = pages, hub, loop
        self._tokens = tokens or TokenCache()
        self._stopping = threading.Event()
        self._newest: int | None = None
        self._publication: object = None
        self._anew = True
        """Whether the database's page is shown whatever is shown: so far none of its own was."""
        self._page_events = PageEvents()
        self._early: list[JournalEntry] = []
        """What viewers of `main` were told before anything showed it. Those of other pages wait:
        what is on their page is known by what that shows."""
        self._published_up_to: int | None = None
        self._waiting_since: float | None = None
        """Since when something new has waited for its page."""
        self._is_away = False
        self._asked_at: float | None = None
        """Since when the database has been asked and has not answered."""
        self._writable_due = 0.0

    def stop(self) -> None:
        """Have the thread end after its present wait."""
        self._stopping.set()

    def is_database_away(self) -> bool:
        """Whether the database refused when it was asked last, or has not answered for long."""
        asked_at = self._asked_at
        hangs = asked_at is not None and time.monotonic() - asked_at > HANG_SECONDS
        return self._is_away or hangs

    def run(self) -> None:
        wake = JournalWaiter()
        reported = ""
        while not self._stopping.is_set():
            try:
                self._check()
                if reported:
                    log.warning("following the journal again")
                    reported = ""
                wake.wait(IDLE_WAIT if self._waiting_since is None else 0.05)
            # The edge of the loop: it goes on, and says so.
            except Exception as error:  # noqa: BLE001
                # The edge of the loop: whatever is wrong, the page goes on being served.
                # Of an outage the process says once what there is to say.
                self._asked_at, self._is_away = None, is_unavailable(error)
                quiet = self._is_away or schema.is_being_made(error)
                why = "" if quiet else f"{type(error).__name__}: {reason(error)}"
                if why and why != reported:
                    log.warning("the journal cannot be followed (%s); the page stays up", why)
                reported = why
                _drop_connections(wake)
                self._stopping.wait(RETRY_SECONDS)

    def _check(self) -> None:
        self._asked_at = time.monotonic()
        newest, publication = snapshots.newest_versions()
        self._asked_at, self._is_away = None, False
        if self._is_set_back(newest, publication[0]):
            self._begin_anew()
        if publication != self._publication:
            self._install()
            self._publication = publication
        if newest != self._newest:
            self._tokens.refresh()
            self._newest = newest
        self._publish_due(newest)
        if self._early:
            self._publish_to_rooms([])
        # Last: a database that takes no writes must not keep events back.
        if time.monotonic() >= self._writable_due:
            # What reads from a server that another has taken over from would never find out.
            check_writable()
            self._writable_due = time.monotonic() + IDLE_WAIT
        self._tokens.store_uses()

    def _is_set_back(self, newest: int, published: int | None) -> bool:
        """Return whether the database has begun to count from a lower number: a standby that lacked
        the last entries has taken over, or it was restored."""
        current = self._pages.snapshot
        was_less = self._newest is not None and newest < self._newest
        # The newest entries may have been deleted as too old; then the page is as it was.
        return was_less and current is not None and (published or 0) < current.version

    def _begin_anew(self) -> None:
        log.warning("the database was set back; the page and the live stream begin anew from it")
        self._publication = self._published_up_to = self._waiting_since = None
        self._early = []
        self._anew = True
        self._loop.call_soon_threadsafe(self._hub.restart)

    def _install(self) -> None:
        current = self._pages.snapshot
        if (
            current is not None
            and (current.version, current.built_at) == snapshots.published_identity()
        ):
            self._show(current)  # it was published in this very process
        elif (loaded := snapshots.load(self._pages.built())) is not None:
            self._pages.install(loaded, anew=self._anew)
            # Which may be one that this process has published meanwhile.
            self._show(self._pages.snapshot or loaded)
        self._anew = False

    def _show(self, snapshot: Snapshot) -> None:
        if self._published_up_to is None:
            self._published_up_to = snapshot.version
        self._loop.call_soon_threadsafe(self._hub.set_state, snapshot.state)
        states = self._pages.states()
        self._page_events.note(states, anew=False)
        self._loop.call_soon_threadsafe(self._hub.set_rooms, states)

    def _publish_due(self, newest: int) -> None:
        """Publish what is new up to `newest`, once the page that shows it is in place."""
        current = self._pages.snapshot
        if current is None or self._published_up_to is None or newest <= self._published_up_to:
            self._waiting_since = None
            return
        if current.version <= self._published_up_to and not self._waited_enough():
            return  # what publishes it needs the processor more than this does
        entries = list(
            JournalEntry.objects.filter(
                id__gt=self._published_up_to, kind__in=live_kinds()
            ).order_by("id")[:BATCH]
        )
        visible = [entry for entry in entries if entry.id <= current.version]
        if entries and not visible and not self._waited_enough():
            return
        self._waiting_since = None
        ready = visible or entries
        events = [event for entry in ready if (event := live_event(entry, current.state))]
        self._published_up_to = ready[-1].id if ready else newest
        self._publish(events, current)
        self._publish_to_rooms(ready)

    def _waited_enough(self) -> bool:
        if self._waiting_since is None:
            self._waiting_since = time.monotonic()
        return time.monotonic() - self._waiting_since >= PAGE_TIMEOUT

    def _publish(self, events: list[LiveEvent], current: Snapshot) -> None:
        if events:
            self._loop.call_soon_threadsafe(self._hub.publish, events, current.state)

    def _publish_to_rooms(self, entries: list[JournalEntry]) -> None:
        """Publish to the viewers of other pages what concerns these, as far as it is shown."""
        entries = [*self._early, *entries]
        shown_up_to = self._pages.snapshot.version if self._pages.snapshot is not None else 0
        self._early = [each for each in entries if each.id > shown_up_to][-BATCH:]
        entries = [each for each in entries if each.id <= shown_up_to]
        if not entries:
            return
        states = self._pages.states()
        rooms = dict(self._hub.rooms)
        for slug, room in rooms.items():
            state = states.get(slug)
            if state is None:
                continue
            events = self._page_events.of(entries, state)
            if events:
                self._loop.call_soon_threadsafe(room.publish, events, state)
        self._page_events.note(states, anew=True)


def _drop_connections(wake: JournalWaiter) -> None:
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
    On the way it notes that this process is there.
    """
    noticed: datetime | None = None
    presence.here.begin()
    while True:
        await asyncio.sleep(every)
        presence.here.note()
        current = pages.snapshot
        if current is None or current.built_at == noticed:
            continue
        if clock() - current.built_at.timestamp() < STALE_SECONDS:
            continue
        stale = await asyncio.to_thread(_build_stale, current.state)
        if pages.snapshot is current:
            pages.install(stale)
        noticed = current.built_at


def _build_stale(state: PageState) -> Snapshot:
    """Render every page with the notice of its age."""
    pages = tuple(rendered.build(shown_on(state, face), stale=True) for face in state.faces)
    return replace(rendered.build(state, stale=True), pages=pages)
