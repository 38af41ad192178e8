"""The journal's reader that keeps status true: derives it, logs its periods, publishes the page.

Every process that appends to the journal has the projector catch up right after its commit; beat
does so too, for changes whose writer died in between. The reader's cursor keeps them apart.
"""

import logging
import threading
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from components.database.prepared_rows import PreparedRows
from components.history.derived import Derivation, apply_statuses
from components.journal import Event, consume, event_types
from components.journal.event_types import OVERRIDE_CHANGED, Moves, event_type
from components.journal.hold import KEY, held_until, hold_of
from components.models import Component, JournalEntry
from components.rollup import (
    Declaration,
    Evidence,
    Member,
    component_status,
    is_run_by_hand,
    measured_status,
    overall_status,
)
from components.status import Status
from incidents.selectors import declarations
from maintenance.selectors import in_progress, public_in_progress
from monitors.event_types import MONITOR_STATE_CHANGED
from monitors.selectors import monitor_votes, paused_monitors
from statuspage.models import Page
from statuspage.pages.face import MAIN
from statuspage.publishing.declared_history import (
    refresh_incident_periods,
    refresh_window_periods,
)
from statuspage.publishing.snapshot import publish_if_behind
from statuspage.state.builder import READER

log = logging.getLogger(__name__)
_thread = threading.local()
_public_members = PreparedRows(
    lambda: Component.objects.public().values_list(
        "name", "status", "counts_for_overall", "critical"
    )
)


def catch_up() -> int:
    """Digest what the journal holds and publish if anything is new; return how many entries it was.

    What it journals itself calls for it again, at once, in the same thread: that call has nothing
    to do, for the one that is at work looks again before it ends.
    """
    if getattr(_thread, "running", False):
        return 0
    _thread.running = True
    try:
        digested = consume(READER, derive, feed_own_events=False)
        publish_if_behind()
    finally:
        _thread.running = False
    return digested


def derive(entries: Sequence[JournalEntry]) -> list[Event]:
    """Derive the status of every component that the entries may have moved; return the events of
    what changed, which the caller journals in the same transaction."""
    relevant = [entry for entry in entries if event_type(entry.kind).moves is not Moves.NOTHING]
    if not relevant:
        return []
    redeclared = refresh_incident_periods(_subjects_of(relevant, "incident_id"))
    redeclared |= refresh_window_periods(_subjects_of(relevant, "window_id"))
    moved = _moved_components(relevant)
    if moved is not None:
        moved |= redeclared
    components = Component.objects.select_related("group__parent")
    if moved is not None:
        components = components.filter(pk__in=moved)
    # Their keys stay free: a writer of a row that refers to one of them need not wait.
    affected = list(components.select_for_update(of=("self",), no_key=True))
    rows = [
        (each.pk, each.status_override, each.override_note, each.retired_at) for each in affected
    ]
    evidence = gather_evidence(moved, rows=rows)
    since, overridden = _back_dated(relevant), _overridden(relevant)
    last = relevant[-1].at
    derivations = []
    for component in affected:
        known = evidence.get(component.pk, Evidence())
        override_at, override_by = overridden.get(component.pk, (last, ""))
        derivations.append(
            Derivation(
                component,
                component_status(known),
                measured_status(known),
                is_run_by_hand(known),
                at=since.get(component.pk, last),
                override_at=override_at,
                override_by=override_by,
                redeclared=component.pk in redeclared,
            )
        )
    events = _held_as_their_cause(apply_statuses(derivations), relevant)
    overall = _derive_overall(relevant[-1].at)
    return [*events, *([overall] if overall else [])]


def _moved_components(relevant: Iterable[JournalEntry]) -> set[int] | None:
    """Return the components that the entries can have moved; None when that may be all of them."""
    moved: set[int] = set()
    for entry in relevant:
        moves = event_type(entry.kind).moves
        if moves in (Moves.SUBJECT, Moves.MEASURED):
            moved.update([entry.subject_id] if entry.subject_id is not None else [])
        elif moves is Moves.NAMED and "fields" not in entry.data:
            moved.update(entry.data["component_ids"])
        else:
            return None
    return moved


def _held_as_their_cause(
    events: Iterable[Event], relevant: Sequence[JournalEntry]
) -> Iterator[Event]:
    """Yield changes of status, held as long as the entry from which they follow.

    What may follow from anything else is not held: nothing that the machine finds out waits.
    """
    held = [entry for entry in relevant if held_until(entry)]
    if not held:
        yield from events
        return
    others = _moved_components([entry for entry in relevant if not held_until(entry)])
    hold = {"seconds": hold_of(held[-1])["seconds"], "by": held[-1].pk}
    for event in events:
        waits = others is not None and event.data["component_id"] not in others
        yield replace(event, data={**event.data, KEY: hold}) if waits else event


def _subjects_of(relevant: Iterable[JournalEntry], name: str) -> set[int]:
    """Return the ids of the incidents, or of the windows, that the entries are about."""
    return {entry.data[name] for entry in relevant if name in entry.data}


def _overridden(relevant: Iterable[JournalEntry]) -> dict[int, tuple[datetime, str]]:
    """Return when and by whom components' statuses were set or cleared by hand last."""
    return {
        entry.data["component_id"]: (_counts_from(entry), entry.actor)
        for entry in relevant
        if entry.kind == OVERRIDE_CHANGED.name
    }


def _counts_from(entry: JournalEntry) -> datetime:
    """Return from when what was set by hand counts: what was undone at once was never so."""
    since = entry.data.get("since")
    return datetime.fromisoformat(since) if since else entry.at


def _back_dated(relevant: Iterable[JournalEntry]) -> dict[int, datetime]:
    """Return when components' newest changes of verdict began, which is before confirmation."""
    return {
        entry.data["component_id"]: datetime.fromisoformat(entry.data["since"])
        for entry in relevant
        if entry.kind == MONITOR_STATE_CHANGED.name
    }


def gather_evidence(
    component_ids: Collection[int] | None,
    *,
    rows: Iterable[tuple[int, str, str, datetime | None]] | None = None,
) -> dict[int, Evidence]:
    """Return all that is known about some components, or about all, in five queries.

    `rows` are their ids, override, its note and when they were retired, for a caller that has read
    them.
    """
    votes = monitor_votes(component_ids)
    paused = paused_monitors(component_ids)
    declared: dict[int, list[Declaration]] = defaultdict(list)
    for component_id, title, status in declarations():
        declared[component_id].append(Declaration(title, Status(status)))
    windows: dict[int, list[str]] = defaultdict(list)
    for window in in_progress():
        for component in window.components.all():
            windows[component.pk].append(window.title)
    if rows is None:
        components = Component.objects.all()
        if component_ids is not None:
            components = components.filter(pk__in=component_ids)
        rows = components.values_list("pk", "status_override", "override_note", "retired_at")
    return {
        pk: Evidence(
            override=Status(override) if override else None,
            override_note=note,
            windows=tuple(windows[pk]),
            declarations=tuple(declared[pk]),
            votes=tuple(votes.get(pk, ())),
            paused=tuple(paused.get(pk, ())),
            awaits_start=any(paused.get(pk, {}).values()),
            retired=retired_at is not None,
        )
        for pk, override, note, retired_at in rows
    }


def _derive_overall(at: datetime) -> Event | None:
    """Derive the page's overall status from its public components; write it if it changed."""
    members = [
        Member(name, Status(status), counts=counts, critical=critical)
        for name, status, counts, critical in _public_members()
    ]
    derived = overall_status(members, window_in_progress=public_in_progress())
    pages = Page.objects.select_for_update().only("status", "status_since")
    page = pages.filter(slug=MAIN).first() or pages.get_or_create(slug=MAIN)[0]
    if page.status == derived.status and page.status_since is not None:
        return None
    old = page.status
    page.status, page.status_since = derived.status, at
    page.save(update_fields=["status", "status_since"])
    if old == derived.status:
        return None
    return Event(
        event_types.OVERALL_CHANGED,
        {
            "old_status": old,
            "status": derived.status.value,
            "message": derived.reasons[0].text,
            "since": at.astimezone(UTC).isoformat(),
        },
    )
