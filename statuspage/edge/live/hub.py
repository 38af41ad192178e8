"""Hands every live event to every viewer of this process: encoded once, bounded per viewer.

All of it runs in the event loop; the tail's thread only calls `publish` through
`call_soon_threadsafe`. A viewer's queue is short: who does not keep up is sent away and comes
back with `Last-Event-ID`, instead of being buffered without bound.
"""

import asyncio
from collections import deque
from collections.abc import Sequence

from statuspage.edge.live.events import LiveEvent, snapshot_event
from statuspage.state.page_state import PageState

RING = 1_000
"""Events kept for viewers who come back."""
QUEUE = 64
MAX_VIEWERS = 10_000


class Viewer:
    """One connection: what it has still to be told, and whether it was sent away."""

    __slots__ = ("dropped", "events", "seen", "wake")

    def __init__(self, seen: int) -> None:
        self.seen = seen
        """The newest event it has been told; older ones are not told again."""
        self.events: deque[LiveEvent] = deque()
        self.wake = asyncio.Event()
        self.dropped = False

    def push(self, event: LiveEvent) -> None:
        if event.id <= self.seen:
            return
        self.seen = event.id
        if len(self.events) >= QUEUE:
            self.dropped = True
        else:
            self.events.append(event)
        self.wake.set()

    async def next(self, patience: float) -> list[LiveEvent]:
        """What is new, waiting up to `patience` seconds for it; empty when nothing came."""
        if not self.events and not self.dropped:
            try:
                async with asyncio.timeout(patience):
                    await self.wake.wait()
            except TimeoutError:
                return []
        self.wake.clear()
        batch = list(self.events)
        self.events.clear()
        return batch


class Hub:
    def __init__(self) -> None:
        self.viewers: set[Viewer] = set()
        self.state: PageState | None = None
        self._ring: deque[LiveEvent] = deque(maxlen=RING)
        self._ring_from: int | None = None
        """Every public event after this sequence number is in the ring; None: nothing is."""

    def show(self, state: PageState) -> None:
        """Set what newcomers are shown; before the first state nobody can join."""
        self.state = state
        if self._ring_from is None:
            self._ring_from = state.version

    def publish(self, events: Sequence[LiveEvent], state: PageState) -> None:
        """Tell everybody, in order, what is new since the last call."""
        self.state = state
        for event in events:
            if len(self._ring) == RING:
                self._ring_from = self._ring[0].id
            self._ring.append(event)
            for viewer in self.viewers:
                viewer.push(event)

    def join(self, last_event_id: int | None) -> tuple[Viewer, list[LiveEvent]] | None:
        """A new viewer and what it is told first; None while there is nothing to tell.

        A viewer who names the last event it saw gets what it missed, once, in order; if that is
        too long ago, or names what never was, it gets the whole state like everybody else, and
        then whatever the ring holds beyond that state.
        """
        if self.state is None:
            return None
        first = self._first(last_event_id, self.state)
        viewer = Viewer(first[-1].id if first else last_event_id or 0)
        self.viewers.add(viewer)
        return viewer, first

    def _first(self, last_event_id: int | None, state: PageState) -> list[LiveEvent]:
        newest = max(state.version, self._ring[-1].id if self._ring else 0)
        if (
            last_event_id is not None
            and self._ring_from is not None
            and self._ring_from <= last_event_id <= newest
        ):
            return [event for event in self._ring if event.id > last_event_id]
        whole = snapshot_event(state)
        return [whole, *(event for event in self._ring if event.id > whole.id)]

    def leave(self, viewer: Viewer) -> None:
        self.viewers.discard(viewer)
