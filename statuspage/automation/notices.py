"""The journal's reader that notifies subscribers: turns public entries into notices.

Only what the public may know, only where its author wanted people notified, and nothing that is
older than a day: after a long absence no reader wants yesterday's news. Changes of status that come
together, as those of an outage do, are one notice.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from components.journal import Event, consume
from components.journal.event_types import Topic, event_type
from components.journal.hold import UNDOES, held_until
from components.models import JournalEntry
from components.status import Status
from components.values.instants import iso
from components.values.severity import Severity
from statuspage.automation.cancellation_notices import (
    CALLED_OFF,
    CALLED_OFF_TEXTS,
    CANCELLED_TEXT,
    ENDS,
    FINAL_STATES,
)
from statuspage.automation.notice_context import BatchContext, site
from statuspage.automation.past_updates import updates_of_incident, updates_of_window
from statuspage.automation.report_notice import report_notice, thread_of_report
from statuspage.automation.retired_notice import retired_notice
from statuspage.automation.status_notices import announce_changes, written_changes
from statuspage.event_types import REPORT_FROZEN
from subscribers.delivery.fanout import create_notice
from subscribers.delivery.matching import Audience
from subscribers.delivery.recall import held_notices, release, try_recall, withhold_entry
from subscribers.enums import Kind
from subscribers.message import Facts, our_text, our_words
from subscribers.models import Notice

READER = "notices"
MAX_AGE = timedelta(days=1)
_WITHOUT_NEWS = {Status.UNKNOWN.value, Status.OPERATIONAL.value}
"""Between these two, nothing happened to anybody: we began to measure, or ceased to."""


def run(*, now: datetime) -> int:
    """Create notices of what the journal holds; return how many entries were read."""

    def handle(entries: Sequence[JournalEntry]) -> Sequence[Event]:
        _create_notices([each for each in entries if each.at > now - MAX_AGE])
        return ()

    return consume(READER, handle)


@dataclass(frozen=True, slots=True)
class WrittenNotice:
    """What subscribers are told of an entry, and which of them."""

    entry: JournalEntry
    facts: Facts
    audience: Audience
    thread: str
    """Of its event; '' for changes of status."""


def _create_notices(entries: Sequence[JournalEntry]) -> None:
    context = BatchContext()
    for entry in entries:
        written = _event_notice(entry, context)
        if written is None:
            if entry.kind in CALLED_OFF and UNDOES not in entry.data:
                _recall_what_waits(entry)
            continue
        due_at = held_until(entry)
        notice = create_notice(
            key=f"journal-{entry.pk}",
            entry_id=entry.pk,
            facts=written.facts,
            audience=written.audience,
            at=entry.at,
            thread=written.thread,
            due_at=due_at,
        )
        if notice.recalled_at is None:  # else it was undone before it was read here
            _make_way(written, notice)
    announce_changes(_changes_of_status(entries), context)


def _recall_what_waits(entry: JournalEntry) -> None:
    """Recall what was not told yet of what is gone, of which nobody is told that it is gone."""
    waiting = held_notices(thread=thread_of(entry), at=entry.at)
    if waiting and withhold_entry(entry.pk, kind=_kind_of(entry), at=entry.at):
        for each in waiting:
            if not try_recall(each, at=entry.at):
                break


def _make_way(written: WrittenNotice, notice: Notice) -> None:
    """Deal with what still waits of the same event: it goes first, or need not go at all."""
    at = written.entry.at
    if written.entry.kind in CALLED_OFF or written.facts.event in FINAL_STATES:
        # Who was told nothing yet need not hear of what was called off.
        for each in held_notices(thread=written.thread, at=at).exclude(pk=notice.pk):
            if not written.audience.told_only or not try_recall(each, at=at):
                break
    if notice.due_at is None:
        # What is told at once does not wait for what could still be undone.
        release(written.thread, at=at)


def written_notices(entries: Sequence[JournalEntry]) -> Iterator[WrittenNotice]:
    """Yield the notices of some entries, changes of status last and together; nothing is stored."""
    context = BatchContext()
    yield from filter(None, (_event_notice(each, context) for each in entries))
    changed = _changes_of_status(entries)
    if changed and (written := written_changes(changed, context)):
        yield WrittenNotice(changed[-1], *written, "")


def _changes_of_status(entries: Iterable[JournalEntry]) -> list[JournalEntry]:
    return [
        entry
        for entry in entries
        if entry.public
        and event_type(entry.kind).notifies is Topic.STATUS
        and {entry.data["old_status"], entry.data["status"]} != _WITHOUT_NEWS
    ]


def _event_notice(entry: JournalEntry, context: BatchContext) -> WrittenNotice | None:
    if entry.kind == REPORT_FROZEN.name:
        written = report_notice(entry, site=site())
        thread = thread_of_report(entry.data["page"], entry.data["month"])
        return None if written is None else WrittenNotice(entry, *written, thread)
    topic = event_type(entry.kind).notifies
    if topic not in _NOTICES or not entry.data.get("notify"):
        return None
    if not entry.public:
        return _called_off_if_told(entry)
    facts, audience = _NOTICES[topic][0](entry, context)
    return WrittenNotice(entry, facts, audience, thread_of(entry))


def thread_of(entry: JournalEntry) -> str:
    """Return the thread of the notices of the event that an entry is of; '' if it has none."""
    topic = event_type(entry.kind).notifies
    return f"{_NOTICES[topic][1]}-{entry.subject_id}" if topic in _NOTICES else ""


def _kind_of(entry: JournalEntry) -> Kind:
    is_window = event_type(entry.kind).notifies is Topic.MAINTENANCE
    return Kind.MAINTENANCE if is_window else Kind.INCIDENTS


def _called_off_if_told(entry: JournalEntry) -> WrittenNotice | None:
    """Tell those who were told of a window or incident that is hidden by now: it is called off.

    Nothing is said but what they were told before.
    """
    kind, thread = _kind_of(entry), thread_of(entry)
    if entry.kind not in CALLED_OFF and kind is not Kind.MAINTENANCE:
        return None
    last = Notice.objects.filter(thread=thread, recalled_at=None).order_by("-id").first()
    if last is None or last.facts["event"] in ENDS:
        return None
    event = "maintenance.cancelled" if kind is Kind.MAINTENANCE else "incident.withdrawn"
    facts = replace(
        Facts.from_json(last.facts),
        event=event,
        at=iso(entry.at),
        state=FINAL_STATES[event],
        **our_words(message=our_text(CALLED_OFF_TEXTS[event])),
    )
    audience = Audience(kind, incident_id=facts.subject_id if kind is Kind.INCIDENTS else 0,
                        told_only=True)  # fmt: skip
    return WrittenNotice(entry, facts, audience, thread)


def _incident(entry: JournalEntry, context: BatchContext) -> tuple[Facts, Audience]:
    data = entry.data
    event, url, state, message = _as_told(
        entry,
        url=f"{site()}{data.get('permalink', '/status/incidents/' + data['reference'])}",
        state=data.get("status", ""),
    )  # fmt: skip
    told = {**data, "status": state, "message": message}
    facts = _in_our_words(
        _incident_facts(event, told, at=entry.at, url=url, context=context), entry
    )
    severity = Severity(data["severity"]) if "severity" in data else Severity.CRITICAL
    ids = frozenset(data.get("component_ids", []))
    return facts, Audience(
        Kind.INCIDENTS, severity, ids, data["incident_id"], told_only=_told_only(entry)
    )


def _incident_facts(
    event: str, data: Mapping[str, Any], *, at: datetime, url: str, context: BatchContext
) -> Facts:
    """Return the facts of an incident's message, given the data of its journal entry."""
    ids = data.get("component_ids", [])
    return Facts(
        event=event,
        headline=data["title"],
        at=iso(at),
        url=url,
        state=data.get("status", ""),
        severity=data.get("severity", ""),
        message=data.get("message", ""),
        components=context.names_of(ids),
        component_ids=tuple(pk for pk in ids if pk in context.components),
        subject_id=data["incident_id"],
        reference=data["reference"],
        **updates_of_incident(data["incident_id"], until=data.get("update_id")),
        **context.shared_facts,
    )


def _as_told(entry: JournalEntry, *, url: str, state: str) -> tuple[str, str, str, str]:
    """Return an entry's event, address, state and message, as people are told them.

    What was withdrawn keeps its address, whose page says so, and ends in the state that says so.
    """
    event = CALLED_OFF.get(entry.kind)
    if event is None:
        return entry.kind, url, state, str(entry.data.get("message", ""))
    return event, url, FINAL_STATES[event], CALLED_OFF_TEXTS[event]


def _in_our_words(facts: Facts, entry: JournalEntry) -> Facts:
    """Return facts with the message that is ours, which each reader gets in their language.

    A window that is called off without a reason does not repeat its plan as if it still held.
    """
    if entry.kind in CALLED_OFF:
        called_off = our_words(message=our_text(CALLED_OFF_TEXTS[facts.event]))
        # Of what is deleted, the title's translations are with what was told of it.
        known = facts.translations or _last_translations(thread_of(entry))
        return replace(facts, translations=known, **called_off)
    plan = next((each.message for each in facts.updates if not each.id), None)
    if facts.event == "maintenance.cancelled" and facts.message in ("", plan):
        return replace(facts, **our_words(message=our_text(CANCELLED_TEXT)))
    return facts


def _last_translations(thread: str) -> dict[str, dict[str, str]]:
    last = Notice.objects.filter(thread=thread).order_by("-id").first()
    return dict(last.facts.get("translations", {})) if last is not None else {}


def _told_only(entry: JournalEntry) -> bool:
    return entry.kind in CALLED_OFF or bool(entry.data.get("told_only"))


def _window(entry: JournalEntry, context: BatchContext) -> tuple[Facts, Audience]:
    data = entry.data
    event, url, state, message = _as_told(
        entry, url=f"{site()}/status/maintenance/{data['reference']}", state=data["state"]
    )
    told = {**data, "state": state, "message": message}
    facts = _in_our_words(_window_facts(event, told, at=entry.at, url=url, context=context), entry)
    ids = frozenset(data["component_ids"])
    return facts, Audience(Kind.MAINTENANCE, component_ids=ids, told_only=_told_only(entry))


def _window_facts(
    event: str, data: Mapping[str, Any], *, at: datetime, url: str, context: BatchContext
) -> Facts:
    """Return the facts of a window's message, given the data of its journal entry."""
    more = {"impact": data.get("impact", ""), "blocks_api": data.get("blocks_api", False)}
    return Facts(
        event=event,
        headline=data["title"],
        at=iso(at),
        url=url,
        state=data["state"],
        message=data["message"],
        components=context.names_of(data["component_ids"]),
        component_ids=tuple(pk for pk in data["component_ids"] if pk in context.components),
        subject_id=data["window_id"],
        reference=data["reference"],
        starts_at=_iso(data["starts_at"]),
        ends_at=_iso(data["ends_at"]),
        more={name: value for name, value in more.items() if value},
        **updates_of_window(data["window_id"], until=at),
        **context.shared_facts,
    )


def _iso(text: str) -> str:
    return iso(datetime.fromisoformat(text)) if text else ""


_NOTICES: dict[
    Topic | None, tuple[Callable[[JournalEntry, BatchContext], tuple[Facts, Audience]], str]
] = {
    Topic.INCIDENTS: (_incident, "incident"),
    Topic.MAINTENANCE: (_window, "maintenance"),
    Topic.CATALOGUE: (lambda entry, _: retired_notice(entry, site=site()), "component"),
}
"""What writes the notice of an entry, and how its thread's name begins."""
