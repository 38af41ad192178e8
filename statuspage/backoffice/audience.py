"""Recipients of updates: how many one would reach, and what became of those that were sent."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Min, Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext

from components.backoffice.local_times import local_clock_seconds
from components.backoffice.question import count
from components.status import Status
from components.values.severity import Severity
from incidents.models import Incident
from maintenance.models import Window
from statuspage.backoffice.rows import Row
from subscribers.channels.registry import channels
from subscribers.delivery import fanout
from subscribers.delivery.matching import Audience
from subscribers.delivery.order import told
from subscribers.enums import Kind, State
from subscribers.models import Delivery

_INTENDED_STATES = (State.SENT, State.QUEUED, State.SENDING, State.RETRYING, State.FAILED)
"""What was meant to arrive: the others were kept from it on purpose."""


def window_recipients_text(component_ids: Iterable[int], *, window_id: int = 0) -> str:
    """Return how many would be told of a window, by the rule that fan-out goes by, as of now."""
    audience = Audience(Kind.MAINTENANCE, component_ids=frozenset(component_ids))
    thread = f"maintenance-{window_id}" if window_id else ""
    return counted(fanout.count_recipients(audience, thread=thread))


def recipients_text(component_ids: Iterable[int], *, severity: str, incident_id: int = 0) -> str:
    """Return `1,204 subscribers and 6 hooks`: by the rule that fan-out goes by, as of now."""
    audience = Audience(
        Kind.INCIDENTS, Severity(severity), frozenset(component_ids), incident_id=incident_id
    )
    thread = f"incident-{incident_id}" if incident_id else ""
    return counted(fanout.count_recipients(audience, thread=thread))


def counts_of(data: Mapping[str, Any], *, is_window: bool) -> dict[str, int]:
    """Return how many would be told of a journal entry now, by channel, given its data."""
    ids = frozenset(data.get("component_ids", ()))
    if is_window:
        audience = Audience(Kind.MAINTENANCE, component_ids=ids)
        return fanout.count_recipients(audience, thread=f"maintenance-{data['window_id']}")
    pk = data["incident_id"]
    severity = Severity(data.get("severity", Severity.CRITICAL))
    told_only = bool(data.get("told_only"))
    audience = Audience(Kind.INCIDENTS, severity, ids, incident_id=pk, told_only=told_only)
    return fanout.count_recipients(audience, thread=f"incident-{pk}")


def count_by_channel(rows: QuerySet[Delivery]) -> dict[str, int]:
    """Return how many deliveries there are, by channel."""
    return dict(rows.order_by().values_list("channel").annotate(Count("pk")))


def incident_recipients(incidents: Iterable[Incident]) -> str:
    """Return who would be told of any of some incidents, each counted once."""
    return _union(
        (
            Audience(
                Kind.INCIDENTS,
                Severity(each.severity),
                frozenset(each.impacts.values_list("component_id", flat=True)),
                incident_id=each.pk,
            ),
            thread(each),
        )
        for each in incidents
    )


def window_recipients(windows: Iterable[Window]) -> str:
    """Return who would be told of any of some windows, each counted once."""
    return _union(
        (
            Audience(
                Kind.MAINTENANCE,
                component_ids=frozenset(each.components.values_list("pk", flat=True)),
            ),
            f"maintenance-{each.pk}",
        )
        for each in windows
    )


def told_recipients(threads: Iterable[str]) -> str:
    """Return who was told of any of some events, each counted once."""
    found: dict[int, str] = {}
    for name in threads:
        found |= dict(told(name).exclude(subscriber=None).values_list("subscriber", "channel"))
    return people(Counter(found.values()))


def _union(audiences: Iterable[tuple[Audience, str]]) -> str:
    found: dict[int, str] = {}
    for each, name in audiences:
        found |= fanout.recipients(each, thread=name)
    return people(Counter(found.values()))


def people(counts: Mapping[str, int]) -> str:
    """Return `4 people and 1 hook`; '' for nobody."""
    hooks = sum(counts.get(each.name, 0) for each in channels().values() if each.is_endpoint)
    persons = sum(counts.values()) - hooks
    parts = []
    if persons:
        parts.append(count(persons, "subscriber"))
    if hooks:
        parts.append(count(hooks, "webhook"))
    return gettext(" and ").join(parts)


def counted(counts: dict[str, int]) -> str:
    """Return how many subscribers and hooks there are in counts by channel, as text."""
    people = sum(counts.pop(each.name, 0) for each in channels().values() if not each.is_endpoint)
    hooks = sum(counts.values())
    recipients = count(people, "subscriber")
    return gettext(" and ").join([recipients, count(hooks, "webhook")]) if hooks else recipients


@dataclass(frozen=True, slots=True)
class Recipients:
    """What became of an incident's messages on one channel."""

    mark: Status
    title: str
    text: str


def recipients(incident: Incident) -> list[Recipients]:
    """Return copies sent of all meant to be, by channel; two queries."""
    rows = Delivery.objects.filter(
        notice__thread=thread(incident), state__in=_INTENDED_STATES
    ).order_by()
    counts: dict[str, dict[str, int]] = {}
    for channel, state, number in rows.values_list("channel", "state").annotate(Count("pk")):
        counts.setdefault(channel, {})[state] = number
    spans = rows.filter(state=State.SENT).values_list("channel")
    times = {
        channel: (first, last)
        for channel, first, last in spans.annotate(Min("ended_at"), Max("ended_at"))
    }
    return [_summary(channel, counts[channel], times.get(channel)) for channel in sorted(counts)]


def _summary(
    channel: str, counts: dict[str, int], times: tuple[datetime, datetime] | None
) -> Recipients:
    sent, failed = counts.get(State.SENT, 0), counts.get(State.FAILED, 0)
    total = sum(counts.values())
    others = [(total - sent - failed, gettext("under way")), (failed, gettext("failed"))]
    parts = [f"{number:,} {label}" for number, label in others if number]
    if times:
        parts.insert(0, "–".join(dict.fromkeys(map(local_clock_seconds, times))))
    mark = Status.OPERATIONAL if sent == total else Status.DEGRADED
    return Recipients(
        Status.MAJOR_OUTAGE if failed else mark,
        gettext("{sent} of {total} by {channel}").format(
            sent=f"{sent:,}", total=f"{total:,}", channel=_label(channel)
        ),
        " · ".join(parts),
    )


def _label(channel: str) -> str:
    declared = channels().get(channel)
    return declared.label.lower() if declared else channel


def thread(incident: Incident) -> str:
    """Return the thread of the incident's notices."""
    return f"incident-{incident.pk}"


def ledger_url(incident: Incident) -> str:
    """Return the address at which each copy is listed."""
    address = reverse("admin:subscribers_delivery_changelist")
    return f"{address}?{urlencode({'q': thread(incident)})}"


def delivery_rows(now: datetime) -> tuple[Row, ...]:
    """Return what became of messages in the last hour, which wait and which are tried again."""
    # Asked for as a value, not as the column: what ended lately goes by its end on SQLite, too,
    # instead of by its state, which nearly all have that ever were.
    word = Coalesce("state", Value(""))
    lately = Delivery.objects.annotate(word=word).filter(
        Q(state__in=[State.QUEUED, State.RETRYING])
        | Q(word__in=[State.SENT, State.FAILED], ended_at__gte=now - timedelta(hours=1))
    )
    unread = Count("pk", filter=Q(due__isnull=False) & ~Q(unread_by=""))
    rows = list(lately.order_by().values_list("word").annotate(Count("pk"), unread=unread))
    counts = {state: count for state, count, _ in rows}
    marks = {
        State.SENT: Status.OPERATIONAL,
        State.QUEUED: Status.UNKNOWN,
        State.RETRYING: Status.DEGRADED,
        State.FAILED: Status.MAJOR_OUTAGE,
    }
    found = [
        Row(
            mark,
            f"{counts[state]:,} {gettext(state.value)}",
            url=reverse("admin:subscribers_delivery_changelist") + f"?state__exact={state.value}",
        )
        for state, mark in marks.items()
        if counts.get(state)
    ]
    if waiting := sum(count for *_, count in rows):
        title = gettext("{number} cannot be decrypted on a sending machine").format(
            number=f"{waiting:,}"
        )
        text = gettext(
            "The key for their addresses is missing there. Run manage.py doctor on each machine."
        )
        found.insert(0, Row(Status.MAJOR_OUTAGE, title, text))
    return tuple(found)
