"""Hands every live event to every viewer of this process: encoded once, bounded per viewer.

All of it runs in the event loop; the journal follower's thread only calls `publish` through
`call_soon_threadsafe`. A viewer's queue is short: who does not keep up is sent away and comes
back with `Last-Event-ID`, instead of being buffered without bound.
"""

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence

from statuspage.edge.live.events import LiveEvent, snapshot_event
from statuspage.server.descriptors import MAX_STREAMS
from statuspage.state.page_state import PageState

RING_SIZE = 1_000
"""Events kept for viewers who come back."""
MAX_QUEUED = 64
AHEAD_SECONDS = 3.0
"""How long a viewer that names a later event than the newest here waits for it: another machine
has sent it, and the database tells this one within moments."""
AHEAD_EVENTS = 1_000
"""How far ahead another machine may be; what is named beyond that never was."""


class Viewer:
    """One connection: what it has still to be sent, and whether it was dropped."""

    __slots__ = ("changed", "dropped", "events", "last_id", "network")

    def __init__(self, last_id: int, network: str = "") -> None:
        self.network = network
        self.last_id = last_id
        """The newest event it has been sent; older ones are not sent again."""
        self.events: deque[LiveEvent] = deque()
        self.changed = asyncio.Event()
        self.dropped = False

    def drop(self) -> None:
        """Have its stream end."""
        self.dropped = True
        self.changed.set()

    def push(self, event: LiveEvent) -> None:
        """Queue an event, or drop the viewer whose queue is full."""
        if event.id <= self.last_id:
            return
        self.last_id = event.id
        if len(self.events) >= MAX_QUEUED:
            self.dropped = True
        else:
            self.events.append(event)
        self.changed.set()

    async def next(self, max_wait: float) -> list[LiveEvent]:
        """Return what is new, waiting up to `max_wait` seconds for it; empty when nothing came."""
        if not self.events and not self.dropped:
            try:
                async with asyncio.timeout(max_wait):
                    await self.changed.wait()
            except TimeoutError:
                return []
        self.changed.clear()
        batch = list(self.events)
        self.events.clear()
        return batch


class Seats:
    """The places that all viewers of this process share, whatever page they look at."""

    def __init__(self, places: int) -> None:
        self.places = places
        self.viewers: dict[Viewer, set[Viewer]] = {}
        """Each with the viewers of the same page."""
        self._by_network: dict[str, dict[Viewer, None]] = {}

    def take(self, viewer: Viewer, viewers: set[Viewer]) -> None:
        """Seat a viewer for whom there is room among the `viewers` of a page."""
        viewers.add(viewer)
        self.viewers[viewer] = viewers
        self._by_network.setdefault(viewer.network, {})[viewer] = None

    def leave(self, viewer: Viewer) -> None:
        """Free a viewer's place; doing so twice changes nothing."""
        self.viewers.pop(viewer, set()).discard(viewer)
        near = self._by_network.get(viewer.network, {})
        near.pop(viewer, None)
        if not near:
            self._by_network.pop(viewer.network, None)

    def make_room(self, network: str) -> bool:
        """Return whether a viewer of `network` may join; the youngest of the largest may leave."""
        if len(self.viewers) < self.places:
            return True
        largest = max(self._by_network.values(), key=len)
        if len(largest) <= len(self._by_network.get(network, {})) + 1:
            return False
        youngest = next(reversed(largest))
        youngest.drop()
        self.leave(youngest)
        return True


class Hub:
    """The viewers of one page in this process and its newest events, for those who come back."""

    def __init__(self, places: int = MAX_STREAMS, *, seats: Seats | None = None) -> None:
        self.seats = seats or Seats(places)
        self.viewers: set[Viewer] = set()
        self.rooms: dict[str, Hub] = {}
        """The hubs of other pages that anybody looked at, by their slugs."""
        self.state: PageState | None = None
        self._snapshot: tuple[PageState, LiveEvent] | None = None
        """What newcomers are sent first, and of which state: thousands may come at once."""
        self._ring: deque[LiveEvent] = deque(maxlen=RING_SIZE)
        self._ring_from: int | None = None
        """Every public event after this sequence number is in the ring; None: nothing is."""

    @property
    def places(self) -> int:
        """How many viewers there may be, of all pages."""
        return self.seats.places

    def room(self, state: PageState) -> "Hub":
        """Return the hub of another page, which shows `state`."""
        slug = state.face.slug
        if slug not in self.rooms:
            self.rooms[slug] = Hub(seats=self.seats)
        room = self.rooms[slug]
        if room.state is None:
            room.set_state(state)
        return room

    def set_rooms(self, states: Mapping[str, PageState]) -> None:
        """Set what newcomers of other pages are shown; who may not stay is sent away."""
        for slug, room in list(self.rooms.items()):
            state = states.get(slug)
            if state is None:
                room.drop_all()
                del self.rooms[slug]
            elif state is not room.state:
                room.set_state(state)

    def drop_all(self) -> None:
        """Have the streams of all viewers end."""
        for viewer in list(self.viewers):
            viewer.drop()
            self.leave(viewer)

    def _lock(self, state: PageState) -> None:
        """Send everybody away when who may see the page may be another than before.

        Wherever a state comes from: events may bring the new one sooner than the publication.
        """
        if self.state is not None and _locks(self.state, state):
            self.drop_all()

    def _forget_gone(self, state: PageState) -> None:
        """Forget the events that there were when something of what they may name is gone.

        Whoever comes back, or says so, is then told how everything is and not of what is hidden.
        """
        if self.state is None or self.state is state:
            return
        before, after = _ids(self.state), _ids(state)
        if any(not old <= new for old, new in zip(before, after, strict=True)):
            self._ring.clear()
            self._ring_from = state.version

    def set_state(self, state: PageState) -> None:
        """Set what newcomers are shown; before the first state no viewer can join."""
        self._lock(state)
        self._forget_gone(state)
        self.state = state
        if self._ring_from is None:
            self._ring_from = state.version

    def publish(self, events: Sequence[LiveEvent], state: PageState) -> None:
        """Send every viewer, in order, what is new since the last call."""
        self._lock(state)
        self._forget_gone(state)
        self.state = state
        for event in events:
            if len(self._ring) == RING_SIZE:
                self._ring_from = self._ring[0].id
            self._ring.append(event)
            for viewer in self.viewers:
                viewer.push(event)

    def join(
        self, last_event_id: int | None, *, network: str = ""
    ) -> tuple[Viewer, list[LiveEvent]] | None:
        """Add a viewer; return it and what it is sent first, or None while there is no state, or
        no place for it: then the network that has most gives way, unless it is its own.

        A viewer who names the last event it saw gets what it missed, once, in order; if that is
        too long ago, or names what never was, it gets the whole state like all others, and
        then whatever the ring holds beyond that state. One that another machine was the first to
        tell of something is told nothing until this one has got so far: not twice what it knows.
        """
        if self.state is None or not self.seats.make_room(network):
            return None
        if last_event_id is not None and 0 < last_event_id - self._newest() <= AHEAD_EVENTS:
            viewer, backlog = Viewer(last_event_id, network), []
            asyncio.get_running_loop().call_later(AHEAD_SECONDS, self._end_wait, viewer)
        else:
            backlog = self._backlog(last_event_id, self.state)
            viewer = Viewer(backlog[-1].id if backlog else last_event_id or 0, network)
        self.seats.take(viewer, self.viewers)
        return viewer, backlog

    def _newest(self) -> int:
        shown = self.state.version if self.state is not None else 0
        return max(shown, self._ring[-1].id if self._ring else 0)

    def _end_wait(self, viewer: Viewer) -> None:
        """Send the whole state to a viewer whose last event has not come to be here."""
        if viewer not in self.viewers or self.state is None or self._newest() >= viewer.last_id:
            return
        viewer.last_id = -1
        for event in self._backlog(None, self.state):
            viewer.push(event)

    def restart(self) -> None:
        """Forget all events and send the viewers away, to come back for the whole state: the
        journal was set back, and counts anew from a lower number."""
        self._ring.clear()
        self._ring_from = None
        for viewer in self.viewers:
            viewer.drop()
        for room in self.rooms.values():
            room.restart()

    def _backlog(self, last_event_id: int | None, state: PageState) -> list[LiveEvent]:
        if (
            last_event_id is not None
            and self._ring_from is not None
            and self._ring_from <= last_event_id <= self._newest()
        ):
            return [event for event in self._ring if event.id > last_event_id]
        if self._snapshot is None or self._snapshot[0] is not state:
            self._snapshot = state, snapshot_event(state)
        snapshot = self._snapshot[1]
        return [snapshot, *(event for event in self._ring if event.id > snapshot.id)]

    def leave(self, viewer: Viewer) -> None:
        """Remove a viewer; doing so twice changes nothing."""
        self.seats.leave(viewer)


def _locks(old: PageState, new: PageState) -> bool:
    """Whether who may see the page may be another than before."""
    return new.face.door != old.face.door and new.face.door is not None


def _ids(state: PageState) -> tuple[set[int], set[int], set[int]]:
    """Return the ids of the components, incidents and windows that a page may name."""
    return (
        {each.id for each in state.nameable},
        {e.id for e in (*state.incidents, *state.past_incidents, *state.older_incidents)},
        {each.id for each in (*state.windows, *state.past_windows, *state.older_windows)},
    )
