"""The journal's reader that notifies subscribers: turns public entries into notices.

Only what the public may know, only where its author wanted people notified, and nothing that is
older than a day: after a long absence no reader wants yesterday's news. Changes of status that come
together, as those of an outage do, are one notice.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from components.journal import Event, consume, event_types
from components.journal.event_types import Topic, event_type
from components.models import Component, JournalEntry
from components.rollup import Member, overall_status
from components.status import Status
from components.values.instants import iso
from components.values.severity import Severity
from incidents.models import Incident
from statuspage.automation.called_off import CALLED_OFF, CALLED_OFF_TEXTS, ENDS, FINAL_STATES
from statuspage.automation.retired_notice import retired_notice
from statuspage.automation.stories import story_of_incident, story_of_window
from statuspage.models import Page
from statuspage.state.builder import MAIN
from subscribers.delivery.fanout import create_notice
from subscribers.delivery.matching import Audience
from subscribers.enums import Kind
from subscribers.message import ActiveIncident, Change, Facts, status_headline
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
    for each in written_notices(entries):
        create_notice(
            key=f"journal-{each.entry.pk}",
            entry_id=each.entry.pk,
            facts=each.facts,
            audience=each.audience,
            at=each.entry.at,
            thread=each.thread,
        )


def written_notices(entries: Sequence[JournalEntry]) -> Iterator[WrittenNotice]:
    """Yield the notices of some entries, changes of status last and together."""
    changed: list[JournalEntry] = []
    context = _BatchContext()
    for entry in entries:
        topic = event_type(entry.kind).notifies
        if not entry.public:
            yield from _called_off_if_told(entry, topic)
        elif topic is Topic.STATUS:
            if {entry.data["old_status"], entry.data["status"]} != _WITHOUT_NEWS:
                changed.append(entry)
        elif topic in _NOTICES and entry.data.get("notify"):
            write, thread = _NOTICES[topic]
            facts, audience = write(entry, context)
            yield WrittenNotice(entry, facts, audience, f"{thread}-{entry.subject_id}")
    if changed:
        facts, audience = _status_changes(changed, context)
        yield WrittenNotice(changed[-1], facts, audience, "")


def _called_off_if_told(entry: JournalEntry, topic: Topic | None) -> Iterator[WrittenNotice]:
    """Tell those who were told of a window or incident that is hidden by now: it is called off.

    Nothing is said but what they were told before.
    """
    is_gone = entry.kind in CALLED_OFF or topic is Topic.MAINTENANCE
    if topic not in _NOTICES or not is_gone or not entry.data.get("notify"):
        return
    thread = f"{_NOTICES[topic][1]}-{entry.subject_id}"
    last = Notice.objects.filter(thread=thread).order_by("-id").first()
    if last is None or last.facts["event"] in ENDS:
        return
    kind = Kind.MAINTENANCE if topic is Topic.MAINTENANCE else Kind.INCIDENTS
    event = "maintenance.cancelled" if topic is Topic.MAINTENANCE else "incident.withdrawn"
    facts = replace(
        Facts.from_json(last.facts),
        event=event,
        at=iso(entry.at),
        state=FINAL_STATES[event],
        message=CALLED_OFF_TEXTS[event],
    )
    audience = Audience(kind, incident_id=facts.subject_id if kind is Kind.INCIDENTS else 0,
                        told_only=True)  # fmt: skip
    yield WrittenNotice(entry, facts, audience, thread)


@dataclass
class _BatchContext:
    """How everything stands, read once for all entries of a batch, and only if one needs it."""

    @cached_property
    def components(self) -> dict[int, Component]:
        return {pk: each for pk, each in self.nameable.items() if each.retired_at is None}

    @cached_property
    def nameable(self) -> dict[int, Component]:
        """With those that are retired: what is told of the past names them."""
        return Component.objects.nameable().in_bulk()

    @cached_property
    def shared_facts(self) -> dict[str, Any]:
        """What every message contains besides: the overall status and the open incidents."""
        page = Page.objects.filter(slug=MAIN).first()
        members = [
            Member(each.name, Status(each.status), counts=each.counts_for_overall,
                   critical=each.critical)
            for each in self.components.values()
        ]  # fmt: skip
        overall = page.status if page else overall_status(members, window_in_progress=False).status
        return {
            "overall": str(overall),
            "incidents": tuple(
                ActiveIncident(
                    title=each.title,
                    severity=each.severity,
                    status=each.status,
                    url=f"{site()}/status/incidents/{each.reference}",
                    reference=each.reference,
                )
                for each in _open_incidents()[:20]
            ),
        }

    def names_of(self, ids: Iterable[int]) -> tuple[str, ...]:
        """Return the names of those components that may be named in public."""
        return tuple(self.nameable[pk].name for pk in ids if pk in self.nameable)


def _open_incidents() -> QuerySet[Incident]:
    return Incident.objects.filter(published=True, resolved_at=None).order_by("-started_at")


def site() -> str:
    """Return the product's own address, without a slash at its end."""
    return str(settings.STATUSPAGE.site_url).rstrip("/")


def _incident(entry: JournalEntry, context: _BatchContext) -> tuple[Facts, Audience]:
    data = entry.data
    event, url, state, message = _as_told(
        entry,
        url=f"{site()}{data.get('permalink', '/status/incidents/' + data['reference'])}",
        state=data.get("status", ""),
    )  # fmt: skip
    told = {**data, "status": state, "message": message}
    facts = _incident_facts(event, told, at=entry.at, url=url, context=context)
    severity = Severity(data["severity"]) if "severity" in data else Severity.CRITICAL
    ids = frozenset(data.get("component_ids", []))
    return facts, Audience(
        Kind.INCIDENTS, severity, ids, data["incident_id"], told_only=_told_only(entry)
    )


def _incident_facts(
    event: str, data: Mapping[str, Any], *, at: datetime, url: str, context: _BatchContext
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
        **story_of_incident(data["incident_id"], until=data.get("update_id")),
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


def _told_only(entry: JournalEntry) -> bool:
    return entry.kind in CALLED_OFF or bool(entry.data.get("told_only"))


def _window(entry: JournalEntry, context: _BatchContext) -> tuple[Facts, Audience]:
    data = entry.data
    event, url, state, message = _as_told(
        entry, url=f"{site()}/status/maintenance/{data['reference']}", state=data["state"]
    )
    told = {**data, "state": state, "message": message}
    facts = _window_facts(event, told, at=entry.at, url=url, context=context)
    ids = frozenset(data["component_ids"])
    return facts, Audience(Kind.MAINTENANCE, component_ids=ids, told_only=_told_only(entry))


def _window_facts(
    event: str, data: Mapping[str, Any], *, at: datetime, url: str, context: _BatchContext
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
        **story_of_window(data["window_id"], until=at),
        **context.shared_facts,
    )


def _iso(text: str) -> str:
    return iso(datetime.fromisoformat(text)) if text else ""


def _url_of(component_ids: Sequence[int], context: _BatchContext) -> str:
    """Return the address of the one component that changed; of the whole page for several."""
    component = context.components.get(component_ids[0]) if len(component_ids) == 1 else None
    return f"{site()}/status/components/{component.slug}" if component else f"{site()}/status"


def _status_changes(
    entries: Sequence[JournalEntry], context: _BatchContext
) -> tuple[Facts, Audience]:
    """Return one notice of several changes: what each component was before, and is now."""
    first: dict[int, JournalEntry] = {}
    last: dict[int, JournalEntry] = {}
    for entry in entries:
        first.setdefault(entry.data["component_id"], entry)
        last[entry.data["component_id"]] = entry
    changes = sorted(
        (
            Change(
                last[pk].data["name"],
                last[pk].data["status"],
                first[pk].data["old_status"],
                component_id=pk,
                created_at=iso(context.components[pk].created_at)
                if pk in context.components
                else "",
            )
            for pk in last
        ),
        key=lambda change: -Status(change.status).rank,
    )
    facts = Facts(
        event=event_types.STATUS_CHANGED.name,
        headline=status_headline(changes),
        at=iso(entries[-1].at),
        url=_url_of(list(last), context),
        state=changes[0].status,
        changes=tuple(changes),
        components=tuple(each.name for each in changes),
        component_ids=tuple(last),
        subject_id=entries[-1].data["component_id"],
        **context.shared_facts,
    )
    return facts, Audience(Kind.STATUS, component_ids=frozenset(last))


_NOTICES: dict[
    Topic | None, tuple[Callable[[JournalEntry, _BatchContext], tuple[Facts, Audience]], str]
] = {
    Topic.INCIDENTS: (_incident, "incident"),
    Topic.MAINTENANCE: (_window, "maintenance"),
    Topic.CATALOGUE: (lambda entry, _: retired_notice(entry, site=site()), "component"),
}
"""What writes the notice of an entry, and how its thread's name begins."""
