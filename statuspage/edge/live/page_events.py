"""Which live events of the journal the viewers of one page are sent, and how they read there.

Nothing of what a page does not select is sent to its viewers: an event names the components of
that page alone, tells of incidents and windows that are on it, and of its own overall status.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from components.journal.event_types import OVERALL_CHANGED, SNAPSHOT, event_type
from components.models import JournalEntry
from statuspage.edge.live.events import LiveEvent, live_event, overall_event, snapshot_event
from statuspage.state.page_state import PageState


class PageEvents:
    """The events of all pages besides `main`; remembers what their viewers were told last."""

    def __init__(self) -> None:
        self._told: dict[str, PageState] = {}

    def of(self, entries: Sequence[JournalEntry], state: PageState) -> list[LiveEvent]:
        """Return what viewers of the page of `state` are sent of entries that `main` shows.

        So does `state`, where it was rendered for one of them; a newer entry moved nothing here.
        """
        before = self._told.get(state.face.slug, state)
        moved = [each for each in entries if each.id <= state.version]
        events = [event for entry in moved if (event := _event(entry, before, state))]
        if moved and before.status is not state.status:
            last = overall_event(moved[-1].id, state)
            if events and events[-1].id == last.id:
                events[-1] = replace(events[-1], then=last)
            else:
                events.append(last)
        return events

    def note(self, states: Mapping[str, PageState], *, anew: bool) -> None:
        """Remember what all pages say by now; unless `anew`, only of those that are new."""
        self._told = dict(states) if anew else {**states, **self._told}


def _event(entry: JournalEntry, before: PageState, state: PageState) -> LiveEvent | None:
    if entry.kind == OVERALL_CHANGED.name:
        return None  # that is the overall status of `main`
    if event_type(entry.kind).live == SNAPSHOT or not entry.data:
        return live_event(entry, state)
    if not _is_on(entry, state):
        # It was on the page, and is not any more: that is all that there is to know.
        return _anew(entry, state) if _is_on(entry, before) else None
    return live_event(entry, state)


def _anew(entry: JournalEntry, state: PageState) -> LiveEvent | None:
    return replace(snapshot_event(state), id=entry.id) if live_event(entry, state) else None


def _is_on(entry: JournalEntry, state: PageState) -> bool:
    data = entry.data
    if "incident_id" in data:
        shown = (*state.incidents, *state.past_incidents, *state.older_incidents)
        return any(each.id == data["incident_id"] for each in shown)
    if "window_id" in data:
        windows = (*state.windows, *state.past_windows, *state.older_windows)
        return any(each.id == data["window_id"] for each in windows)
    return True  # of a component that is not on the page, nothing is made
