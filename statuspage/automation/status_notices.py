"""Notices of changes of status: several that come together, as those of an outage do, are one.

A change that follows from what a person has just published waits as long as that does. What comes
meanwhile to the same components takes its changes over: so if it is undone, nothing is left to
tell, and nobody reads of an older status after a newer one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from components.journal import event_types
from components.journal.hold import held_until
from components.models import JournalEntry
from components.status import Status
from components.values.instants import iso
from statuspage.automation.notice_context import BatchContext, site
from subscribers.delivery.fanout import create_notice
from subscribers.delivery.matching import Audience
from subscribers.delivery.recall import held_notices, try_recall
from subscribers.enums import Kind
from subscribers.message import Change, Facts, status_headline


def announce_changes(entries: Sequence[JournalEntry], context: BatchContext) -> None:
    """Create the notices of changes of status: of those that wait, and of the others."""
    at_once = [entry for entry in entries if held_until(entry) is None]
    moved = {entry.data["component_id"] for entry in at_once}
    waiting = [
        entry for entry in entries if held_until(entry) and entry.data["component_id"] not in moved
    ]
    if waiting:
        _announce(waiting, context, due_at=held_until(waiting[-1]))
    if at_once:
        _announce([entry for entry in entries if entry not in waiting], context, due_at=None)


def _announce(
    entries: Sequence[JournalEntry], context: BatchContext, *, due_at: datetime | None
) -> None:
    last = entries[-1]
    before = _taken_over(_changes(entries, context), at=last.at)
    if (written := written_changes(entries, context, before=before)) is None:
        return
    facts, audience = written
    create_notice(
        key=f"journal-{last.pk}",
        entry_id=last.pk,
        facts=facts,
        audience=audience,
        at=last.at,
        due_at=due_at,
    )


def written_changes(
    entries: Sequence[JournalEntry], context: BatchContext, *, before: Iterable[Change] = ()
) -> tuple[Facts, Audience] | None:
    """Return what is told of changes of status, and of those `before` that nobody was told; None
    if all is as it was."""
    net = _net([*before, *_changes(entries, context)])
    if not net:
        return None
    ids = frozenset(each.component_id for each in net)
    return _facts(entries[-1], net, context), Audience(Kind.STATUS, component_ids=ids)


def _taken_over(new: Iterable[Change], *, at: datetime) -> list[Change]:
    """Recall what waits about the same components; return its changes, the oldest first."""
    ids = {each.component_id for each in new}
    found: list[Change] = []
    for notice in held_notices(thread="", at=at):
        facts = Facts.from_json(notice.facts)
        if ids & set(facts.component_ids) and try_recall(notice, at=at):
            found[:0] = facts.changes
    return found


def _changes(entries: Iterable[JournalEntry], context: BatchContext) -> list[Change]:
    return [
        Change(
            entry.data["name"],
            entry.data["status"],
            entry.data["old_status"],
            component_id=entry.data["component_id"],
            created_at=iso(context.components[entry.data["component_id"]].created_at)
            if entry.data["component_id"] in context.components
            else "",
        )
        for entry in entries
    ]


def _net(changes: Iterable[Change]) -> list[Change]:
    """Return what each component was before, and is now, without those that are as they were."""
    net: dict[int, Change] = {}
    for change in changes:
        before = net.get(change.component_id, change).old_status
        net[change.component_id] = replace(change, old_status=before)
    return [each for each in net.values() if each.status != each.old_status]


def _facts(last: JournalEntry, net: Sequence[Change], context: BatchContext) -> Facts:
    ids = tuple(each.component_id for each in net)
    subject = last.data["component_id"]
    changes = sorted(net, key=lambda change: -Status(change.status).rank)
    return Facts(
        event=event_types.STATUS_CHANGED.name,
        headline=status_headline(changes),
        at=iso(last.at),
        url=_url_of(ids, context),
        state=changes[0].status,
        changes=tuple(changes),
        components=tuple(each.name for each in changes),
        component_ids=ids,
        subject_id=subject if subject in ids else ids[-1],
        **context.shared_facts,
    )


def _url_of(component_ids: Sequence[int], context: BatchContext) -> str:
    """Return the address of the one component that changed; of the whole page for several."""
    component = context.components.get(component_ids[0]) if len(component_ids) == 1 else None
    return f"{site()}/status/components/{component.slug}" if component else f"{site()}/status"
